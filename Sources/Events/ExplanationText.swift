package import Diagnosis

/// What `explain` prints.
package enum ExplanationText {
    package static func page(_ label: Label, _ explanation: Explanation) -> String {
        var lines = ["\(label.rawValue) (\(explanation.severity.rawValue)): \(explanation.title)", ""]
        lines += ["What it means"] + wrapped(explanation.meaning) + [""]
        lines += ["What proves it"] + wrapped(explanation.proof) + [""]
        lines += ["What looks the same"] + explanation.lookAlikes.flatMap { wrapped($0, bullet: "- ") }
        if !explanation.remedy.isEmpty {
            lines += ["", "What to do"] + explanation.remedy(placeholders).map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static let placeholders = [
        "vip": "VIP", "port": "PORT", "server": "SERVER", "name": "NAME", "zone": "ZONE", "resolver": "RESOLVER", "authority": "AUTHORITY",
        "address": "ADDRESS", "client": "CLIENT",
    ]

    package static func list() -> String {
        let width = Label.allCases.map(\.rawValue.count).max() ?? 0
        return Label.allCases.map { label in
            let explanation = RuleRegistry.explanation(label)
            let name = label.rawValue + String(repeating: " ", count: width - label.rawValue.count)
            let severity = (explanation?.severity.rawValue ?? "") + String(repeating: " ", count: 8)
            return "\(name)  \(severity.prefix(8)) \(explanation?.title ?? "")\n"
        }.joined()
    }

    private static func wrapped(_ text: String, bullet: String = "") -> [String] {
        let lines = Wrapping.prose(text, width: 98 - bullet.count)
        return lines.enumerated().map { "  " + ($0.offset == 0 ? bullet : String(repeating: " ", count: bullet.count)) + $0.element }
    }
}
