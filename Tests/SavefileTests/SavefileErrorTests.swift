import Foundation
import Savefile
import SystemPackage
import Testing
import Wire

/// Damage is said clearly, and what came before it is given.
struct SavefileErrorTests {
    /// Every prefix gives the frames that it holds whole, and an error unless it ends between records.
    @Test(arguments: 0..<Fixture.nanosecondPcap.count)
    func endsEveryPrefixOfAPcap(_ count: Int) throws {
        try expectPrefix(count, of: Fixture.nanosecondPcap, header: 24, boundaries: [24, 82, 140, 198])
    }

    @Test(arguments: 0..<Fixture.dumpcapPcapng.count)
    func endsEveryPrefixOfAPcapng(_ count: Int) throws {
        try expectPrefix(count, of: Fixture.dumpcapPcapng, header: 108, boundaries: [108, 148, 224, 300, 376, 452, 584, 716])
    }

    private func expectPrefix(_ count: Int, of file: [UInt8], header: Int, boundaries: [Int]) throws {
        let whole = try Reading(file)
        let reading = try Reading(Array(file.prefix(count)), bufferSize: 64)
        let complete = whole.positions.count { $0 <= UInt64(count) }

        #expect(reading.records == Array(whole.records.prefix(complete)))
        if boundaries.contains(count) {
            #expect(reading.error == nil)
        } else {
            #expect(reading.error?.kind == (count < 4 ? .notACapture : .cutShort))
            #expect(reading.error?.offset == (count < 4 ? nil : UInt64(boundaries.last { $0 <= count } ?? 0)))
        }
    }

    @Test func namesWhatIsMissing() throws {
        let error = try #require(try Reading(Array(Fixture.nanosecondPcap.prefix(100))).error)
        #expect(error.description == "capture: record at octet 82: 18 of 58 octets are there; the file is cut short")
        let header = try #require(try Reading(Array(Fixture.nanosecondPcap.prefix(10))).error)
        #expect(header.description == "capture: file header: 10 of 24 octets are there; the file is cut short")
        let block = try #require(try Reading(Array(Fixture.dumpcapPcapng.prefix(230))).error)
        #expect(block.description == "capture: record at octet 224: 6 of 8 octets are there; the file is cut short")
    }

    // MARK: Contradictions

    /// One field of a good file overwritten, the frames before it, and what is said.
    private static let contradictions: [(file: [UInt8], at: Int, with: [UInt8], frames: Int, message: String)] = [
        (
            Fixture.nanosecondPcap, 82 + 8, [0xff, 0xff, 0xff, 0xff], 1,
            "record at octet 82: captured length 4294967295 is more than 262144; the file is corrupt from here on"
        ),
        (
            Fixture.nanosecondPcap, 82 + 8, [1, 0, 4, 0], 1,
            "record at octet 82: captured length 262145 is more than 262144; the file is corrupt from here on"
        ),
        (Fixture.nanosecondPcap, 82 + 8, [0, 0, 4, 0], 1, "record at octet 82: 174 of 262160 octets are there; the file is cut short"),
        (Fixture.nanosecondPcap, 4, [3, 0], 0, "file header: pcap version 3.4 is not supported"),
        (Fixture.dumpcapPcapng, 12, [2, 0], 0, "file header: pcapng version 2.0 is not supported"),
        (Fixture.dumpcapPcapng, 8, [0, 0, 0, 0], 0, "is neither pcap nor pcapng"),
        (Fixture.dumpcapPcapng, 4, [24, 0, 0, 0], 0, "file header: block length is 24; the file is corrupt from here on"),
        (Fixture.dumpcapPcapng, 224 + 4, [77, 0, 0, 0], 1, "record at octet 224: block length is 77; the file is corrupt from here on"),
        (Fixture.dumpcapPcapng, 224 + 4, [8, 0, 0, 0], 1, "record at octet 224: block length is 8; the file is corrupt from here on"),
        (
            Fixture.dumpcapPcapng, 224 + 4, [4, 0, 0, 1], 1,
            "record at octet 224: block length is 16777220; the file is corrupt from here on"
        ),
        (
            Fixture.dumpcapPcapng, 224 + 72, [72, 0, 0, 0], 1,
            "record at octet 224: block length is 76 at its start and 72 at its end; the file is corrupt from here on"
        ),
        (
            Fixture.dumpcapPcapng, 224 + 8, [1, 0, 0, 0], 1,
            "record at octet 224: interface 1 is not described; the file is corrupt from here on"
        ),
        (
            Fixture.dumpcapPcapng, 224 + 20, [45, 0, 0, 0], 1,
            "record at octet 224: captured length 45 is more than the 44 octets of its block; the file is corrupt from here on"
        ),
        // The interface's name takes the rest of its block, and its resolution with it.
        (
            Fixture.dumpcapPcapng, 108 + 18, [200, 0], 0,
            "record at octet 108: an option is longer than its block; the file is corrupt from here on"
        ),
    ]

