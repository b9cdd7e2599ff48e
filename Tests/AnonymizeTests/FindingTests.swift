import Anonymize
import Diagnosis
import Foundation
import Site
import Support
import Testing
import Wire

/// An anonymised capture says the same, of the replacements.
struct FindingTests {
    private struct Statement: Hashable, CustomStringConvertible {
        var label: Label
        var severity: Severity
        var confidence: Confidence
        var state: Finding.State
        var subject: Finding.Subject
        var count: Int
        var frames: [UInt64]
        var causedBy: String?

        init(_ finding: Finding) {
            label = finding.label
            severity = finding.severity
            confidence = finding.confidence
            state = finding.state
            subject = finding.subject
            count = finding.count
            frames = finding.evidence.map(\.frame.number)
            causedBy = finding.causedBy.flatMap { $0.split(separator: "/").first.map(String.init) }
        }

        var description: String { "\(Finding.id(label, subject)) \(severity) \(confidence) \(state) x\(count) \(frames) \(causedBy ?? "")" }
    }

    @Test(arguments: CaptureCase.all)
    func `an anonymised case gives the same findings`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let key = Array("a key for tests, and no other".utf8)
        let anonymized = try Anonymized(frames, site: example.site, key: key)
        let map = try Anonymizer(key: key, keepsVendors: false)
        let expected = TestReplay.run(frames, site: example.site).findings.map { finding in
            var statement = Statement(finding)
            statement.subject.vip = finding.subject.vip.map { map.rewrite($0) }
            statement.subject.client = finding.subject.client.map { map.rewrite($0) }
            statement.subject.name = finding.subject.name.map { map.rewrite($0) }
            return statement
        }
        let found = TestReplay.run(anonymized.frames, site: anonymized.site).findings.map(Statement.init)
        let missing = Set(expected).subtracting(found)
        let surplus = Set(found).subtracting(expected)
        #expect(
            missing.isEmpty && surplus.isEmpty && found.count == expected.count,
            "missing \(missing.map(\.description)), and there are \(surplus.map(\.description))")
        #expect(anonymized.notices.unsupportedFrames == 0 && anonymized.notices.longStreams == 0)
    }
}
