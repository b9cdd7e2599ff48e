import Foundation
import Savefile
import Testing
import Wire

/// What programs wrote is read as tshark reads it.
struct SavefileReaderTests {
    static let nanoseconds: [Int64] = [
        1_795_259_286_652_395_428, 1_795_259_287_652_629_495, 1_795_259_288_652_542_900, 1_795_259_291_163_867_341,
    ]
    static let microseconds: [Int64] = nanoseconds.map { $0 / 1000 * 1000 }

    /// The same four frames in five formats, and four of them in both byte orders.
    @Test(arguments: [
        (Fixture.nanosecondPcap, nanoseconds), (Fixture.microsecondPcap, microseconds), (Fixture.modifiedPcap, microseconds),
        (Fixture.nanosecondPcapng, nanoseconds), (bigEndian(pcap: Fixture.nanosecondPcap), nanoseconds),
        (bigEndian(pcap: Fixture.microsecondPcap), microseconds), (bigEndian(pcap: Fixture.modifiedPcap), microseconds),
        (bigEndian(pcapng: Fixture.nanosecondPcapng), nanoseconds),
    ])
    func givesTheSameFramesInEveryFormat(_ file: [UInt8], _ times: [Int64]) throws {
        let reading = try Reading(file)

        #expect(reading.error == nil)
        #expect(reading.times == times)
        #expect(reading.frames == (try Reading(Fixture.nanosecondPcap)).frames)
        #expect(reading.frames[3].prefix(14) == [255, 255, 255, 255, 255, 255, 0xb8, 0x27, 0xeb, 0, 0, 0x30, 8, 6])
        #expect(reading.records.allSatisfy { $0.capturedLength == 42 && $0.originalLength == 42 && $0.linkType == .ethernet })
    }

    @Test func keepsBothLengthsOfCutFrames() throws {
        let reading = try Reading(Fixture.cutPcapng)
        let whole = try Reading(Fixture.microsecondPcap)

        #expect(reading.times == Self.microseconds)
        #expect(reading.records.allSatisfy { $0.capturedLength == 30 && $0.originalLength == 42 })
        #expect(reading.frames == whole.frames.map { Array($0.prefix(30)) })
    }

    @Test func readsSeveralInterfaces() throws {
        let reading = try Reading(Fixture.mergedPcapng)

        #expect(reading.error == nil)
        #expect(reading.records.map(\.interface) == [1, 1, 0, 0, 0, 0, 0, 0])
        #expect(reading.records.map(\.linkType) == [.linuxCooked2, .linuxCooked2] + Array(repeating: .ethernet, count: 6))
        #expect(reading.records.map(\.capturedLength) == [48, 48, 42, 42, 42, 42, 98, 98])
        #expect(Array(reading.times.prefix(3)) == [1_795_259_266_316_518_628, 1_795_259_266_316_559_679, 1_795_259_296_801_360_102])
    }

    @Test func describesTheFile() throws {
        let directory = try Directory()
        var pcap = try SavefileReader(path: try directory.write(Fixture.cookedPcap, to: "a.pcap"))
        #expect(pcap.format == .pcap)
        #expect(pcap.name == directory.path + "/a.pcap")
        #expect(pcap.linkTypes == [.linuxCooked2])
        #expect(pcap.snapshotLength == 262_144)
        #expect(pcap.position == 24)
        #expect(pcap.size == 152)
        while try pcap.next() != nil {}
        #expect(pcap.position == 152)

        var pcapng = try SavefileReader(path: try directory.write(Fixture.mergedPcapng, to: "b.pcapng"))
        #expect(pcapng.format == .pcapng)
        #expect(pcapng.linkTypes == [])
        #expect(pcapng.snapshotLength == nil)
        while try pcapng.next() != nil {}
        #expect(pcapng.linkTypes == [.ethernet, .linuxCooked2])
        #expect(pcapng.snapshotLength == 262_144)
        #expect(pcapng.position == pcapng.size)
    }

