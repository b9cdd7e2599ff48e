import Diagnosis
import Foundation
import Support
import Testing
import Wire

/// The verdict in words, of every recorded case.
struct ReportTests {
    @Test(arguments: CaptureCase.all)
    func `one cause fits on a screen, and every line on a narrow terminal`(_ example: CaptureCase) throws {
        let result = TestReplay.run(try TestFrame.read(example.capture.path), site: example.site)
        let lines = result.report.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        let whole = "\(example.name):\n\(result.report)"
        #expect(lines.allSatisfy { $0.count <= 80 && $0.last != " " }, "\(whole)")
        #expect(!result.report.contains("\n\n\n") && lines.last != "" && lines.first != "", "\(whole)")
        let troubles = result.findings.filter { $0.state == .open && ($0.severity == .fault || $0.severity == .warning) }
        let causes = troubles.filter { $0.causedBy == nil }
        if causes.count <= 1 { #expect(lines.count <= 20, "\(lines.count) lines, \(whole)") }
        for finding in troubles { #expect(result.report.contains(finding.label.rawValue), "\(finding.label.rawValue) is not in \(whole)") }
        // The first packet that proves it, and what to run first.
        for cause in causes {
            let frame = cause.evidence.first.map { "frame *\($0.frame.number) " } ?? ""
            #expect(try result.report.contains(Regex(frame)), "\(frame) is not in \(whole)")
            #expect(cause.remedy.isEmpty || lines.contains { $0.hasPrefix("run next") }, "\(whole)")
        }
    }

    @Test func `the report in the README is what vipscope prints`() throws {
        let example = try #require(CaptureCase.all.first { $0.name == "no-announcer-mirror" })
        let result = TestReplay.run(try TestFrame.read(example.capture.path), site: example.site)
        let readme = CaptureCase.capturesFolder.deletingLastPathComponent().appendingPathComponent("README.md")
        #expect(try String(contentsOf: readme, encoding: .utf8).contains("```\n\(result.report)```"), "\(result.report)")
    }
}
