@testable import Savefile
import Testing
import Wire

struct PcapngFormatTests {
    /// Sections have byte orders and interface numbers of their own; ours go on.
    @Test func readsSeveralSections() throws {
        var second = Builder(isBig: true)
        second.section()
        second.interface(linkType: 276, resolution: 9)
        second.interface(linkType: 101, resolution: 3)
        second.packet(interface: 1, units: 5, [9])
        second.packet(interface: 0, units: 5, [8])
        let reading = try Reading(Fixture.nanosecondPcapng + second.octets + Fixture.dumpcapPcapng)

        #expect(reading.error == nil)
        #expect(reading.records.map(\.interface) == [0, 0, 0, 0, 2, 1, 3, 3, 3, 3, 3, 3])
        #expect(reading.records[4].linkType == .raw)
        #expect(Array(reading.times[4...5]) == [5_000_000, 5])
        #expect(reading.statistics.map(\.received) == [nil, nil, nil, 6])
    }

    @Test func resolvesEachInterfacesTimes() throws {
        var file = Builder()
        file.section()
        file.interface()
        file.interface(resolution: 0, offset: 10)
        file.interface(resolution: 0x80 | 10, offset: -1)
        for interface in 0..<3 { file.packet(interface: UInt32(interface), units: 1536) }

        #expect(try Reading(file.octets).times == [1_536_000, 1_546_000_000_000, 500_000_000])
    }

    /// Its time is that of the frame before; its captured length follows from the snapshot length and the block's.
    @Test func readsSimplePackets() throws {
        var file = Builder()
        file.section()
        file.interface(linkType: 1, snapshotLength: 5)
        func simple(_ original: UInt32, _ frame: [UInt8]) {
            file.block(3) { body in
                body.add(original)
                body.octets += frame
            }
        }
        simple(3, [1, 2, 3])
        file.packet(units: 7)
        simple(60, [1, 2, 3, 4, 5])
        simple(4, [1, 2, 3, 4])
        simple(60, [1])
        let reading = try Reading(file.octets)

        #expect(reading.frames == [[1, 2, 3], [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, 4], [1, 0, 0, 0]])
        #expect(reading.records.map(\.originalLength) == [3, 3, 60, 4, 60])
        #expect(reading.times == [0, 7000, 7000, 7000, 7000])
    }

    @Test(arguments: [false, true])
    func readsObsoletePackets(_ isBig: Bool) throws {
        var file = Builder(isBig: isBig)
        file.section()
        file.interface()
        file.interface(linkType: 101)
        for drops: UInt16 in [3, 0xffff, 4] {
            file.block(2) { body in
                body.add16(1, drops)
                body.add(1, 2, 3, 60)
                body.octets += [1, 2, 3]
            }
        }
        let reading = try Reading(file.octets)

        #expect(reading.frames == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
        #expect(reading.records.allSatisfy { $0.linkType == .raw && $0.originalLength == 60 && $0.interface == 1 })
        #expect(reading.times.first == 4_294_967_298_000)
        #expect(reading.statistics.map(\.droppedBetweenFrames) == [0, 7])
    }

    /// epb_dropcount, after a comment, without opt_endofopt, and broken off.
    @Test func countsDropsBetweenFrames() throws {
        var file = Builder()
        file.section()
        file.interface()
        for options in 0..<3 {
            file.block(6) { body in
                body.add(0, 0, 1, 3, 3)
                body.octets += [1, 2, 3]
                body.pad()
                if options > 0 { body.option(1, Array("lost".utf8)) }
                if options == 1 { body.option(4, body.bytes(UInt64(5))) }
                if options == 2 { body.add16(4, 80) }
            }
        }
        let reading = try Reading(file.octets)

        #expect(reading.frames.count == 3)
        #expect(reading.statistics.map(\.droppedBetweenFrames) == [5])
    }

    /// opt_comment, several to a frame, in both byte orders; none where the frame has none, nor after the end.
    @Test(arguments: [false, true])
    func lendsAFramesComments(_ isBig: Bool) throws {
        var file = Builder(isBig: isBig)
        file.section()
        file.interface()
        file.block(6) { body in
            body.add(0, 0, 1, 3, 3)
            body.octets += [1, 2, 3, 0]
            body.option(1, Array("first".utf8))
            body.option(4, body.bytes(UInt64(0)))
            body.option(1, Array("zweite, größer".utf8))
            body.option(0, [])
            body.option(1, Array("behind the end".utf8))
        }
        file.packet()
        file.block(2) { body in
            body.add16(0, 0xffff)
            body.add(0, 2, 0, 0)
            body.option(1, Array("of an empty frame".utf8))
        }
        file.block(6) { body in
            body.add(0, 0, 1, 0, 0)
            body.add16(1, 80)
            body.octets += [0x61, 0xff]
        }
        let directory = try Directory()
        var reader = try SavefileReader(path: try directory.write(file.octets))
        var comments: [[String]] = []
        while try reader.next() != nil { comments.append(reader.comments) }
        #expect(comments == [["first", "zweite, größer"], [], ["of an empty frame"], []])
        #expect(reader.comments.isEmpty)
    }

