package import Agent
package import Diagnosis
import Events
import Foundation
package import Site
import Testing
package import Wire

/// A replay held in memory.
package struct ReplayResult: Sendable {
    package var lines: [UInt8] = []
    package var findings: [Finding] = []
    package var status: Agent.ExitStatus = .nothingWrong
    /// The verdict in words.
    package var report = ""

    package var text: String { String(decoding: lines, as: UTF8.self) }
}

/// One captured frame, as tests pass them around.
package struct TestFrame: Sendable {
    package var time: Timestamp
    package var linkType: LinkType
    package var bytes: [UInt8]
    package var originalLength: Int
    /// The number that it has in its capture, kept when others are left out.
    package var number: UInt64

    package init(time: Timestamp, linkType: LinkType, bytes: [UInt8], originalLength: Int, number: UInt64) {
        self.time = time
        self.linkType = linkType
        self.bytes = bytes
        self.originalLength = originalLength
        self.number = number
    }
}

extension [TestFrame] {
    /// As a replay reads them from a file: where a frame comes a little late, it takes its place among those before it.
    fileprivate var inOrderOfTime: [(frame: TestFrame, isLate: Bool)] {
        var frames = map { (frame: $0, isLate: false) }
        for index in frames.indices.dropFirst() {
            var place = index
            while place > 0, index - place < 63, case let delay = frames[place - 1].frame.time - frames[place].frame.time, delay > .zero,
                delay <= .milliseconds(1)
            {
                frames.swapAt(place - 1, place)
                place -= 1
            }
            if place < index { frames[place].isLate = true }
        }
        return frames
    }
}

package enum TestReplay {
    /// Runs frames through the pipeline as a replay does, and leaves every line for the schema's validator.
    package static func run(
        _ frames: [TestFrame], site: Site, everything: Bool = false, lost: UInt64 = 0, observedUntil: Timestamp? = nil,
        source: String = "capture"
    ) -> ReplayResult {
        let frames = frames.inOrderOfTime
        var pipeline = Pipeline(site: site, everything: everything, writesEvents: true)
        if let first = frames.first?.frame {
            pipeline.begin(
                CaptureDescription(
                    sources: [source], filter: nil, linkTypes: [first.linkType], everything: everything || site.vips.isEmpty),
                at: first.time)
        }
        for (frame, isLate) in frames {
            if isLate { pipeline.noteOutOfOrder(at: frame.time) }
            pipeline.process(
                frame.bytes.span, frame.linkType, at: frame.time, number: frame.number, originalLength: frame.originalLength)
        }
        if lost > 0 { pipeline.noteLoss(kernel: lost, interface: 0) }
        pipeline.finish(observedUntil: observedUntil) { _ in }
        let result = ReplayResult(
            lines: Array(pipeline.records), findings: pipeline.diagnosis.book.findings, status: Agent.ExitStatus.of(pipeline.diagnosis),
            report: pipeline.report)
        EventLog.keep(result.lines)
        return result
    }
}

/// Every line that any test produces is kept where `VIPSCOPE_TEST_EVENTS` says, for an independent validator to read.
package enum EventLog {
    /// An empty name is none: files would land in whatever folder the tests run in.
    package static func folder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        environment["VIPSCOPE_TEST_EVENTS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    package static func keep(_ lines: [UInt8]) {
        guard let folder = folder(), !lines.isEmpty else { return }
        let url = URL(fileURLWithPath: folder).appendingPathComponent("\(UUID().uuidString).jsonl")
        do { try Data(lines).write(to: url) } catch { Issue.record("cannot keep events: \(error)") }
    }
}
