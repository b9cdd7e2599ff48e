import Testing
import Wire

struct TCPOptionsTests {
    /// Linux's options of a SYN, from TCPHeaderTests.
    static let linux = Array(TCPHeaderTests.syn[20...])

    private func options(_ octets: some Collection<UInt8>) throws(DecodeError) -> TCPOptions {
        try decode(octets) { bytes throws(DecodeError) in try TCPOptions(decoding: &bytes) }.value
    }

    @Test func linuxSYN() throws {
        let options = try options(Self.linux)
        #expect(options.maximumSegmentSize == 1220)
        #expect(options.sackPermitted)
        #expect(options.timestampValue == 0xf797_3c5b)
        #expect(options.timestampEcho == 0)
        #expect(options.windowScale == 10)
        #expect(options.selectiveAcknowledgments.isEmpty)
        #expect(options.fastOpenCookie == nil)
    }

    @Test(
        arguments: [
            ("050a 0000000100000002", [(1, 2)]), ("0512 00000001000000020000000300000004", [(1, 2), (3, 4)]), ("0502", []),
            ("0509 00000001000000", []),
        ] as [(String, [(UInt32, UInt32)])])
    func selectiveAcknowledgments(_ octets: String, _ blocks: [(UInt32, UInt32)]) throws {
        let read = try options(hex(octets)).selectiveAcknowledgments
        #expect(read.map(\.leftEdge) == blocks.map(\.0))
        #expect(read.map(\.rightEdge) == blocks.map(\.1))
    }

    /// An empty one asks for a cookie; one that is too short or too long is none (RFC 7413 §4.1.1).
    @Test(
        arguments: [
            ("2202", []), ("2206 d4e718bf", [0xd4, 0xe7, 0x18, 0xbf]), ("fe04 f989", []), ("fe08 f989 d4e718bf", [0xd4, 0xe7, 0x18, 0xbf]),
            ("2204 0102", nil), ("2213 0102030405060708090a0b0c0d0e0f1011", nil),
        ] as [(String, [UInt8]?)])
    func fastOpenCookie(_ octets: String, _ cookie: [UInt8]?) throws {
        #expect(try options(hex(octets)).fastOpenCookie == cookie)
    }

    @Test func whatStoodBeforeDamageStands() {
        let octets = hex("020404c4 0300")
        var rest = octets.span
        var options = TCPOptions()
        #expect(throws: DecodeError.malformed("option length")) { try options.read(&rest) }
        #expect(options.maximumSegmentSize == 1220)
    }

    /// Kind 0 ends the list (RFC 9293 §3.1), whatever padding follows.
    @Test func endOfListEndsIt() throws {
        #expect(try options(hex("01 00 02040218 ff00")) == TCPOptions())
    }

    /// User timeout, MPTCP, an experiment, and known kinds of other lengths.
    @Test(arguments: [
        "1c040258", "1e0c0001020304050607 0809", "fd04e2d4", "020301", "030401 02", "0403 00", "080400 00",
    ])
    func otherOptionsAreSteppedOver(_ octets: String) throws {
        #expect(try options(hex(octets)) == TCPOptions())
        #expect(try options(hex(octets) + hex("030307")).windowScale == 7)
    }

    @Test(
        arguments: [
            ("0200", .malformed("option length")), ("0201", .malformed("option length")), ("02", .truncated(needed: 1, available: 0)),
            ("020405", .truncated(needed: 2, available: 1)), ("fdff", .truncated(needed: 253, available: 0)),
            ("0101 08", .truncated(needed: 1, available: 0)),
        ] as [(String, DecodeError)])
    func refusals(_ octets: String, _ error: DecodeError) {
        #expect(throws: error) { try options(hex(octets)) }
    }

    @Test(arguments: 0..<linux.count) func everyPrefixIsTruncatedOrShorter(_ length: Int) throws {
        if [0, 4, 6, 16, 17].contains(length) {
            #expect(try options(Self.linux.prefix(length)).windowScale == nil)
        } else {
            #expect(throws: DecodeError.self) { try options(Self.linux.prefix(length)) }
        }
    }
}
