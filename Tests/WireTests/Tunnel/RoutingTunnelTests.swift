import Testing
import Wire

/// GRE beyond version 0 with IP: PPTP, mirrored frames, GRE in UDP; and frames in IP without a tunnel header.
struct RoutingTunnelTests {
    /// PPTP: nDPI's gre.pcapng, frame 1, cut behind the inner UDP header.
    static let pptp = hex(
        """
        000000000002 9c37f47c6e91 8100008e 0800 4500016eafa50000f22f584f6d69e4fd0ab16254 3081880b014a9850 0000006a 0000008c
        ff030021 45a0014638c100003f114dfbc0a80ad2c0a86728 13c413c4013257d5
        """)
    /// PPP in version 0, the first part of a datagram inside: Suricata's eth-ip-gre-ppp-max-ip-packet.pcap, frame 1, shortened.
    static let pointToPoint = hex(
        """
        ffffffffffff 1860248d97ba 0800 4500006d00010000402f5a420707070709090909 0000880b 21
        45000054000120004011549301010101020202022b67270fffeb98cc
        """)
    /// Type II, a SYN inside: Suricata's bug-5437-02.pcap, frame 1.
    static let mirrored2 = hex(
        """
        000000000000 0cd0f88c677d 0800 4500005e4b440000fe2f1632e62fd28c00ebef4a 100088be 00000000 1007000500000012
        002052ff0302 3817e1ed0b29 0800 4500002c63ff0000300647a6296c348a286e2317 8500005032c46c22000000006002208974530000020405a0
        """)
    /// Type III, an echo request on VLAN 20: tcpdump's erspan-type-iii-ft-0.pcap, frame 1, cut behind the ICMP header.
    static let mirrored3 = hex(
        """
        005056acc80c f8c28890d27b 0800 4500008a000000003f2f3d970a1d1e680a1d0b0d 000022eb 20140000 a3595bff 0000 0006
        005056ac18a0 f8c28890d27b 81000014 0800 450000549d1240003f016b470a1d0b010a1d1415 0800269c3fcb00e2
        """)
    /// Type III with a platform header, an echo request on VLAN 10: Zeek's gre-erspan3-dot1q.pcap, frame 1, cut behind the ICMP header.
    static let platform = hex(
        """
        0242ac1f0187 00aecd0007c7 0800 4500009200000000402f1f61ac1f0117ac1f0187 000022eb 200a0000 70507e55 0000 0007 0c00000315f742e8
        0050568b6dc7 00aecd000cf1 8100000a 0800 45000054bae6400040011363ac1f0a1fac1f0a02 080006ba002b0004
        """)
    /// A DNS query in GRE in UDP: Zeek's gre-over-udp-4754.pcap, frame 1, cut behind the question's first label.
    static let inUDP = hex(
        """
        000000000000 000000000000 0800 45000056b275400040110165c0a8006bc0a80501 c4a7129200420000 00000800
        4500003647be4000401144e4ac11000201010101 ca0200350022e19f f96401000001000000000000047a65656b
        """)
    /// ARP: Suricata's arp-encap.pcap, frame 1.
    static let resolution = hex(
        """
        050403020100 000102030405 81000006 0800 4500003400010000402f74950101010102020202 00000806
        0001080006040001 bc03585ad5ca c0a8011c 000000000000 00000000
        """)
    /// An Ethernet frame behind a segment routing header, an echo request inside: tcpdump's ipv6-srh-ipproto-ether.pcap, frame 1.
    static let routed = hex(
        """
        d667194e0f4f be f506094474 86dd 600de027008e2b3f 000a0000000000000000000000000001 000c0000000000000000000000000002
        8f02040000000000 000c0000000000000000000000000002
        1e1ddfcd547a ae64423b5b9a 86dd 600de02700403a40 000a0000000000000000000000000002 000e0000000000000000000000000002
        8000d5f14854053b
        """)
    /// A SYN in IP behind an authentication header: libpcap's AH-IPcomp-IPv4.pcap, frame 1.
    static let authenticated = hex(
        """
        005056af07f0 aabbcc000000 0800 45000064430800004033f15c280000021e000001 04040000c67ceadf00000001ce9113cb69e210d6dbd24b8a
        45000038fc4100004006b47c3200010196000101 040200504e850ec10000000090020b6811b80000020405b40402080a0a43091100000000
        """)

    private func lines(_ octets: [UInt8]) -> [String] {
        var fields = Fields()
        dissect(octets).describeHeaders(in: octets.span, to: &fields)
        return fields.lines
    }

