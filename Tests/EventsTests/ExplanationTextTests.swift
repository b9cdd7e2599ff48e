import Diagnosis
import Events
import Testing

struct ExplanationTextTests {
    @Test(arguments: Label.allCases)
    func `every label has a page that says what it means, what proves it, what looks the same and what to do`(_ label: Label) throws {
        let explanation = try #require(RuleRegistry.explanation(label))
        let page = ExplanationText.page(label, explanation)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.first == "\(label.rawValue) (\(explanation.severity.rawValue)): \(explanation.title)")
        #expect(page.hasSuffix("\n") && !page.hasSuffix("\n\n") && !page.contains("\n\n\n"))

        let headings = ["What it means", "What proves it", "What looks the same"] + (explanation.remedy.isEmpty ? [] : ["What to do"])
        #expect(lines.dropFirst().filter { !$0.isEmpty && !$0.hasPrefix(" ") } == headings)
        let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        for part in [explanation.meaning, explanation.proof] + explanation.lookAlikes {
            #expect(text.contains(part.split(separator: " ").joined(separator: " ")), "\(part)")
        }
        #expect(lines.count { $0.hasPrefix("  - ") } == explanation.lookAlikes.count)
    }

    @Test(arguments: Label.allCases)
    func `sentences are wrapped, commands are not, and no placeholder is left`(_ label: Label) throws {
        let explanation = try #require(RuleRegistry.explanation(label))
        let page = ExplanationText.page(label, explanation)
        let (sentences, commands) = split(page)
        #expect(sentences.allSatisfy { $0.count <= 100 && $0.last != " " })
        #expect(commands.count == explanation.remedy.count)
        #expect(!page.contains("{") && !page.contains("}"))
    }

    private func split(_ page: String) -> ([String], [String]) {
        let lines = page.split(separator: "\n").map(String.init)
        let place = lines.firstIndex(of: "What to do") ?? lines.endIndex
        return (Array(lines[..<place]), Array(lines[place...].dropFirst()))
    }

    @Test func `the list has a line for each label, in columns`() {
        let lines = ExplanationText.list().split(separator: "\n").map(String.init)
        #expect(lines.map { String($0.prefix { $0 != " " }) } == Label.allCases.map(\.rawValue))
        let width = Label.allCases.map(\.rawValue.count).max() ?? 0
        for (line, label) in zip(lines, Label.allCases) {
            let explanation = RuleRegistry.explanation(label)
            #expect(line.dropFirst(width + 2).hasPrefix(explanation?.severity.rawValue ?? "?"))
            #expect(line.dropFirst(width + 11) == explanation?.title ?? "?")
        }
    }
}
