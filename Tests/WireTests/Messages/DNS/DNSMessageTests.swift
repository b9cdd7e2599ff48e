import Testing
import Wire

struct DNSMessageTests {
    /// A denial by Knot: Captures/nodata-mirror, frame 11, tcpdump.
    static let frame = hex(
        """
        dca632000053005056aabb560800 450000841b9c0000401149fd0a00009c0a000035 0035a80e00701552
        576985000001000000010001 0767726166616e61086c6175726976616e03636f6d00001c0001
        c014000600010000003c002b036e733103646e73c0140a686f73746d6173746572c0140000000100001c2000000708000151800000003c
        00002904d0000000000000
        """)

    private func decoded(_ octets: some Collection<UInt8>) throws(DecodeError) -> DNSMessage {
        try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
    }

    @Test func sectionsInWireOrder() throws {
        let message = try decoded(DNSAnswers.extended)
        #expect(message.questions.map(\.name.description) == ["web.example"])
        #expect(message.questions.map(\.type) == [.a])
        #expect(message.questions.map(\.recordClass) == [.internet])
        #expect(message.answers.map(\.data.description) == ["192.0.2.5", "192.0.2.6"])
        #expect(message.authorities.isEmpty)
        // RFC 6891 §6.1.2: the class holds the sender's buffer size, the TTL its flags, DO among them.
        #expect(message.additionals.map(\.type) == [.opt])
        #expect(message.additionals.map(\.recordClass.rawValue) == [1232])
        #expect(message.additionals.map(\.timeToLive) == [0x8000])
    }

    /// RFC 2308 §5: the lesser of the SOA's TTL and its minimum; only a denial has one.
    @Test func negativeTimeToLive() throws {
        #expect(try decoded(DNSAnswers.nameError).negativeTimeToLive == 300)
        #expect(try decoded(DNSAnswers.noData).negativeTimeToLive == 300)
        #expect(try decoded(DNSAnswers.aaaa).negativeTimeToLive == nil)
        #expect(try decoded(DNSAnswers.soa).negativeTimeToLive == nil)
        var shorter = DNSAnswers.nameError
        shorter[42] = 7  // the last octet of the SOA's TTL, in place of 300's 0x2c
        shorter[41] = 0
        #expect(try decoded(shorter).negativeTimeToLive == 7)
    }

    @Test func messageInAFrame() throws {
        let message = try #require(try message(in: Self.frame) as? DNSMessage)
        #expect(message.header.responseCode == .noError)
        #expect(message.header.isAuthoritative)
        #expect(message.answers.isEmpty)
        #expect(message.negativeTimeToLive == 60)
    }

    @Test func describesEveryField() throws {
        let lines = try described(decoded(DNSAnswers.nameError))
        #expect(
            lines == [
                "id=6028", "flags=34051", "response=true", "opcode=0", "opcode_name=QUERY", "authoritative=true", "truncated=false",
                "recursion_desired=true", "recursion_available=false", "reserved=false", "authentic_data=false",
                "checking_disabled=false", "response_code=NXDOMAIN", "response_code_number=3", "question_count=1", "answer_count=0",
                "authority_count=1", "additional_count=0", "questions[0].name=missing.example", "questions[0].type=A",
                "questions[0].type_number=1", "questions[0].class=1", "questions[0].class_name=IN", "authorities[0].name=example",
                "authorities[0].type=SOA", "authorities[0].type_number=6", "authorities[0].class=1", "authorities[0].class_name=IN",
                "authorities[0].ttl=300", "authorities[0].data=ns1.example hostmaster.example 2024010101 7200 900 1209600 300",
            ])
    }

    @Test func emptyMessageIsAHeader() throws {
        let (message, rest) = try decode(hex("1234 0000 0000 0000 0000 0000 aa")) { bytes throws(DecodeError) in
            try DNSMessage(decoding: &bytes)
        }
        #expect(message.questions.isEmpty)
        #expect(rest == [0xaa])
    }

    /// Counts are claims: what is not there is truncated, and nothing is reserved for it.
    @Test func countsBeyondTheMessageAreTruncated() {
        #expect(throws: DecodeError.truncated(needed: 1, available: 0)) { try decoded(hex("1234 0000 ffff ffff ffff ffff")) }
    }

    /// The largest message there is, with thousands of names, each as long and as scattered as the rules allow.
    @Test func largestMessageIsDecoded() throws {
        var octets = hex("1234 8000 0000 0000 0000 0000 00 ff00 0001 00000000 01fa 01 61 00")
        var target = 23
        for _ in 0..<126 {
            octets += [1, 0x61, 0xc0 | UInt8(target >> 8), UInt8(target & 255)]
            target = octets.count - 4
        }
        octets[22] = UInt8((octets.count - 23) & 255)
        octets[21] = UInt8((octets.count - 23) >> 8)
        var records = 1
        while octets.count + 12 <= 65_507 {  // what UDP carries over IPv4
            octets += [0xc0 | UInt8(target >> 8), UInt8(target & 255), 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0]
            records += 1
        }
        (octets[6], octets[7]) = (UInt8(records >> 8), UInt8(records & 255))
        let message = try decoded(octets)
        #expect(message.answers.count == records)
        #expect(message.answers.last?.name.labelCount == 127)
    }

    @Test(arguments: [
        DNSAnswers.soa, DNSAnswers.ns, DNSAnswers.mx, DNSAnswers.txt, DNSAnswers.cname, DNSAnswers.srv, DNSAnswers.https,
        DNSAnswers.unknown,
        DNSAnswers.escaped, DNSAnswers.ptr, DNSAnswers.nameError, DNSAnswers.extended,
    ]) func everyPrefixOfEveryAnswerIsTruncated(_ message: [UInt8]) throws {
        for length in 0..<message.count {
            let error = #expect(throws: DecodeError.self) { try decoded(message.prefix(length)) }
            guard case .truncated? = error else {
                Issue.record("\(length) octets: \(String(describing: error))")
                continue
            }
        }
        #expect(throws: Never.self) { try decoded(message) }
    }

    @Test(arguments: 0..<frame.count) func everyPrefixOfAFrameIsAnAnomaly(_ length: Int) {
        let octets = Array(Self.frame.prefix(length))
        let packet = dissect(octets, originalLength: Self.frame.count)
        let anomaly = packet.anomaly ?? #expect(throws: Anomaly.self) { try MessageRegistry.standard.message(of: packet, in: octets.span) }
        #expect(anomaly?.kind == .cutByCapture)
        #expect(anomaly?.layer == (length < 14 ? .link : length < 34 ? .ipv4 : length < 42 ? .udp : .dns))
        #expect((0...length).contains(anomaly?.offset ?? -1))
    }
}