    /// dumpcap 4.0.17 writes the interval in microseconds though the interface counts nanoseconds.
    @Test func readsInterfaceStatistics() throws {
        let statistics = try #require(try Reading(Fixture.dumpcapPcapng).statistics.first)

        #expect(statistics.received == 6)
        #expect(statistics.interfaceDropped == 0)
        #expect(statistics.osDropped == nil)
        #expect(statistics.start == Timestamp(nanoseconds: 1_795_259_296_768_075_000))
        #expect(statistics.end == Timestamp(nanoseconds: 1_795_259_298_592_189_000))
    }

    /// The buffer grows for a frame that is longer, and keeps what it has read.
    @Test(arguments: [Fixture.nanosecondPcap, Fixture.modifiedPcap, Fixture.mergedPcapng, Fixture.dumpcapPcapng], [64, 65, 100, 128, 300])
    func readsThroughASmallBuffer(_ file: [UInt8], _ size: Int) throws {
        #expect(try Reading(file, bufferSize: size) == Reading(file))
    }

    @Test func readsFramesLongerThanItsBuffer() throws {
        var file = Builder()
        file.pcapHeader(snapshotLength: 1_000_000)
        let frames = [10, 262_144, 0, 300_000, 1_000_000, 5].map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ count) } }
        for frame in frames { file.record(seconds: 1, frame) }

        #expect(try Reading(file.octets, bufferSize: 4096).frames == frames)
    }

    /// Each octet arrives alone, as from a slow pipe.
    @Test(arguments: [Fixture.nanosecondPcap, Fixture.mergedPcapng])
    func readsAPipeOctetByOctet(_ file: [UInt8]) throws {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting
        let thread = Thread {
            for octet in file {
                try? writing.write(contentsOf: [octet])
                usleep(20)
            }
            try? writing.close()
        }
        thread.start()
        let reading = Reading("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")

        #expect(reading == (try Reading(file)))
    }

    /// A frame is given before the one after it is there.
    @Test func doesNotWaitForMoreThanAFrame() throws {
        let pipe = Pipe()
        let whole = try Reading(Fixture.nanosecondPcap)
        try pipe.fileHandleForWriting.write(contentsOf: Fixture.nanosecondPcap.prefix(Int(whole.positions[0])))
        var reader = try SavefileReader(path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")

        #expect(try reader.next() == whole.records[0])
        #expect(reader.size == nil)
        try pipe.fileHandleForWriting.write(contentsOf: Fixture.nanosecondPcap.dropFirst(Int(whole.positions[0])))
        try pipe.fileHandleForWriting.close()
        #expect(try reader.next() == whole.records[1])
    }
}

/// The file as a machine of the other byte order would have written it. The corpus has files that one did write.
func bigEndian(pcap file: [UInt8]) -> [UInt8] {
    let headerLength = file[0] == 0x34 ? 24 : 16
    var swapped: [UInt8] = []
    func swap(_ range: Range<Int>, _ width: Int) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: width) { swapped += file[start..<start + width].reversed() }
    }
    swap(0..<4, 4)
    swap(4..<8, 2)
    swap(8..<24, 4)
    while swapped.count < file.count {
        let start = swapped.count
        let frame = start + headerLength..<start + headerLength + Int(file[start + 8]) + Int(file[start + 9]) << 8
        swap(start..<frame.lowerBound, 4)
        swapped += file[frame]
    }
    return swapped
}

/// As above; of the blocks that editcap writes, each with the options it writes.
func bigEndian(pcapng file: [UInt8]) -> [UInt8] {
    var result = Builder(isBig: true)
    var start = 0
    while start < file.count {
        func word(_ offset: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(file[start + offset + $1]) << UInt32($1 * 8) } }
        let length = Int(word(4))
        switch word(0) {
        case 0x0a0d_0d0a: result.section()
        case 1: result.interface(linkType: UInt16(word(8)), snapshotLength: word(12), resolution: file[start + 20])
        default:
            let frame = Array(file[start + 28..<start + 28 + Int(word(20))])
            result.packet(interface: word(8), units: UInt64(word(12)) << 32 | UInt64(word(16)), frame, original: word(24))
        }
        start += length
    }
    return result.octets
}
