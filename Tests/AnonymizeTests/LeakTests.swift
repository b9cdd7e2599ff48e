import Anonymize
import LAN
import QUICInitial
import Site
import Support
import Testing
import Wire

/// Octets planted where addresses and names are known to travel: none may be found anywhere in the frame that is written.
struct LeakTests {
    private static let key: [UInt8] = Array("a key for tests, and no other".utf8)
    /// An address, and what no replacement makes.
    private static let planted: [UInt8] = [0xba, 0x5e, 0xba, 0x11]

    private func run(_ frames: [[UInt8]], keepsVendors: Bool = false) throws -> [[UInt8]] {
        let originals = frames.enumerated().map { index, bytes in
            TestFrame(time: at(Double(index)), linkType: .ethernet, bytes: bytes, originalLength: bytes.count, number: UInt64(index + 1))
        }
        return try Anonymized(originals, site: Site(), key: Self.key, keepsVendors: keepsVendors).frames.map(\.bytes)
    }

    private func packet(_ bytes: [UInt8]) -> Packet {
        Dissector().dissect(bytes.span, linkType: .ethernet, frame: FrameReference(number: 1, time: at(0)), originalLength: bytes.count)
    }

    private func holds(_ bytes: [UInt8], _ secret: [UInt8] = planted) -> Bool {
        bytes.count >= secret.count && (0...bytes.count - secret.count).contains { bytes[$0..<$0 + secret.count].elementsEqual(secret) }
    }

    // MARK: Headers

    @Test func `Geneve's options tell their kinds and no more`() throws {
        let inner = whoHas(theVIP, asks: .client)
        // The second one names the stations of the inner frame, as if that began there.
        let options = [1, 3, 7, 2] + Self.planted + Self.planted + [1, 3, 8, 3] + Array(inner.prefix(12))
        let geneve = [UInt8(options.count / 4), 0, 0x65, 0x58, 0, 0, 7, 0] + options + inner
        let frame = Datagram(.node, .second).frame(17, udp(5000, 6081, geneve))
        let other = try #require(try run([frame]).first)
        #expect(!holds(other) && other.count == frame.count && packet(other).transport == .arp)
        #expect(Array(other[50..<54]) == [1, 3, 7, 2] && !holds(other, octets(Host.client.mac)))
        #expect(Array(other.suffix(inner.count)) == (try run([inner]))[0])
    }

    /// Options, and those that are left of them.
    @Test(arguments: [
        ([254, 8, 0, 80] + planted, [254, 8, 0, 0, 0, 0, 0, 0]), ([28, 6] + planted + [1, 1], [28, 6, 0, 0, 0, 0, 1, 1]),
        ([76, 6] + planted + [1, 1], [76, 6, 0, 0, 0, 0, 1, 1]), ([2, 8, 5, 180] + planted, [2, 8, 0, 0, 0, 0, 0, 0]),
        ([2, 4, 5, 180, 0] + planted + [0, 0, 0], [2, 4, 5, 180, 0, 0, 0, 0, 0, 0, 0, 0]),
        ([78, 1] + planted + [0, 0], [0, 0, 0, 0, 0, 0, 0, 0]), ([78, 60] + planted + [0, 0], [0, 0, 0, 0, 0, 0, 0, 0]),
        ([30, 8, 0x30, 1] + planted, [30, 8, 0x30, 1, 0, 0, 0, 0]),
        ([5, 10] + planted + planted + [1, 1], [5, 10] + planted + planted + [1, 1]),
    ])
    func `options of TCP tell no client`(_ options: [UInt8], _ left: [UInt8]) throws {
        var segment = tcp(5000, 443, [.syn], sequence: 1)
        segment[12] = UInt8(5 + options.count / 4) << 4
        let other = try #require(try run([Datagram(.client, .node).frame(6, segment + options)]).first)
        #expect(Array(other[54...]) == left)
    }

