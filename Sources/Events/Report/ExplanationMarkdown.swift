import Diagnosis

/// The pages of `docs/findings`: what `explain` prints, for readers of the repository.
package enum ExplanationMarkdown {
    package struct File: Sendable {
        package var name: String
        package var text: String
    }

    package static var files: [File] {
        [File(name: "README.md", text: index)]
            + Label.allCases.compactMap { label in
                RuleRegistry.explanation(label).map { File(name: "\(label.rawValue).md", text: page(label, $0)) }
            }
    }

    private static let width = 120

    private static var index: String {
        let rows = Label.allCases.sorted { $0.rawValue < $1.rawValue }.compactMap { label in
            RuleRegistry.explanation(label).map { explanation in
                "| [`\(label.rawValue)`](\(label.rawValue).md) | \(explanation.severity.rawValue) | \(escaped(explanation.title)) |"
            }
        }
        let severities =
            "A *fault* makes clients fail, a *warning* makes them suffer or soon will, an *event* is a change, *info* is worth knowing."
        let lines =
            ["# Findings", "", "\(rows.count) conclusions, each with the packets that prove it. \(severities)"]
            + [
                "[Troubles](../troubles.md) shows the commonest in pictures. `make docs` writes these pages from what `vipscope explain` prints.",
                "",
            ]
            + ["| label | severity | what happened |", "| --- | --- | --- |"] + rows
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ label: Label, _ explanation: Explanation) -> String {
        var lines = ["# \(label.rawValue)", "", "\(escaped(explanation.title)). Severity: *\(explanation.severity.rawValue)*."]
        lines += ["", "## What it means", ""] + paragraph(explanation.meaning)
        lines += ["", "## What proves it", ""] + paragraph(explanation.proof)
        lines += ["", "## What looks the same", ""]
        for lookAlike in explanation.lookAlikes {
            lines += paragraph(lookAlike).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
        }
        if !explanation.remedy.isEmpty {
            lines += ["", "## What to do", "", "```sh"] + explanation.remedy(ExplanationText.placeholders) + ["```"]
        }
        return (lines + ["", "[All findings](README.md)"]).joined(separator: "\n") + "\n"
    }

    private static func paragraph(_ text: String) -> [String] { Wrapping.prose(escaped(text), width: width) }

    /// What Markdown would take for markup stays text.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { $0 += "\\`*_[]<>|".contains($1) ? "\\\($1)" : String($1) }
    }
}
