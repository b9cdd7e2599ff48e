import Testing
import Wire

struct ServiceBindingTests {
    static let fooCom = "03 666f6f 07 6578616d706c65 03 636f6d 00 "
    static let fooOrg = "03 666f6f 07 6578616d706c65 03 6f7267 00 "
    static let exampleCom = "07 6578616d706c65 03 636f6d 00 "

    private func record(_ data: [UInt8], _ type: DNSType = .svcb) throws(DecodeError) -> DNSRecord? {
        let octets = DNSRecordDataTests.answer(type.rawValue, data)
        return try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value.answers.first
    }

    private func binding(_ data: [UInt8], _ type: DNSType = .svcb) throws -> ServiceBinding {
        guard case .serviceBinding(let binding)? = try record(data, type)?.data else { throw DecodeError.malformed("test") }
        return binding
    }

    /// RFC 9460 appendix D.1 and D.2, both forms; names without the root's dot, parameters in wire order.
    @Test(arguments: [
        ("0000 " + fooCom, "0 foo.example.com"),
        ("0001 00", "1 ."),
        ("0010 " + fooCom + "0003 0002 0035", "16 foo.example.com port=53"),
        ("0001 " + fooCom + "029b 0005 68656c6c6f", "1 foo.example.com key667=hello"),
        ("0001 " + fooCom + "029b 0009 68656c6c6fd2716f6f", #"1 foo.example.com key667="hello\210qoo""#),
        (
            "0001 " + fooCom + "0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001",
            "1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1"
        ),
        ("0001 " + exampleCom + "0006 0010 20010db8012203440000 0000c0000221", "1 example.com ipv6hint=2001:db8:122:344::c000:221"),
        (
            "0010 " + fooOrg + "0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201",
            "16 foo.example.org mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1"
        ),
        ("0010 " + fooOrg + "0001 000c 08 665c6f6f2c626172 02 6832", #"16 foo.example.org alpn="f\\\\oo\\,bar,h2""#),
    ]) func vectorsOfTheRFC(_ data: String, _ text: String) throws {
        #expect(try binding(hex(data)).description == text)
        #expect(try binding(hex(data), .https).description == text)
    }

    /// RFC 9460 appendix D.3, as such records would stand on the wire, and the other forms that §2.2, §7 and §8 forbid.
    @Test(
        arguments: [
            ("007b 0003 616263 007b 0003 646566", "SvcParamKey order"),  // the same key twice
            ("0000 0000", "mandatory"), ("0001 0000", "alpn"), ("0003 0000", "port"), ("0004 0000", "ipv4hint"),
            ("0006 0000", "ipv6hint"),
            ("0002 0003 616263", "no-default-alpn"),
            ("0000 0002 007b", "mandatory"),  // missing
            ("0000 0002 0000", "mandatory"),  // itself
            ("0000 0004 007b 007b 007b 0003 616263", "mandatory"),  // twice
            // Others than the appendix has.
            ("0003 0002 01bb 0001 0003 02 6832", "SvcParamKey order"), ("0000 0003 000100 0001 0003 02 6832", "mandatory"),
            ("0000 0004 0003 0001 0001 0003 02 6832 0003 0002 01bb", "mandatory"), ("0000 0004 0001 0000 0001 0003 02 6832", "mandatory"),
            ("0001 0001 00", "alpn"), ("0001 0003 03 6833", "alpn"), ("0001 0004 02 6833 01", "alpn"), ("0003 0001 01", "port"),
            ("0003 0003 01bb00", "port"), ("0004 0003 c00002", "ipv4hint"), ("0006 0004 20010db8", "ipv6hint"), ("0008 0001 00", "ohttp"),
            ("0003 0003 01bb", "SvcParamValue length"), ("00", "RDLENGTH"), ("0003 00", "RDLENGTH"),
        ] as [(String, Field)])
    func malformedRecordsKeepTheirOctets(_ parameters: String, _ field: Field) throws {
        let data = hex("0001 " + Self.fooCom + parameters)
        let record = try #require(try record(data))
        #expect(record.data == .malformed(data, field))
        #expect(record.alpnIDs.isEmpty)
        #expect(record.data.description.hasPrefix("\\# \(data.count) 000103666f6f"))
    }

    /// The rest of the message stands.
    @Test func malformedRecordLeavesTheOthers() throws {
        var octets = DNSAnswers.https
        octets[48] = 0  // alpn's first length
        let message = try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
        let lines = described(message)
        #expect(message.answers.count == 1)
        #expect(lines.contains("answers[0].data=\\# 21 0001000001000600683302683200040004c0000205"))
        #expect(lines.last == "answers[0].malformed=alpn")
    }

    @Test func describesEveryParameter() throws {
        let lines = described(try decode(DNSAnswers.https) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value)
        #expect(
            lines.drop { $0 != "answers[0].ttl=3600" } == [
                "answers[0].ttl=3600", "answers[0].data=1 . alpn=h3,h2 ipv4hint=192.0.2.5", "answers[0].service_binding.priority=1",
                "answers[0].service_binding.target=.", "answers[0].service_binding.parameters[0].key=1",
                "answers[0].service_binding.parameters[0].key_name=alpn", "answers[0].service_binding.parameters[0].value=h3,h2",
                "answers[0].service_binding.parameters[1].key=4", "answers[0].service_binding.parameters[1].key_name=ipv4hint",
                "answers[0].service_binding.parameters[1].value=192.0.2.5",
            ])
    }

    /// RFC 9460 §7.1.2 and §9: HTTP/1.1 is there unless the record takes it away.
    @Test(arguments: [
        ("0001 00 0001 0006 02 6833 02 6832", ["h3", "h2", "http/1.1"], true), ("0001 00 0001 0003 02 6833 0002 0000", ["h3"], true),
        ("0001 00", ["http/1.1"], false), ("0001 00 0001 000c 02 6832 08 687474702f312e31", ["h2", "http/1.1"], false),
        ("0001 00 0001 0006 05 68332d3239", ["h3-29", "http/1.1"], false), ("0000 " + fooCom + "0001 0003 02 6833", [], false),
    ]) func protocolsOfHTTPS(_ data: String, _ expected: [String], _ promisesHTTP3: Bool) throws {
        let record = try #require(try record(hex(data), .https))
        #expect(record.alpnIDs.map { String(decoding: $0, as: UTF8.self) } == expected)
        #expect(try binding(hex(data), .https).promisesHTTP3 == promisesHTTP3)
    }

    @Test func otherServicesHaveNoDefault() throws {
        #expect(try record(hex("0001 00 0001 0004 03 646f74"))?.alpnIDs == [Array("dot".utf8)])
    }

    @Test func derivedFacts() throws {
        let all = try binding(
            hex(
                """
                0001 00 0001 0003 02 6833 0003 0002 20fb 0004 0008 c0000201c0000202 0005 0004 0002fe0d
                0006 0010 20010db8000000000000000000000001 0007 0010 2f646e732d71756572797b3f646e737d 0008 0000 ffff 0000
                """))
        #expect(all.port == 8443)
        #expect(all.ipv4Hints.map(\.description) == ["192.0.2.1", "192.0.2.2"])
        #expect(all.ipv6Hints.map(\.description) == ["2001:db8::1"])
        #expect(all.offersECH)
        #expect(
            all.description
                == "1 . alpn=h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=AAL+DQ== ipv6hint=2001:db8::1 dohpath=/dns-query{?dns} ohttp key65535"
        )
        let alias = try binding(hex("0000 " + Self.fooCom + "0003 0002 20fb"))
        #expect(alias.isAlias && alias.port == nil && alias.ipv4Hints.isEmpty && !alias.offersECH)
        #expect(alias.description == "0 foo.example.com port=8443", "kept, though it means nothing")
    }