    @Test(arguments: [
        ([136, 6] + planted + [1, 1], [136, 6, 0, 0, 0, 0, 1, 1]), ([7, 7, 4] + planted + [0], [7, 7, 4, 0, 0, 0, 0, 0]),
        ([0, 0] + planted + [0, 0], [0, 0, 0, 0, 0, 0, 0, 0]),
        ([148, 4, 0, 0, 148, 6] + planted + [1, 1], [148, 4, 0, 0, 148, 6, 0, 0, 0, 0, 1, 1]),
        ([222, 222] + planted + [0, 0], [0, 0, 0, 0, 0, 0, 0, 0]),
    ])
    func `options of IPv4 tell no address`(_ options: [UInt8], _ left: [UInt8]) throws {
        var frame = Datagram(.client, .node).frame(1, icmp(8, 0, 1))
        frame[14] = 0x45 + UInt8(options.count / 4)
        frame[17] += UInt8(options.count)
        frame.insert(contentsOf: options, at: 34)
        let other = try #require(try run([frame]).first)
        #expect(Array(other[34..<34 + left.count]) == left && packet(other).transport == .icmpv4)
    }

    @Test func `octets behind a datagram are cleared, within a tunnel, too`() throws {
        let pad = Self.planted + Self.planted
        var short = udp(5000, 9999, [])
        short += pad
        let inner = Datagram(.client, .node).frame(6, tcp(5000, 443, [.ack], sequence: 1)) + pad
        let vxlan = Datagram(.node, .second).frame(17, udp(5000, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + inner))
        let query = udp(5000, 53, [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + wire("argocd.laurivan.com") + [0, 1, 0, 1])
        // What promises a tunnel, and is none.
        let broken = udp(5000, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + [UInt8](repeating: 2, count: 12) + [8, 0, 0x4f, 0] + pad)
        let frames = [
            Datagram(.client, .node).frame(17, short), vxlan, Datagram(.client, .node).frame(17, query + pad),
            Datagram(.client, .node).frame(17, broken),
        ]
        for (frame, other) in zip(frames, try run(frames)) { #expect(!holds(other) && holds(frame), "\(other)") }
    }

    // MARK: IPv6

    private func chain(_ first: UInt8, _ headers: [UInt8], _ upper: [UInt8]) -> [UInt8] {
        datagram6(client6, theVIP6, from: Host.client.mac, to: Host.node.mac).frame(first, headers + upper)
    }

    @Test func `a routing header is replaced to its end, and not beyond`() throws {
        let upper = udp(5000, 9999, [])
        let way = octets(v6("2001:db8::aaaa")) + octets(v6("2001:db8::bbbb"))
        let whole = chain(43, [17, 4, 0, 2, 0, 0, 0, 0] + way, upper)
        // An address and a half, and what follows in the fixed part.
        let odd = chain(43, [17, 3, 0, 0] + Self.planted + Array(way.prefix(16)) + Self.planted + Self.planted, upper)
        // Segment routing with a HMAC behind its one segment.
        let segment = chain(
            43, [17, 4, 4, 1, 0, 0, 0, 0] + Array(way.prefix(16)) + [5, 14, 0, 0] + Self.planted + Self.planted + [0, 0, 0, 0], upper)
        for (frame, other) in zip([whole, odd, segment], try run([whole, odd, segment])) {
            #expect(!holds(other) && !holds(other, octets(v6("2001:db8::aaaa"))) && !holds(other, octets(v6("2001:db8::bbbb"))))
            #expect(Array(other.suffix(8)) == Array(frame.suffix(8)), "\(other)")
            guard case .udp = packet(other).transport else {
                Issue.record("no datagram")
                continue
            }
        }
    }

    /// Of the sum over the addresses as the last station of the way has it (RFC 8200 §8.1).
    @Test(arguments: [UInt8(0), 4]) func `a checksum over the way's end stays right`(_ type: UInt8) throws {
        let places = [v6("2001:db8::aaaa"), v6("2001:db8::bbbb")]
        let end = type == 4 ? places[0] : places[1]
        var upper = udp(5000, 9999, [])
        func sum(_ destination: [UInt8], _ source: [UInt8], _ octets: [UInt8]) -> UInt16 {
            var sum: UInt32 = 17 + UInt32(octets.count)
            for (index, octet) in (source + destination + octets).enumerated() {
                sum += index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet)
            }
            while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
            return UInt16(sum)
        }
        upper.replaceSubrange(6..<8, with: big16(~sum(octets(end), octets(client6), upper)))
        let other = try #require(
            try run([chain(43, [17, 4, type, 1, 1, 0, 0, 0] + octets(places[0]) + octets(places[1]), upper)]).first)
        let place = type == 4 ? 62 : 78
        #expect(sum(Array(other[place..<place + 16]), Array(other[22..<38]), Array(other.suffix(8))) == 0xffff)
    }

