import Diagnosis
import Foundation
import Support
import Testing
import Wire

/// Traffic that has no part in a case changes nothing (CATALOGUE: "unrelated traffic changes nothing").
struct NoiseTests {
    private static let seeds: [UInt64] = [1, 2]

    @Test(arguments: CaptureCase.all, seeds)
    func `unrelated traffic changes nothing`(_ example: CaptureCase, _ seed: UInt64) throws {
        let frames = try TestFrame.read(example.capture.path)
        let quiet = TestReplay.run(frames, site: example.site)
        let isMirror = quiet.text.contains(#""vantage":"mirror""#)
        let mixed = Noise.interleaved(with: frames, seed: seed, unicast: isMirror)
        let busy = TestReplay.run(mixed, site: example.site)
        #expect(mixed.count > frames.count * 2, "\(example.name): there is hardly any noise")

        for finding in quiet.findings {
            let other = busy.findings.first { $0.id == finding.id }
            #expect(other == finding, "\(example.name): with noise: \(other?.summary ?? "gone"); without: \(finding.summary)")
        }
        for finding in busy.findings where !quiet.findings.contains(where: { $0.id == finding.id }) {
            Issue.record("\(example.name): only with noise: \(finding.id): \(finding.summary)")
        }
        #expect(busy.findings.map(\.id) == quiet.findings.map(\.id), "\(example.name): the order differs")
        #expect(busy.status == quiet.status)
        // Where VIPs are given, the stream holds what concerns them; the statistics count every frame.
        #expect(Self.events(busy) == Self.events(quiet), "\(example.name): \(Self.difference(busy, quiet))")
    }

    private static func events(_ result: ReplayResult) -> [Substring] {
        result.text.split(separator: "\n").filter { !$0.contains(#""action":"statistics""#) }
    }

    private static func difference(_ busy: ReplayResult, _ quiet: ReplayResult) -> String {
        let (busy, quiet) = (events(busy), events(quiet))
        let pair = zip(busy, quiet).first { $0 != $1 }
        return "\(busy.count) lines with noise, \(quiet.count) without; \(pair.map { "\($0) instead of \($1)" } ?? "")"
    }
}
