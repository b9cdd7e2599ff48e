import Testing
import Wire

struct DissectorTests {
    static let ipv4 = IPv4HeaderTests.datagram
    static let ipv6 = IPv6HeaderTests.options

    /// The link header before a datagram, for each link type that has one for it.
    static let links: [(LinkType, ipv4: String, ipv6: String)] = [
        (.ethernet, "02000000000b 02000000000a 0800", "02000000000b 02000000000a 86dd"),
        (.linuxCooked, "0000 0001 0006 02000000000a0000 0800", "0000 0001 0006 02000000000a0000 86dd"),
        (.linuxCooked2, "0800 0000 00000002 0001 00 06 02000000000a0000", "86dd 0000 00000002 0001 00 06 02000000000a0000"),
        (.null, "02000000", "1e000000"), (.loop, "00000002", "00000018"), (.raw, "", ""), (.ipv4, "", ""), (.ipv6, "", ""),
        (.ppp, "0021", "ff03 0057"), (.ppp, "21", "57"), (.pppSerial, "ff03 0021", "ff03 57"), (.pppSerial, "0f00 0800", "8f00 86dd"),
        (.pppWithDirection, "00 ff03 0021", "01 0057"),
        (.ethernet, "02000000000b 02000000000a 0060 aaaa03 000000 0800", "02000000000b 02000000000a 0060 aaaa03 0000f8 86dd"),
        (
            .linuxCooked, "0000 0001 0006 02000000000a0000 0004 aaaa03 000000 0800",
            "0000 0001 0006 02000000000a0000 0004 aaaa03 000000 86dd"
        ),
        (.ethernet, "02000000000b 02000000000a 8864 1100 0011 0056 0021", "02000000000b 02000000000a 8864 1100 0011 0047 0057"),
        (.ethernet, "02000000000b 02000000000a 8864 1100 0011 ffff 21", "02000000000b 02000000000a 8100 0007 8864 1100 0011 ffff 57"),
        (LinkType(rawValue: 12), "", ""), (LinkType(rawValue: 14), "", ""),
    ]

    @Test(arguments: links.indices) func everyLinkTypeLeadsToTheNetwork(_ index: Int) {
        let (linkType, header4, header6) = Self.links[index]
        let packet4 = dissect(hex(header4) + Self.ipv4, linkType)
        #expect(packet4.anomaly == nil)
        #expect(packet4.networkOffset == hex(header4).count)
        #expect(packet4.transportOffset == packet4.networkOffset + 20)
        #expect(packet4.payload == packet4.transportOffset..<(packet4.transportOffset + 64))
        #expect(packet4.transport == .icmpv4)
        let packet6 = dissect(hex(header6) + Self.ipv6, linkType)
        #expect(packet6.anomaly == nil)
        #expect(packet6.payload == (hex(header6).count + 64)..<(hex(header6).count + 69))
        guard case .udp(let udp) = packet6.transport else {
            Issue.record("\(packet6.transport)")
            return
        }
        #expect(udp.destinationPort == Port(rawValue: 9999))
    }

    @Test(arguments: links.indices) func everyPrefixOfEveryLinkTypeEndsWell(_ index: Int) {
        let (linkType, header4, header6) = Self.links[index]
        for frame in [hex(header4) + Self.ipv4, hex(header6) + Self.ipv6] {
            let whole = dissect(frame, linkType)
            for length in 0..<frame.count {
                let packet = dissect(Array(frame.prefix(length)), linkType)
                #expect(packet.anomaly != nil || packet.payload.upperBound < whole.payload.upperBound)
            }
        }
    }

    /// Types that nothing here decodes, an 802.3 length, and a tag that carries one: no anomaly, and nothing found.
    @Test(arguments: ["88cc 0207", "0026 4242 03", "8100 0001 0026 4242 03", "0000", "ffff"]) func otherEtherTypesAreNoAnomaly(
        _ rest: String
    ) {
        let packet = dissect(hex("0180c2000000 02000000000a") + hex(rest))
        #expect(packet.anomaly == nil)
        #expect(packet.network == .none)
        #expect(packet.transport == .none)
        #expect(packet.payload.upperBound == 12 + hex(rest).count)
    }

