import Testing
import Wire

struct TunnelTests {
    /// VXLAN network 100, an echo request inside: tcpdump's tests/vxlan.pcap, frame 1, the echo's data cut and lengths set to fit.
    static let vxlan = hex(
        """
        00163e0871cf 36dc851eb340 0800 4500004ed2c0400040115152c0a8cb01c0a8ca01 b05d12b5003a0000 0800000000006400
        003088010002 00163e37f604 0800 4500001c000040004001234fc0a8cb03c0a8cb05 0800f6f2050c0001
        """)
    /// Geneve with five options, a SYN inside: Zeek's tunnels/geneve-many-options.pcap, frame 1.
    static let geneve = hex(
        """
        72c4944856a8 001122334455 0800 450000ba000000004011240ec0a821b3c0a8b321 1a0b17c100a6e890 130065580c012e00
        0100010431323334353637383930616263646500 010002093031323334353637383961626364656630313233343536373839616263646566
        300000000100030330313233343536373839 0000
        62947530e18f 26ed54f8c428 0800 4500003c62df4000400688710a0000e25fd9e4b0 98b0005091ead1c900000000a002fd5c4f9a0000
        020405b40402080a000000000000000001030307
        """)
    /// IPv6 in IPv4, an echo request inside: Zeek's tunnels/ping6-in-ipv4.pcap, frame 1, shortened.
    static let sixInFour = hex(
        """
        c20142020000 c20042020000 0800 4500004400090000ff29a7510a0000010a000002
        6000000000083a40 20010db8000000010000000000000001 20010db8000000010000000000000002 80007e8f18dc0000
        """)
    /// A datagram in IPv6 in IPv6: Zeek's tunnels/6in6.pcap, frame 1.
    static let sixInSix = hex(
        """
        ffffffffffff 000000000000 86dd 6000000000342940 200104f80004000702e081fffe52ffff 200104f80004000702e081fffe529a6b
        60000000000c1140 dead000000000000000000000000beef cafe000000000000000000000000babe 753032c8000c83d2 58585858
        """)
    static let outerIPv4 = "02000000000b 02000000000a 0800 45000000 1234 0000 40"
    static let ends = "0000 c0000201 c0000202"
    static let innerIPv4 = "4500001c 0001 0000 3f11 0000 0a000014 0a00009d 1f901f91 0008 0000"

    private func carried(_ protocol: String, _ octets: String) -> [UInt8] { hex(Self.outerIPv4 + `protocol` + Self.ends + octets) }

    @Test func vxlanLeadsToItsFrame() {
        let packet = dissect(Self.vxlan)
        #expect(packet.anomaly == nil && packet.isTunnelled && packet.outer.count == 1)
        let outer = packet.outer[0]
        #expect(outer.kind == .vxlan && outer.identifier == 100 && outer.timeToLive == 64 && outer.identification == 0xd2c0)
        #expect(outer.source == IPAddress("192.168.203.1") && outer.destination == IPAddress("192.168.202.1"))
        #expect(outer.sourcePort == Port(rawValue: 45149) && outer.destinationPort == VXLANHeader.port)
        #expect(outer.ethernet?.source == MACAddress("36:dc:85:1e:b3:40"))
        #expect(packet.ethernet?.source == MACAddress("00:16:3e:37:f6:04") && packet.sourceMAC == packet.ethernet?.source)
        #expect(packet.source == IPAddress("192.168.203.3") && packet.transport == .icmpv4)
        #expect(packet.networkOffset == 64 && packet.transportOffset == 84 && packet.payload == 84..<92 && packet.payloadLength == 8)
    }

    @Test func geneveWithOptions() {
        let packet = dissect(Self.geneve)
        #expect(packet.anomaly == nil && packet.outer[0].kind == .geneve && packet.outer[0].identifier == 0x0c012e)
        #expect(packet.destination == IPAddress("95.217.228.176"))
        guard case .tcp(let tcp) = packet.transport else {
            Issue.record("\(packet.transport)")
            return
        }
        #expect(tcp.isSYN && tcp.destinationPort == .http)
    }

