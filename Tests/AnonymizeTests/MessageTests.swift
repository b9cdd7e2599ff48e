import Anonymize
import Foundation
import LAN
import QUICInitial
import Site
import Support
import Testing
import Wire

/// What the recorded cases do not show: messages made octet by octet.
struct MessageTests {
    private let key: [UInt8] = Array("a key for tests, and no other".utf8)

    private func run(_ frames: [[UInt8]], _ linkType: LinkType = .ethernet) throws -> [[UInt8]] {
        let originals = frames.enumerated().map { index, bytes in
            TestFrame(time: at(Double(index)), linkType: linkType, bytes: bytes, originalLength: bytes.count, number: UInt64(index + 1))
        }
        return try Anonymized(originals, site: Site(), key: key).frames.map(\.bytes)
    }

    private func packet(_ bytes: [UInt8], _ linkType: LinkType = .ethernet) -> Packet {
        Dissector().dissect(bytes.span, linkType: linkType, frame: FrameReference(number: 1, time: at(0)), originalLength: bytes.count)
    }

    private func message(_ bytes: [UInt8]) throws -> DNSMessage { try packet(bytes).decode(DNSMessage.self, in: bytes.span) }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map { (0x20...0x7e).contains($0) ? $0.lowercasedASCII : 0x0a }, as: UTF8.self)
    }

    // MARK: DNS

    private func record(_ type: UInt16, _ data: [UInt8]) -> AnswerRecord { AnswerRecord(type: DNSType(rawValue: type), data: data) }

    /// Every type that decoders read, with names behind pointers and without.
    @Test func `records of every type hold other names, and decode as before`() throws {
        let secret: [UInt8] = Array("laurivan-secret-text".utf8)
        let zone = wire("secret.laurivan.com")
        let strings = [UInt8(secret.count)] + secret
        let pointed: [UInt8] = [6] + Array("secret".utf8) + [0xc0, 0x13]
        let numbers = [UInt8](repeating: 0, count: 20)
        let records = [
            record(2, zone), record(5, pointed), record(12, zone), record(39, zone), record(15, [0, 10] + pointed),
            record(33, [0, 1, 0, 2, 1, 187] + zone), record(6, zone + pointed + numbers), record(16, strings), record(99, strings),
            record(13, strings + strings), record(35, [0, 1, 0, 2] + strings + strings + strings + zone),
            record(46, [UInt8](repeating: 1, count: 18) + zone + secret), record(47, zone + [0, 1, 0x40]),
            record(43, [0, 1, 8, 2] + secret),
            record(48, [1, 1, 3, 8] + secret), record(52, [3, 1, 1] + [9] + secret), record(44, [1, 1] + secret),
            record(50, [1, 0, 0, 1, 2, 0xab, 0xcd, 20] + secret + [0, 1, 0x40]), record(257, [0, 5] + Array("issue".utf8) + secret),
            record(256, [0, 1, 0, 2] + Array("https://secret.laurivan.com/".utf8)), record(65000, secret),
            record(
                65,
                [0, 1] + zone + [0, 1, 0, 3, 2] + Array("h3".utf8) + [0, 4, 0, 4, 10, 0, 0, 157] + [0, 6, 0, 16]
                    + octets(v6("2001:db8::157"))),
        ]
        let lookup = Lookup("argocd.laurivan.com")
        let frame = lookup.answer(records)
        let other = try #require(try run([frame]).first)
        #expect(other.count == frame.count)
        for word in ["laurivan", "secret", "argocd"] { #expect(!text(other).contains(word), "\(word)") }
        let (before, after) = (try message(frame), try message(other))
        #expect(after.answers.count == before.answers.count)
        #expect(after.answers.map(\.type) == before.answers.map(\.type))
        let anonymizer = try Anonymizer(key: key, keepsVendors: false)
        let name = anonymizer.rewrite(name("secret.laurivan.com"))
        for (index, record) in after.answers.enumerated() {
            if case .malformed = record.data { Issue.record("answer \(index)") }
            #expect(record.name == anonymizer.rewrite(before.answers[index].name))
        }
        #expect(after.answers[0].data == .name(name) && after.answers[1].data == .name(name))
        guard case .serviceBinding(let binding) = after.answers[21].data else {
            Issue.record("no service binding")
            return
        }
        #expect(binding.target == name && binding.promisesHTTP3)
        #expect(binding.ipv4Hints.map(IPAddress.v4) == [anonymizer.rewrite(.v4(theVIP))])
        #expect(binding.ipv6Hints.map(IPAddress.v6) == [anonymizer.rewrite(.v6(v6("2001:db8::157")))])
    }

    @Test func `EDNS tells another subnet, of as many bits, and no cookie and no text of before`() throws {
        let subnet: [UInt8] = [0, 8, 0, 7, 0, 1, 20, 0, 10, 0, 0x50]
        let cookie: [UInt8] = [0, 10, 0, 8] + Array("cookies!".utf8)
        let error: [UInt8] = [0, 15, 0, 10, 0, 22] + Array("laurivan".utf8)
        let options = subnet + cookie + error
        let opt: [UInt8] = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0] + big16(UInt16(options.count)) + options
        let question = wire("argocd.laurivan.com") + [0, 1, 0, 1]
        let query = Datagram(.client, .resolver).frame(17, udp(5000, 53, [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1] + question + opt))
        let other = try message(try #require(try run([query]).first))
        let edns = try #require(other.additionals.first.flatMap(EDNS.init))
        #expect(edns.options.map(\.code.rawValue) == [8, 10, 15] && edns.payloadSize == 1232)
        let mapped = try Anonymizer(key: key, keepsVendors: false).rewrite(.v4(v4("10.0.80.0")))
        guard case .v4(let address) = mapped else { return }
        let network = address.rawValue & 0xffff_f000
        #expect(edns.options[0].data == [0, 1, 20, 0] + big32(network).prefix(3))
        #expect(edns.options[1].data != Array("cookies!".utf8) && edns.options[1].data.count == 8)
        #expect(edns.options[2].data.prefix(2) == [0, 22] && !text(edns.options[2].data).contains("laurivan"))
    }

    @Test func `a name over two segments, sent twice, is one name`() throws {
        let message = Lookup("argocd.laurivan.com").message([.a(theVIP)])
        let stream = big16(UInt16(message.count)) + message
        func segment(_ range: Range<Int>) -> [UInt8] {
            Datagram(.resolver, .client).frame(
                6, tcp(53, 5000, [.psh, .ack], sequence: 100 + UInt32(range.lowerBound), acknowledgment: 1, Array(stream[range])))
        }
        let pieces = [0..<20, 20..<stream.count, 10..<30, 0..<stream.count]
        let others = try run(pieces.map(segment))
        let whole = Array(others[3].suffix(stream.count))
        #expect(!text(whole).contains("laurivan") && whole.count == stream.count)
        for (piece, other) in zip(pieces, others) { #expect(Array(other.suffix(piece.count)) == Array(whole[piece])) }
    }

    // MARK: HTTP

    @Test func `of a head names and paths are replaced, and what tells more is unreadable`() throws {
        let head = """
            GET /private/page?user=laurivan HTTP/1.1\r
            Host: argocd.laurivan.com:8443\r
            Cookie: session=0123456789\r
            Authorization: Basic bGF1cml2YW4=\r
            Content-Length: 12\r
            Server: envoy\r
            Alt-Svc: h3="alt.laurivan.com:443"; ma=86400\r
            \r

            """
        let frame = Datagram(.client, .node).frame(
            6, tcp(5000, 80, [.psh, .ack], sequence: 1, acknowledgment: 1, Array((head + "body of laurivan").utf8)))
        let other = try #require(try run([frame]).first)
        let said = String(decoding: other.suffix(from: 54), as: UTF8.self)
        #expect(said.utf8.count == head.utf8.count)
        for word in ["laurivan", "argocd", "private", "0123456789", "bGF1", "body"] { #expect(!said.contains(word), "\(word)") }
        for word in [
            "GET /", " HTTP/1.1\r\n", "Host: ", ":8443\r\n", "Content-Length: 12\r\n", "Server: envoy\r\n", "h3=\"", ":443\"; ma=86400",
        ] {
            #expect(said.contains(word), "\(word)")
        }
    }

    @Test func `a key's name in a hello is another`() throws {
        let identity = Array("client-of-laurivan".utf8)
        let psk =
            big16(UInt16(identity.count + 6)) + big16(UInt16(identity.count)) + identity + big32(7) + big16(33) + [32]
            + [UInt8](repeating: 1, count: 32)
        let extensions = big16(41) + big16(UInt16(psk.count)) + psk
        let body = [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0] + big16(UInt16(extensions.count)) + extensions
        let record = tlsRecord(22, [1, 0] + big16(UInt16(body.count)) + body)
        let frame = Datagram(.client, .node).frame(6, tcp(5000, 443, [.psh, .ack], sequence: 1, acknowledgment: 1, record))
        let other = try #require(try run([frame]).first)
        #expect(other.count == frame.count && !text(other).contains("laurivan"))
        #expect(other.suffix(39) == frame.suffix(39))
    }

    /// A list of protocols, as both hellos and records have it.
    private func protocols(_ names: String...) -> [UInt8] { names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } }

    private func hello(_ type: UInt8, _ suites: [UInt8], _ extensions: [(UInt16, [UInt8])]) -> [UInt8] {
        let extensions = extensions.flatMap { big16($0) + big16(UInt16($1.count)) + $1 }
        let body = [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + suites + big16(UInt16(extensions.count)) + extensions
        return tlsRecord(22, [type, 0] + big16(UInt16(body.count)) + body)
    }

    private func segment(_ client: LAN.Host, _ server: LAN.Host, _ ports: (UInt16, UInt16), _ octets: [UInt8]) -> [UInt8] {
        Datagram(client, server).frame(6, tcp(ports.0, ports.1, [.psh, .ack], sequence: 1, acknowledgment: 1, octets))
    }

    /// Those that everybody knows stay, and the same is the same in hellos, records and promises.
    @Test func `protocols of one's own are others, everywhere the same`() throws {
        let list = protocols("h2", "laurivan/1", "h3-29", "\n\n")
        let offer = big16(UInt16(list.count)) + list
        let chosen = protocols("laurivan/1")
        let record = record(65, [0, 1, 0] + [0, 1] + big16(UInt16(list.count)) + list)
        let promise = "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"; ma=86400, laurivan/1=\":444\"\r\n\r\n"
        let others = try run([
            segment(.client, .node, (5000, 443), hello(1, [0, 2, 0x13, 1, 1, 0], [(16, offer), (17513, offer)])),
            segment(.node, .client, (443, 5000), hello(2, [0x13, 1, 0], [(16, big16(UInt16(chosen.count)) + chosen)])),
            Lookup("argocd.laurivan.com", .https).answer([record]), segment(.node, .client, (80, 5000), Array(promise.utf8)),
        ])
        let first = others[0]
        var bytes = first.span.extracting(droppingFirst: 54 + 5 + 4)
        let names = try ClientHello(decoding: &bytes).applicationProtocols.map(\.description)
        try #require(names.count == 4)
        #expect([names[0], names[2]] == ["h2", "h3-29"] && names[1] != "laurivan/1" && names[1].hasSuffix("/\(names[1].last ?? " ")"))
        for (index, other) in others.enumerated() {
            #expect(!text(other).contains("laurivan") && text(other).contains(names[1].lowercased()), "\(index): \(text(other))")
        }
        #expect(text(others[0]).ranges(of: names[1]).count == 2 && text(others[3]).contains("h3=\":443\"; ma=86400, "))
    }

    /// Octets that are none of a token's are encoded there (RFC 7838 §3).
    @Test func `a promise's protocol is the hello's, encoded as it was, and its parameters are none`() throws {
        let list = protocols("laurivan/1")
        let promise =
            "HTTP/1.1 200 OK\r\nAlt-Svc: http%2F1.1=\":443\"; ma=\"3600\"; persist=\"1\",laurivan%2F1=\":444\";ma=\"60\", laurivan%2f1=\":445\"; "
            + "laurivan=\"2\", %6Caurivan%2F1=\":446\", laurivan%2=\":447\"\r\n\r\n"
        let others = try run([
            segment(.client, .node, (5000, 443), hello(1, [0, 2, 0x13, 1, 1, 0], [(16, big16(UInt16(list.count)) + list)])),
            segment(.node, .client, (80, 5000), Array(promise.utf8)),
        ])
        let first = others[0]
        var bytes = first.span.extracting(droppingFirst: 54 + 5 + 4)
        let offered = try ClientHello(decoding: &bytes).applicationProtocols.map(\.description)
        try #require(offered.count == 1)
        let name = offered[0]
        let said = String(decoding: others[1].suffix(promise.utf8.count), as: UTF8.self)
        let encoded = name.replacing("/", with: "%2F")
        #expect(said.contains("Alt-Svc: http%2F1.1=\":443\"; ma=\"3600\"; persist=\"1\",\(encoded)=\":444\";ma=\"60\", "), "\(said)")
        #expect(said.contains(", \(name.replacing("/", with: "%2f"))=\":445\"; "), "\(said)")
        let letter = try #require(name.utf8.first)
        #expect(said.contains(", %\(String(letter, radix: 16, uppercase: true))\(encoded.dropFirst())=\":446\", "), "\(said)")
        #expect(!said.contains("laurivan") && !said.contains("aurivan") && said.contains("=\":447\"\r\n"), "\(said)")
    }

    @Test func `a server's cookie is another, the same in its question and in the answer`() throws {
        let cookie = Array("laurivan keeps state".utf8)
        let content = big16(UInt16(cookie.count)) + cookie
        let others = try run([
            segment(.node, .client, (443, 5000), hello(2, [0x13, 1, 0], [(44, content)])),
            segment(.client, .node, (5000, 443), hello(1, [0, 2, 0x13, 1, 1, 0], [(44, content)])),
        ])
        #expect(others.allSatisfy { !text($0).contains("laurivan") })
        #expect(others[0].suffix(content.count) == others[1].suffix(content.count))
        #expect(others[0].suffix(content.count).starts(with: big16(UInt16(cookie.count))))
    }

    // MARK: QUIC

    @Test func `a hello in two Initials, the second first, names another server and opens`() throws {
        let ends = QUICEnds()
        let hello = clientHello("argocd.laurivan.com")
        let datagrams = [
            ends.initial(.client, number: 1, crypto(hello[60...], at: 60)), ends.initial(.client, number: 0, crypto(hello[..<60])),
        ]
        let frames = datagrams.map { Datagram(.client, .node).frame(17, udp(5000, 443, $0)) }
        let others = try run(frames)
        var opener = try InitialOpener()
        var pieces: [(UInt64, [UInt8])] = []
        for frame in others {
            let datagram = Array(frame.suffix(from: 42))
            var walker = QUICPacketWalker()
            guard case .protected(let packet)? = try walker.next(in: datagram.span) else {
                Issue.record("no Initial")
                return
            }
            let keys = opener.keys(.v1, packet.header.destination, .client)
            let payload = try opener.open(packet, in: datagram.span, with: keys, largest: nil) { number, payload in
                [UInt8](copying: payload)
            }
            var frames = QUICFrameWalker()
            while let frame = try frames.next(in: payload.span) {
                if case .crypto(let offset, let data) = frame { pieces.append((offset, Array(payload[data]))) }
            }
        }
        let whole = pieces.sorted { $0.0 < $1.0 }.flatMap(\.1)
        var bytes = whole.span.extracting(droppingFirst: 4)
        let read = try ClientHello(decoding: &bytes)
        let expected = try Anonymizer(key: key, keepsVendors: false).rewrite("argocd.laurivan.com")
        #expect(read.serverName?.description == expected)
    }

    @Test func `an Initial whose hello is not whole keeps no piece of it, and one that cannot be opened nothing`() throws {
        let ends = QUICEnds()
        let hello = clientHello("argocd.laurivan.com")
        let half = ends.initial(.client, number: 0, crypto(hello[30...], at: 30))
        var broken = ends.initial(.client, number: 1, crypto(hello))
        broken[broken.count - 1] ^= 1
        let frames = [half, broken].map { datagram in
            let bytes = Datagram(.client, .node).frame(17, udp(5000, 443, datagram))
            return TestFrame(time: at(0), linkType: .ethernet, bytes: bytes, originalLength: bytes.count, number: datagram == half ? 1 : 2)
        }
        let result = try Anonymized(frames, site: Site(), key: key)
        #expect(result.notices.closedInitials == 2)
        #expect(result.frames[1].bytes.suffix(1000).allSatisfy { $0 == 0 })
        #expect(
            result.frames[0].bytes.count == frames[0].bytes.count && result.frames[0].bytes.suffix(1000) != frames[0].bytes.suffix(1000))
    }

    // MARK: The rest

    @Test func `what no decoder reads is cut`() throws {
        let secret = Array("secrets of laurivan".utf8)
        let frames = [
            Datagram(.client, .node).frame(17, udp(5000, 514, secret)), Datagram(.client, .node).frame(47, secret),
            Datagram(.client, .node).frame(6, tcp(5000, 25, [.psh, .ack], sequence: 1, acknowledgment: 1, secret)),
            ethernet(from: Host.client.mac, to: .broadcast, 0x88cc, secret),
            Datagram(.client, .node).frame(1, icmp(8, 0, 1, secret)), whoHas(theVIP, asks: .client) + secret,
            icmpError(3, 3, from: .node, to: .client, quotes: Datagram(.client, .node).frame(17, udp(5000, 53, secret))),
        ]
        for (frame, other) in zip(frames, try run(frames)) {
            #expect(!text(other).contains("laurivan"))
            #expect(other.count <= frame.count)
            #expect(packet(other).source.map { $0 } != .v4(Host.client.ip))
        }
    }

    @Test func `a packet in a tunnel is replaced as those outside are`() throws {
        let inner = whoHas(theVIP, asks: .client)
        let vxlan = Datagram(.node, .second).frame(17, udp(5000, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + inner))
        let others = try run([inner, vxlan])
        #expect(Array(others[1].suffix(inner.count)) == others[0])
        let gre = Datagram(.node, .second).frame(47, [0, 0, 8, 0] + Datagram(.client, .node).packet(1, icmp(8, 0, 1)))
        let other = try #require(try run([gre]).first)
        let anonymizer = try Anonymizer(key: key, keepsVendors: false)
        #expect(packet(other).source == anonymizer.rewrite(.v4(Host.client.ip)))
        #expect(packet(other).outer[0].source == anonymizer.rewrite(.v4(Host.node.ip)))
    }

    @Test func `Neighbor Discovery tells other link addresses, prefixes and resolvers`() throws {
        let router = v6("fe80::1")
        let options: [UInt8] =
            [1, 1] + octets(Host.router.mac) + [3, 4, 64, 0xc0] + [UInt8](repeating: 0, count: 12) + octets(v6("2001:db8:1:2::"))
            + [25, 3, 0, 0, 0, 0, 0, 60] + octets(v6("2001:db8::53")) + [31, 2, 0, 0, 0, 0, 0, 60] + Array("laurivan".utf8)
        let frame = datagram6(router, v6("ff02::1"), from: Host.router.mac).frame(
            58, [134, 0, 0, 0, 64, 0, 0, 30] + [UInt8](repeating: 0, count: 8) + options)
        let other = try #require(try run([frame]).first)
        let anonymizer = try Anonymizer(key: key, keepsVendors: false)
        let message = try packet(other).decode(ICMPv6Message.self, in: other.span)
        guard case .routerAdvertisement? = message.discovery?.content else {
            Issue.record("no router advertisement")
            return
        }
        let found = message.discovery?.options ?? []
        #expect(found.first == .sourceLinkLayer(anonymizer.rewrite(Host.router.mac)))
        guard found.count == 4, case .prefix(let prefix) = found[1], case .resolvers(let resolvers, _) = found[2] else {
            Issue.record("\(found)")
            return
        }
        #expect(IPAddress.v6(prefix.prefix) == anonymizer.rewrite(.v6(v6("2001:db8:1:2::"))))
        #expect(resolvers.map(IPAddress.v6) == [anonymizer.rewrite(.v6(v6("2001:db8::53")))])
        #expect(!text(other).contains("laurivan"))
    }

    @Test func `a header whose length ends within it has its new addresses`() throws {
        var frame = ping(.client, .node)
        frame[17] = 12
        let other = try #require(try run([frame]).first)
        let anonymizer = try Anonymizer(key: key, keepsVendors: false)
        #expect(packet(other).source == anonymizer.rewrite(.v4(Host.client.ip)))
        #expect(packet(other).destination == anonymizer.rewrite(.v4(Host.node.ip)))
    }

    /// Nothing that a frame contains may trap, loop or outgrow it.
    @Test func `damaged frames are taken, and no longer than they were`() throws {
        var random = SeededGenerator(seed: 5)
        var frames: [TestFrame] = []
        for example in CaptureCase.all {
            for frame in try TestFrame.read(example.capture.path).prefix(12) {
                var damaged = frame
                for _ in 0..<Int.random(in: 1...8, using: &random) where !damaged.bytes.isEmpty {
                    damaged.bytes[Int.random(in: 0..<damaged.bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
                }
                damaged.bytes = Array(damaged.bytes.prefix(Int.random(in: 0...damaged.bytes.count, using: &random)))
                damaged.number = UInt64(frames.count + 1)
                frames.append(damaged)
            }
        }
        let result = try Anonymized(frames, site: Site(), key: key)
        for (before, after) in zip(frames, result.frames) { #expect(after.bytes.count <= before.bytes.count) }
    }

    @Test func `every prefix of a frame of each kind is taken`() throws {
        var frames: [TestFrame] = []
        let wholes = [
            Lookup("argocd.laurivan.com").answer([.a(theVIP)]), whoHas(theVIP, asks: .client),
            icmpError(3, 3, from: .node, to: .client, quotes: Lookup("argocd.laurivan.com").query),
            solicitation(theVIP6, asks: client6, Host.client.mac),
            Datagram(.client, .node).frame(6, tcp(5000, 443, [.psh, .ack], sequence: 1, acknowledgment: 1, tlsRecord(22, clientHello()))),
        ]
        for whole in wholes {
            for count in 0...whole.count {
                frames.append(
                    TestFrame(
                        time: at(0), linkType: .ethernet, bytes: Array(whole[..<count]), originalLength: whole.count,
                        number: UInt64(frames.count + 1)))
            }
        }
        let result = try Anonymized(frames, site: Site(), key: key)
        for frame in result.frames { #expect(!text(frame.bytes).contains("laurivan")) }
    }
}
