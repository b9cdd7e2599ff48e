import Agent
import Diagnosis
import Foundation
import Support
import Testing
import Wire

/// Replays every folder of `Captures/`. Run with `VIPSCOPE_REWRITE_EXPECTED=1` (`make golden`) it rewrites the expected files of the
/// cases whose lists hold.
struct CaptureCaseTests {
    static let rewrites = ProcessInfo.processInfo.environment["VIPSCOPE_REWRITE_EXPECTED"] == "1"

    @Test(arguments: CaptureCase.all)
    func `what must be found is found, and nothing that must not`(_ example: CaptureCase) throws {
        let result = TestReplay.run(try TestFrame.read(example.capture.path), site: example.site, source: example.capture.lastPathComponent)
        let violations = example.violations(result.findings)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
        let expected = example.folder.appendingPathComponent("expected.jsonl")
        if Self.rewrites, violations.isEmpty {
            try Data(result.lines).write(to: expected)
            return
        }
        let golden = try [UInt8](Data(contentsOf: expected))
        #expect(golden == result.lines, "the events differ from expected.jsonl: run make golden, and read the difference")
    }

    @Test func `every label has a recording that shows it, and one that must not`() {
        for label in Label.allCases {
            #expect(CaptureCase.all.contains { $0.must.contains { $0.label == label.rawValue } }, "no case must show \(label.rawValue)")
            #expect(
                CaptureCase.all.contains { $0.mustNot.contains { $0.label == label.rawValue } }, "no case must not show \(label.rawValue)")
        }
    }
}
