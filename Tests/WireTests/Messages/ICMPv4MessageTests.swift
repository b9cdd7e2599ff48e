import Testing
import Wire

struct ICMPv4MessageTests {
    /// ping -c1, from IPv4HeaderTests.
    static let echo = Array(IPv4HeaderTests.frame[34...])
    /// "Port unreachable" by nftables' reject: Captures/tcp-rejected-mirror, frame 14.
    static let unreachableFrame =
        hex("3c22fb000020005056aabb030800 45c0005840cd0000400124680a00009d0a000014 0303202e00000000") + QuotedDatagramTests.syn
    static let unreachable = Array(unreachableFrame[34...])
    /// "Fragmentation needed" by a Linux router: Captures/pmtu-mirror, frame 9, as far as the quoted TCP header goes.
    static let fragmentationNeeded = hex(
        """
        030465fd00000500 45001894315b40004006aa610a00009dcb00710a
        0050e0e89e053788ca4f1d5b801800405f2e00000101080ac312c665e9015e0e
        """)
    /// "Redirect for host" by a Linux node: Captures/ping-redirect-mirror, frame 19, as far as the quoted echo header goes.
    static let redirect = hex("0501f0610a00009d") + QuotedDatagramTests.echo

    private func decoded(_ octets: some Collection<UInt8>) throws(DecodeError) -> ICMPv4Message {
        try decode(octets) { bytes throws(DecodeError) in try ICMPv4Message(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let message = try decoded(Self.unreachable)
        #expect(message.type == .unreachable)
        #expect(message.code == 3)
        #expect(message.checksum == 0x202e)
        #expect(message.restOfHeader == 0)
        #expect(message.quoted?.destinationPort == .https)
    }

    @Test func echoHasIdentifierAndSequence() throws {
        let message = try decoded(Self.echo)
        #expect(message.type == .echoRequest)
        #expect(message.identifier == 0x29a3)
        #expect(message.sequence == 1)
        #expect(message.quoted == nil)
        #expect(message.nextHopMTU == nil)
    }

    /// RFC 1191 §4: in the low half, and only for this code.
    @Test func fragmentationNeededHasTheNextHopsMTU() throws {
        let message = try decoded(Self.fragmentationNeeded)
        #expect(message.nextHopMTU == 1280)
        #expect(message.quoted?.totalLength == 6292)
        #expect(message.quoted?.tcpFlags == [.psh, .ack])
        #expect(try decoded(Self.unreachable).nextHopMTU == nil)
    }

    @Test func redirectNamesTheGateway() throws {
        let message = try decoded(Self.redirect)
        #expect(message.gateway?.description == "10.0.0.157")
        #expect(message.quoted?.icmpIdentifier == 0x2a76)
        #expect(try decoded(Self.unreachable).gateway == nil)
    }

    /// RFC 1122 §3.2.2 tells errors, which quote a datagram, from queries.
    @Test(
        arguments: [
            (0, false), (3, true), (4, true), (5, true), (8, false), (9, false), (11, true), (12, true), (13, false), (17, false),
            (255, false),
        ] as [(UInt8, Bool)])
    func onlyErrorsQuote(_ type: UInt8, _ isError: Bool) throws {
        #expect(ICMPv4Message.MessageType(rawValue: type).isError == isError)
        #expect(try (decoded([type] + Self.unreachable.dropFirst()).quoted != nil) == isError)
    }

    @Test func errorThatQuotesNoDatagramIsDecoded() throws {
        #expect(try decoded(Self.unreachable.prefix(8)).quoted == nil)
        #expect(try decoded(Self.unreachable.prefix(27)).quoted == nil)
    }

    @Test func describesEveryField() throws {
        #expect(try described(decoded(Self.echo)) == ["type=8", "code=0", "checksum=10844", "identifier=10659", "sequence=1"])
        #expect(
            try described(decoded(Self.redirect)) == [
                "type=5", "code=1", "checksum=61537", "gateway=10.0.0.157", "quoted.source=10.0.0.20", "quoted.destination=10.0.0.157",
                "quoted.protocol=1", "quoted.identification=38582", "quoted.time_to_live=63", "quoted.total_length=84",
                "quoted.icmp_type=8",
                "quoted.icmp_code=0", "quoted.icmp_checksum=5051", "quoted.icmp_identifier=10870", "quoted.icmp_sequence=2",
            ])
        #expect(try described(decoded(Self.fragmentationNeeded)).contains("next_hop_mtu=1280"))
    }

    @Test(arguments: 0..<unreachableFrame.count) func everyPrefixIsAnAnomalyOrShorter(_ length: Int) throws {
        let frame = Array(Self.unreachableFrame.prefix(length))
        if length < 34 {
            #expect(dissect(frame).anomaly?.kind == .truncated)
        } else if length < 42 {
            let anomaly = #expect(throws: Anomaly.self) { try message(in: frame) }
            #expect(anomaly?.layer == .icmpv4)
            #expect(anomaly?.offset == [34, 35, 36, 38].last { $0 <= length })
        } else {
            let decoded = try #require(try message(in: frame) as? ICMPv4Message)
            #expect((decoded.quoted != nil) == (length >= 62))
        }
    }
}
