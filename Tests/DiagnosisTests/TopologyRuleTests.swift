import LAN
@testable import Diagnosis
@testable import Flows
import QUICInitial
import Site
import Testing
import Wire

/// From frames to findings: ways around the LAN's own.
struct TopologyRuleTests {
    private static let topology: Set<Label> = [
        .crossClusterBlocked, .crossClusterOpen, .clientWrongPrefix, .hairpinThroughPublic, .tunnelCloudflaredQUIC, .tunnelQUICBlocked,
        .meshHBONE, .overlayWireGuard,
    ]

    private func watch(_ site: Site = .named, until end: Double = 600, _ frames: [([UInt8], Double)]) -> Watch {
        var watch = Watch(site)
        for (octets, time) in frames.sorted(by: { $0.1 < $1.1 }) { watch.see(octets, at: time) }
        watch.finish(at: end)
        return watch
    }

    private func findings(_ site: Site, until end: Double = 600, _ frames: [([UInt8], Double)]) -> [Finding] {
        watch(site, until: end, frames).bench.findings.filter { Self.topology.contains($0.label) }
    }

    private func talk(_ client: Host, _ server: Host, port: UInt16 = 443) -> Talk {
        var talk = Talk(client, port: port)
        talk.server = server
        return talk
    }

    private func connection(_ client: Host, _ server: Host, port: UInt16 = 443, at seconds: Double) -> [([UInt8], Double)] {
        let talk = talk(client, server, port: port)
        return [(talk.syn, seconds), (talk.synACK, seconds + 0.01), (talk.ack, seconds + 0.02)]
    }

    // MARK: cross-cluster-blocked, cross-cluster-open

    private static let main = Host(0x0200_0000_1101, "10.11.1.50")
    private static let staging = Host(0x0200_0000_1201, "10.12.1.21")

