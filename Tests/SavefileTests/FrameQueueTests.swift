import Foundation
import Savefile
import Testing
import Wire

/// Frames that a savefile holds a little out of order.
struct FrameQueueTests {
    private struct Given: Equatable {
        var time: Int64
        var octets: [UInt8]
        /// Its place in the file, from 0.
        var place: Int
    }

    private typealias Written = (time: Int64, length: Int)

    /// Each frame's octets are its place's, so that none can be taken for another.
    private static func octets(_ place: Int, _ length: Int) -> [UInt8] { [UInt8](repeating: UInt8(place & 0xff), count: length) }

    /// In nanoseconds, little-endian.
    private func pcap(_ frames: [Written]) -> [UInt8] {
        var file = Builder()
        file.add(0xa1b2_3c4d)
        file.add16(2, 4)
        file.add(0, 0, 262_144, 1)
        for (place, frame) in frames.enumerated() {
            let time = 1_700_000_000_000_000_000 + frame.time
            file.add(UInt32(time / 1_000_000_000), UInt32(time % 1_000_000_000), UInt32(frame.length), UInt32(frame.length))
            file.octets += Self.octets(place, frame.length)
        }
        return file.octets
    }

    private func read(_ file: [UInt8], bufferSize: Int = 1 << 20) throws -> (frames: [Given], error: SavefileError?) {
        let directory = try Directory()
        var reader = try SavefileReader(path: try directory.write(file), bufferSize: bufferSize, ordersFrames: true)
        var frames: [Given] = []
        do throws(SavefileError) {
            while let record = try reader.next() {
                let octets = reader.withFrame { [UInt8](copying: $0) }
                frames.append(
                    Given(
                        time: record.time.nanoseconds - 1_700_000_000_000_000_000, octets: octets,
                        place: frames.count + record.displacement))
            }
        } catch { return (frames, error) }
        #expect(reader.withFrame { $0.count } == 0, "octets after the end")
        return (frames, nil)
    }

    private func given(_ frames: [Written], in order: [Int]) -> [Given] {
        order.map { Given(time: frames[$0].time, octets: Self.octets($0, frames[$0].length), place: $0) }
    }

    @Test func `neighbours that changed places come in the order of time, with their own numbers`() throws {
        let frames: [Written] = [(0, 60), (50_000, 70), (20_000, 80), (30_000, 90), (5_000_000, 60), (5_000_000, 61)]
        #expect(try read(pcap(frames)).frames == given(frames, in: [0, 2, 3, 1, 4, 5]))
    }

    @Test func `a queue's burst is put between another's frames`() throws {
        let (one, other) = ((0..<20).map { (Int64($0) * 10_000, 60) }, (0..<20).map { (Int64($0) * 10_000 + 5_000, 60) })
        let frames: [Written] = one + other
        #expect(try read(pcap(frames)).frames == given(frames, in: (0..<20).flatMap { [$0, $0 + 20] }))
    }

    @Test func `a clock that was set back is no disorder`() throws {
        let frames: [Written] = [(3_000_000_000, 60), (3_000_001_000, 60), (0, 60), (1_000, 60), (2_000_000, 60)]
        #expect(try read(pcap(frames)).frames == given(frames, in: [0, 1, 2, 3, 4]))
    }

    @Test(arguments: [64, 100, 300, 4_096])
    func `it does not matter how the file is read`(_ bufferSize: Int) throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            // No frame is further from its place than the window.
            let frames: [Written] = (0..<300).map {
                (Int64($0) * 100_000 + Int64.random(in: 0..<900_000, using: &generator), Int.random(in: 0...200, using: &generator))
            }
            let order = frames.indices.sorted { (frames[$0].time, $0) < (frames[$1].time, $1) }
            #expect(try read(pcap(frames), bufferSize: bufferSize).frames == given(frames, in: order))
        }
    }

    @Test func `where too many lie together, the first that came goes first`() throws {
        // The last belongs before all others, and is more frames away than wait.
        let frames: [Written] = (0..<80).map { (1_000 + Int64($0), 60) } + [(0, 60)]
        #expect(try read(pcap(frames)).frames == given(frames, in: Array(0..<17) + [80] + Array(17..<80)))
    }

    @Test func `what was read before the damage comes before it`() throws {
        let frames: [Written] = [(50_000, 60), (20_000, 70), (90_000, 80)]
        let (read, error) = try read(Array(pcap(frames).dropLast(1)))
        #expect(read == given(frames, in: [1, 0]))
        #expect(error?.kind == .cutShort)
    }

    @Test func `several files are merged with each in its order`() throws {
        let directory = try Directory()
        try directory.write(pcap([(0, 60), (400_000, 61), (300_000, 62)]), to: "a")
        try directory.write(pcap([(100_000, 63), (350_000, 64), (200_000, 65)]), to: "b")
        var input = try CaptureInput(paths: [directory.path], ordersFrames: true)
        var lengths: [Int] = []
        while let record = try input.next() {
            #expect(input.withFrame { $0.count } == record.capturedLength)
            lengths.append(record.capturedLength)
        }
        #expect(lengths == [60, 63, 65, 62, 64, 61])
    }
}
