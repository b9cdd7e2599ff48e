import Testing
import Wire

/// Multicast DNS (RFC 6762) and LLMNR (RFC 4795): DNS messages with customs of their own.
struct MulticastDNSTests {
    /// Three questions and an answer that the asker knows: ntop/nDPI, anyconnect-vpn.pcap, frame 113, without its OPT record.
    static let query = hex(
        """
        000000000003000100000000 0f5f636f6d70616e696f6e2d6c696e6b045f746370056c6f63616c00000c0001 085f686f6d656b6974c01c000c0001
        0c5f736c6565702d70726f7879045f756470c021000c0001 c00c000c000100000e100014114c502d524b455255522d4f535820283929c00c
        """)
    /// `wpad` asked by LLMNR: OISF/suricata-verify, base64-decode-5885, frame 5.
    static let llmnr = hex("80c90000000100000000000004777061640000010001")

    private func decoded(_ octets: [UInt8]) throws(DecodeError) -> DNSMessage {
        try decode(octets) { bytes throws(DecodeError) in try DNSMessage(decoding: &bytes) }.value
    }

    @Test func severalQuestionsAndKnownAnswers() throws {
        let message = try decoded(Self.query)
        #expect(
            message.questions.map(\.name.description) == [
                "_companion-link._tcp.local", "_homekit._tcp.local", "_sleep-proxy._udp.local",
            ])
        #expect(message.questions.allSatisfy { $0.type == .ptr && $0.recordClass == .internet })
        #expect(message.answers.map(\.name.description) == ["_companion-link._tcp.local"])
        #expect(message.answers.map(\.data.description) == [#"LP-RKERUR-OSX\032(9)._companion-link._tcp.local"#])
        #expect(!message.header.isResponse, "known answers come with the question (RFC 6762 §7.1)")
    }

    /// RFC 6762 §5.4 and §10.2: the class stays the Internet's.
    @Test func firstBitOfTheClass() throws {
        var octets = Self.query
        octets[42] = 0x80  // the first question's class
        octets[87] = 0x80  // the answer's
        let lines = described(try decoded(octets))
        #expect(lines.contains("questions[0].class=32769") && lines.contains("questions[0].class_name=IN"))
        #expect(lines.filter { $0.contains("unicast_response") } == ["questions[0].unicast_response=true"])
        #expect(lines.filter { $0.contains("cache_flush") } == ["answers[0].cache_flush=true"])
        #expect(!described(try decoded(Self.query)).contains { $0.contains("unicast_response") || $0.contains("cache_flush") })
    }

    /// The class of an OPT record is a size, and has no bits.
    @Test func sizesHaveNoBits() throws {
        let message = hex("1234 8180 0000 0000 0000 0001 00 0029 8001 00000000 0000")
        #expect(!described(try decoded(message)).contains { $0.contains("cache_flush") })
    }

    @Test func linkLocalMulticastNames() throws {
        let message = try decoded(Self.llmnr)
        #expect(message.questions.map(\.name.description) == ["wpad"] && message.header.id == 0x80c9)
    }

    @Test(arguments: 0..<query.count) func everyPrefixIsTruncated(_ length: Int) {
        let error = #expect(throws: DecodeError.self) { try decoded(Array(Self.query.prefix(length))) }
        #expect(error.map { if case .truncated = $0 { true } else { false } } == true)
    }
}