    private static var apart: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        site.networks.apart = [("10.11.0.0/16", "10.12.0.0/16")].compactMap { one, other in
            IPPrefix(one).flatMap { one in IPPrefix(other).map { Site.Pair(one: one, other: $0) } }
        }
        return site
    }

    @Test func `a handshake across networks that are kept apart`() throws {
        let found = findings(Self.apart, connection(Self.main, Self.staging, at: 1))
        #expect(found.map(\.id) == ["cross-cluster-open/10.11.1.50"])
        #expect(found.first?.severity == .warning && found.first?.confidence == .proven && found.first?.frames == [2])
        for text in ["10.11.0.0/16", "10.12.0.0/16", "10.12.1.21", "TCP 443"] { #expect(found.first?.summary.contains(text) == true) }
        #expect(findings(Self.apart, connection(Self.staging, Self.main, at: 1)).map(\.id) == ["cross-cluster-open/10.12.1.21"])
        let echo = findings(Self.apart, [(ping(Self.main, Self.staging), 1), (pong(Self.staging, Self.main), 1.1)])
        #expect(echo.map(\.label) == [.crossClusterOpen])
    }

    @Test func `silence and ICMP keep them apart`() {
        let talk = talk(Self.main, Self.staging)
        let silent = findings(Self.apart, [(talk.syn, 1), (talk.syn, 2), (talk.syn, 4)])
        #expect(silent.map(\.id) == ["cross-cluster-blocked/10.11.1.50"])
        #expect(silent.first?.severity == .info && silent.first?.frames == [1, 2, 3] && silent.first?.arguesFromAbsence == true)
        let rejected = findings(
            Self.apart, [(talk.syn, 1), (icmpError(3, 13, from: .router, to: Self.main, quotes: talk.syn), 1.001)])
        #expect(rejected.map(\.label) == [.crossClusterBlocked] && rejected.first?.frames == [2])
        let pinged = findings(
            Self.apart,
            [
                (ping(Self.main, Self.staging), 1),
                (icmpError(3, 13, from: .router, to: Self.main, quotes: ping(Self.main, Self.staging)), 1.001),
            ])
        #expect(pinged.map(\.label) == [.crossClusterBlocked])
    }

    /// Where the other network holds the VIP, that its own clients fail is a fault, and that others' do is what was wanted.
    @Test func `what is kept apart on purpose is no fault`() {
        let talk = talk(Self.main, Self.staging)
        var second = talk
        second.sourcePort = 41_000
        var plain = self.talk(Self.main, Self.staging, port: 80)
        plain.sourcePort = 42_000
        let ends = QUICEnds()
        let hello = Datagram(Self.main, Self.staging).frame(17, udp(50_000, 443, ends.initial(.client, crypto(clientHello("a.b.net")))))
        let kept: [[([UInt8], Double)]] = [
            [(talk.syn, 1), (talk.syn, 2), (talk.syn, 4), (plain.syn, 5), (plain.syn, 6), (plain.syn, 8)],
            [(talk.syn, 1), (icmpError(3, 13, from: .router, to: Self.main, quotes: talk.syn), 1.001)],
            [(talk.syn, 1), (talk.refusal, 1.001), (plain.syn, 2), (plain.refusal, 2.001)],
            [(hello, 1), (hello, 2), (hello, 4)],
        ]
        var site = Self.apart
        site.vips = [VIP(address: Self.staging.address)]
        for frames in kept {
            let announced = frames + [(isAt(Self.staging.ip, Host.node.mac, tells: .router), 0.5)]
            let found = watch(site, announced).bench
            #expect(found.findings.allSatisfy { $0.severity == .info }, "\(found.findings.map(\.summary))")
            #expect(found.ledger(Self.staging.ip)?.verdict == .notJudged)
            var open = site
            open.networks.apart = []
            #expect(watch(open, announced).bench.findings.contains { $0.severity == .fault }, "nobody wants them apart")
        }
    }

    @Test(arguments: [(4.5 - tick, 0), (4.5, 1)])
    func `neighbourFailure: repetition tells after 3 point 5 s`(_ last: Double, _ count: Int) {
        #expect(Thresholds().neighbourFailure == .milliseconds(3500))
        let talk = talk(Self.main, Self.staging)
        let found = findings(Self.apart, until: last + 0.1, [(talk.syn, 1), (talk.syn, 2), (talk.syn, last)])
        #expect(found.filter { $0.label == .crossClusterBlocked }.count == count)
    }

    @Test func `a reset may be a filter's, a lone SYN lost, and one network's own traffic is its own`() {
        let talk = talk(Self.main, Self.staging)
        #expect(findings(Self.apart, [(talk.syn, 1), (talk.refusal, 1.001)]).isEmpty)
        #expect(findings(Self.apart, [(talk.syn, 1)]).isEmpty)
        #expect(findings(Self.apart, [(ping(Self.main, Self.staging), 1)]).isEmpty)
        #expect(findings(Self.apart, connection(Self.main, Host(0x0200_0000_1102, "10.11.9.9"), at: 1)).isEmpty)
        #expect(findings(.named, connection(Self.main, Self.staging, at: 1)).isEmpty, "nobody wants them apart")
    }

    @Test func `who is let through and then not, or the other way round, has changed`() {
        let talk = talk(Self.main, Self.staging)
        var late = talk
        late.sourcePort = 41_000
        let closed = findings(Self.apart, connection(Self.main, Self.staging, at: 1) + [(late.syn, 10), (late.syn, 11), (late.syn, 13)])
        #expect(closed.map(\.label) == [.crossClusterOpen, .crossClusterBlocked] && closed.map(\.state) == [.resolved, .open])
        let opened = findings(Self.apart, [(late.syn, 1), (late.syn, 2), (late.syn, 4)] + connection(Self.main, Self.staging, at: 20))
        #expect(opened.map(\.label) == [.crossClusterBlocked, .crossClusterOpen] && opened.map(\.state) == [.resolved, .open])
    }

    // MARK: client-wrong-prefix

    private func questions(_ address: String, by asker: Host = .client, _ times: [Double] = [1, 2, 3]) -> [([UInt8], Double)] {
        times.map { (whoHas(v4(address), asks: asker), $0) }
    }

    @Test func `a client asks the LAN for an address of another network`() throws {
        let found = findings(questions("10.0.7.9"))
        #expect(found.map(\.id) == ["client-wrong-prefix/10.0.0.20"])
        #expect(found.first?.severity == .fault && found.first?.confidence == .proven && found.first?.frames == [1, 2, 3])
        for text in ["10.0.0.20", "10.0.7.9", "10.0.0.0/24"] { #expect(found.first?.summary.contains(text) == true) }
        var site = Site.named
        site.vips.append(VIP(address: .v4(v4("10.0.7.10"))))
        let vip = watch(site, questions("10.0.7.10"))
        #expect(vip.finding(.clientWrongPrefix, v4("10.0.7.10"))?.id == "client-wrong-prefix/10.0.7.10/10.0.0.20")
        #expect(vip.finding(.vipNoAnnouncer, v4("10.0.7.10")) == nil)
    }

    @Test func `look-alikes of a wrong prefix`() {
        #expect(findings(questions("10.0.0.99")).isEmpty, "inside")
        #expect(findings(questions("169.254.7.9")).isEmpty, "link-local")
        #expect(
            findings(questions("10.0.7.9", [1])).isEmpty && findings(questions("10.0.7.9", [1, 1.2, 1.4])).isEmpty, "no kernel's repetition"
        )
        #expect(findings(questions("10.0.7.9", by: .node)).isEmpty, "a node's")
        #expect(findings(questions("10.0.7.9", by: Host(0x0200_0000_0777, "10.0.9.9"))).isEmpty, "another network on this segment")
        let answered = questions("10.0.7.9") + [1, 2, 3].map { (isAt(v4("10.0.7.9"), Host.router.mac, tells: .client), $0 + 0.01) }
        #expect(findings(answered).isEmpty, "answered")
        var site = Site.named
        site.networks.lan = []
        #expect(findings(site, questions("10.0.7.9")).isEmpty, "nobody says what the LAN's prefix is")
    }

    // MARK: hairpin-through-public

    private static let cdn = Host(Host.router.mac.rawValue, "198.51.100.7")

    private func told(_ text: String = "grafana.laurivan.com", _ client: Host = .client, at seconds: Double) -> [([UInt8], Double)] {
        let lookup = Lookup(text, client: client, server: .resolver)
        return [(lookup.query, seconds), (lookup.answer([.a(v4("198.51.100.7"))]), seconds + 0.01)]
    }

    @Test func `a client is told a public address and connects to it`() throws {
        let found = findings(told(at: 1) + connection(.client, Self.cdn, at: 2))
        #expect(found.map(\.id) == ["hairpin-through-public/grafana.laurivan.com"])
        #expect(found.first?.severity == .warning && found.first?.frames == [2, 3])
        for text in ["10.0.0.20", "198.51.100.7", "990.000 ms"] { #expect(found.first?.summary.contains(text) == true) }
    }

    @Test func `look-alikes of a hairpin`() {
        #expect(findings(told(at: 1)).isEmpty, "nobody connects")
        #expect(findings(told("www.example.net", at: 1) + connection(.client, Self.cdn, at: 2)).isEmpty, "no name of the zone")
        #expect(findings(told(at: 1) + connection(.other, Self.cdn, at: 2)).isEmpty, "nobody told it")
        #expect(findings(connection(.client, Self.cdn, at: 1) + told(at: 2)).isEmpty, "before")
        #expect(findings(told(at: 1) + connection(.client, Self.cdn, at: 700), until: 800).isEmpty, "long ago")
        var site = Site.named
        site.dns.zones = []
        #expect(findings(site, told(at: 1) + connection(.client, Self.cdn, at: 2)).isEmpty, "nobody says whose zone it is")
    }

    private func findings(_ frames: [([UInt8], Double)], until end: Double = 600) -> [Finding] { findings(.named, until: end, frames) }

    @Test(arguments: [(601.01, true), (601.01 + tick, false)])
    func `namedAddressMemory: an address is a name's for ten minutes`(_ time: Double, _ isFound: Bool) {
        #expect(Limits().namedAddressMemory == .seconds(600))
        #expect(findings(told(at: 1) + [(talk(.client, Self.cdn).syn, time)], until: 700).isEmpty == !isFound)
    }

    // MARK: tunnel-cloudflared-quic, tunnel-quic-blocked

    private static let edge = Host(Host.router.mac.rawValue, "198.41.192.57")
    private let ends = QUICEnds()

    private func out(_ payload: [UInt8], port: UInt16 = 7844) -> [UInt8] {
        Datagram(.client, Self.edge).frame(17, udp(50_000, port, payload))
    }
    private func back(_ payload: [UInt8]) -> [UInt8] { Datagram(Self.edge, .client).frame(17, udp(7844, 50_000, payload)) }
    private func initial(_ name: String = "quic.cftunnel.com") -> [UInt8] { ends.initial(.client, crypto(clientHello(name))) }
    private var flight: [UInt8] { ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server) }

    @Test func `cloudflared has its tunnel over QUIC`() throws {
        let found = findings([(out(initial()), 1), (back(flight), 1.02), (out(ends.short(.client)), 1.03)])
        #expect(found.map(\.id) == ["tunnel-cloudflared-quic/10.0.0.20"])
        #expect(found.first?.severity == .info && found.first?.frames == [1, 2])
        #expect(found.first?.summary.contains("quic.cftunnel.com") == true && found.first?.summary.contains("20.000 ms") == true)
        #expect(findings([(out(initial("other.example.net")), 1), (back(flight), 1.02)]).isEmpty, "another server name")
        #expect(findings([(out(initial()), 1)]).isEmpty, "no answer")
    }

    @Test func `Initials are not answered, and then TCP is`() throws {
        let found = findings([(out(initial()), 1), (out(initial()), 2)] + connection(.client, Self.edge, port: 7844, at: 30))
        #expect(found.map(\.id) == ["tunnel-quic-blocked/10.0.0.20"])
        #expect(found.first?.severity == .warning && found.first?.confidence == .proven && found.first?.frames == [1, 2, 3, 4])
        let unsure = findings([(out(initial()), 1), (talk(.client, Self.edge, port: 7844).syn, 30)])
        #expect(unsure.map(\.confidence) == [.likely])
        let closed = findings(
            [(out(initial()), 1), (out(ends.initial(.client, number: 1, connectionClose(0))), 4)]
                + connection(.client, Self.edge, port: 7844, at: 5))
        #expect(closed.map(\.confidence) == [.proven], "it gave up before its time was over")
        let rejected = findings(
            [(out(initial()), 1), (icmpError(3, 13, from: .router, to: .client, quotes: out(initial())), 1.001)]
                + connection(.client, Self.edge, port: 7844, at: 30))
        #expect(rejected.first?.summary.contains("rejected by ICMP") == true && rejected.first?.arguesFromAbsence == false)
    }

    @Test func `a tunnel that comes back over QUIC is not blocked any more`() {
        let other = QUICEnds.other(3)
        let hello = other.initial(.client, crypto(clientHello("quic.cftunnel.com")))
        let answer = other.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + other.handshake(.server)
        let found = findings(
            [(out(initial()), 1)] + connection(.client, Self.edge, port: 7844, at: 30) + [
                (Datagram(.client, Self.edge).frame(17, udp(50_001, 7844, hello)), 200),
                (Datagram(Self.edge, .client).frame(17, udp(7844, 50_001, answer)), 200.02),
            ])
        #expect(found.map(\.label) == [.tunnelQUICBlocked, .tunnelCloudflaredQUIC] && found.map(\.state) == [.resolved, .open])
    }

    @Test func `TCP alone, or before the Initials, is no fallback`() {
        let tcp = connection(.client, Self.edge, port: 7844, at: 1)
        #expect(findings(tcp).isEmpty)
        #expect(findings(tcp + [(out(initial()), 30)]).isEmpty)
        #expect(
            findings([(out(initial()), 1), (back(flight), 1.02)] + connection(.client, Self.edge, port: 7844, at: 30)).map(\.label) == [
                .tunnelCloudflaredQUIC
            ])
    }

    @Test(arguments: [(301.0, true), (301 + tick, false)])
    func `tunnelFallback: TCP within five minutes of the last Initial`(_ time: Double, _ isFound: Bool) {
        #expect(Thresholds().tunnelFallback == .seconds(300))
        #expect(findings([(out(initial()), 1), (talk(.client, Self.edge, port: 7844).syn, time)]).isEmpty == !isFound)
    }

    // MARK: mesh-hbone

    @Test func `HBONE between nodes or pods`() throws {
        let found = findings(connection(.node, .second, port: 15_008, at: 1))
        #expect(found.map(\.id) == ["mesh-hbone/10.0.0.147"])
        #expect(found.first?.severity == .info && found.first?.frames == [1, 2] && found.first?.summary.contains("10.000 ms") == true)
        #expect(findings(connection(.client, .second, port: 15_008, at: 1)).isEmpty, "no node")
        #expect(findings(connection(.node, .second, port: 15_009, at: 1)).isEmpty)
        #expect(findings([(talk(.node, .second, port: 15_008).syn, 1)]).isEmpty, "no answer")
        #expect(findings(.test, connection(.client, .second, port: 15_008, at: 1)).count == 1, "nobody says who the nodes are")
    }

    // MARK: overlay-wireguard

    private func handshake(_ type: UInt8, _ indexes: [UInt32], _ count: Int) -> [UInt8] {
        let head: [UInt8] = [type, 0, 0, 0] + indexes.flatMap { index -> [UInt8] in Array(big32(index).reversed()) }
        return head + [UInt8](repeating: 9, count: count - head.count)
    }

    private func wireGuard(receiver: UInt32 = 7, port: UInt16 = 51_820) -> [([UInt8], Double)] {
        [
            (Datagram(.client, .other).frame(17, udp(51_820, port, handshake(1, [7], 148))), 1),
            (Datagram(.other, .client).frame(17, udp(port, 51_820, handshake(2, [9, receiver], 92))), 1.01),
        ]
    }

    @Test func `initiation and response`() throws {
        let found = findings(wireGuard())
        #expect(found.map(\.id) == ["overlay-wireguard/10.0.0.20"])
        #expect(found.first?.severity == .info && found.first?.frames == [1, 2] && found.first?.summary.contains("10.000 ms") == true)
        #expect(findings(wireGuard(port: 41_641)).first?.summary.contains("Tailscale") == true)
        #expect(findings(wireGuard(receiver: 8)).isEmpty, "another index")
        #expect(findings([wireGuard()[0]]).isEmpty && findings([wireGuard()[1]]).isEmpty)
    }
}
