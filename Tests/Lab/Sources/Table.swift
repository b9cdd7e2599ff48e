import Foundation

/// The table of docs/lab.md: what every label came to, from every view.
struct Table {
    /// Those that vipscope knows, in its order.
    let known: [String]
    let verdicts: [Verdict]

    static let begin = "<!-- made by `make lab`: begin -->"
    static let end = "<!-- made by `make lab`: end -->"

    var text: String {
        var lines = [
            "| label | knowing | mirror | client | bystander | shown by | look-alikes |", "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        var unproven: [String] = []
        let unknown = Set(verdicts.flatMap(\.entries).map(\.label)).subtracting(known).sorted()
        for label in known + unknown {
            let positive = scenarios(label, [.proven, .likely, .missed])
            let alike = scenarios(label, [.quiet, .wrong]).filter { !positive.contains($0) }
            guard !positive.isEmpty else {
                unproven.append("`\(label)`\(alike.isEmpty ? "" : " (\(alike.count) look-alikes)")")
                continue
            }
            for knowledge in [Knowledge.site, .vip] {
                let cells = View.allCases.map { cell(label, $0, knowledge) }
                let names = knowledge == .site ? positive.joined(separator: ", ") : ""
                let others = knowledge == .site ? alikeCell(label, alike) : ""
                let first = knowledge == .site ? "`\(label)`" : ""
                lines.append(
                    "| \(first) | \(knowledge == .site ? "site" : "VIP") | \(cells.joined(separator: " | ")) | \(names) | \(others) |")
            }
        }
        let failing = verdicts.filter { !$0.complaints.isEmpty }.map(\.scenario).sorted()
        lines.append("")
        lines.append("\(verdicts.count) scenarios, \(verdicts.count - failing.count) of them judged right from every view.")
        if !failing.isEmpty { lines.append("Not yet: \(failing.joined(separator: ", ")).") }
        lines.append("")
        lines.append("Unproven, without a positive recording: \(unproven.isEmpty ? "none" : unproven.joined(separator: ", ")).")
        return lines.joined(separator: "\n")
    }

    private func scenarios(_ label: String, _ results: Set<Verdict.Result>) -> [String] {
        verdicts.filter { $0.entries.contains { $0.label == label && results.contains($0.result) } }.map(\.scenario).sorted()
    }

    private func cell(_ label: String, _ view: View, _ knowledge: Knowledge) -> String {
        let missed = known.contains(label) ? "missed" : "no rule"
        let entries = verdicts.flatMap(\.entries).filter { $0.label == label && $0.view == view && $0.knowledge == knowledge }
        let wanted = entries.map(\.result).filter { [.proven, .likely, .missed].contains($0) }
        if wanted.isEmpty { return "–" }
        if wanted.contains(.missed) {
            return wanted.allSatisfy { $0 == .missed } ? missed : "\(missed) in \(wanted.count { $0 == .missed }) of \(wanted.count)"
        }
        return wanted.contains(.likely) ? wanted.contains(.proven) ? "proven, likely" : "likely" : "proven"
    }

    private func alikeCell(_ label: String, _ alike: [String]) -> String {
        let wrong = scenarios(label, [.wrong])
        return (wrong.isEmpty ? "\(alike.count)" : "\(alike.count), wrong in \(wrong.joined(separator: ", "))")
    }

    /// Replaces what stands between the two marks.
    func write(to path: String) throws {
        let old = try String(contentsOfFile: path, encoding: .utf8)
        guard let first = old.range(of: Self.begin), let last = old.range(of: Self.end) else {
            throw LabError("\(path): the marks of the table are missing")
        }
        let new = old[..<first.upperBound] + "\n\(text)\n" + old[last.lowerBound...]
        if new != old { try String(new).write(toFile: path, atomically: true, encoding: .utf8) }
    }
}
