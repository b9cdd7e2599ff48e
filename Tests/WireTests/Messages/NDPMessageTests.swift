import Testing
import Wire

struct NDPMessageTests {
    /// A home router's advertisement with prefix, RDNSS, MTU, route information and its hardware address: frame 3 of RS-RA.pcapng
    /// in the tests of Corelight's cve-2020-16898.
    static let advertisement = hex(
        """
        8600d911ff400708 0000000000000000
        030440c000001a4900000c3800000000200144b841e1cc000000000000000000
        190340c0000004b0fd000000000000009ec7a6fffe29e197 05010000000005d4 18010000000007081802380000000708200144b841e1cc00
        01019cc7a629e197
        """)
    /// Duplicate address detection, with a nonce (RFC 3971) as its option: the same capture, frame 1.
    static let solicitation = hex("870055a400000000 fe8000000000000014437ab6a1c23d55 0e01cf1ef1eaab47")
    /// An answer with the target's hardware address: Zeek's ipv6-http-atomic-frag.pcap, frame 1.
    static let neighbor = hex("8800546ce0000000 20010db8000100000000000000000001 0201aa0004000a04")
    /// pcap4j's IcmpV6RedirectPacketTest.pcap.
    static let redirect = hex(
        """
        8900fb46075bc371 20010db800000000aaaabbbb00000001 20010db800000000aaaabbbb00000254 0201ff0000010203
        040700112233445561212345000b3a6420010db800000000000000030002000120010db8000000000000000300020002800021cc0064000a
        """)
    static let routerSolicitation = hex("8500f8c000000000 01019cc7a629e197")

    private func discovery(_ octets: some Collection<UInt8>) throws(DecodeError) -> NDPMessage {
        let message = try decode(octets) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value
        guard let discovery = message.discovery else { throw .unsupported("type") }
        return discovery
    }

    @Test func routerAdvertisement() throws {
        let message = try discovery(Self.advertisement)
        guard case .routerAdvertisement(let router) = message.content else {
            Issue.record("\(message.content)")
            return
        }
        #expect(router.hopLimit == 255 && router.lifetime == 1800 && router.isDefaultRouter)
        #expect(!router.isManaged && router.hasOtherConfiguration)
        #expect(message.sourceLinkLayer == MACAddress("9c:c7:a6:29:e1:97") && message.targetLinkLayer == nil && message.target == nil)
        let resolver = IPv6Address(high: 0xfd00_0000_0000_0000, low: 0x9ec7_a6ff_fe29_e197)
        #expect(message.options.contains(.resolvers([resolver], lifetime: 1200)))
        #expect(message.options.contains(.mtu(1492)))
        guard case .prefix(let prefix) = message.options.first else {
            Issue.record("\(message.options)")
            return
        }
        #expect(prefix.length == 64 && prefix.isOnLink && prefix.isAutonomous && prefix.validLifetime == 6729)
        #expect(prefix.preferredLifetime == 3128 && prefix.prefix.description == "2001:44b8:41e1:cc00::")
        #expect(message.options.map(\.type) == [3, 25, 5, 24, 24, 1])
    }

    @Test func neighborSolicitation() throws {
        let message = try discovery(Self.solicitation)
        #expect(message.target?.description == "fe80::1443:7ab6:a1c2:3d55")
        #expect(message.options == [.other(type: 14, content: hex("cf1ef1eaab47"))])
    }

    @Test(
        arguments: [(0xe0, true, true, true), (0x20, false, false, true), (0x40, false, true, false), (0x80, true, false, false)]
            as [(UInt8, Bool, Bool, Bool)])
    func neighborAdvertisement(_ flags: UInt8, _ isRouter: Bool, _ isSolicited: Bool, _ overrides: Bool) throws {
        var octets = Self.neighbor
        octets[4] = flags
        let message = try discovery(octets)
        guard case .neighborAdvertisement(let neighbor) = message.content else {
            Issue.record("\(message.content)")
            return
        }
        #expect(neighbor.isRouter == isRouter && neighbor.isSolicited == isSolicited && neighbor.overrides == overrides)
        #expect(message.target?.description == "2001:db8:1::1" && message.targetLinkLayer == MACAddress("aa:00:04:00:0a:04"))
    }

