import Testing
import Wire

struct ICMPv6MessageTests {
    static let ipv6 = hex("02000000000b 02000000000a 86dd")
    /// "Packet too big" about a UDP datagram: Zeek's icmp/icmp6-toobig.pcap.
    static let tooBig = hex(
        """
        ffffffffffff 000000000000 86dd 6000 0000003c3a40 fe80000000000000000000000000dead fe80000000000000000000000000beef
        0200ecba00000500 60000000000c1140 fe80000000000000000000000000beef fe80000000000000000000000000dead 753032c8000c0c8e 58585858
        """)
    /// "Parameter problem" about a packet with an authentication header of no length, which an echo request follows:
    /// Zeek's ipv6_zero_len_ah.pcap, frame 6, as far as the echo header goes.
    static let parameterProblem = hex(
        """
        0401c71700000006 6000000000a633ff 20001300000000000000000000000002 20001300000000000000000000000001 023a000000000000
        008000fae60000001f
        """)
    /// "Time exceeded" about an echo request: pcap4j's IcmpV6TimeExceededPacketTest.pcap.
    static let timeExceeded = hex(
        """
        0301b24000003039 61212345000b3a64 20010db8000000000000000300020001 20010db8000000000000000300020002 800021cc0064000a 000102
        """)
    /// An echo reply as RFC 4443 §4.2 draws it.
    static let echoReply = hex("8100 1234 29a3 0001 6162")
    /// A connection attempt that a firewall refuses, as nftables writes it: a quoted SYN with a hop-by-hop header before it.
    static let refusedSYN = hex(
        """
        0104 0000 00000000 6000 0000 001c 0040 20010db8000000000000000000000014 20010db800000000000000000000009d
        0600050200000100 b0d201bb342adb7000000000a002faf014df0000
        """)

    private func decoded(_ octets: some Collection<UInt8>) throws(DecodeError) -> ICMPv6Message {
        try decode(octets) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let packet = dissect(Self.tooBig)
        #expect(packet.transport == .icmpv6)
        let message = try #require(try message(in: Self.tooBig) as? ICMPv6Message)
        #expect(message.type == .packetTooBig && message.code == 0 && message.checksum == 0xecba)
        #expect(message.nextHopMTU == 1280)
        #expect(message.name == "packet too big")
        let quoted = try #require(message.quoted)
        #expect(quoted.source == .v6(IPv6Address(high: 0xfe80_0000_0000_0000, low: 0xbeef)))
        #expect(quoted.destination == .v6(IPv6Address(high: 0xfe80_0000_0000_0000, low: 0xdead)))
        #expect(quoted.sourcePort == Port(rawValue: 30000) && quoted.destinationPort == Port(rawValue: 13000))
        #expect(quoted.identification == nil && quoted.totalLength == 52 && quoted.timeToLive == 64)
    }

    @Test func extensionHeadersOfTheQuoteAreWalked() throws {
        let problem = try decoded(Self.parameterProblem)
        #expect(problem.pointer == 6 && problem.name == "unrecognized next header type")
        #expect(problem.quoted?.protocol == IPProtocol(rawValue: 2), "what the authentication header names")
        let refused = try decoded(Self.refusedSYN)
        #expect(refused.quoted?.protocol == .tcp && refused.quoted?.destinationPort == .https)
        #expect(refused.quoted?.tcpSequence == 0x342a_db70 && refused.quoted?.tcpFlags == .syn)
        #expect(refused.name == "port unreachable" && refused.nextHopMTU == nil && refused.pointer == nil)
    }

    @Test func quotedEchoAndFragment() throws {
        let message = try decoded(Self.timeExceeded)
        #expect(message.quoted?.isEchoRequest == true)
        #expect(message.quoted?.icmpIdentifier == 100 && message.quoted?.icmpSequence == 10)
        let fragment = try decoded(hex("0301 0000 00000000") + IPv6HeaderTests.lastFragment)
        #expect(fragment.quoted?.identification == 3_617_397_242 && fragment.quoted?.fragmentOffset == 2896)
        #expect(fragment.quoted?.protocol == .icmpv6 && fragment.quoted?.icmpType == nil)
    }

    @Test func echoHasIdentifierAndSequence() throws {
        let message = try decoded(Self.echoReply)
        #expect(message.type == .echoReply && message.identifier == 0x29a3 && message.sequence == 1)
        #expect(message.quoted == nil && message.discovery == nil)
    }

    /// RFC 4443 §3 and §4; RFC 4861; an unknown value has its numbers.
    @Test(
        arguments: [
            (1, 0, "no route to destination"), (1, 3, "address unreachable"), (1, 4, "port unreachable"),
            (1, 5, "source address failed ingress/egress policy"), (1, 99, "unreachable code 99"), (2, 0, "packet too big"),
            (3, 0, "hop limit exceeded"), (3, 1, "fragment reassembly time exceeded"), (3, 7, "time exceeded code 7"),
            (4, 2, "unrecognized IPv6 option"), (4, 200, "parameter problem code 200"), (128, 0, "echo request"),
            (136, 0, "neighbor advertisement"), (143, 0, "multicast listener report v2"), (200, 1, "type 200 code 1"),
        ] as [(UInt8, UInt8, String)])
    func names(_ type: UInt8, _ code: UInt8, _ name: String) {
        #expect(ICMPv6Name.of(type: ICMPv6Message.MessageType(rawValue: type), code: code) == name)
    }

    /// RFC 4443 §2.1: the high bit tells errors, known or not, from the rest.
    @Test(arguments: [(1, true), (100, true), (127, true), (128, false), (132, false), (200, false)] as [(UInt8, Bool)])
    func onlyErrorsQuote(_ type: UInt8, _ isError: Bool) throws {
        #expect(try (decoded([type] + Self.timeExceeded.dropFirst()).quoted != nil) == isError)
    }

    @Test func describesEveryField() throws {
        #expect(try described(decoded(Self.echoReply)) == ["type=129", "code=0", "checksum=4660", "identifier=10659", "sequence=1"])
        #expect(
            try described(decoded(Self.tooBig[54...])) == [
                "type=2", "code=0", "checksum=60602", "next_hop_mtu=1280", "quoted.source=fe80::beef", "quoted.destination=fe80::dead",
                "quoted.protocol=17", "quoted.time_to_live=64", "quoted.total_length=52", "quoted.source_port=30000",
                "quoted.destination_port=13000",
            ])
    }

    @Test(arguments: 0..<refusedSYN.count) func everyPrefixIsAnAnomalyOrShorter(_ length: Int) throws {
        let octets = Self.refusedSYN.prefix(length)
        guard length >= 8 else {
            #expect(throws: DecodeError.self) { try decoded(octets) }
            return
        }
        let message = try decoded(octets)
        #expect((message.quoted != nil) == (length >= 48))
        #expect((message.quoted?.sourcePort != nil) == (length >= 60))
        #expect((message.quoted?.tcpFlags != nil) == (length >= 70))
    }
}