    @Test(arguments: contradictions)
    func saysWhatContradicts(_ row: (file: [UInt8], at: Int, with: [UInt8], frames: Int, message: String)) throws {
        var damaged = row.file
        damaged.replaceSubrange(row.at..<row.at + row.with.count, with: row.with)
        let reading = try Reading(damaged)

        #expect(reading.error?.description == "capture: " + row.message)
        #expect(reading.frames == Array((try Reading(row.file)).frames.prefix(row.frames)))
    }

    /// Any octet may be anything: reading ends, and no frame is longer than it says.
    @Test(arguments: [Fixture.nanosecondPcap, Fixture.modifiedPcap, Fixture.dumpcapPcapng, Fixture.mergedPcapng])
    func survivesEveryOctetChanged(_ file: [UInt8]) throws {
        let directory = try Directory()
        for index in file.indices {
            for value in [~file[index], file[index] ^ 1] {
                var damaged = file
                damaged[index] = value
                let reading = Reading(try directory.write(damaged), bufferSize: 64)
                #expect(zip(reading.records, reading.frames).allSatisfy { $0.capturedLength == $1.count })
            }
        }
    }

    // MARK: Not captures

    @Test(arguments: [
        ([], "is empty"), ([1, 2], "is too short for a savefile"), (Array("# about\n".utf8), "is neither pcap nor pcapng"),
        (Fixture.gzipped, "is compressed with gzip; decompress it and read standard input: gzip -dc FILE | ... -"),
        ([0x28, 0xb5, 0x2f, 0xfd, 4, 0], "is compressed with zstd; decompress it and read standard input: zstd -dc FILE | ... -"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "is compressed with xz; decompress it and read standard input: xz -dc FILE | ... -"),
        (Array("BZh91AY".utf8), "is compressed with bzip2; decompress it and read standard input: bzip2 -dc FILE | ... -"),
        (Fixture.snoop, "is a snoop file (RFC 1761), which is not supported; convert it: editcap FILE out.pcapng"),
    ])
    func namesWhatIsNoCapture(_ file: [UInt8], _ message: String) throws {
        let directory = try Directory()
        let path = try directory.write(file)
        let expected = message.replacing("FILE", with: path)
        let error = try #require(Reading(path).error)

        #expect(error.kind == .notACapture)
        #expect(error.description == "\(path): \(expected)")
    }

    @Test func namesWhatCannotBeOpened() throws {
        let directory = try Directory()
        let missing = try #require(Reading(directory.path + "/missing").error)
        #expect(missing.kind == .cannotOpen(.noSuchFileOrDirectory))
        #expect(missing.description == directory.path + "/missing: cannot be opened: No such file or directory")
        let unreadable = try #require(Reading(directory.path).error)
        #expect(unreadable.kind == .readFailed(.isDirectory))
        #expect(unreadable.description == directory.path + ": cannot be read at octet 0: Is a directory")
    }
}
