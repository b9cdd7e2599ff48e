import Testing
import Wire

struct MPLSLabelStackTests {
    /// An echo request with one label: Arkime's mpls-basic.pcap, frame 9, cut behind the ICMP header.
    static let echo = hex(
        """
        003096e6fc39 003096052838 8847 0001d1ff 45000064000a0000ff01a56a0a0102010a220001 08003a770a39062b
        """)
    /// A BGP keep-alive on a serial line: tcpdump's lspping-fec-ldp.pcap, frame 1, cut behind the TCP header.
    static let serial = hex(
        """
        ff030281 18930d40 45c000479f0f00004006b6ca0c0404040c080808 100400b36ee724a6b0fe802780184000fd1b0000 0101080a050db418050d7dbe
        """)

    private func lines(_ octets: [UInt8], _ linkType: LinkType = .ethernet) -> [String] {
        var fields = Fields()
        dissect(octets, linkType).describeHeaders(in: octets.span, to: &fields)
        return fields.lines
    }

    @Test func leadsToItsPacket() {
        let packet = dissect(Self.echo)
        #expect(packet.anomaly == nil && packet.labels.count == 1 && packet.networkOffset == 18 && !packet.isTunnelled)
        #expect(packet.source == IPAddress("10.1.2.1") && packet.transport == .icmpv4)
        #expect(
            lines(Self.echo).filter { $0.hasPrefix("mpls") } == [
                "mpls[0].label=29", "mpls[0].traffic_class=0", "mpls[0].bottom=true", "mpls[0].time_to_live=255",
            ])
        let serial = dissect(Self.serial, .ppp)
        #expect(serial.anomaly == nil && serial.destination == IPAddress("12.8.8.8") && serial.labels.count == 1)
        #expect(lines(Self.serial, .ppp).contains("mpls[0].traffic_class=6"))
    }

    /// Several labels; multicast's EtherType (RFC 5332 §2); and what is no IP packet.
    @Test func deeperStacks() {
        var octets = Self.echo
        octets.insert(contentsOf: hex("03e840ff 05dc12ff"), at: 14)
        octets[13] = 0x48
        let packet = dissect(octets)
        #expect(packet.labels.count == 3 && packet.transport == .icmpv4)
        #expect(
            lines(octets).filter { $0.hasSuffix("bottom=false") || $0.contains("label=") } == [
                "mpls[0].label=16004", "mpls[0].bottom=false", "mpls[1].label=24001", "mpls[1].bottom=false", "mpls[2].label=29",
            ])
        octets[26] = 0x00
        #expect(dissect(octets).network == .none && dissect(octets).anomaly == nil && dissect(octets).payload == 26..<octets.count)
        octets.removeSubrange(26...)
        #expect(dissect(octets).anomaly == nil && dissect(octets).payload.isEmpty)
    }

    @Test func stackWithoutAnEndIsTruncated() {
        let octets = Self.echo.prefix(14) + [UInt8](repeating: 0, count: 4000)
        #expect(dissect(Array(octets)).anomaly?.description == "mpls at octet 4014: truncated, 4 octets needed, 0 there")
    }

    /// Labels stand in front of the outer packet of a tunnel, or of the inner one.
    @Test func aroundAndInsideATunnel() {
        let around = Self.echo.prefix(12) + hex("8847 0001d1ff") + TunnelTests.sixInFour.dropFirst(14)
        let outer = dissect(Array(around))
        #expect(outer.outer[0].labels.count == 1 && outer.labels.count == 0 && outer.transport == .icmpv6)
        #expect(lines(Array(around)).contains("outer[0].mpls[0].label=29"))
        let inside = hex(TunnelTests.outerIPv4 + "2f" + TunnelTests.ends + "0000 8847 0001d1ff" + TunnelTests.innerIPv4)
        let inner = dissect(inside)
        #expect(inner.outer.count == 1 && inner.labels.count == 1 && inner.destination == IPAddress("10.0.0.157"))
    }

    @Test(arguments: 14..<18) func everyCutLabelIsAnAnomalyOfItsLayer(_ length: Int) throws {
        let found = dissect(Array(Self.echo.prefix(length)), originalLength: Self.echo.count).anomaly
        let anomaly = try #require(found)
        #expect(anomaly.layer == .mpls && anomaly.kind == .cutByCapture && anomaly.offset == 14)
    }

    @Test func everyDamageEnds() {
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for _ in 0..<3000 {
            var damaged = Self.echo
            for _ in 0...next(below: 4) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
            damaged.removeLast(next(below: damaged.count))
            let packet = dissect(damaged)
            #expect(packet.payload.upperBound <= damaged.count)
            var fields = Fields()
            packet.describeHeaders(in: damaged.span, to: &fields)
            #expect(damaged.count < 14 || !fields.lines.isEmpty)
        }
    }
}
