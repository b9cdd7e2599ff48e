import Agent
import Events
import Flows
import Foundation
import Savefile
import Site
import Support
import Testing
import Wire

/// Nothing that a packet contains can trap, loop or go uncounted.
struct RobustnessTests {
    /// A pipeline that frames go through one after the other, without end.
    private struct Treadmill: ~Copyable {
        var pipeline: Pipeline
        private var shown = PacketWriter()
        private var number: UInt64 = 0
        private var kept: [UInt8] = []

        init(_ example: CaptureCase) {
            pipeline = Pipeline(site: example.site, everything: true, writesEvents: true)
            let capture = CaptureDescription(sources: ["capture"], filter: nil, linkTypes: [.ethernet], everything: true)
            pipeline.begin(capture, at: Timestamp(nanoseconds: 0))
        }

        mutating func process(_ bytes: Span<UInt8>, of frame: TestFrame, originalLength: Int) {
            number += 1
            pipeline.process(bytes, frame.linkType, at: frame.time, number: number, originalLength: originalLength)
            if pipeline.pending > 1 << 14 { take() }
            // Showing a frame costs more than all the rest.
            guard number % 7 == 0 else { return }
            let reference = FrameReference(number: number, time: frame.time)
            shown.writeText(bytes, frame.linkType, reference, originalLength: originalLength)
            shown.writeJSON(bytes, frame.linkType, reference, originalLength: originalLength)
            shown.removeAll()
        }

        /// Events are valid JSON whatever they tell of: the first of them are left for the schema's validator.
        private mutating func take() {
            if kept.isEmpty { kept = Array(pipeline.records) }
            pipeline.dropRecords()
        }

        mutating func finish() {
            pipeline.finish(observedUntil: nil) { _ in }
            take()
            EventLog.keep(kept)
            #expect(pipeline.statistics.frames == number)
        }
    }

    /// A debug build takes samples.
    #if DEBUG
        private static let flips = 1, rounds = 20
    #else
        private static let flips = 8, rounds = 400
    #endif

    /// The different frames of a case.
    private static func frames(_ example: CaptureCase) throws -> [TestFrame] {
        let frames = try TestFrame.read(example.capture.path)
        var seen: Set<[UInt8]> = []
        return frames.filter { seen.insert($0.bytes).inserted }
    }

    // MARK: Frames

    @Test(arguments: CaptureCase.all)
    func `every prefix of every frame is an ordinary input`(_ example: CaptureCase) throws {
        for isCut in [true, false] {
            var treadmill = Treadmill(example)
            for frame in try Self.frames(example) {
                for count in 0...frame.bytes.count {
                    let originalLength = isCut ? frame.originalLength : count
                    treadmill.process(frame.bytes.span.extracting(first: count), of: frame, originalLength: originalLength)
                }
            }
            treadmill.finish()
            // Whose fault the missing octets are depends on the length that the record states.
            let wrong: Anomaly.Kind = isCut ? .truncated : .cutByCapture
            let entries = treadmill.pipeline.anomalies.entries
            #expect(!entries.contains { $0.kind == wrong }, "\(example.name): \(entries)")
            #expect(!entries.isEmpty)
        }
    }

    @Test(arguments: CaptureCase.all)
    func `a frame with any octet changed is an ordinary input`(_ example: CaptureCase) throws {
        var generator = SeededGenerator(seed: 3)
        var treadmill = Treadmill(example)
        for frame in try Self.frames(example) {
            var bytes = frame.bytes
            // What stands further back is payload, which nothing looks at.
            for index in bytes.indices.prefix(200) {
                let octet = bytes[index]
                let bits = (0..<8).shuffled(using: &generator).prefix(Self.flips)
                for change in [0, 0xff] + bits.map({ octet ^ 1 << $0 }) where change != octet {
                    bytes[index] = change
                    treadmill.process(bytes.span, of: frame, originalLength: frame.originalLength)
                }
                bytes[index] = octet
            }
            // So that the changed frames meet the state that whole ones leave.
            treadmill.process(bytes.span, of: frame, originalLength: frame.originalLength)
        }
        treadmill.finish()
    }

    @Test(arguments: CaptureCase.all)
    func `a frame with several octets changed is an ordinary input`(_ example: CaptureCase) throws {
        var generator = SeededGenerator(seed: 4)
        var treadmill = Treadmill(example)
        for frame in try Self.frames(example) {
            for _ in 0..<Self.rounds {
                var bytes = frame.bytes
                for _ in 0..<Int.random(in: 2...6, using: &generator) {
                    guard let index = bytes.indices.prefix(120).randomElement(using: &generator) else { continue }
                    bytes[index] = UInt8.random(in: 0...255, using: &generator)
                }
                treadmill.process(bytes.span, of: frame, originalLength: frame.originalLength)
            }
        }
        treadmill.finish()
    }

    // MARK: Record headers

    @Test(arguments: CaptureCase.all)
    func `times may be anything, in any order`(_ example: CaptureCase) throws {
        let frames = try Self.frames(example)
        let edges: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        var generator = SeededGenerator(seed: 5)
        for edge in edges {
            var treadmill = Treadmill(example)
            for var frame in frames {
                if Bool.random(using: &generator) { frame.time = Timestamp(nanoseconds: edge) }
                treadmill.process(frame.bytes.span, of: frame, originalLength: frame.originalLength)
            }
            treadmill.finish()
            treadmill = Treadmill(example)
            for var frame in frames {
                frame.time = Timestamp(nanoseconds: edges.randomElement(using: &generator) ?? edge)
                treadmill.process(frame.bytes.span, of: frame, originalLength: frame.originalLength)
            }
            treadmill.finish()
        }
    }

    @Test(arguments: CaptureCase.all)
    func `lengths may be anything`(_ example: CaptureCase) throws {
        for length in [0, 1, Int(UInt32.max)] {
            var treadmill = Treadmill(example)
            for frame in try Self.frames(example) { treadmill.process(frame.bytes.span, of: frame, originalLength: length) }
            treadmill.finish()
        }
    }

    // MARK: Files

    /// A pcap and a pcapng file, and where the first frame of each ends.
    @Test(arguments: [("no-announcer-mirror", 82), ("healthy-mirror", 224)])
    func `a file cut anywhere is judged by what was read, with a warning`(_ name: String, _ firstRecord: Int) throws {
        let example = try #require(CaptureCase.all.first { $0.name == name })
        let file = try [UInt8](Data(contentsOf: example.capture))
        let whole = try TestFrame.read(example.capture.path).count
        for count in stride(from: 0, to: file.count, by: 23) {
            let folder = try CaptureFolder(Array(file[..<count]))
            var replay = Replay(Replay.Options(paths: [folder.capture], site: example.site))
            do throws(Replay.Failure) {
                try replay.run(sinks: [])
            } catch {
                guard case .input(let problem) = error else { throw error }
                #expect(problem.name == folder.capture)
                #expect(count < firstRecord, "\(example.name) cut at \(count): \(problem)")
                continue
            }
            #expect(replay.pipeline.statistics.frames < UInt64(whole) || count > file.count - 200)
            // Where it is cut between two records, nobody can tell.
            #expect(replay.warnings.count <= 1)
            for warning in replay.warnings {
                #expect(warning.name == folder.capture)
                #expect(warning.offset.map { $0 <= UInt64(count) } == true, "\(warning)")
            }
        }
    }
}
