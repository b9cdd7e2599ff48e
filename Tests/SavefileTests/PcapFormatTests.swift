import Savefile
import Testing
import Wire

struct PcapFormatTests {
    /// The link type shares its word with the length of the frame check sequence (draft-ietf-opsawg-pcap §4).
    @Test(arguments: [false, true])
    func readsTheLinkTypeBesideOtherBits(_ isBig: Bool) throws {
        var file = Builder(isBig: isBig)
        file.pcapHeader(linkType: 0x4400_0114)
        file.record(seconds: 1)

        #expect(try Reading(file.octets).records.map(\.linkType) == [.linuxCooked2])
    }

    /// Unsupported link types are the caller's affair.
    @Test func keepsUnknownLinkTypes() throws {
        var file = Builder()
        file.pcapHeader(linkType: 999)
        file.record(seconds: 1)

        #expect(try Reading(file.octets).records.map(\.linkType.rawValue) == [999])
    }

    @Test func readsTimesToTheEndOfTheirRange() throws {
        var file = Builder()
        file.pcapHeader()
        file.record(seconds: .max, ticks: .max)
        file.record(seconds: 0, ticks: 1)

        #expect(try Reading(file.octets).times == [4_294_967_295_000_000_000 + 4_294_967_295_000, 1000])
    }

    /// Writers before version 2.4 disagreed on which length comes first.
    @Test func takesTheSmallerLengthOfOldFiles() throws {
        var file = Builder()
        file.pcapHeader(version: (2, 2))
        file.add(7, 0, 60, 3)
        file.octets += [1, 2, 3]
        file.add(8, 0, 2, 60)
        file.octets += [4, 5]
        let reading = try Reading(file.octets)

        #expect(reading.frames == [[1, 2, 3], [4, 5]])
        #expect(reading.records.map(\.originalLength) == [60, 60])
    }

    /// A few writers of version 2.4 state an original length that is too short: that is kept.
    @Test func doesNotSwapLengthsOfCurrentFiles() throws {
        var file = Builder()
        file.pcapHeader()
        file.add(7, 0, 3, 2)
        file.octets += [1, 2, 3]
        let reading = try Reading(file.octets)

        #expect(reading.frames == [[1, 2, 3]])
        #expect(reading.records.map(\.originalLength) == [2])
    }

    /// A snapshot length is believed, up to what the buffer may hold.
    @Test func boundsTheCapturedLength() throws {
        var file = Builder()
        file.pcapHeader(snapshotLength: .max)
        file.add(1, 0, (16 << 20) + 1, (16 << 20) + 1)

        let error = try Reading(file.octets).error
        #expect(error?.kind == .corrupt)
        #expect(error?.problem == "captured length 16777217 is more than 16777216")
    }

    /// Longer record headers, the modified magic number or not.
    @Test(arguments: [Fixture.modifiedPcap, Fixture.redHatPcap, Fixture.suSEPcap, Fixture.nokiaPcap])
    func readsModifiedRecordHeaders(_ file: [UInt8]) throws {
        let usual = try Reading(Fixture.microsecondPcap)
        let reading = try Reading(file)

        #expect(usual.error == nil && reading.error == nil && usual.frames.count == 4)
        #expect(reading.frames == usual.frames && reading.times == usual.times)
    }

    @Test(arguments: [(0xa1b2_c3d4, 24), (0xa1b2_c3d4, 20), (0xa1b2_cd34, 24), (0xa1b2_cd34, 28)] as [(UInt32, Int)])
    func readsThemInBothByteOrders(_ magic: UInt32, _ header: Int) throws {
        for isBig in [false, true] {
            var file = Builder(isBig: isBig)
            file.pcapHeader()
            file.octets.replaceSubrange(0..<4, with: file.bytes(magic))
            for second in 1...3 as ClosedRange<UInt32> {
                file.add(second, 7, 3, 60)
                file.octets += [UInt8](repeating: 0xee, count: header - 16) + [1, 2, 3]
            }
            let reading = try Reading(file.octets)
            #expect(reading.error == nil && reading.frames == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
            #expect(reading.records.map(\.originalLength) == [60, 60, 60])
        }
    }

    /// SuSE's magic number with the usual record headers, or the longer ones: after 64 octets it could be either. Found by fuzzing.
    private static let undecidedPcap: [UInt8] =
        [0x34, 0xcd, 0xb2, 0xa1, 2] + [UInt8](repeating: 0, count: 8) + [0x01, 0xfb] + [UInt8](repeating: 0, count: 32)
        + [0xa0, 0xb2, 0x3c, 0x4d] + [UInt8](repeating: 0, count: 21) + [0x8c, 0x00, 0x27, 0xeb, 0x00, 0x30, 0x08, 0x00]

    @Test(arguments: [
        ("Red Hat", Fixture.redHatPcap), ("SuSE", Fixture.suSEPcap), ("Nokia", Fixture.nokiaPcap), ("undecided", undecidedPcap),
    ])
    func knowsRecordHeadersHoweverTheFileIsRead(_ name: String, _ file: [UInt8]) throws {
        let whole = try Reading(file)
        #expect(whole.records.count > 1, "\(name)")
        for size in [64, 65, 100, 4096] { #expect(try Reading(file, bufferSize: size) == whole, "\(name), \(size) octets") }
    }

    /// Damage alone makes no other format.
    @Test func damageIsNoVariant() throws {
        var file = Fixture.microsecondPcap
        file[24 + 16 + 42 + 11] = 0x7f
        let reading = try Reading(file)
        #expect(reading.frames.count == 1 && reading.error?.kind == .corrupt)
    }
}
