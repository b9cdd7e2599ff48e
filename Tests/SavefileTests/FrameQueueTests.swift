import Foundation
import Savefile
import Support
import SystemPackage
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

    private struct Output {
        var frames: [Given] = []
        /// The places of those that stand behind a later one.
        var late: Set<Int> = []
        var error: SavefileError?
        /// The most at any time.
        var octetsAside = 0
    }

    private typealias Written = (time: Int64, length: Int)

    /// Each frame's octets are its place's, so that none of two octets or more can be taken for another.
    private static func octets(_ place: Int, _ length: Int) -> [UInt8] {
        Array(([UInt8(place >> 8)] + [UInt8](repeating: UInt8(place & 0xff), count: length)).prefix(length))
    }

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

    private func read(_ file: [UInt8], bufferSize: Int = 1 << 20) throws -> Output {
        let directory = try Directory()
        return try read(at: try directory.write(file), bufferSize: bufferSize)
    }

    private func read(at path: String, bufferSize: Int = 1 << 20) throws -> Output {
        var reader = try SavefileReader(path: path, bufferSize: bufferSize, ordersFrames: true)
        var output = Output()
        do throws(SavefileError) {
            while let record = try reader.next() {
                let octets = reader.withFrame { [UInt8](copying: $0) }
                let place = output.frames.count + record.displacement
                output.frames.append(Given(time: record.time.nanoseconds - 1_700_000_000_000_000_000, octets: octets, place: place))
                if record.isLate { output.late.insert(place) }
                output.octetsAside = max(output.octetsAside, reader.octetsAside)
            }
        } catch {
            output.error = error
            return output
        }
        #expect(reader.withFrame { $0.count } == 0, "octets after the end")
        return output
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
        var generator = SeededGenerator(seed: UInt64(bufferSize))
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
        let output = try read(Array(pcap(frames).dropLast(1)))
        #expect(output.frames == given(frames, in: [1, 0]))
        #expect(output.error?.kind == .cutShort)
    }

    @Test func `late is what stands behind a later one, wherever it comes`() throws {
        let output = try read(pcap([(500_000, 60), (200_000, 60), (100_000, 60), (500_000, 60), (600_000, 60)]))
        #expect(output.frames.map(\.place) == [2, 1, 0, 3, 4])
        #expect(output.late == [1, 2])
    }

    // MARK: Octets aside

    /// 5 us apart, so that some wait whenever the buffer moves; each tenth a little late.
    private func dense(_ count: Int, length: Int) -> [Written] {
        (0..<count).map { (time: Int64($0) * 5_000 - ($0 % 10 == 9 ? 12_000 : 0), length: length + $0 % 7) }
    }

    private func inOrder(_ frames: [Written]) -> [Given] {
        given(frames, in: frames.indices.sorted { (frames[$0].time, $0) < (frames[$1].time, $1) })
    }

    @Test func `a pipe that is never empty keeps few octets aside`() throws {
        let frames = dense(8_000, length: 500)
        let file = pcap(frames)
        let pipe = try FileDescriptor.pipe()
        Thread.detachNewThread {
            _ = try? pipe.writeEnd.closeAfter { try pipe.writeEnd.writeAll(file) }
        }
        defer { try? pipe.readEnd.close() }
        let output = try read(at: "/dev/fd/\(pipe.readEnd.rawValue)")
        #expect(output.frames == inOrder(frames))
        #expect(output.late.count == 800)
        // Of 64 that wait, and twice as many that have been given.
        #expect(1...3 * 64 * 506 ~= output.octetsAside, "\(output.octetsAside)")
    }

    @Test func `large frames in a file keep few octets aside`() throws {
        let frames = dense(150, length: 65_000)
        let output = try read(pcap(frames), bufferSize: 1 << 18)
        #expect(output.frames == inOrder(frames))
        #expect(1...3 * ((1 << 20) + 65_006) ~= output.octetsAside, "\(output.octetsAside)")
    }

    // MARK: Several files

    @Test func `several files are merged with each in its order`() throws {
        let directory = try Directory()
        try directory.write(pcap([(0, 60), (400_000, 61), (300_000, 62)]), to: "a")
        try directory.write(pcap([(100_000, 63), (350_000, 64), (200_000, 65)]), to: "b")
        let merged = try merge(directory)
        #expect(merged.lengths == [60, 63, 65, 62, 64, 61])
        #expect(merged.numbers == [1, 2, 3, 4, 5, 6])
    }

    /// The lengths of the frames of all files in a directory, and their numbers.
    private func merge(_ directory: Directory) throws -> (lengths: [Int], numbers: [UInt64]) {
        var input = try CaptureInput(paths: [directory.path], ordersFrames: true)
        var merged: (lengths: [Int], numbers: [UInt64]) = ([], [])
        while let record = try input.next() {
            #expect(input.withFrame { $0.count } == record.capturedLength)
            merged.lengths.append(record.capturedLength)
            merged.numbers.append(record.number)
        }
        return merged
    }

    @Test func `a file's turn comes with its earliest frame, where that is not its first`() throws {
        let directory = try Directory()
        try directory.write(pcap([(200_000, 60), (0, 61), (5_000_000, 62)]), to: "a")
        try directory.write(pcap([(100_000, 63), (6_000_000, 64)]), to: "b")
        #expect(try merge(directory).lengths == [61, 63, 60, 62, 64])
    }

    @Test func `a capture keeps its numbers beside files that are none`() throws {
        let directory = try Directory()
        try directory.write(pcap([(0, 60), (400_000, 61), (300_000, 62)]), to: "a")
        try directory.write(Array("site: home\n".utf8), to: "site.yaml")
        let merged = try merge(directory)
        #expect(merged.lengths == [60, 62, 61])
        #expect(merged.numbers == [1, 3, 2])
    }
}
