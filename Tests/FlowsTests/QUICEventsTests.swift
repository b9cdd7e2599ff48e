import Flows
import LAN
import QUICInitial
import Site
import Testing
import Wire

/// QUIC attempts among everything else: what is followed, what refuses them, who else answers, why they are made.
struct QUICEventsTests {
    private let ends = QUICEnds()
    private let vip = Host(Host.node.mac.rawValue, theVIP.description)
    private var hello: [UInt8] { ends.initial(.client, crypto(clientHello())) }
    private var flight: [UInt8] { ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server) }

    private func out(_ payload: [UInt8], to server: Host? = nil, port: UInt16 = 443) -> [UInt8] {
        Datagram(.client, server ?? vip).frame(17, udp(50_000, port, payload))
    }

    private func back(_ payload: [UInt8], from server: Host? = nil, port: UInt16 = 443) -> [UInt8] {
        Datagram(server ?? vip, .client).frame(17, udp(port, 50_000, payload))
    }

    private func https(_ text: String, id: UInt16 = 7) -> Lookup { Lookup(text, .https, id: id) }

    private func record(_ alpn: [String]) -> AnswerRecord {
        let list = alpn.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        let parameters = big16(1) + big16(UInt16(list.count)) + list + big16(4) + big16(4) + big32(theVIP.rawValue)
        return AnswerRecord(type: .https, data: [0, 1, 0] + parameters)
    }

    private static let zoned: Site = {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        return site
    }()

    // MARK: Scope

    @Test func `attempts at a VIP are told, and with everything all`() {
        for (everything, count) in [(false, 0), (true, 1)] {
            var sensor = Sensor(everything: everything)
            sensor.see(out(hello, to: .other), at: 0)
            #expect(sensor.finish(at: 1).quic.count == count)
        }
        var sensor = Sensor()
        sensor.see(out(hello), at: 0)
        #expect(sensor.see(back(flight), at: 0.1).quic.map(\.change) == [.answered, .established])
    }

    @Test func `a port that the site says a VIP serves over UDP is watched, and that of DNS stays with DNS`() {
        var site = Site.test
        for port in [8443, 53] as [UInt16] { site.vips[0].services.append(Service(transport: .udp, port: Port(rawValue: port))) }
        for (port, count) in [(8443, 1), (53, 0), (8444, 0)] as [(UInt16, Int)] {
            var sensor = Sensor(site)
            sensor.see(out(hello, port: port), at: 0)
            #expect(sensor.finish(at: 1).quic.count == count, "\(port)")
        }
    }

    @Test func `a resolver that asks from the port of HTTPS is heard`() {
        var sensor = Sensor(everything: true)
        let lookup = Lookup("argocd.laurivan.com", client: .resolver, server: .authority, port: 443)
        sensor.see(lookup.query, at: 0)
        #expect(sensor.see(lookup.answer([.a(theVIP)]), at: 0.1).dns.map { $0.query?.number } == [1])
        #expect(sensor.finish(at: 10).isEmpty)
    }

    @Test func `copies of a datagram are none of the attempt's`() throws {
        var sensor = Sensor()
        for time in [0, 0.0002] { sensor.see(out(hello), at: time) }
        sensor.see(
            Datagram(.client, vip).forwarded(from: Host.node.mac, to: Host.second.mac).frame(17, udp(50_000, 443, hello)), at: 0.0004)
        let attempt = try #require(sensor.finish(at: 1).quic.first?.attempt)
        #expect(attempt.initialCount == 1 && attempt.clientPackets.datagrams == 1)
        #expect(sensor.correlators.counters.duplicates == 1 && sensor.correlators.counters.hops == 1)
    }

    @Test func `attempts that had to go are counted`() {
        var limits = Limits()
        limits.quicAttempts = 1
        var sensor = Sensor(.test, limits)
        sensor.see(out(hello), at: 0)
        sensor.see(Datagram(.other, vip).frame(17, udp(50_000, 443, hello)), at: 0.1)
        #expect(sensor.events.quic.map(\.change) == [.ended] && sensor.correlators.counters.evictedQUICAttempts == 1)
    }

    /// aioquic fills its first datagram behind the Initial: zeros are no packet, and the server's close establishes nothing.
    @Test func `octets that fill the datagram are no packet`() throws {
        var sensor = Sensor()
        sensor.see(out(hello + [UInt8](repeating: 0, count: 40)), at: 0)
        #expect(sensor.see(back(ends.initial(.server, connectionClose(0x178))), at: 0.1).quic.map(\.change) == [.answered, .closed])
        let attempt = try #require(sensor.events.quic.last?.attempt)
        #expect(attempt.clientPackets.shorts == 0 && attempt.outcome == .closed)
    }

    // MARK: ICMP

    @Test func `an ICMP error is joined to the attempt that it quotes, and ends it`() throws {
        var sensor = Sensor()
        sensor.see(out(hello), at: 0)
        let events = sensor.see(icmpError(3, 3, from: vip, to: .client, quotes: out(hello)), at: 0.1)
        #expect(events.icmpErrors.map { $0.quotedFrame?.number } == [1])
        #expect(events.quic.map(\.change) == [.rejected])
        let attempt = try #require(events.quic.first?.attempt)
        #expect(attempt.outcome == .icmp && attempt.rejection?.number == 2 && attempt.end?.number == 2)
    }

    @Test func `fragmentation needed and time exceeded refuse nothing`() {
        var sensor = Sensor()
        sensor.see(out(hello), at: 0)
        for (type, code) in [(3, 4), (11, 0)] as [(UInt8, UInt8)] {
            #expect(sensor.see(icmpError(type, code, from: vip, to: .client, quotes: out(hello)), at: 0.1).quic.isEmpty)
        }
    }

    /// A node that asks for the VIP in vain says so after 3 s, when the browser has given up.
    @Test func `an ICMP error that comes after the client's own close is the outcome all the same`() throws {
        var sensor = Sensor()
        sensor.see(out(hello), at: 0)
        sensor.see(out(ends.initial(.client, number: 1, connectionClose(0))), at: 0.1)
        sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: out(hello)), at: 3.1)
        let attempt = try #require(sensor.advance(to: 30).quic.last)
        #expect(attempt.change == .ended && attempt.attempt.outcome == .icmp)
        #expect(attempt.attempt.closing?.number == 2 && attempt.attempt.rejection?.number == 3)
    }

    @Test func `ICMPv6 refuses as well`() {
        var site = Site()
        site.vips = [VIP(address: .v6(v6("fd00:10::157")))]
        var (there, home) = (Datagram(.client, vip), Datagram(vip, .client))
        (there.source, there.destination) = (.v6(v6("fd00:10::20")), .v6(v6("fd00:10::157")))
        (home.source, home.destination) = (there.destination, there.source)
        for (type, count) in [(1, 1), (2, 0)] as [(UInt8, Int)] {
            var sensor = Sensor(site)
            sensor.see(there.frame(17, udp(50_000, 443, hello)), at: 0)
            let quoted = Array(there.packet(17, udp(50_000, 443, hello)).prefix(1200))
            #expect(sensor.see(home.frame(58, icmp(type, 4, 0, quoted)), at: 0.1).quic.map(\.change) == (count == 1 ? [.rejected] : []))
        }
    }

    // MARK: Other sources

    @Test func `an answer from the node's own address is noted, and is no answer`() throws {
        for clientID in [[0xc1, 0xc2], []] as [[UInt8]] {
            var ends = ends
            ends.client = ConnectionID(copying: clientID.span)
            var sensor = Sensor()
            sensor.see(out(ends.initial(.client, crypto(clientHello()))), at: 0)
            let answer = ends.initial(.server, crypto(serverHello()))
            #expect(sensor.see(back(answer, from: .node), at: 0.1).isEmpty)
            sensor.see(back(answer, from: .second), at: 0.2)
            let attempt = try #require(sensor.finish(at: 1).quic.last?.attempt)
            #expect(
                attempt.outcome == .silence && attempt.otherSource?.address == Host.node.address && attempt.otherSource?.frame.number == 2)
            #expect(attempt.otherSource?.mac == Host.node.mac && attempt.answer == nil)
        }
    }

    /// Keys are derived for few: what carries another ID is none of them, and where all IDs are empty the first sixteen must do.
    @Test(arguments: [([0xc1, 0xc2], 1000, true), ([], 15, true), ([], 16, false)] as [([UInt8], Int, Bool)])
    func `a flood from elsewhere is tried a few times`(_ clientID: [UInt8], _ count: Int, _ isNoted: Bool) throws {
        var ends = ends
        ends.client = ConnectionID(copying: clientID.span)
        var sensor = Sensor()
        sensor.see(out(ends.initial(.client, crypto(clientHello()))), at: 0)
        var stranger = QUICEnds.other(9)
        if clientID.isEmpty { stranger.client = .empty }
        let junk = stranger.initial(.server, crypto(serverHello()))
        for number in 0..<count { sensor.see(back(junk, from: .second), at: 0.01 + Double(number) * 0.002) }
        sensor.see(back(ends.initial(.server, crypto(serverHello())), from: .node), at: 3)
        let attempt = try #require(sensor.finish(at: 3.5).quic.last?.attempt)
        #expect((attempt.otherSource?.address == Host.node.address) == isNoted)
    }

    @Test func `what carries other connection IDs, or comes from another port, answers nothing`() throws {
        var sensor = Sensor()
        var nameless = ends
        nameless.client = .empty
        sensor.see(out(nameless.initial(.client, crypto(clientHello()))), at: 0)
        let stranger = QUICEnds.other(9)
        sensor.see(back(stranger.initial(.server, crypto(serverHello())), from: .node), at: 0.1)
        sensor.see(back(nameless.initial(.server, crypto(serverHello())), from: .node, port: 8443), at: 0.1)
        sensor.see(back(nameless.handshake(.server), from: .node), at: 0.1)
        sensor.see(back([], from: .node), at: 0.1)
        #expect(try #require(sensor.finish(at: 1).quic.last?.attempt).otherSource == nil)
    }

    // MARK: Why

    @Test func `an HTTPS record with h3 for the name is the reason`() throws {
        var sensor = Sensor(Self.zoned)
        let lookup = https("argocd.laurivan.com")
        sensor.see(lookup.query, at: 0)
        sensor.see(lookup.answer([record(["h3", "h2"])]), at: 0.1)
        sensor.see(out(hello), at: 0.2)
        let reason = try #require(sensor.finish(at: 1).quic.last?.attempt.reason)
        let promise = try #require(reason.promise)
        #expect(reason.kind == .httpsRecord && promise.frame.number == 2 && promise.server == Host.resolver.address)
        #expect(promise.name == name("argocd.laurivan.com") && promise.alpn.map(\.description) == ["h3", "h2"])
        #expect(promise.ipv4Hints == [theVIP] && promise.ipv6Hints.isEmpty && !promise.offersECH)
    }

    @Test(arguments: [
        ("argocd.laurivan.com", ["h3"], 300.0, HTTP3Reason.Kind.httpsRecord), ("ARGOCD.laurivan.com", ["h2", "h3"], 1, .httpsRecord),
        ("argocd.laurivan.com", ["h3"], 300.2, .remembered), ("argocd.laurivan.com", ["h2"], 1, .remembered),
        ("grafana.laurivan.com", ["h3"], 1, .remembered),
    ])
    func `it must be for that name, with h3, and not forgotten`(_ text: String, _ alpn: [String], _ wait: Double, _ kind: HTTP3Reason.Kind)
    {
        var sensor = Sensor(Self.zoned)
        sensor.see(https(text).query, at: 0)
        sensor.see(https(text).answer([record(alpn)]), at: 0.1)
        sensor.see(out(hello), at: wait)
        #expect(sensor.finish(at: wait + 1).quic.last?.attempt.reason.kind == kind)
    }

    @Test func `a later answer without h3 takes the promise back`() {
        var sensor = Sensor(Self.zoned)
        for (id, alpn) in [["h3"], ["h2"]].enumerated() {
            let lookup = https("argocd.laurivan.com", id: UInt16(id))
            sensor.see(lookup.query, at: 0)
            sensor.see(lookup.answer([record(alpn)]), at: 0.1)
        }
        sensor.see(out(hello), at: 1)
        #expect(sensor.finish(at: 2).quic.last?.attempt.reason.kind == .remembered)
    }

    @Test func `without a name it is a record that names the address`() {
        var sensor = Sensor(Self.zoned)
        sensor.see(https("argocd.laurivan.com").query, at: 0)
        sensor.see(https("argocd.laurivan.com").answer([record(["h3"])]), at: 0.1)
        let half = clientHello().prefix(40)
        sensor.see(out(ends.initial(.client, crypto(half))), at: 0.2)
        #expect(sensor.finish(at: 1).quic.last?.attempt.reason.kind == .httpsRecord)
    }

    /// Stubs ask for A and HTTPS at one time, and the HTTPS answer may come first: without a zone nothing yet says that it matters.
    @Test(arguments: [true, false])
    func `without a zone an HTTPS answer before the A answer is the reason all the same`(_ hasHints: Bool) throws {
        var sensor = Sensor()
        let addresses = Lookup("argocd.laurivan.com", id: 8)
        let promise = hasHints ? record(["h3"]) : AnswerRecord(type: .https, data: [0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x33])
        sensor.see(addresses.query, at: 0)
        sensor.see(https("argocd.laurivan.com").query, at: 0.01)
        let answer = sensor.see(https("argocd.laurivan.com").answer([promise]), at: 0.1)
        #expect(answer.dns.map(\.namesVIP) == (hasHints ? [nil] : []), "hints tell whose the name is, and resolve nothing")
        sensor.see(addresses.answer([.a(theVIP)]), at: 0.11)
        sensor.see(out(hello), at: 0.2)
        let reason = try #require(sensor.finish(at: 1).quic.last?.attempt.reason)
        #expect(reason.kind == .httpsRecord && reason.promise?.frame.number == 3)
    }

    /// Each promise stands under its name and the VIP's address.
    @Test(arguments: [(1.0, 2), (400, 0)] as [(Double, UInt64)])
    func `promises that had to go are counted, unless their clients have forgotten them, too`(_ time: Double, _ count: UInt64) {
        var limits = Limits()
        limits.http3Hints = 2
        var sensor = Sensor(.test, limits)
        for (client, time) in [(Host.client, 0), (.other, time)] {
            sensor.see(Lookup("argocd.laurivan.com", .https, client: client).answer([record(["h3"])]), at: time)
        }
        #expect(sensor.correlators.counters.evictedOthers == count && sensor.correlators.counters.evictedQueries == 0)
    }

    @Test func `where the client's DNS is not visible nothing is known`() {
        var sensor = Sensor(Self.zoned)
        let other = Lookup("argocd.laurivan.com", .https, client: .other)
        sensor.see(other.query, at: 0)
        sensor.see(other.answer([record(["h3"])]), at: 0.1)
        sensor.see(out(hello), at: 0.2)
        #expect(sensor.finish(at: 1).quic.last?.attempt.reason == .unknown)
    }
}