    /// Whoever keeps many records keeps whole parameters, in their order, and leaves out those that have no room.
    @Test(arguments: [
        (0, ""), (5, ""), (6, " port=8443"), (7, " alpn=h3"), (12, " alpn=h3"), (13, " alpn=h3 port=8443"), (20, " alpn=h3 port=8443"),
        (21, " alpn=h3 port=8443 ipv4hint=192.0.2.1"),
    ])
    func aShortenedRecordHoldsWholeParameters(_ octets: Int, _ text: String) throws {
        let all = try binding(hex("0001 00 0001 0003 02 6833 0003 0002 20fb 0004 0004 c0000201"))
        #expect(all.shortened(to: octets).description == "1 ." + text)
        #expect(all.shortened(to: 100) == all)
    }

    @Test func aShortenedRecordLeavesOutWhatIsTooLargeAlone() throws {
        let ech = "0005 0015 " + String(repeating: "00", count: 21)
        let binding = try binding(hex("0001 00 0001 0003 02 6833 " + ech + " 0006 0010 20010db8000000000000000000000001"))
        #expect(binding.shortened(to: 30).description == "1 . alpn=h3 ipv6hint=2001:db8::1")
        #expect(binding.shortened(to: 30).offersECH == false && binding.offersECH)
    }

    /// RFC 9460 §2.2 forbids compression of the target; what some servers send reads all the same.
    /// The walk that allocates nothing finds what decoding does, and no prefix traps.
    @Test(
        arguments: [
            ("0001 00 0001 0003 026833", []),
            ("0001 00 0001 0003 026833 0004 0008 c0000201 c6336464", ["192.0.2.1", "198.51.100.100"]),
            ("0001 " + exampleCom + "0006 0010 20010db8000000000000000000000001", ["2001:db8::1"]),
            ("0000 00 0004 0004 c0000201", []),
        ] as [(String, [String])]) func hintsAreFoundWithoutDecoding(_ data: String, _ expected: [String]) throws
    {
        let octets = hex(data)
        var found: [String] = []
        try ServiceBinding.forEachHint(in: octets.span, at: 0) { found.append($0.description) }
        #expect(found == expected)
        for length in octets.indices {
            var part: [String] = []
            try? ServiceBinding.forEachHint(in: octets.span.extracting(first: length), at: 0) { part.append($0.description) }
            #expect(expected.starts(with: part))
        }
    }

    @Test func compressedTargetIsRead() throws {
        var octets = DNSAnswers.https
        octets.replaceSubrange(43..<44, with: [0xc0, 12])
        octets[40] += 1
        let message = try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
        #expect(message.answers.first?.data.description == "1 svc.example alpn=h3,h2 ipv4hint=192.0.2.5")
    }
}