    @Test func `hop-by-hop options keep router alert and a jumbogram's length`() throws {
        let options = [5, 2, 0, 0, 0xc2, 4, 0, 1, 0, 0, 0x1e, 4] + Self.planted + [1, 4] + Self.planted
        let other = try #require(try run([chain(0, [17, 2] + options, udp(5000, 9999, []))]).first)
        #expect(!holds(other) && Array(other[56..<68]) == Array(options.prefix(12)))
    }

    // MARK: Groups

    /// In headers, in frames' addresses and in IGMP one group stays one, and what everybody knows stays.
    @Test(arguments: [
        ("239.255.12.34", false), ("239.192.7.7", false), ("232.1.2.3", false), ("224.5.6.7", false), ("224.0.0.251", true),
        ("239.255.255.250", true),
    ])
    func `groups of the site are others, with their frames`(_ text: String, _ stays: Bool) throws {
        let group = v4(text).rawValue
        func frame(_ mac: MACAddress, _ group: UInt32) -> [UInt8] {
            var report = [0x16, 0, 0, 0] + big32(group)
            report.replaceSubrange(2..<4, with: big16(~sum(report)))
            return ethernet(from: Host.client.mac, to: mac, 0x0800, packet(group, report))
        }
        func packet(_ group: UInt32, _ report: [UInt8]) -> [UInt8] {
            var header = Array(Datagram(.client, .node).packet(2, report).prefix(20))
            header.replaceSubrange(16..<20, with: big32(group))
            header.replaceSubrange(10..<12, with: [0, 0])
            header.replaceSubrange(10..<12, with: big16(~sum(header)))
            return header + report
        }
        func sum(_ octets: [UInt8]) -> UInt16 {
            var sum = stride(from: 0, to: octets.count, by: 2).reduce(UInt32(0)) { $0 + UInt32(octets[$1]) << 8 + UInt32(octets[$1 + 1]) }
            while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
            return UInt16(sum)
        }
        func mac(_ group: UInt32) -> MACAddress { MACAddress(rawValue: 0x0100_5e00_0000 | UInt64(group & 0x7f_ffff)) }
        let original = frame(mac(group), group)
        let other = try #require(try run([original]).first)
        let mapped = other[30..<34].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect((mapped == group) == stays && mapped >> 23 == group >> 23)
        #expect(Array(other[0..<6]) == octets(mac(mapped)) && Array(other[38..<42]) == big32(mapped))
        #expect(sum(Array(other[14..<34])) == 0xffff && sum(Array(other[34..<42])) == 0xffff)
    }

    @Test func `of IGMP that tells more than a group its head is kept`() throws {
        let report = [0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0] + Self.planted
        let unknown = [0x14, 0, 0, 0] + Self.planted
        let others = try run([report, unknown].map { Datagram(.client, .node).frame(2, $0) })
        #expect(others.map(\.count) == [42, 38] && others.allSatisfy { !holds($0) })
    }

    // MARK: Messages

    private func stream(_ octets: [UInt8], _ port: UInt16 = 443) throws -> [UInt8] {
        let frame = Datagram(.client, .node).frame(6, tcp(5000, port, [.psh, .ack], sequence: 1, acknowledgment: 1, octets))
        return Array(try run([frame])[0].dropFirst(54))
    }

