import Testing

@testable import Wire

struct PacketTests {
    @Test func ipv4Packet() {
        let packet = dissect(IPv4HeaderTests.frame)
        #expect(packet.source == IPAddress("192.0.2.1"))
        #expect(packet.destination == IPAddress("192.0.2.2"))
        #expect(packet.timeToLive == 64)
        #expect(packet.sourceMAC == MACAddress("02:00:00:00:00:0a"))
        #expect(packet.isFragment == false)
        #expect(packet.isCut == false)
    }

    @Test func ipv6Packet() {
        let packet = dissect(IPv6HeaderTests.ethernet + IPv6HeaderTests.options)
        #expect(packet.source == IPAddress("2001:db8::1"))
        #expect(packet.destination == IPAddress("2001:db8::2"))
        #expect(packet.timeToLive == 64)
    }

    @Test func arpPacketHasNoNetwork() {
        let packet = dissect(ARPPacketTests.ethernet + ARPPacketTests.reply)
        #expect(packet.source == nil)
        #expect(packet.destination == nil)
        #expect(packet.timeToLive == 0)
        #expect(packet.sourceMAC == MACAddress("02:00:00:00:00:0a"))
        #expect(packet.payload == 14..<42)
    }

    @Test func frameKeepsItsLengthsAndPlace() {
        let frame = FrameReference(number: 7, time: Timestamp(nanoseconds: 3))
        let octets = IPv4HeaderTests.frame
        let packet = Dissector().dissect(octets.span, linkType: .ethernet, frame: frame, originalLength: 1514)
        #expect(packet.frame == frame)
        #expect(packet.capturedLength == 98)
        #expect(packet.originalLength == 1514)
        #expect(packet.isCut == true)
    }

    @Test func decodesItsPayloadAsAMessage() throws {
        let frame = ARPPacketTests.ethernet + ARPPacketTests.reply
        #expect(try dissect(frame).decode(ARPPacket.self, in: frame.span).operation == .reply)
        let anomaly = #expect(throws: Anomaly.self) { try dissect(frame).decode(DNSMessage.self, in: frame.span) }
        #expect(anomaly?.layer == .dns)
    }

    /// A packet that is used again keeps nothing of the frame before.
    @Test func usedAgainIsAsNew() {
        let frames: [(octets: [UInt8], linkType: LinkType)] = [
            (IPv4HeaderTests.frame, .ethernet), (IPv6HeaderTests.ethernet + IPv6HeaderTests.options, .ethernet),
            (TCPHeaderTests.frame, .ethernet),
            (IPv6HeaderTests.ethernet + IPv6HeaderTests.lastFragment, .ethernet), (VLANTagTests.stacked, .ethernet),
            (LinuxCookedHeaderTests.request1, .linuxCooked), (UDPHeaderTests.frame, .ethernet), ([1, 2, 3], .ethernet),
            (Array(TCPHeaderTests.frame.prefix(40)), .ethernet), (hex("02000000 45"), .null),
            (hex("ffffffffffff 02000000000a 88cc 0207"), .ethernet), (TunnelTests.vxlan, .ethernet), (TunnelTests.geneve, .ethernet),
            (TunnelTests.sixInFour, .ethernet),
        ]
        let reference = FrameReference(number: 1, time: Timestamp(nanoseconds: 0))
        for before in frames {
            for frame in frames {
                var packet = dissect(before.octets, before.linkType)
                let octets = frame.octets
                Dissector().dissect(
                    octets.span, linkType: frame.linkType, frame: reference, originalLength: octets.count, into: &packet)
                let fresh = dissect(octets, frame.linkType)
                #expect(state(of: packet) == state(of: fresh))
            }
        }
    }

    /// All that a packet holds.
    private func state(of packet: borrowing Packet) -> [String] {
        let link: [Any?] = [packet.ethernet, packet.cooked, packet.ppp, packet.pppoe, packet.vlan, packet.labels]
        let upper: [Any?] = [
            packet.network, packet.networkOffset, packet.transport, packet.transportOffset, packet.payload, packet.payloadLength,
        ]
        return ([packet.frame, packet.capturedLength, packet.originalLength, packet.end, packet.anomaly] + link + upper)
            .map { String(reflecting: $0) } + (0..<packet.outer.count).map { String(reflecting: packet.outer[$0]) }
    }
}
