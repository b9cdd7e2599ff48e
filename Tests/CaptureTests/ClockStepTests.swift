import Diagnosis
import Foundation
import Site
import Support
import Testing
import Wire

/// Savefiles whose clock was set while they were written.
struct ClockStepTests {
    private func told(_ findings: [Finding]) -> [String] {
        findings.map { "\($0.id) \($0.severity) \($0.confidence) \($0.state) \($0.evidence.map(\.frame.number))" }
    }

    /// A frame of an EtherType that nobody reads.
    private func stranger(at time: Timestamp, linkType: LinkType) -> TestFrame {
        let bytes = [UInt8](repeating: 0x02, count: 12) + [0x88, 0xb5] + [UInt8](repeating: 0, count: 46)
        return TestFrame(time: time, linkType: linkType, bytes: bytes, originalLength: bytes.count, number: 1_000_000)
    }

    @Test(arguments: CaptureCase.all)
    func `an earlier frame of a later time changes no conclusion`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let first = try #require(frames.first)
        let end = frames.map(\.time).max()
        let expected = TestReplay.run(frames, site: example.site, observedUntil: end)
        let stepped = TestReplay.run(
            [stranger(at: first.time + .seconds(3600), linkType: first.linkType)] + frames, site: example.site, observedUntil: end)
        #expect(told(stepped.findings) == told(expected.findings))
        let warnings = stepped.text.split(separator: "\n").filter { $0.contains(#""action":"warning""#) }
        #expect(warnings.count == 1 && warnings[0].contains("the capture's clock stepped back by 3600 s at frame 2"))
        #expect(stepped.text.contains(#""out_of_order":1"#) || frames.map(\.time) != frames.map(\.time).sorted())
    }

    @Test func `a time-out that runs when the clock is set back ends later, and never at once`() throws {
        let example = try #require(CaptureCase.all.first { $0.name == "no-announcer-mirror" })
        let frames = try TestFrame.read(example.capture.path)
        // The clock is set back between the last requests and the end of their time.
        let last = try #require(frames.last)
        let step = stranger(at: last.time - .seconds(30), linkType: last.linkType)
        let after = stranger(at: last.time - .seconds(20), linkType: last.linkType)
        let whole = TestReplay.run(frames + [step, after], site: example.site)
        let expected = TestReplay.run(frames, site: example.site)
        #expect(whole.findings.map(\.label) == expected.findings.map(\.label))
        let caughtUp = stranger(at: last.time + .seconds(60), linkType: last.linkType)
        let later = TestReplay.run(frames + [step, after, caughtUp], site: example.site)
        #expect(later.findings.first?.label == .vipNoAnnouncer && later.findings.first?.confidence == .proven)
    }

    /// What came before and what after is the capture's to say.
    @Test(arguments: [
        ("dns-type-inconsistent-mirror", 13, Label.dnsTypeInconsistent, "back and forth"),
        ("dns-negative-cache-mirror", 13, .dnsNegativeCacheStale, "after the authority"),
        ("alt-svc-unserved-mirror", 13, .altSvcH3Mismatch, "before the Initial"),
    ])
    func `a clock that is set back in between turns no order round`(_ name: String, _ number: UInt64, _ label: Label, _ order: String)
        throws
    {
        let example = try #require(CaptureCase.all.first { $0.name == name })
        let frames = try TestFrame.read(example.capture.path)
        let stepped = frames.map { frame in
            var frame = frame
            if frame.number >= number { frame.time = frame.time - .seconds(30) }
            return frame
        }
        func finding(_ frames: [TestFrame]) throws -> Finding {
            try #require(TestReplay.run(frames, site: example.site).findings.first { $0.label == label })
        }
        let (expected, found) = (try finding(frames), try finding(stepped))
        #expect(found.confidence == .proven && told([found]) == told([expected]))
        #expect(found.summary.contains(order) && expected.summary.contains(order))
    }

    @Test func `less than a second is disorder, and a clock that goes to and fro is told so often and no more`() throws {
        let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        func run(_ times: [Int64]) -> String {
            TestReplay.run(times.map { stranger(at: start + .milliseconds($0), linkType: .ethernet) }, site: Site()).text
        }
        func count(_ text: String) -> Int { text.split(separator: "\n").count { $0.contains("stepped back") } }
        #expect(count(run([1000, 1, 1500])) == 0)
        #expect(count(run([1000, 0, 1500])) == 1)
        #expect(count(run((0..<200).flatMap { _ in [0, 5000] })) == 16)
        #expect(run([5000, 0, 100]).contains(#""out_of_order":1"#))
    }

    /// As a live capture counts them: those that were put in order, and those that stood too far behind for it.
    @Test func `each frame behind a later one is counted once`() throws {
        let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        func count(_ microseconds: [Int64]) throws -> [String] {
            let frames = microseconds.map { stranger(at: start + Interval(nanoseconds: $0 * 1000), linkType: .ethernet) }
            let file = try CaptureFolder(CaptureFormat.nanosecondPcap.file(frames))
            return [TestReplay.run(frames, site: Site()).text, try file.replay(Site())].map { text in
                String(text.firstRange(of: #""out_of_order":"#).map { text[$0.upperBound...].prefix { $0 != "," } } ?? "")
            }
        }
        #expect(try count([500, 200, 100]) == ["2", "2"])
        #expect(try count([0, 5000, 3000, 2500, 6000]) == ["2", "2"])
        #expect(try count((1...80).map { Int64($0) } + [0]) == ["1", "1"])
    }
}
