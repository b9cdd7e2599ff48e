import Testing
import Wire

/// Requests with numbers beside the echo, of both families.
struct ExtendedEchoTests {
    /// tcpdump's tests/icmp-rfc8335.pcap, frame 1: the ICMP message.
    static let request = hex("2a006314f6ea0001 2000dcf4000803020000000165933a33")
    /// tcpdump's tests/icmp6-rfc8335.pcap, frame 2.
    static let reply6 = hex("a100973efb610007 2000dcf40008030200000001000bad1e")
    /// pcap4j's IcmpV4TimestampPacketTest.pcap.
    static let timestamp = hex("0d00d0c204d210e1 0000000a000000c800000bb8")
    /// pcap4j's IcmpV6MobilePrefixAdvertisementPacketTest.pcap, with the first of its options, and a prefix (RFC 6275 §6.8).
    static let prefixes = hex(
        "9300244104d2800a 0101ff0000010203 030460960021e88e2e5bf27100000000 20010db800000000aaaabbbb00000000")

    private func lines4(_ octets: [UInt8]) throws(DecodeError) -> [String] {
        described(try decode(octets) { bytes throws(DecodeError) in try ICMPv4Message(decoding: &bytes) }.value)
    }

    private func lines6(_ octets: [UInt8]) throws(DecodeError) -> [String] {
        described(try decode(octets) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value)
    }

    @Test func sequenceOfOneOctet() throws {
        #expect(try lines4(Self.request) == ["type=42", "code=0", "checksum=25364", "identifier=63210", "sequence=0", "flags=1"])
        #expect(try lines6(Self.reply6) == ["type=161", "code=0", "checksum=38718", "identifier=64353", "sequence=0", "flags=7"])
        let echo = ExtendedEcho(0x1234_5678)
        #expect(echo.identifier == 0x1234 && echo.sequence == 0x56 && echo.flags == 0x78)
    }

    @Test(arguments: [13, 14, 15, 16, 17, 18] as [UInt8]) func olderRequests(_ type: UInt8) throws {
        let lines = try lines4([type] + Self.timestamp.dropFirst())
        #expect(lines == ["type=\(type)", "code=0", "checksum=53442", "identifier=1234", "sequence=4321"])
    }

    @Test(arguments: 0..<5 as Range<UInt8>) func namesOfReplies(_ code: UInt8) {
        let four = ICMPv4Name.of(type: .extendedEchoReply, code: code)
        #expect(four == ICMPv6Name.of(type: .extendedEchoReply, code: code) && four.hasPrefix("extended echo reply"))
        #expect(ICMPv4Name.of(type: .extendedEchoReply, code: 9) == "extended echo reply code 9")
    }

    @Test func mobilePrefixes() throws {
        #expect(
            try lines6(Self.prefixes) == [
                "type=147", "code=0", "checksum=9281", "options[0].type=1", "options[0].address=ff:00:00:01:02:03", "options[1].type=3",
                "options[1].prefix_length=96", "options[1].on_link=true", "options[1].autonomous=false",
                "options[1].valid_lifetime=2222222", "options[1].preferred_lifetime=777777777",
                "options[1].prefix=2001:db8::aaaa:bbbb:0:0",
            ])
        for length in 8..<Self.prefixes.count {
            let message = try? decode(Self.prefixes.prefix(length)) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }
            #expect((message != nil) == (length == 8 || length == 16))
        }
    }

    /// What an error quotes: the checksum of an ICMP message, and the next header where extension headers follow.
    @Test func quotes() throws {
        let quote = hex("4500001c 0001 0000 4001 0000 0a000014 0a00009d") + hex("0800e04804d210e1")
        #expect(try lines4(hex("0301000000000000") + quote).contains("quoted.icmp_checksum=57416"))
        let behind = IPv6HeaderTests.options
        let lines = try lines6(hex("0100000000000000") + behind)
        #expect(lines.contains("quoted.next_header=0") && lines.contains("quoted.protocol=17"))
    }
}