    @Test func addressFamiliesInEachOther() {
        let four = dissect(Self.sixInFour)
        #expect(four.outer[0].kind == .ip && four.transport == .icmpv6 && four.source == IPAddress("2001:db8:0:1::1"))
        #expect(four.ethernet == nil && four.sourceMAC == nil && four.outer[0].ethernet != nil)
        let six = dissect(Self.sixInSix)
        #expect(six.outer[0].source == IPAddress("2001:4f8:4:7:2e0:81ff:fe52:ffff") && six.source == IPAddress("dead::beef"))
        let inner = dissect(carried("04", Self.innerIPv4))
        #expect(inner.outer[0].identification == 0x1234 && inner.destination == IPAddress("10.0.0.157") && inner.timeToLive == 0x3f)
        #expect(inner.networkOffset == 34)
    }

    /// RFC 2784, RFC 2890: each optional field in turn.
    @Test(
        arguments: [
            ("0000", "", nil), ("8000", "abcd0000", nil), ("2000", "0000002a", 42), ("1000", "00000007", nil),
            ("b000", "abcd0000 0000002a 00000007", 42),
        ] as [(String, String, UInt32?)])
    func genericRoutingEncapsulation(_ flags: String, _ optional: String, _ key: UInt32?) {
        let packet = dissect(carried("2f", flags + "0800" + optional + Self.innerIPv4))
        #expect(packet.anomaly == nil && packet.outer.count == 1 && packet.outer[0].kind == .gre && packet.outer[0].identifier == key)
        #expect(packet.destination == IPAddress("10.0.0.157"))
        let bridged = dissect(carried("2f", flags + "6558" + optional + "02000000000d 02000000000c 8100 0064 0800" + Self.innerIPv4))
        #expect(bridged.ethernet?.source == MACAddress("02:00:00:00:00:0c") && bridged.vlan.outer?.identifier == 100)
        #expect(bridged.vlan.inner == nil && bridged.outer[0].vlan.outer == nil)
    }

    /// PPTP's version 1 without a payload, source routing, a protocol that we do not serve: left as they are, and no anomaly.
    @Test(arguments: ["2001 880b 0000", "4000 0800 0000", "0000 2001 0000", "0000 883e 0001"])
    func otherGREIsLeft(_ octets: String) {
        let packet = dissect(carried("2f", octets))
        #expect(packet.anomaly == nil && !packet.isTunnelled && packet.transport == .other(.gre) && packet.payload.lowerBound == 34)
    }

    @Test func fragmentsAreNotSteppedInto() {
        for start in [Self.vxlan, Self.sixInFour] {
            var octets = start
            octets[20] = 0x20
            let packet = dissect(octets)
            #expect(!packet.isTunnelled && packet.isFragment && packet.anomaly == nil)
        }
    }

    /// A client may have a tunnel's port as its own, and Linux has VXLAN at another.
    @Test func onlyWhatIsATunnelIsOne() {
        var octets = Self.vxlan
        (octets[36], octets[37]) = (0x21, 0x18)
        #expect(dissect(octets).outer.count == 1)
        (octets[36], octets[37]) = (0x21, 0x17)
        #expect(dissect(octets).isTunnelled == false)
        for (index, value) in [(42, 0x00), (36, 0x17)] as [(Int, UInt8)] {
            octets = Self.vxlan
            octets[index] = value
            if index == 36 { octets[37] = 0xc1 }
            let packet = dissect(octets)
            #expect(!packet.isTunnelled && packet.anomaly == nil && packet.payload == 42..<92)
        }
        octets = Self.vxlan
        octets[42] = 0xff
        octets[43] = 1
        #expect(dissect(octets).isTunnelled == true, "some senders set reserved bits")
        (octets[62], octets[63]) = (0x88, 0xcc)
        #expect(dissect(octets).isTunnelled == false, "too little speaks for it")
        (octets[42], octets[43]) = (8, 0)
        #expect(dissect(octets).isTunnelled == true)
    }

    @Test func fiveDeepIsAnAnomaly() {
        func nested(_ depth: Int) -> [UInt8] {
            carried("04", (1..<depth).map { _ in "45000000 0000 0000 4004 0000 c0000201 c0000202" }.joined() + Self.innerIPv4)
        }
        for depth in 1...4 {
            let packet = dissect(nested(depth))
            #expect(packet.outer.count == depth && packet.anomaly == nil && packet.destination == IPAddress("10.0.0.157"))
        }
        let packet = dissect(nested(5))
        #expect(packet.outer.count == 4 && packet.anomaly?.description == "ipv4 at octet 114: unsupported tunnel depth")
    }

