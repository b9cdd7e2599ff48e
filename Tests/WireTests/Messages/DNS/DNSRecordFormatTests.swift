import Testing
import Wire

/// Types behind RFC 1035, each as its own RFC's example writes it.
struct DNSRecordFormatTests {
    private func data(_ type: DNSType, _ data: [UInt8], class recordClass: UInt8 = 1) throws(DecodeError) -> DNSRecordData? {
        var octets = DNSRecordDataTests.answer(type.rawValue, data)
        octets[16] = recordClass
        return try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value.answers.first?.data
    }

    static let rows: [(DNSType, [UInt8], String)] = [
        (.dname, hex("03 666f6f 00"), "foo"),
        (.spf, hex("0b 763d73706631202d616c6c"), #""v=spf1 -all""#),
        (.hinfo, hex("07 52464338343832 00"), #""RFC8482" """#),  // RFC 8482 §4.2
        // RFC 3403 §6.2, without its comment.
        (
            .naptr, hex("0064 0032 01 61 08 7a333935302b4e32 00 07 6578616d706c65 00"), #"100 50 "a" "z3950+N2" "" example"#
        ),
        (.caa, hex("80 05 6973737565 0e") + Array("a.example.net".utf8), #"128 issue "\014a.example.net""#),
        (.caa, hex("00 05 6973737565") + Array("ca1.example.net".utf8), #"0 issue "ca1.example.net""#),  // RFC 8659 §4.1.1
        // RFC 7553 §4.6.
        (.uri, hex("000a 0001") + Array("ftp://ftp1.example.com/public".utf8), #"10 1 "ftp://ftp1.example.com/public""#),
        // RFC 6698 §2.3
        (
            .tlsa, hex("00 00 01 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"),
            "0 0 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"
        ),
        (.smimea, hex("03 00 00 01"), "3 0 0 01"),
        // RFC 4255 §3.2.
        (.sshfp, hex("02 01 123456789abcdef67890123456789abcdef67890"), "2 1 123456789abcdef67890123456789abcdef67890"),
        // RFC 4034 §5.4.
        (.ds, hex("ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118"), "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"),
        (.cds, hex("0000 00 00 00"), "0 0 0 00"),  // RFC 8078 §4
        (.dnskey, hex("0101 03 08 03010001"), "257 3 8 AwEAAQ=="),
        (.cdnskey, hex("0000 03 00 00"), "0 3 0 AA=="),
        (.key, hex("0200 03 05"), "512 3 5 "),
        // RFC 4034 §3.3, its signature cut to three octets.
        (
            .rrsig, hex("0001 05 03 00015180 3e79eb27 3e525e27 0a52 07 6578616d706c65 03 636f6d 00 a09055"),
            "A 5 3 86400 1048177447 1045585447 2642 example.com oJBV"
        ),
        // RFC 4034 §4.3, the whole of its wire form.
        (
            .nsec,
            hex("04 686f7374 07 6578616d706c65 03 636f6d 00 0006 40 01 00 00 00 03 041b") + [UInt8](repeating: 0, count: 26) + [0x20],
            "host.example.com A MX RRSIG NSEC TYPE1234"
        ),
        // RFC 5155 appendix A.
        (
            .nsec3, hex("01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 220100000002 90"),
            "1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM"
        ),
        (.nsec3param, hex("01 00 0000 00"), "1 0 0 -"),
    ]

    /// A message with all of them.
    static let all = rows.reduce(into: hex("0000 8000 0000") + [0, UInt8(rows.count)] + hex("0000 0000")) { message, row in
        message += DNSRecordDataTests.answer(row.0.rawValue, row.1).dropFirst(12)
    }

    @Test(arguments: rows.indices) func presentationFormat(_ row: Int) throws {
        let (type, octets, text) = Self.rows[row]
        #expect(try data(type, octets)?.description == text)
    }

    /// The message stands, whatever a record of these types lacks.
    @Test(arguments: rows.indices) func everyPrefixIsAValue(_ row: Int) throws {
        let (type, octets, _) = Self.rows[row]
        var values: Set<DNSRecordData> = []
        for length in 0...octets.count {
            let prefix = Array(octets.prefix(length))
            let value = try #require(try data(type, prefix))
            if case .malformed(let kept, _) = value { #expect(kept == prefix) }
            values.insert(value)
        }
        #expect(values.count == octets.count + 1)
    }

    @Test(
        arguments: [
            (.nsec, "00 0000", "bitmap length"), (.nsec, "00 0021" + String(repeating: "00", count: 33), "bitmap length"),
            (.nsec, "00 0001 40 0001 40", "window block"), (.nsec, "00 0101 40 0001 40", "window block"), (.nsec, "00 0002 40", "RDLENGTH"),
            (.caa, "00 00 61", "tag length"), (.dname, "c0ff", "compression pointer"), (.dname, "41 61", "label type"),
            (.hinfo, "05 61", "RDLENGTH"), (.ds, "0001", "RDLENGTH"),
        ] as [(DNSType, String, Field)])
    func refusals(_ type: DNSType, _ octets: String, _ field: Field) throws {
        #expect(try data(type, hex(octets)) == .malformed(hex(octets), field))
    }

    /// RFC 2136 §2.4, §2.5: an update names what it deletes by a record without data, of class ANY or NONE.
    @Test(arguments: [.a, .aaaa, .cname, .mx, .soa, .svcb, .nsec] as [DNSType], [254, 255] as [UInt8])
    func updatesHaveRecordsWithoutData(_ type: DNSType, _ recordClass: UInt8) throws {
        #expect(try data(type, [], class: recordClass) == .other([]))
    }

    /// An address of Chaosnet is a name and a number, which A means in the class IN alone.
    @Test func addressesOfOtherClasses() throws {
        #expect(try data(.a, hex("00 1234"), class: 3) == .other(hex("00 1234")))
        #expect(try data(.a, hex("c0000201"), class: 254)?.description == "192.0.2.1")
    }

    @Test func fieldsOfASignature() throws {
        guard case .signature(let signature)? = try data(.rrsig, Self.rows.first { $0.0 == .rrsig }?.1 ?? []) else {
            Issue.record("no RRSIG")
            return
        }
        #expect(signature.covered == .a && signature.algorithm == 5 && signature.labels == 3 && signature.originalTimeToLive == 86400)
        #expect(signature.expiration - signature.inception == 30 * 86400, "thirty days in the RFC's example")
        #expect(signature.keyTag == 2642 && signature.signer == DNSName("example.com") && signature.signature.count == 3)
    }
}
