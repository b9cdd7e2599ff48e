import Testing
import Wire

/// Every decoded header field, in wire order.
struct PacketDescribeTests {
    private func described(_ octets: [UInt8], _ linkType: LinkType = .ethernet) -> [String] {
        var fields = Fields()
        dissect(octets, linkType).describeHeaders(in: octets.span, to: &fields)
        return fields.lines
    }

    @Test func tcpOverIPv4() {
        #expect(
            described(TCPHeaderTests.frame) == [
                "ethernet.destination=02:00:00:00:00:0b", "ethernet.source=02:00:00:00:00:0a", "ethernet.ether_type=2048",
                "ipv4.header_length=20", "ipv4.type_of_service=0", "ipv4.total_length=60", "ipv4.identification=36505",
                "ipv4.dont_fragment=true", "ipv4.more_fragments=false", "ipv4.fragment_offset=0", "ipv4.time_to_live=64", "ipv4.protocol=6",
                "ipv4.checksum=10271", "ipv4.source=192.0.2.1", "ipv4.destination=192.0.2.2", "tcp.source_port=45255",
                "tcp.destination_port=53", "tcp.sequence=2115558171", "tcp.acknowledgment=0", "tcp.header_length=40", "tcp.flags=2",
                "tcp.window=64660", "tcp.checksum=35376", "tcp.urgent_pointer=0",
                "tcp.options.octets=020404c40402080af7973c5b000000000103030a", "tcp.options.maximum_segment_size=1220",
                "tcp.options.window_scale=10", "tcp.options.sack_permitted=true", "tcp.options.timestamp_value=4153883739",
                "tcp.options.timestamp_echo=0", "tcp.payload_length=0",
            ])
    }

    @Test func udpOverIPv6() {
        let lines = described(IPv6HeaderTests.ethernet + IPv6HeaderTests.options)
        #expect(
            lines.dropFirst(3) == [
                "ipv6.traffic_class=0", "ipv6.flow_label=810954", "ipv6.payload_length=29", "ipv6.next_header=0", "ipv6.hop_limit=64",
                "ipv6.source=2001:db8::1", "ipv6.destination=2001:db8::2", "ipv6.upper_layer=17", "udp.source_port=56153",
                "udp.destination_port=9999", "udp.length=13", "udp.checksum=24100",
            ])
    }

    @Test func fragmentOverIPv6() {
        let lines = described(IPv6HeaderTests.ethernet + IPv6HeaderTests.lastFragment)
        #expect(
            lines.suffix(5) == [
                "ipv6.upper_layer=58", "ipv6.fragment.offset=2896", "ipv6.fragment.more_fragments=false",
                "ipv6.fragment.identification=3617397242", "ipv6.fragment.next_header=58",
            ])
    }

    @Test func stackedTags() {
        #expect(
            described(VLANTagTests.stacked).dropFirst(2) == [
                "ethernet.ether_type=34984", "vlan[0].id=100", "vlan[0].priority=0", "vlan[0].drop_eligible=false",
                "vlan[0].ether_type=33024", "vlan[1].id=20", "vlan[1].priority=5", "vlan[1].drop_eligible=false", "vlan[1].ether_type=2054",
            ])
    }

    @Test func cookedHeader() {
        #expect(
            described(LinuxCookedHeaderTests.request1, .linuxCooked) == [
                "cooked.packet_type=1", "cooked.hardware_type=1", "cooked.source=02:00:00:00:00:0a", "cooked.ether_type=2054",
            ])
    }

    /// Options behind one that does not decode are left out; their octets and the header stand.
    @Test func malformedOptionsAreLeftOut() {
        var frame = TCPHeaderTests.frame
        frame[59] = 0
        let lines = described(frame)
        #expect(
            lines.suffix(3) == [
                "tcp.options.octets=020404c40400080af7973c5b000000000103030a", "tcp.options.maximum_segment_size=1220",
                "tcp.payload_length=0",
            ])
    }

    @Test func selectiveAcknowledgmentsAndCookie() {
        var frame = TCPHeaderTests.frame
        frame.replaceSubrange(54..., with: hex("050a 00000001 00000002 2206 d4e718bf 01010101"))
        #expect(
            described(frame).suffix(5).dropLast() == [
                "tcp.options.octets=050a00000001000000022206d4e718bf01010101", "tcp.options.sack[0].left_edge=1",
                "tcp.options.sack[0].right_edge=2", "tcp.options.fast_open_cookie=d4e718bf",
            ])
    }

    @Test func recordRoute() {
        let lines = described(IPv4HeaderTests.ethernet + IPv4HeaderTests.recordRoute)
        #expect(
            lines.filter { $0.hasPrefix("ipv4.options") } == [
                "ipv4.options[0].type=1", "ipv4.options[1].type=7",
                "ipv4.options[1].octets=08c0000201" + String(repeating: "0", count: 64),
            ])
    }

    /// The capture holds the headers, 54 octets; the IP header states 1000, and the frame may have been shorter.
    @Test(arguments: [(66, 12), (2000, 960), (54, 0)])
    func payloadLengthIsThatOfTheWire(_ original: Int, _ length: Int) {
        var frame = Array(TCPHeaderTests.frame.prefix(54))
        frame[46] = 0x50
        frame.replaceSubrange(16...17, with: [0x03, 0xe8])
        var fields = Fields()
        dissect(frame, originalLength: original).describeHeaders(in: frame.span, to: &fields)
        #expect(fields.lines.last == "tcp.payload_length=\(length)")
    }
}