    @Test(
        arguments: [
            ("2f", "0000", "gre at octet 34: truncated, 4 octets needed, 2 there"),
            ("04", "65", "ipv4 at octet 34: truncated, 20 octets needed, 1 there"),
            ("04", "65000000 00000000 00000000 00000000 00000000", "ipv4 at octet 34: malformed version"),
            ("29", "60", "ipv6 at octet 34: truncated, 40 octets needed, 1 there"),
            ("2f", "2000 0800 00", "gre at octet 38: truncated, 4 octets needed, 1 there"),
            ("2f", "0000 6558 0000", "link at octet 38: truncated, 14 octets needed, 2 there"),
            (
                "11", "0000 12b5 0000 0000 08000000 00000000 000000000000 000000000000 0800 45",
                "ipv4 at octet 64: truncated, 20 octets needed, 1 there"
            ),
            ("11", "0000 17c1 0000 0000 00006558 00000000 0000", "link at octet 50: truncated, 14 octets needed, 2 there"),
        ])
    func anomaliesInside(_ transport: String, _ octets: String, _ text: String) {
        #expect(dissect(carried(transport, octets)).anomaly?.description == text)
    }

    /// The packet is used again: nothing of a tunnel stays.
    @Test func resetForgetsTheTunnel() {
        var packet = dissect(Self.vxlan)
        let frame = FrameReference(number: 2, time: Timestamp(nanoseconds: 0))
        let plain = TCPHeaderTests.frame
        Dissector().dissect(plain.span, linkType: .ethernet, frame: frame, originalLength: plain.count, into: &packet)
        #expect(!packet.isTunnelled && packet.ethernet == dissect(plain).ethernet)
    }

    @Test func describesEveryHeader() {
        func described(_ octets: [UInt8]) -> [String] {
            var fields = Fields()
            dissect(octets).describeHeaders(in: octets.span, to: &fields)
            return fields.lines
        }
        let lines = described(Self.vxlan)
        #expect(
            lines.prefix(3) == [
                "outer[0].ethernet.destination=00:16:3e:08:71:cf", "outer[0].ethernet.source=36:dc:85:1e:b3:40",
                "outer[0].ethernet.ether_type=2048",
            ])
        #expect(lines.contains("outer[0].ipv4.source=192.168.203.1") && lines.contains("outer[0].udp.destination_port=4789"))
        #expect(
            lines.filter { $0.hasPrefix("outer[0].vxlan") } == [
                "outer[0].vxlan.flags=8", "outer[0].vxlan.reserved=0", "outer[0].vxlan.identifier=100",
            ])
        #expect(lines.contains("ethernet.source=00:16:3e:37:f6:04") && lines.contains("ipv4.source=192.168.203.3"))
        let geneve = described(Self.geneve)
        #expect(geneve.contains("outer[0].geneve.options_length=76") && geneve.contains("outer[0].geneve.options[2].type=3"))
        #expect(described(carried("2f", "20000800 0000002a" + Self.innerIPv4)).contains("outer[0].gre.key=42"))
        #expect(described(Self.sixInSix).contains("outer[0].ipv6.source=2001:4f8:4:7:2e0:81ff:fe52:ffff"))
    }

    @Test(arguments: [vxlan, geneve, sixInFour, sixInSix]) func everyPrefixAndDamageEnd(_ frame: [UInt8]) {
        for length in 0..<frame.count {
            let packet = dissect(Array(frame.prefix(length)), originalLength: frame.count)
            #expect(packet.payload.upperBound <= length && (packet.anomaly?.offset ?? 0) <= length)
        }
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for _ in 0..<3000 {
            var damaged = frame
            for _ in 0...next(below: 4) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
            damaged.removeLast(next(below: 8))
            let packet = dissect(damaged)
            #expect(packet.payload.upperBound <= damaged.count && packet.outer.count <= 4)
            var fields = Fields()
            packet.describeHeaders(in: damaged.span, to: &fields)
            #expect(!fields.lines.isEmpty)
        }
    }
}