    @Test func `of a head's fields and values stays what everybody sends`() throws {
        let head = """
            HTTP/1.1 200 Laurivan is well\r
            Server: envoy/1.2 laurivan-proxy\r
            Content-Type: multipart/form-data; boundary=laurivan\r
            Content-Length: 12\r
            X-Laurivan-Pod: laurivan\r
            Upgrade: websocket, laurivan/1\r
            Connection: keep-alive, X-Laurivan-Pod\r
            Date: Sat, 21 Nov 2026 22:00:00 GMT\r
            Strict-Transport-Security: max-age=31536000; includeSubDomains\r
            User-Agent: laurivan\r
            \r

            """
        let said = String(decoding: try stream(Array(head.utf8), 80), as: UTF8.self)
        #expect(!said.lowercased().contains("laurivan") && said.utf8.count == head.utf8.count)
        for kept in [
            "HTTP/1.1 200 xxxxxxxx xx xxxx\r\nServer: envoy/", "Content-Type: multipart/form-data; xxx",
            "Content-Length: 12\r\nxxxxxxxxxxxxxx: xxx",
            "Upgrade: websocket, xxx", "Connection: keep-alive, xxxxxxxxxxxxxx\r\nDate: Sat, 21 Nov 2026 22:00:00 GMT\r\n",
            "max-age=31536000; includeSubDomains\r\nUser-Agent: xxxxxxxx\r\n",
        ] {
            #expect(said.contains(kept), "\(kept): \(said)")
        }
        let vendor = Array("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.laurivan+json\r\n\r\n".utf8)
        #expect(!String(decoding: try stream(vendor, 80), as: UTF8.self).contains("laurivan"))
    }

    @Test func `a server's messages name no key and no log, and its key stays`() throws {
        let secret = Array("laurivan".utf8)
        let hint = [12, 0, 0, 10, 0, 8] + secret
        let curve: [UInt8] = [12, 0, 0, 16, 3, 0, 29, 4, 1, 2, 3, 4, 4, 3, 0, 4, 9, 9, 9, 9]
        let extensions = [0, 18, 0, 8] + secret + [0, 43, 0, 2, 3, 4] + [0, 25, 0, 8] + secret + [0, 17, 0, 8] + secret
        let hello: [UInt8] =
            [2, 0, 0, UInt8(40 + extensions.count), 3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0x13, 1, 0, 0, UInt8(extensions.count)]
            + extensions
        let other = try stream(tlsRecord(22, hello + hint + curve))
        #expect(!holds(other, secret) && holds(other, curve) && holds(other, [0, 43, 0, 2, 3, 4]))
    }

    /// No change of ciphers, and no alert, has a name's length.
    @Test(arguments: [UInt8(20), 21]) func `records that are no longer than what they are for are kept`(_ type: UInt8) throws {
        let hello = tlsRecord(22, clientHello())
        let other = try stream(hello + tlsRecord(type, [UInt8](repeating: 1, count: 70) + Self.planted))
        #expect(other.count == hello.count)
        #expect(try stream(hello + [type, 3, 9, 0, 4] + Self.planted).count == hello.count)
        #expect(try stream(hello + tlsRecord(type, [1]) + tlsRecord(21, [1, 0])).count == hello.count + 13)
    }

    @Test func `a hello's octets beyond all hellos are padding`() throws {
        let ends = QUICEnds()
        let far = Array(clientHello()[40...])
        let frames = [0x06] + QUICVarint(1 << 21).octets + QUICVarint(UInt64(far.count)).octets + far
        let original = ends.initial(.client, frames)
        let other = try #require(try run([Datagram(.client, .node).frame(17, udp(5000, 443, original))]).first)
        var opener = try InitialOpener()
        var walker = QUICPacketWalker()
        let datagram = Array(other[42...])
        guard case .protected(let packet)? = try walker.next(in: datagram.span) else {
            Issue.record("no Initial")
            return
        }
        let plain = try opener.open(packet, in: datagram.span, with: opener.keys(.v1, ends.key, .client), largest: nil) { _, payload in
            [UInt8](copying: payload)
        }
        #expect(plain.allSatisfy { $0 == 0 })
    }

