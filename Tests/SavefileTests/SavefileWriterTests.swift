import Foundation
import Savefile
import SystemPackage
import Testing
import Wire

/// Files that are written, read back by our own reader: the lab holds them against tshark.
struct SavefileWriterTests {
    private let start = Timestamp(nanoseconds: 1_700_000_000_123_456_789)
    private let ethernet = InterfaceDescription(
        name: "eth0", linkType: .ethernet, filter: "arp", mac: MACAddress(rawValue: 0x0200_0000_0014))

    private func settings(_ path: String) -> SavefileWriter.Options {
        var options = SavefileWriter.Options(path: path)
        options.interfaces = [ethernet]
        options.names = [
            NameRecord(.v4(IPv4Address(rawValue: 0x0a00_009d)), "envoy"), NameRecord(.v6(IPv6Address(high: 1, low: 2)), "six"),
        ]
        return options
    }

    private func frame(_ number: Int, _ count: Int = 61) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ number) } }
    private func time(_ number: Int) -> Timestamp { start + .milliseconds(Int64(number)) }

    private func write(_ numbers: Range<Int>, _ writer: inout SavefileWriter, count: Int = 61) {
        for number in numbers {
            writer.write(frame(number, count).span, interface: 0, time: time(number), originalLength: count + 1)
        }
    }

    private func statistics(_ end: Timestamp) -> InterfaceStatistics {
        var statistics = InterfaceStatistics(interface: 0)
        (statistics.filterAccepted, statistics.osDropped, statistics.interfaceDropped) = (5, 6, 7)
        (statistics.start, statistics.end) = (start, end)
        return statistics
    }

    private func filesIn(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
    }

    @Test func `what is written reads the same, with comments, lengths, times and statistics`() throws {
        let folder = try Directory()
        let path = folder.path + "/a.pcapng"
        var writer = try SavefileWriter(settings(path), at: start)
        write(0..<3, &writer)
        writer.write(frame(3, 0).span, interface: 0, time: time(3), originalLength: 0, comments: ["who has it", "ünd more"])
        writer.statistics = [statistics(time(9))]
        writer.finish(at: time(9))
        #expect(writer.takeNotices().isEmpty && writer.packets == 4 && writer.missing == 0)

        let reading = Reading(path)
        #expect(reading.error == nil)
        #expect(reading.frames == [frame(0), frame(1), frame(2), []])
        #expect(reading.records.map(\.time) == (0..<4).map(time))
        #expect(reading.records.map(\.originalLength) == [62, 62, 62, 0])
        #expect(reading.records.map(\.linkType) == Array(repeating: .ethernet, count: 4))
        #expect(reading.statistics == [statistics(time(9))])
        var reader = try SavefileReader(path: path)
        var comments: [[String]] = []
        while try reader.next() != nil { comments.append(reader.comments) }
        #expect(comments == [[], [], [], ["who has it", "ünd more"]])
        #expect(reader.format == .pcapng && reader.snapshotLength == 262_144)
    }

    @Test func `classic pcap keeps nanoseconds`() throws {
        let folder = try Directory()
        var options = settings(folder.path + "/a.pcap")
        options.format = .pcap
        var writer = try SavefileWriter(options, at: start)
        write(0..<3, &writer)
        writer.statistics = [statistics(time(9))]
        writer.finish(at: time(9))
        let reading = Reading(options.path)
        #expect(reading.error == nil && reading.frames == [frame(0), frame(1), frame(2)])
        #expect(reading.records.map(\.time) == (0..<3).map(time))
        let reader = try SavefileReader(path: options.path)
        #expect(reader.format == .pcap)
    }

    @Test func `before the end the file holds whole records as far as they were flushed`() throws {
        let folder = try Directory()
        let path = folder.path + "/a.pcapng"
        var writer = try SavefileWriter(settings(path), at: start)
        #expect(Reading(path) == Reading(path) && Reading(path).error == nil)
        write(0..<5, &writer)
        #expect(Reading(path).frames.isEmpty)
        writer.flush()
        #expect(Reading(path).frames.count == 5 && Reading(path).error == nil)
        // 64 KiB are flushed by themselves.
        write(5..<2000, &writer)
        let reading = Reading(path)
        #expect(reading.error == nil && reading.frames.count > 5)
        #expect(writer.packets == 2000)
    }

    @Test func `a ring stays within its bounds and keeps the latest`() throws {
        let folder = try Directory()
        var options = settings(folder.path)
        options.ring = (octets: 1 << 18, files: 4)
        var writer = try SavefileWriter(options, at: start)
        writer.statistics = [statistics(start)]
        for number in 0..<4000 {
            write(number..<number + 1, &writer, count: 200)
            if number % 500 == 0 {
                writer.flush()
                let octets = try filesIn(folder.path).map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
                #expect(octets.reduce(0, +) <= 1 << 18 && octets.count <= 4)
            }
        }
        writer.finish(at: time(4000))
        let files = try filesIn(folder.path)
        #expect(files.count == 4 && files[0].hasSuffix(".pcapng") && files[0].contains("vipscope-20231114T221320Z-"))
        let readings = files.map { Reading($0) }
        #expect(readings.allSatisfy { $0.error == nil && $0.statistics.count == 1 })
        let times = readings.flatMap(\.records).map(\.time)
        #expect(times == ((4000 - times.count)..<4000).map(time))
    }

    @Test func `files are for their owner and readable for the group`() throws {
        let folder = try Directory()
        var writer = try SavefileWriter(settings(folder.path + "/a"), at: start)
        writer.finish(at: start)
        let mode = try FilePath(folder.path + "/a").stat().permissions
        #expect(mode.isDisjoint(with: [.otherReadWriteExecute, .groupWrite, .groupExecute, .ownerExecute]))
        #expect(mode.contains(.ownerReadWrite))
    }

    @Test func `nothing is overwritten without force`() throws {
        let folder = try Directory()
        let path = try folder.write([1, 2, 3], to: "mine")
        #expect(throws: OutputFile.Refusal.exists) { _ = try SavefileWriter(settings(path), at: start) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
        var options = settings(path)
        options.force = true
        var writer = try SavefileWriter(options, at: start)
        writer.finish(at: start)
        #expect(Reading(path).error == nil)
    }

    @Test func `a link is not followed where others may write`() throws {
        let folder = try Directory()
        let target = try folder.write([1], to: "target")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: target)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        #expect(throws: OutputFile.Refusal.link) { _ = try OutputFile.create(folder.path + "/link", force: true) }
        #expect(throws: OutputFile.Refusal.exists) { _ = try OutputFile.create(folder.path + "/link", force: false) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data([1]))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        try OutputFile.create(folder.path + "/link", force: true).close()
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)).isEmpty)
    }

    @Test func `a device is written to without force`() throws {
        var writer = try SavefileWriter(settings("/dev/null"), at: start)
        write(0..<3, &writer)
        writer.finish(at: start)
        #expect(writer.takeNotices().isEmpty && writer.packets == 3)
    }

    @Test func `a full disk stops the writing, is told once, and what finds no room is counted`() throws {
        var options = settings("/dev/full")
        options.queueLimit = 1 << 16
        var writer = try SavefileWriter(options, at: start)
        write(0..<2000, &writer)
        writer.flush()
        let notices = writer.takeNotices()
        #expect(notices.count == 1 && notices.first?.description.contains("/dev/full: cannot write: ") == true)
        #expect(writer.missing > 0 && writer.packets + writer.missing == 2000)
    }

    @Test func `a removed file is begun anew, and a removed folder waits until it is back`() throws {
        let folder = try Directory()
        let ring = folder.path + "/ring"
        try FileManager.default.createDirectory(atPath: ring, withIntermediateDirectories: false)
        var options = settings(ring)
        options.ring = (octets: 1 << 20, files: 2)
        var writer = try SavefileWriter(options, at: start)
        write(0..<3, &writer)
        writer.flush()
        try FileManager.default.removeItem(atPath: ring)
        write(3..<6, &writer)
        writer.flush()
        #expect(writer.takeNotices().map(\.description).first?.contains("it was removed") == true)
        write(6..<9, &writer)
        writer.flush()
        #expect(writer.takeNotices().isEmpty)
        try FileManager.default.createDirectory(atPath: ring, withIntermediateDirectories: false)
        write(9..<12, &writer)
        writer.flush()
        writer.finish(at: time(12))
        #expect(writer.takeNotices().last?.description.contains("writing goes on, nothing is missing") == true)
        let readings = try filesIn(ring).map { Reading($0) }
        #expect(readings.allSatisfy { $0.error == nil })
        #expect(readings.flatMap(\.frames) == (3..<12).map { frame($0) })
    }
}