    @Test func redirectQuotesItsPacket() throws {
        let message = try discovery(Self.redirect)
        #expect(message.target?.description == "2001:db8::aaaa:bbbb:0:1" && message.targetLinkLayer == MACAddress("ff:00:00:01:02:03"))
        guard case .redirected(let quoted) = message.options.last else {
            Issue.record("\(message.options)")
            return
        }
        #expect(quoted?.isEchoRequest == true && quoted?.icmpIdentifier == 100)
    }

    /// RFC 4861 §4.6: a length of 0 must not be walked on; RFC 8106 §5.1: at least one address, and only whole ones.
    @Test(
        arguments: [
            ("8500 0000 00000000 0100", DecodeError.malformed("option length")),
            ("8500 0000 00000000 0102 000000000000", .truncated(needed: 16, available: 8)),
            ("8500 0000 00000000 01", .truncated(needed: 2, available: 1)),
            ("8500 0000 00000000 0301 000000000000", .malformed("option length")),
            ("8500 0000 00000000 0502 0000000000000000000000000000", .malformed("option length")),
            ("8500 0000 00000000 1901 000000000000", .malformed("option length")),
            ("8500 0000 00000000 1902 0000000000000000000000000000", .malformed("option length")),
            ("8700 0000 00000000 fe80", .truncated(needed: 8, available: 2)),
        ])
    func refusals(_ octets: String, _ error: DecodeError) {
        #expect(throws: error) { try discovery(hex(octets)) }
    }

    @Test func describesEveryField() throws {
        let prefix = ["type=134", "code=0", "checksum=55569"]
        let message = try decode(Self.advertisement) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value
        #expect(
            described(message) == prefix + [
                "hop_limit=255", "managed=false", "other_configuration=true", "router_lifetime=1800", "reachable_time=0",
                "retransmission_timer=0", "options[0].type=3", "options[0].prefix_length=64", "options[0].on_link=true",
                "options[0].autonomous=true", "options[0].valid_lifetime=6729", "options[0].preferred_lifetime=3128",
                "options[0].prefix=2001:44b8:41e1:cc00::", "options[1].type=25", "options[1].lifetime=1200",
                "options[1].addresses[0].address=fd00::9ec7:a6ff:fe29:e197", "options[2].type=5", "options[2].mtu=1492",
                "options[3].type=24", "options[3].prefix_length=0", "options[3].preference=0", "options[3].lifetime=1800",
                "options[4].type=24", "options[4].prefix_length=56", "options[4].preference=0", "options[4].lifetime=1800",
                "options[4].prefix=2001:44b8:41e1:cc00::", "options[5].type=1",
                "options[5].address=9c:c7:a6:29:e1:97",
            ])
    }

    @Test(arguments: [advertisement, solicitation, neighbor, redirect, routerSolicitation])
    func everyPrefixEnds(_ octets: [UInt8]) {
        for length in 0..<octets.count {
            var octets = octets
            octets.removeLast(octets.count - length)
            if let message = try? discovery(octets) { #expect(message.options.count < 6) }
        }
    }

    @Test(arguments: [advertisement, solicitation, neighbor, redirect, routerSolicitation, ICMPv6MessageTests.refusedSYN])
    func damageNeverTraps(_ octets: [UInt8]) {
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        var decoded = 0
        for _ in 0..<2000 {
            var damaged = octets
            for _ in 0...next(below: 3) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
            let message = try? decode(damaged) { bytes throws(DecodeError) in try ICMPv6Message(decoding: &bytes) }.value
            if let message { decoded += described(message).isEmpty ? 0 : 1 }
        }
        #expect(decoded > 0)
    }

    /// RFC 4191 §2.3: of the prefix only as much is there as its length needs.
    @Test func routeInformation() throws {
        let routes = try discovery(Self.advertisement).options.compactMap { if case .route(let route) = $0 { route } else { nil } }
        #expect(routes.map(\.length) == [0, 56] && routes.map(\.lifetime) == [1800, 1800] && routes.map(\.preference) == [0, 0])
        #expect(routes.map(\.prefix) == [nil, IPv6Address("2001:44b8:41e1:cc00::")])
        let whole = hex("8600000040000708 0000000000000000 1803781800000e10 20010db800000000aaaabbbb00000000")
        guard case .route(let route) = try discovery(whole).options.first else {
            Issue.record("no route")
            return
        }
        #expect(route.length == 120 && route.preference == 3 && route.prefix == IPv6Address("2001:db8::aaaa:bbbb:0:0"))
        #expect(throws: DecodeError.malformed("option length")) {
            try discovery(hex("8600000040000708 0000000000000000 1804") + [UInt8](repeating: 0, count: 30))
        }
    }
}