    /// Four IPv4 addresses are as long as one of IPv6.
    @Test func `VRRP's addresses are of the packet's family`() throws {
        let addresses = (1...4).map { big32(v4("10.0.0.15\($0)").rawValue) }
        let frame = Datagram(.node, .second).frame(
            112, [0x31, 7, 100, 1, 0, 100, 0, 0] + addresses[0] + [UInt8](repeating: 0xee, count: 12))
        let other = try #require(try run([frame]).first)
        let mapped = try Anonymizer(key: Self.key, keepsVendors: false).rewrite(.v4(v4("10.0.0.151")))
        guard case .v4(let address) = mapped else { return }
        #expect(Array(other[42...]) == big32(address.rawValue) + [UInt8](repeating: 0, count: 12))
    }

    /// More fragments than a datagram has are not put together, in time that grows with their number.
    @Test func `fragments without end are cut`() throws {
        var datagram = Datagram(.client, .node, id: 7)
        datagram.moreFragments = true
        let frames = (0..<4000).map { number in
            datagram.offset = UInt16(number % 2000) * 16
            return datagram.frame(17, number == 0 ? Array(udp(53, 53, [0, 1, 0x80, 0, 0, 0, 0, 0])) : [UInt8](repeating: 0x41, count: 16))
        }
        for other in try run(frames).dropFirst() { #expect(other.count <= 42) }
    }

    // MARK: Twice

    /// What was put together from one frame must not be written into another.
    @Test func `a frame that was another in the first pass is noticed`() throws {
        let frame = Lookup("argocd.laurivan.com").answer([.a(theVIP)])
        let stream = Datagram(.resolver, .client).frame(
            6, tcp(53, 5000, [.psh, .ack], sequence: 1, big16(UInt16(frame.count - 42)) + Array(frame[42...])))
        let initial = Datagram(.client, .node).frame(17, udp(5000, 443, QUICEnds().initial(.client, crypto(clientHello()))))
        for bytes in [stream, initial] {
            for (time, count, isSame) in [(0.0, bytes.count, true), (1.0, bytes.count, false), (0.0, bytes.count - 1, false)] {
                var anonymizer = try Anonymizer(key: Self.key, keepsVendors: false)
                anonymizer.survey(bytes.span, .ethernet, originalLength: bytes.count, at: at(0), number: 1)
                anonymizer.endSurvey()
                _ = anonymizer.rewrite(
                    bytes.span.extracting(first: count), .ethernet, originalLength: bytes.count, at: at(time), number: 1)
                #expect(anonymizer.hasStrayed != isSame)
            }
        }
    }

    // MARK: MAC

    @Test func `groups that hold a balanced address are others`() throws {
        let anonymizer = try Anonymizer(key: Self.key, keepsVendors: true)
        for address: UInt64 in [0x03bf_0a00_009d, 0x0100_5e7f_009d, 0x02bf_0a00_009d, 0x0242_0a00_009d, 0x0300_0000_0001] {
            let mapped = anonymizer.rewrite(MACAddress(rawValue: address)).rawValue
            // Those of IPv4 stay among their kind.
            #expect(mapped >> 16 != address >> 16 || address >> 24 == 0x01_005e, "\(MACAddress(rawValue: mapped))")
            #expect(mapped & 0xffff != address & 0xffff, "\(MACAddress(rawValue: mapped))")
            #expect((mapped ^ address) & 0x0300_0000_0000 == 0)
        }
        for address: UInt64 in [0xffff_ffff_ffff, 0x3333_0000_0001, 0x0180_c200_0000, 0x0100_5e00_00fb] {
            #expect(anonymizer.rewrite(MACAddress(rawValue: address)).rawValue == address)
        }
    }
}
