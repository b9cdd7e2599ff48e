import Testing
import Wire

struct ICMPExtensionTests {
    /// A quote of 128 octets: an IPv4 header, UDP ports, padding with zeros (RFC 4884 §5.1).
    static let quote = QuotedDatagramTests.udp + [UInt8](repeating: 0, count: 128 - QuotedDatagramTests.udp.count)
    /// Labels 16004 (not the bottom, TTL 1) and 24001 (bottom), as RFC 4950 §3 draws the object, and an unknown one.
    static let structure = hex("2000 0000 000c 0101 03e84001 05dc1101 0008 0402 0a00009d")
    static let timeExceeded = hex("0b00 0000 00 20 0000") + quote + structure

    private func decoded(_ octets: some Collection<UInt8>) throws(DecodeError) -> ICMPv4Message {
        try decode(octets) { bytes throws(DecodeError) in try ICMPv4Message(decoding: &bytes) }.value
    }

    @Test func labelsOfTheStack() throws {
        let message = try decoded(Self.timeExceeded)
        #expect(message.quotedLength == 128 && message.quoted?.destinationPort == Port(rawValue: 9999))
        #expect(message.extensions.map(\.classNumber) == [1, 4] && message.extensions.map(\.classType) == [1, 2])
        let labels = try #require(message.extensions.first).labels
        #expect(labels.map(\.label) == [16004, 24001] && labels.map(\.isBottom) == [false, true])
        #expect(labels.map(\.timeToLive) == [1, 1] && labels.map(\.trafficClass) == [0, 0])
        #expect(message.extensions.last?.labels.isEmpty == true)
    }

    /// The length counts 32-bit words in ICMPv4, 64-bit words in ICMPv6, and stands elsewhere (RFC 4884 §4).
    @Test func versionSix() throws {
        let quote = IPv6HeaderTests.options + [UInt8](repeating: 0, count: 128 - IPv6HeaderTests.options.count)
        let octets = hex("0300 0000 10 000000") + quote + Self.structure
        let message = try decode(octets) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value
        #expect(message.extensions.first?.labels.count == 2 && message.quoted?.destinationPort == Port(rawValue: 9999))
    }

    /// RFC 4884 §5.5: without a length only a good checksum tells an extension structure from more of the quote.
    @Test func oldRoutersSayNoLength() throws {
        var octets = Self.timeExceeded
        octets[5] = 0
        #expect(try decoded(octets).extensions.isEmpty)
        var sum: UInt32 = 0
        for index in stride(from: 136, to: octets.count, by: 2) { sum += UInt32(octets[index]) << 8 | UInt32(octets[index + 1]) }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        (octets[138], octets[139]) = (UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff))
        #expect(try decoded(octets).extensions.count == 2)
    }

    /// The error stands; the extensions end where they make no sense.
    @Test(
        arguments: [
            ("2000 0000 0003 0101 03e84001", 0), ("2000 0000 0010 0101 03e84001", 0), ("1000 0000 0008 0101 03e84001", 0), ("2000 00", 0),
            ("2000 0000", 0), ("2000 0000 0008 0101 03e84001 00", 1), ("2000 0000 0006 0101 03e8", 1),
        ])
    func senselessExtensionsEnd(_ structure: String, _ count: Int) throws {
        let message = try decoded(hex("0b00 0000 00 20 0000") + Self.quote + hex(structure))
        #expect(message.extensions.count == count && message.quoted != nil)
    }

    @Test func parameterProblemHasItsPointer() throws {
        let message = try decoded(hex("0c00 0000 14 000000") + QuotedDatagramTests.syn)
        #expect(message.pointer == 20 && message.quoted?.destinationPort == .https)
        #expect(try decoded(hex("0c01 0000 14 000000") + QuotedDatagramTests.syn).pointer == nil, "a required option is missing")
        #expect(try decoded(Self.timeExceeded).pointer == nil)
        #expect(described(message).contains("pointer=20"))
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(decoded(Self.timeExceeded)).suffix(14) == [
                "extensions[0].length=12", "extensions[0].class=1", "extensions[0].type=1", "extensions[0].labels[0].label=16004",
                "extensions[0].labels[0].traffic_class=0", "extensions[0].labels[0].bottom=false",
                "extensions[0].labels[0].time_to_live=1", "extensions[0].labels[1].label=24001",
                "extensions[0].labels[1].traffic_class=0", "extensions[0].labels[1].bottom=true",
                "extensions[0].labels[1].time_to_live=1", "extensions[1].length=8", "extensions[1].class=4", "extensions[1].type=2",
            ])
    }

    @Test(arguments: 0..<timeExceeded.count) func everyPrefixEnds(_ length: Int) {
        let message = try? decoded(Self.timeExceeded.prefix(length))
        #expect((message != nil) == (length >= 8))
        #expect(message?.extensions.count ?? 0 == (length >= 152 ? 1 : 0))
    }
}
