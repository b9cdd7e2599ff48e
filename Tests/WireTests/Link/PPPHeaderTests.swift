import Testing
import Wire

struct PPPHeaderTests {
    /// An echo request, as far as its first octets: pcap4j's PppPacketTest.pcap; and the same in HDLC-like framing.
    static let bare = hex("0021 4500001c002000007b0ac6e9 c0000201 c0000202 0800e04804d210e1")
    /// A SYN in a session over a provider's and a customer's VLAN: Zeek's pppoe-over-qinq.pcap, frame 1.
    static let session = hex(
        """
        000000000001 000000000000 81000e78 810009aa 8864 1100 0f07 0042 0021
        45000040000040003f0635b30101010102020202 4faa01bbd7a8415500000000b002ffffeced0000 020405a4010303060101080a012dd88c00000000 04020000
        """)
    /// A PPPoE Active Discovery Initiation: Zeek's pppoe.pcap, frame 1.
    static let discovery = hex("ffffffffffff cc050e880000 8863 1109 0000 000c 0101000001030004 64138518 0000000000000000")
    /// An LCP configure request: PcapPlusPlus's PPPoESession.pcap, frame 1.
    static let control = hex("ca010e880006 cc050e880000 8864 1100 0011 0014 c021 02020012010405dc0304c023050601fccbfb 000000000000")

    private func header(_ octets: [UInt8], hasDirection: Bool = false) throws(DecodeError) -> (value: PPPHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try PPPHeader(decoding: &bytes, hasDirection: hasDirection) }
    }

    /// RFC 1661 §6.5, §6.6: what both ends agreed to leave away.
    @Test(arguments: ["0021 45", "21 45", "ff03 0021 45", "ff03 21 45"]) func compressedAndNot(_ octets: String) throws {
        let (header, rest) = try header(hex(octets))
        #expect(header.protocol == .ipv4 && header.etherType == .ipv4 && header.isSent == nil && rest == [0x45])
    }

    @Test func directionAndOtherProtocols() throws {
        #expect(try header(hex("00 ff03 c021 01"), hasDirection: true).value.isSent == false)
        let sent = try header(hex("01 ff03 c021 01"), hasDirection: true)
        #expect(sent.value.isSent == true && sent.value.protocol.rawValue == 0xc021 && sent.value.etherType == .none && sent.rest == [1])
    }

    @Test func sessionLeadsToItsPacket() throws {
        let packet = dissect(Self.session)
        #expect(packet.anomaly == nil && packet.pppoe?.session == 0x0f07 && packet.pppoe?.code == .session)
        #expect(packet.ppp?.protocol == .ipv4 && packet.vlan.outer?.identifier == 0xe78 && packet.vlan.inner?.identifier == 0x9aa)
        #expect(packet.networkOffset == 30 && packet.payload == 94..<94)
        guard case .tcp(let tcp) = packet.transport else {
            Issue.record("\(packet.transport)")
            return
        }
        #expect(tcp.isSYN && tcp.destinationPort == .https)
    }

    @Test func discoveryAndControlCarryNoPacket() {
        let discovery = dissect(Self.discovery)
        #expect(discovery.anomaly == nil && discovery.pppoe?.code == .initiation && discovery.network == .none)
        #expect(discovery.payload == 20..<32, "padding is no part of it")
        let control = dissect(Self.control)
        #expect(control.anomaly == nil && control.ppp?.protocol.rawValue == 0xc021 && control.network == .none)
    }

    @Test func describesEveryField() {
        var fields = Fields()
        dissect(Self.session).describeHeaders(in: Self.session.span, to: &fields)
        let lines = ["pppoe.code=0", "pppoe.session=3847", "pppoe.length=66", "ppp.protocol=33", "ipv4.header_length=20"]
        #expect(fields.lines.firstIndex(of: lines[0]).map { Array(fields.lines[$0..<($0 + 5)]) } == lines)
    }

    /// The IP packet states more than the session holds: Zeek's pppoe-over-qinq.pcap, frame 19. Its six octets are padding.
    @Test func lengthOfTheSessionEndsThePacket() {
        let frame = hex(
            """
            bcd17717750d 000000000000 81000e78 810009aa 8864 11000f07002a 0021
            4500002e1c464000ef06697e020202020101010101bb4faafc90b007d7a844995010086287270000000000000000
            """)
        let packet = dissect(frame)
        #expect(packet.payload.isEmpty && packet.payloadLength == 0)
    }

    @Test(arguments: [session, discovery, control]) func everyPrefixEnds(_ frame: [UInt8]) {
        let whole = dissect(frame)
        for length in 0..<frame.count {
            let packet = dissect(Array(frame.prefix(length)))
            #expect(packet.anomaly != nil || packet.payload.upperBound <= whole.payload.upperBound)
            #expect(packet.payload.upperBound <= length)
        }
    }
}