    @Test func pointToPointTunnel() {
        let packet = dissect(Self.pptp)
        #expect(packet.anomaly == nil && packet.outer.count == 1 && packet.outer[0].kind == .gre && packet.outer[0].identifier == 0x9850)
        #expect(packet.ppp?.protocol == .ipv4 && packet.source == IPAddress("192.168.10.210") && packet.ethernet == nil)
        #expect(packet.vlan == VLANTags() && packet.outer[0].vlan.outer?.identifier == 142)
        #expect(
            lines(Self.pptp).filter { $0.hasPrefix("outer[0].gre") || $0.hasPrefix("ppp") } == [
                "outer[0].gre.flags=12417", "outer[0].gre.ether_type=34827", "outer[0].gre.payload_length=330", "outer[0].gre.call=38992",
                "outer[0].gre.sequence=106", "outer[0].gre.acknowledgment=140", "ppp.protocol=33",
            ])
        let plain = dissect(Self.pointToPoint)
        #expect(plain.anomaly == nil && plain.ppp?.protocol == .ipv4 && plain.source == IPAddress("1.1.1.1") && plain.isFragment)
    }

    /// RFC 2637 §4.1: an acknowledgment alone carries nothing, and what the payload length leaves off is padding.
    @Test func pointToPointPayload() {
        var octets = Self.pptp
        octets.replaceSubrange(38..<46, with: hex("2081880b 00009850"))
        #expect(!dissect(octets).isTunnelled && dissect(octets).anomaly == nil)
        octets = Self.pptp
        octets.replaceSubrange(42..<44, with: [0, 4 + 20 + 8])
        #expect(dissect(octets + [1, 2, 3]).payload.upperBound == octets.count)
        octets.replaceSubrange(42..<44, with: [0, 3])
        #expect(dissect(octets).anomaly?.description == "ppp at octet 56: truncated, 2 octets needed, 1 there")
    }

    /// A PPP session around PPTP keeps its own headers.
    @Test func sessionAroundTheTunnel() {
        let octets = hex("02000000000b 02000000000a 8864 1100 0007 005a 0021") + Self.pptp[18...]
        let packet = dissect(octets)
        #expect(packet.outer[0].pppoe?.session == 7 && packet.outer[0].ppp?.protocol == .ipv4 && packet.pppoe == nil)
        #expect(lines(octets).contains("outer[0].pppoe.session=7"))
    }

    @Test func mirroredFrames() {
        let two = dissect(Self.mirrored2)
        #expect(two.anomaly == nil && two.outer[0].kind == .erspan && two.outer[0].identifier == 5)
        #expect(two.ethernet?.source == MACAddress("38:17:e1:ed:0b:29") && two.destination == IPAddress("40.110.35.23"))
        let three = dissect(Self.mirrored3)
        #expect(three.anomaly == nil && three.outer[0].identifier == 0 && three.vlan.outer?.identifier == 20)
        #expect(three.transport == .icmpv4 && three.source == IPAddress("10.29.11.1"))
        let platform = dissect(Self.platform)
        #expect(platform.anomaly == nil && platform.vlan.outer?.identifier == 10 && platform.transport == .icmpv4)
        #expect(
            lines(Self.platform).filter { $0.hasPrefix("outer[0].erspan") } == [
                "outer[0].erspan.version=2", "outer[0].erspan.vlan=10", "outer[0].erspan.class_of_service=0",
                "outer[0].erspan.encapsulation=0", "outer[0].erspan.truncated=false", "outer[0].erspan.session=0",
                "outer[0].erspan.timestamp=1884323413", "outer[0].erspan.security_group=0", "outer[0].erspan.flags=7",
                "outer[0].erspan.platform=864691141708563176",
            ])
        #expect(lines(Self.mirrored2).contains("outer[0].erspan.index=18"))
    }

    /// Type I has no header, and no sequence number (draft-foschiano-erspan-03 §4.1).
    @Test func mirroredWithoutAHeader() {
        var octets = Self.mirrored2
        octets.replaceSubrange(34..<50, with: hex("0000 88be"))
        let packet = dissect(octets)
        #expect(packet.anomaly == nil && packet.outer[0].kind == .erspan && packet.outer[0].identifier == nil)
        #expect(packet.destination == IPAddress("40.110.35.23"))
        #expect(!lines(octets).contains { $0.hasPrefix("outer[0].erspan") })
    }

    /// Type III's frame type 2 is an IP packet, and others are none of ours.
    @Test(arguments: [(0x08, "10.29.11.1"), (0x04, nil)] as [(UInt8, String?)])
    func mirroredFrameTypes(_ flags: UInt8, _ source: String?) {
        var octets = Self.mirrored3
        octets[48] = flags
        octets.removeSubrange(50..<68)
        let packet = dissect(octets)
        #expect(packet.anomaly == nil && packet.isTunnelled && packet.source == source.flatMap { IPAddress($0) })
    }

    @Test func otherMirrors() {
        var octets = Self.mirrored3
        octets[38] = 0x30
        #expect(dissect(octets).anomaly?.description == "erspan at octet 38: unsupported version")
    }

    @Test func routingInUDP() {
        let packet = dissect(Self.inUDP)
        #expect(packet.anomaly == nil && packet.outer[0].kind == .gre && packet.outer[0].destinationPort == GREHeader.port)
        #expect(packet.destination == IPAddress("1.1.1.1"))
        for (index, value) in [(42, 0x08), (45, 0x01), (43, 0x10)] as [(Int, UInt8)] {
            var octets = Self.inUDP
            octets[index] = value
            #expect(!dissect(octets).isTunnelled && dissect(octets).anomaly == nil, "a client may have the port as its own")
        }
    }

    @Test func resolutionIsAPacketOfTheTunnel() throws {
        let packet = dissect(Self.resolution)
        #expect(packet.isTunnelled && packet.transport == .arp && packet.anomaly == nil)
        let arp = try #require(try message(in: Self.resolution) as? ARPPacket)
        #expect(arp.senderProtocol == IPv4Address("192.168.1.28"))
    }

    @Test func frameBehindASegmentRoutingHeader() {
        let packet = dissect(Self.routed)
        #expect(packet.anomaly == nil && packet.outer[0].kind == .ethernet && packet.outer[0].source == IPAddress("a::1"))
        #expect(packet.ethernet?.source == MACAddress("ae:64:42:3b:5b:9a") && packet.transport == .icmpv6)
        #expect(packet.destination == IPAddress("e::2"))
    }

    @Test func authenticationHeaderIsSteppedOver() {
        let packet = dissect(Self.authenticated)
        #expect(packet.anomaly == nil && packet.outer.count == 1 && packet.source == IPAddress("50.0.1.1"))
        guard case .tcp(let tcp) = packet.transport else {
            Issue.record("\(packet.transport)")
            return
        }
        #expect(tcp.isSYN && tcp.destinationPort == .http)
        var octets = Self.authenticated
        octets[34] = 6
        octets.removeSubrange(58..<78)
        #expect(dissect(octets).transport == .tcp(tcp) && dissect(octets).transportOffset == 58 && !dissect(octets).isTunnelled)
        octets[35] = 200
        #expect(dissect(octets).anomaly?.layer == .ipv4)
        let chain = hex("02000000000b 02000000000a 0800 45000000 0000 0000 4033 0000 c0000201 c0000202")
        let headers = [UInt8](Array(repeating: hex("33000000 00000000"), count: 6000).joined())
        #expect(dissect(chain + headers).anomaly?.description == "ipv4 at octet 48034: truncated, 8 octets needed, 0 there")
    }

    @Test(arguments: 0..<4) func shortHeaderIsAnAnomaly(_ length: Int) {
        let octets = hex("02000000000b 02000000000a 0800 45000000 0000 0000 402f 0000 c0000201 c0000202") + Self.inUDP[42..<(42 + length)]
        #expect(dissect(octets).anomaly?.description == "gre at octet 34: truncated, 4 octets needed, \(length) there")
    }

    @Test(arguments: [pptp, pointToPoint, mirrored2, mirrored3, platform, inUDP, resolution, routed, authenticated])
    func everyPrefixAndDamageEnd(_ frame: [UInt8]) {
        for length in 0..<frame.count {
            let packet = dissect(Array(frame.prefix(length)), originalLength: frame.count)
            #expect(packet.payload.upperBound <= length && (packet.anomaly?.offset ?? 0) <= length)
        }
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for _ in 0..<2000 {
            var damaged = frame
            for _ in 0...next(below: 4) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
            damaged.removeLast(next(below: 8))
            let packet = dissect(damaged, originalLength: damaged.count + next(below: 40))
            #expect(packet.payload.upperBound <= damaged.count && packet.outer.count <= 4 && packet.payloadLength >= packet.payload.count)
            var fields = Fields()
            packet.describeHeaders(in: damaged.span, to: &fields)
            #expect(!fields.lines.isEmpty)
        }
    }
}
