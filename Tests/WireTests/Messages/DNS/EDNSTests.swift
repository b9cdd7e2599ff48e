import Testing
import Wire

struct EDNSTests {
    /// A response with an OPT record: TTL and data as given.
    static func message(_ timeToLive: String, _ options: [UInt8], flags: String = "8180") -> [UInt8] {
        hex("1234 \(flags) 0000 0000 0000 0001 00 0029 04d0 \(timeToLive)") + [UInt8(options.count >> 8), UInt8(options.count & 255)]
            + options
    }

    /// RFC 8914 §2, as Unbound 1.16 and later send it: info code 15 and a text.
    static let blocked = hex("000f 0009 000f") + Array("a rule.".utf8)

    private func decoded(_ octets: [UInt8]) throws(DecodeError) -> DNSMessage {
        try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
    }

    /// The recorded answer of Knot: 1232 octets, DO, no options.
    @Test func fieldsInWireOrder() throws {
        let edns = try #require(try decoded(DNSAnswers.extended).edns)
        #expect(edns.payloadSize == 1232)
        #expect(edns.extendedResponseCode == 0)
        #expect(edns.version == 0)
        #expect(edns.flags == 0x8000)
        #expect(edns.dnssecOK)
        #expect(edns.options.isEmpty)
        #expect(try decoded(DNSAnswers.soa).edns == nil)
    }

    /// RFC 6891 §6.1.3: eight bits above the header's four.
    @Test(arguments: [("01000000", "8180", "BADVERS"), ("01000000", "8187", "BADCOOKIE"), ("00000000", "8183", "NXDOMAIN")])
    func responseCodeHasTwelveBits(_ timeToLive: String, _ flags: String, _ name: String) throws {
        #expect(try decoded(Self.message(timeToLive, [], flags: flags)).responseCode.name == name)
    }

    @Test func extendedErrors() throws {
        let message = try decoded(Self.message("00008000", hex("0003 0000 000f 0002 0016") + Self.blocked + hex("000f 0003 0003 00")))
        #expect(message.extendedErrors.map(\.infoCode.name) == ["No Reachable Authority", "Blocked", "Stale Answer"])
        #expect(message.extendedErrors.map(\.text) == ["", "a rule.", ""])
    }

    @Test func errorWithoutACodeIsNone() throws {
        let message = try decoded(Self.message("00000000", hex("000f 0001 00")))
        #expect(message.extendedErrors.isEmpty)
        #expect(message.edns?.options.count == 1)
    }

    /// Cookies (RFC 7873) and clients' subnets (RFC 7871) are told by length alone.
    @Test func describesOptions() throws {
        let options = hex("000a 0008 0102030405060708 0008 0007 0001 18 00 c00002 0003 0003") + Array("ns1".utf8) + Self.blocked
        let lines = described(try decoded(Self.message("00000000", options)))
        #expect(
            lines.drop { $0 != "additionals[0].name=." } == [
                "additionals[0].name=.", "additionals[0].type=OPT", "additionals[0].type_number=41",
                "additionals[0].udp_payload_size=1232", "additionals[0].extended_response_code=0", "additionals[0].version=0",
                "additionals[0].flags=0", "additionals[0].dnssec_ok=false", "additionals[0].options[0].code=10",
                "additionals[0].options[0].code_name=COOKIE", "additionals[0].options[0].length=8", "additionals[0].options[1].code=8",
                "additionals[0].options[1].code_name=edns-client-subnet", "additionals[0].options[1].length=7",
                "additionals[0].options[2].code=3", "additionals[0].options[2].code_name=NSID", "additionals[0].options[2].length=3",
                #"additionals[0].options[2].server_identifier="ns1""#, "additionals[0].options[3].code=15",
                "additionals[0].options[3].code_name=Extended DNS Error", "additionals[0].options[3].length=9",
                "additionals[0].options[3].info_code=15", "additionals[0].options[3].info_code_name=Blocked",
                "additionals[0].options[3].extra_text=a rule.",
                "additionals[0].data=COOKIE (8 octets), edns-client-subnet (7 octets), NSID (3 octets), Extended DNS Error 15 (Blocked) a rule.",
            ])
    }

    @Test(arguments: ["000f", "000f 00", "000f 0003 0000", "000a 0000 00"]) func damagedOptionsAreKept(_ options: String) throws {
        let message = try decoded(Self.message("00008000", hex(options)))
        #expect(message.edns?.dnssecOK == true)
        #expect(message.edns?.options == [])
        guard case .malformed(hex(options), _)? = message.additionals.first?.data else {
            Issue.record("\(message.additionals)")
            return
        }
    }

    @Test func namesOfCodesAreDistinct() {
        #expect(Set((0...UInt16.max).map { EDNSOption.Code(rawValue: $0).name }).count == 65536)
        #expect(Set((0...UInt16.max).map { ExtendedDNSError.InfoCode(rawValue: $0).name }).count == 65536)
    }
}
