import Wire

/// A frame of a recorded case, as `tshark -x` shows it, or one made from it; and what `decode` says of it.
struct SampleFrame: Sendable, CustomStringConvertible {
    /// Case and frame number.
    var origin: String
    var linkType = LinkType.ethernet
    var octets: [UInt8]
    /// Behind number and time.
    var line: String
    /// The message's object, and some of its fields.
    var message: String?
    var fields: JSON = [:]

    var description: String { origin }

    init(_ origin: String, _ hexadecimal: String, _ line: String, _ message: String? = nil, _ fields: JSON = [:]) {
        self.origin = origin
        self.line = line
        self.message = message
        self.fields = fields
        let digits = hexadecimal.compactMap(\.hexDigitValue).map(UInt8.init)
        octets = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static let all = arp + icmp + dns + tcp + others

    static let arp = [
        SampleFrame(
            "healthy-mirror 9", "ffffffffffff3c22fb000020080600010800060400013c22fb0000200a0000140000000000000a00009d",
            "ARP, Request who-has 10.0.0.157 tell 10.0.0.20", "arp",
            [
                "operation": 1, "sender_hardware": "3c:22:fb:00:00:20", "target_hardware": "00:00:00:00:00:00",
                "target_protocol": "10.0.0.157",
            ]),
        SampleFrame(
            "healthy-mirror 10", "3c22fb000020005056aabb0308060001080006040002005056aabb030a00009d3c22fb0000200a000014",
            "ARP, Reply 10.0.0.157 is-at 00:50:56:aa:bb:03", "arp", ["operation": 2, "sender_protocol": "10.0.0.157"]),
        SampleFrame(
            "failover-mirror 18", "ffffffffffff005056aabb0408060001080006040001005056aabb040a00009dffffffffffff0a00009d",
            "ARP, Announcement 10.0.0.157 is-at 00:50:56:aa:bb:04", "arp", ["operation": 1]),
        SampleFrame(
            "failover-mirror 18, as a reply", "ffffffffffff005056aabb0408060001080006040002005056aabb040a00009dffffffffffff0a00009d",
            "ARP, Announcement (reply) 10.0.0.157 is-at 00:50:56:aa:bb:04", "arp", ["operation": 2]),
        SampleFrame(
            "arp-probe-mirror 1", "ffffffffffff3c22fb000020080600010800060400013c22fb00002000000000ffffffffffff0a00009d",
            "ARP, Probe who-has 10.0.0.157", "arp", ["sender_protocol": "0.0.0.0"]),
        SampleFrame(
            "healthy-mirror 9, of another operation",
            "ffffffffffff3c22fb000020080600010800060400093c22fb0000200a0000140000000000000a00009d",
            "ARP, operation 9 from 3c:22:fb:00:00:20", "arp", ["operation": 9]),
        SampleFrame(
            "healthy-mirror 9, with a tag", "ffffffffffff3c22fb0000208100a06408060001080006040001 3c22fb0000200a0000140000000000000a00009d",
            "vlan 100, ARP, Request who-has 10.0.0.157 tell 10.0.0.20", "arp"),
    ]

    static let icmp = [
        SampleFrame(
            "arp-only-mirror 7",
            """
            001a8c000001b827eb00003008004500005470a640004001b5e40a00001e0a0000010800f960223800019f7b016b000000007aac0200000000001011
            12131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637
            """, "IP 10.0.0.30 > 10.0.0.1: ICMP echo request, id 8760, seq 1", "icmpv4", ["type": 8, "identifier": 8760, "sequence": 1]),
        SampleFrame(
            "ping-benign-mirror 10",
            """
            3c22fb000020005056aabb03080045c000707e9a00004001e68c0a0000930a0000140301fcfe00000000450000548d4340003f0199b50a0000140a00
            009d0800dd1753690001ab7c016b000000005bc3000000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031
            323334353637
            """, "IP 10.0.0.147 > 10.0.0.20: ICMP host unreachable, about icmp to 10.0.0.157", "icmpv4", ["type": 3, "code": 1]),
        SampleFrame(
            "tcp-rejected-client 14",
            """
            3c22fb000020005056aabb03080045c0005840cd0000400124680a00009d0a0000140303202e000000004500003c0cf040004006191c0a0000140a00
            009db0d201bb342adb7000000000a002faf014df0000020405b40402080a8245d0bc000000000103030a
            """, "IP 10.0.0.157 > 10.0.0.20: ICMP port unreachable, about tcp to 10.0.0.157 port 443", "icmpv4", ["type": 3, "code": 3]),
        SampleFrame(
            "pmtu-mirror 9, its quote cut after eight octets",
            """
            005056aabb03001a8c000001080045c00038c5dd000040019d820a0000010a00009d030465fd0000050045001894315b40004006aa610a00009dcb00
            710a0050e0e89e053788
            """,
            "IP 10.0.0.1 > 10.0.0.157: ICMP fragmentation needed, about tcp to 203.0.113.10 port 57576", "icmpv4", ["next_hop_mtu": 1280]),
    ]

    static let dns = [
        SampleFrame(
            "healthy-mirror 3",
            """
            dca6320000533c22fb0000200800450000591afa000040114b520a0000140a000035a7fc00350045149fa92501200001000000000001076772616661
            6e61086c6175726976616e03636f6d000001000100002904d000000000000c000a00086a2b7e7927651e65
            """, "IP 10.0.0.20.43004 > 10.0.0.53.53: 43301+ A? grafana.laurivan.com", "dns", ["id": 43301, "response": false]),
        SampleFrame(
            "healthy-mirror 8",
            """
            3c22fb000020dca63200005308004500005d649540004011c1b20a0000350a0000140035a7fc004914a3a92585800001000100000001076772616661
            6e61086c6175726976616e03636f6d0000010001c00c000100010000003c00040a00009d00002904d0000000000000
            """, "IP 10.0.0.53.53 > 10.0.0.20.43004: 43301* q: A? grafana.laurivan.com 1/0/1 A 10.0.0.157", "dns",
            ["response": true, "authoritative": true, "response_code": "NOERROR"]),
        SampleFrame(
            "nodata-mirror 13",
            """
            dca6320000533c22fb0000200800450000595fa00000401106ac0a0000140a000035b89d00350045149f236501200001000000000001076772616661
            6e61086c6175726976616e03636f6d000041000100002904d000000000000c000a0008df8d23e76b5edfdf
            """, "IP 10.0.0.20.47261 > 10.0.0.53.53: 9061+ HTTPS? grafana.laurivan.com", "dns",
            [
                "questions": [["name": "grafana.laurivan.com", "type": "HTTPS", "type_number": 65, "class": 1, "class_name": "IN"]],
                "response_code_number": 0, "additional_count": 1,
            ]),
    ]

    static let tcp = [
        SampleFrame(
            "healthy-mirror 11",
            """
            005056aabb033c22fb00002008004500003c4b5440004006dab70a0000140a00009daf8401bb13cf3e4d00000000a002faf014df0000020405b40402
            080a41bf2d95000000000103030a
            """, "IP 10.0.0.20.44932 > 10.0.0.157.443: Flags [S], seq 332349005, win 64240, length 0"),
        SampleFrame(
            "healthy-mirror 14",
            """
            3c22fb000020005056aabb0308004500003c000040004006260c0a00009d0a00001401bbaf84a93a324113cf3e4ea012fe8814df0000020405b40402
            080a2e21654341bf2d950103030a
            """, "IP 10.0.0.157.443 > 10.0.0.20.44932: Flags [S.], seq 2839163457, ack 332349006, win 65160, length 0"),
        SampleFrame(
            "healthy-client 28",
            "005056aabb033c22fb00002008004500002800004000400626200a0000140a00009daf8401bb13cf414b000000005004000094d60000",
            "IP 10.0.0.20.44932 > 10.0.0.157.443: Flags [R], seq 332349771, win 0, length 0"),
        SampleFrame(
            "healthy-client 28, without flags",
            "005056aabb033c22fb00002008004500002800004000400626200a0000140a00009daf8401bb13cf414b000000005000000094d60000",
            "IP 10.0.0.20.44932 > 10.0.0.157.443: Flags [none], seq 332349771, win 0, length 0"),
    ]

    static let others = [
        SampleFrame(
            "vrrp-mac-mirror 15", "01005e00001200005e000133080045c0002000080000ff70d0000a000093e0000012313300010064d8a80a00009d",
            "IP 10.0.0.147 > 224.0.0.18: VRRPv3, router 51, priority 0, 10.0.0.157", "vrrp", ["virtual_router": 51, "priority": 0]),
        SampleFrame(
            "healthy-client 28, as a later fragment",
            "005056aabb033c22fb00002008004500002800002001400646200a0000140a00009daf8401bb13cf414b000000005004000094d60000",
            "IP 10.0.0.20 > 10.0.0.157: fragment, tcp"),
        SampleFrame(
            "UDP over IPv6",
            """
            3333000000013c22fb00002086dd60000000000b1140fe800000000000000000000000000020ff0200000000000000000000000000011f901f91000b
            0000616263
            """,
            "IP6 fe80::20.8080 > ff02::1.8081: UDP, length 3"),
        SampleFrame(
            "a frame of a kind that is not decoded", "0180c2000000005056aabb03888e01000000",
            "00:50:56:aa:bb:03 > 01:80:c2:00:00:00, ethertype 0x888e, length 18"),
    ]
}
