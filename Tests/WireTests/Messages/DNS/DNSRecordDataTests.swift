import Testing
import Wire

struct DNSRecordDataTests {
    /// The records of a message, as a zone file writes them; the class and the root's dot left out.
    private func records(_ octets: [UInt8]) throws(DecodeError) -> [String] {
        let message = try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
        return (message.answers + message.authorities + message.additionals).map {
            "\($0.name) \($0.timeToLive) \($0.type.name) \($0.data)"
        }
    }

    @Test(
        arguments: [
            (DNSAnswers.soa, ["example 3600 SOA ns1.example hostmaster.example 2024010101 7200 900 1209600 300"]),
            (
                DNSAnswers.ns,
                [
                    "example 3600 NS ns1.example", "example 3600 NS ns2.example", "ns1.example 3600 A 192.0.2.2",
                    "ns1.example 3600 AAAA 2001:db8::2", "ns2.example 3600 A 192.0.2.3",
                ]
            ),
            (DNSAnswers.mx, ["example 3600 MX 10 mail.example", "mail.example 3600 A 192.0.2.4"]),
            (DNSAnswers.txt, [#"example 3600 TXT "v=spf1 -all" "two \"quoted\" \\ strings" "\001\255""#]),
            (DNSAnswers.aaaa, ["ns1.example 3600 AAAA 2001:db8::2"]),
            (DNSAnswers.cname, ["www.example 3600 CNAME web.example", "web.example 3600 A 192.0.2.5", "web.example 3600 A 192.0.2.6"]),
            (DNSAnswers.srv, ["_sip._tcp.example 3600 SRV 10 60 5060 mail.example", "mail.example 3600 A 192.0.2.4"]),
            (DNSAnswers.ptr, ["ptr.example 3600 PTR www.example"]),
            // RFC 3597 §5, for what we do not read.
            (DNSAnswers.unknown, ["odd.example 3600 TYPE65280 \\# 4 0a000001"]),
            (DNSAnswers.https, ["svc.example 3600 HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.5"]),
            (DNSAnswers.escaped, [#"a\.b.example 3600 A 192.0.2.9"#]),
            (DNSAnswers.mixedCase, ["WWW.eXaMPle 3600 CNAME web.eXaMPle"]),
        ] as [([UInt8], [String])])
    func recordsOfEveryType(_ message: [UInt8], _ expected: [String]) throws {
        #expect(try records(message) == expected)
    }

    @Test func fieldsOfTheStartOfAuthority() throws {
        let message = try decode(DNSAnswers.soa) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
        guard case .startOfAuthority(let soa)? = message.answers.first?.data else {
            Issue.record("no SOA")
            return
        }
        #expect(soa.primary == DNSName("ns1.example"))
        #expect(soa.mailbox == DNSName("hostmaster.example"))
        #expect([soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] == [2_024_010_101, 7200, 900, 1_209_600, 300])
    }

    /// A message with one answer: a record of the root with this type and data.
    static func answer(_ type: UInt16, _ data: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? data.count
        let header = hex("0000 8000 0000 0001 0000 0000 00") + [UInt8(type >> 8), UInt8(type & 255)] + hex("0001 00000e10")
        return header + [UInt8(length >> 8), UInt8(length & 255)] + data
    }

    @Test(
        arguments: [(16, "", ""), (16, "00", #""""#), (16, "0361622e 0120", #""ab." " ""#), (65280, "", "\\# 0"), (12, "00", ".")]
            as [(UInt16, String, String)])
    func shortestData(_ type: UInt16, _ data: String, _ text: String) throws {
        #expect(try records(Self.answer(type, hex(data))) == [". 3600 \(DNSType(rawValue: type).name) \(text)"])
    }

    /// Octets behind the value are the sender's own.
    @Test(arguments: [(1, "c0000201 ff", "192.0.2.1"), (15, "000a 00 ff", "10 .")] as [(UInt16, String, String)])
    func dataMayBeLongerThanItsValue(_ type: UInt16, _ data: String, _ text: String) throws {
        #expect(try records(Self.answer(type, hex(data))) == [". 3600 \(DNSType(rawValue: type).name) \(text)"])
    }

    /// All of the data is in the message, so a value that does not fit contradicts RDLENGTH, and nothing is truncated.
    @Test(
        arguments: [
            (1, "c00002"), (1, ""), (28, "20010db8000000000000000000000"), (5, ""), (5, "0161"), (2, "c0"), (12, "01"), (15, "00"),
            (15, "000a"), (16, "0561"),
            (33, "0001 0002 00"), (33, "0001 0002 0003"), (6, "00 00 00000001 00000002 00000003 00000004 000000"), (6, "00"),
        ] as [(UInt16, String)])
    func dataShorterThanItsValueIsMalformed(_ type: UInt16, _ data: String) {
        // The next record's octets stand ready to be taken for the data's.
        let octets = Self.answer(type, hex(data)) + [UInt8](repeating: 0, count: 40)
        #expect(throws: DecodeError.malformed("RDLENGTH")) { try records(octets) }
    }

    @Test func anomalyPointsAtTheData() {
        let frame = Array(UDPHeaderTests.frame.prefix(34)) + hex("0035 9447 0000 0000") + Self.answer(1, hex("c00002"))
        var whole = frame
        (whole[16], whole[17]) = (0, 0)
        let anomaly = #expect(throws: Anomaly.self) { try message(in: whole) }
        #expect(anomaly?.description == "dns at octet \(42 + 12 + 11): malformed RDLENGTH")
    }

    @Test func dataBeyondTheMessageIsTruncated() {
        #expect(throws: DecodeError.truncated(needed: 5, available: 4)) { try records(Self.answer(1, hex("c0000201"), length: 5)) }
    }
}