    @Test(
        arguments: [
            ("", .ethernet, "link at octet 0: truncated, 14 octets needed, 0 there"),
            ("02000000000b 02000000000a 81", .ethernet, "link at octet 0: truncated, 14 octets needed, 13 there"),
            ("02000000000b 02000000000a 8100 0001", .ethernet, "vlan at octet 16: truncated, 2 octets needed, 0 there"),
            ("02000000000b 02000000000a 8100 0001 0800 45", .ethernet, "ipv4 at octet 18: truncated, 20 octets needed, 1 there"),
            ("02000000000b 02000000000a 86dd 60", .ethernet, "ipv6 at octet 14: truncated, 40 octets needed, 1 there"),
            ("00", .linuxCooked, "link at octet 0: truncated, 16 octets needed, 1 there"),
            ("00", .linuxCooked2, "link at octet 0: truncated, 20 octets needed, 1 there"),
            ("0200", .null, "link at octet 0: truncated, 4 octets needed, 2 there"),
            ("", .ppp, "ppp at octet 0: truncated, 1 octets needed, 0 there"),
            ("ff03 00", .ppp, "ppp at octet 2: truncated, 2 octets needed, 1 there"),
            ("0f00 08", .pppSerial, "link at octet 0: truncated, 4 octets needed, 3 there"),
            ("02000000000b 02000000000a 8864 2100", .ethernet, "pppoe at octet 14: unsupported version and type"),
            ("02000000000b 02000000000a 8863 1109 00", .ethernet, "pppoe at octet 16: truncated, 2 octets needed, 1 there"),
            ("02000000000b 02000000000a 8864 1100 0011 0001 00 21", .ethernet, "ppp at octet 20: truncated, 2 octets needed, 1 there"),
            (
                "02000000000b 02000000000a 8864 1100 0011 0003 0021 45 00", .ethernet,
                "ipv4 at octet 22: truncated, 20 octets needed, 1 there"
            ),
            ("02000000000b 02000000000a 0003 aaaa03", .ethernet, "link at octet 14: truncated, 8 octets needed, 3 there"),
            ("07000000 45", .null, "link at octet 0: unsupported address family"),
            ("00000007 45", .loop, "link at octet 0: unsupported address family"),
            ("", .raw, "link at octet 0: truncated, 1 octets needed, 0 there"), ("50", .raw, "link at octet 0: malformed IP version"),
            ("45", LinkType(rawValue: 105), "link at octet 0: unsupported link type"),
            ("4500", .raw, "ipv4 at octet 0: truncated, 20 octets needed, 2 there"),
            ("45000018 00000000 40060000 c0000201 c0000202 00350035", .raw, "tcp at octet 20: truncated, 20 octets needed, 4 there"),
            ("4500001c 00000000 40110000 c0000201 c0000202 00350035 00070000", .raw, "udp at octet 20: malformed length"),
        ] as [(String, LinkType, String)])
    func anomaliesNameLayerAndOffset(_ octets: String, _ linkType: LinkType, _ text: String) {
        let packet = dissect(hex(octets), linkType)
        #expect(packet.anomaly?.description == text)
        #expect(packet.payload.isEmpty)
    }

    @Test func laterFragmentHasNoTransportHeader() {
        var frame = IPv4HeaderTests.frame
        (frame[20], frame[21]) = (0x00, 0xb9)
        let packet = dissect(frame)
        #expect(packet.transport == .fragment(.icmpv4))
        #expect(packet.payload == 34..<98)
        #expect(packet.anomaly == nil)
    }

    @Test func firstFragmentHasItsTransportHeader() {
        var frame = TCPHeaderTests.frame
        frame[20] = 0x20
        let packet = dissect(frame)
        guard case .tcp(let header) = packet.transport else {
            Issue.record("\(packet.transport)")
            return
        }
        #expect(header.isSYN)
        #expect(packet.isFragment == true)
    }

    @Test(arguments: [2, 47, 50, 97, 112] as [UInt8]) func otherProtocolsKeepTheirPayload(_ value: UInt8) {
        var frame = IPv4HeaderTests.frame
        frame[23] = value
        let packet = dissect(frame)
        #expect(packet.transport == .other(IPProtocol(rawValue: value)))
        #expect(packet.payload == 34..<98)
    }

    // MARK: Every frame that was recorded

    @Test(arguments: CaptureFile.recorded) func everyRecordedFrameDecodes(_ file: CaptureFile) throws {
        #expect(!file.frames.isEmpty)
        for (index, frame) in file.frames.enumerated() {
            let packet = dissect(frame, file.linkType)
            #expect(packet.anomaly == nil, "frame \(index + 1)")
            #expect(throws: Never.self, "frame \(index + 1)") { try MessageRegistry.standard.message(of: packet, in: frame.span) }
        }
    }

    @Test(arguments: CaptureFile.recorded) func everyPrefixOfEveryRecordedFrameEndsWell(_ file: CaptureFile) {
        for frame in file.frames {
            for length in 0..<frame.count { endsWell(Array(frame.prefix(length)), file.linkType) }
        }
    }

    /// Octets changed at random, the same ones each time; and each frame taken for what it is not.
    @Test(arguments: CaptureFile.recorded) func everyDamagedFrameEndsWell(_ file: CaptureFile) {
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for frame in file.frames {
            for (linkType, _, _) in Self.links { endsWell(frame, linkType) }
            for _ in 0..<50 {
                var damaged = frame
                for _ in 0...next(below: 4) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
                endsWell(damaged, file.linkType)
            }
        }
    }

    /// Dissects and decodes every registered message; places must lie within the frame.
    private func endsWell(_ octets: [UInt8], _ linkType: LinkType) {
        let packet = dissect(octets, linkType, originalLength: octets.count + 1)
        var anomaly = packet.anomaly
        do throws(Anomaly) {
            if let message = try MessageRegistry.standard.message(of: packet, in: octets.span) { _ = described(message) }
        } catch {
            anomaly = error
        }
        // `#expect` costs too much for each of a million.
        if let anomaly, !(0...octets.count).contains(anomaly.offset) { Issue.record("\(anomaly)") }
        if packet.payload.lowerBound < 0 || packet.payload.upperBound > octets.count {
            Issue.record("\(packet.payload) of \(octets.count)")
        }
        if packet.networkOffset > octets.count || packet.transportOffset > octets.count { Issue.record("offsets beyond \(octets.count)") }
    }
}
