import Diagnosis
import Events
import Foundation
import Testing

struct ExplanationMarkdownTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/findings")

    @Test func `the pages in the repository are those that would be written now`() throws {
        let files = ExplanationMarkdown.files
        for file in files {
            let text = try? String(contentsOf: Self.folder.appendingPathComponent(file.name), encoding: .utf8)
            #expect(text == file.text, "\(file.name) is not current: run make docs")
        }
        let there = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(there) == Set(files.map(\.name)), "pages of no finding, or findings without a page: run make docs")
    }

    @Test func `the pictures lead to pages and recordings that are there`() throws {
        let docs = Self.folder.deletingLastPathComponent()
        let text = try String(contentsOf: docs.appendingPathComponent("troubles.md"), encoding: .utf8)
        let links = Set(text.matches(of: /\]\((?<path>[^)#]+)\)/).map { String($0.path) })
        #expect(links.count { $0.hasPrefix("findings/") } > 30 && links.count { $0.hasPrefix("../Captures/") } > 30)
        for link in links { #expect(FileManager.default.fileExists(atPath: docs.appendingPathComponent(link).path), "\(link)") }
    }

    @Test func `there is a page for each label, and the index leads to it`() throws {
        let files = ExplanationMarkdown.files
        let index = try #require(files.first { $0.name == "README.md" }).text
        let readme = try String(contentsOf: Self.folder.appendingPathComponent("../../README.md"), encoding: .utf8)
        #expect(files.count == Label.allCases.count + 1)
        #expect(readme.contains("There are \(Label.allCases.count) findings"))
        for label in Label.allCases {
            let explanation = try #require(RuleRegistry.explanation(label))
            let page = try #require(files.first { $0.name == "\(label.rawValue).md" }).text
            #expect(readme.contains("`\(label.rawValue)`"))
            #expect(page.hasPrefix("# \(label.rawValue)\n"))
            #expect(page.contains("*\(explanation.severity.rawValue)*"))
            #expect(explanation.remedy.isEmpty || page.contains("```sh\n"))
            #expect(index.contains("| [`\(label.rawValue)`](\(label.rawValue).md) | \(explanation.severity.rawValue) | "))
        }
    }
}