    /// Blocks of other types, also longer than any that would be held.
    @Test func stepsOverUnknownBlocks() throws {
        var file = Builder()
        file.section()
        file.interface()
        for (type, length) in [
            // Name resolution, custom (copied or not), decryption secrets, the systemd journal, and one of nobody's.
            (UInt32(4), 0), (0x0bad, 17), (0x4000_0bad, 12), (0xa, 5000), (9, 300), (0x8000_0001, 17 << 20),
        ] {
            file.block(type) { $0.octets = Array(repeating: 0xff, count: length) }
            file.packet([UInt8(truncatingIfNeeded: length)])
        }
        let reading = try Reading(file.octets, bufferSize: 4096)

        #expect(reading.error == nil)
        #expect(reading.frames == [[0], [17], [12], [136], [44], [0]])
    }

    @Test func findsDamageInUnknownBlocks() throws {
        var file = Builder()
        file.section()
        file.block(0x0bad) { $0.octets = Array(repeating: 0xff, count: 500) }
        let cut = try Reading(Array(file.octets.dropLast(100)), bufferSize: 64)
        #expect(cut.error?.description == "capture: record at octet 28: 412 of 512 octets are there; the file is cut short")
        file.octets[file.octets.count - 4] = 4
        let contradiction = try Reading(file.octets, bufferSize: 64)
        #expect(contradiction.error?.problem == "block length is 512 at its start and 516 at its end")
        #expect(contradiction.error?.offset == 28)
    }

    /// The last statistics of an interface stand; what they leave out stays.
    @Test func keepsTheLastStatistics() throws {
        var file = Builder()
        file.section()
        file.interface(resolution: 9)
        file.interface()
        for (interface, received) in [(UInt32(1), UInt64(5)), (1, 9), (0, 2)] {
            file.block(5) { body in
                body.add(interface, 0, 0)
                body.option(4, body.bytes(received))
                if received == 5 { body.option(6, body.bytes(UInt64(4))) }
                if received == 9 { body.option(7, body.bytes(UInt64(3))) }
                body.add16(3, 8)
                body.add(0x0006_0000, 0)
                body.add16(0, 0)
                body.option(4, body.bytes(UInt64(77)))
            }
        }
        let statistics = try Reading(file.octets).statistics

        #expect(statistics.map(\.received) == [2, 9])
        #expect(statistics.map(\.filterAccepted) == [nil, 4])
        #expect(statistics.map(\.osDropped) == [nil, 3])
        #expect(statistics.lostByKernel == 3 && statistics.lostByInterface == 0)
        // Read as nanoseconds this would be a day of January 1970: see `readsInterfaceStatistics`.
        let end = Timestamp(nanoseconds: 1_688_849_860_263_936_000)
        #expect(statistics.map(\.end) == [end, end])
        #expect(statistics.latestEnd == end)
    }

    private static let instants: [(resolution: UInt8, offset: Int64, units: UInt64, nanoseconds: Int64)] = [
        (6, 0, 1_500_000, 1_500_000_000), (9, 0, 7, 7), (0, 0, 2, 2_000_000_000), (3, 0, 2, 2_000_000), (12, 0, 1999, 1),
        (28, 0, .max, 1), (29, 0, 1 << 63, 0), (127, 0, 1 << 63, 0),
        (0x80, 0, 2, 2_000_000_000), (0x81, 0, 3, 1_500_000_000), (0xa0, 0, 3 << 31, 1_500_000_000),
        (0xbf, 0, .max, 1_999_999_999), (0xc0, 0, .max, 999_999_999), (0xc1, 0, .max, 499_999_999), (0xff, 0, .max, 0),
        (6, -1, 0, -1_000_000_000), (6, 1_700_000_000, 5, 1_700_000_000_000_005_000),
        // Beyond what a time can be, the last there is.
        (0, 0, .max, .max), (9, 0, .max, .max), (0x80, 0, .max, .max), (6, .max, 1, .max), (9, .min, 5, .min + 5),
    ]

    @Test(arguments: instants)
    func countsTime(_ instant: (resolution: UInt8, offset: Int64, units: UInt64, nanoseconds: Int64)) {
        let clock = InterfaceClock(resolution: instant.resolution, offset: instant.offset)
        #expect(clock.time(instant.units) == Timestamp(nanoseconds: instant.nanoseconds))
    }
}
