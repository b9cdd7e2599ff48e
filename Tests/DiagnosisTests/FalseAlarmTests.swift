import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Frames that once led to a false conclusion, or hid a true one: each is a case that a review made up and the program fell for.
struct FalseAlarmTests {
    /// `--vip` alone: no nodes, zones or prefixes.
    private static var bare: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        return site
    }

    private func questions(_ watch: inout Watch, of asker: Host, from second: Double) {
        for step in [0.0, 1, 2] { watch.see(whoHas(theVIP, asks: asker), at: second + step) }
    }

    @Test func `a segment without ACK completes no handshake`() {
        var watch = Watch(Self.bare)
        let talk = Talk()
        watch.see(talk.syn, at: 1)
        watch.see(talk.syn, at: 2)
        watch.see(talk.out().frame(6, talk.fromClient([])), at: 2.5)
        watch.finish(at: 3)
        #expect(watch.finding(.healthy) == nil)
    }

    @Test func `an old connection's silence is no fault of a port that has recovered`() {
        var watch = Watch(Self.bare)
        watch.see(whoHas(theVIP, asks: .client), at: 0)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 0.001)
        for second in [1.0, 2, 4, 8] { watch.see(Talk().syn, at: second) }
        #expect(watch.finding(.tcpSYNBlackhole)?.state == .open)
        let later = Talk(sourcePort: 40_001)
        watch.see(later.syn, at: 9.5)
        watch.see(later.synACK, at: 9.501)
        watch.see(later.ack, at: 9.502)
        watch.finish(at: 30)
        #expect(watch.finding(.tcpSYNBlackhole)?.state == .resolved)
        #expect(watch.finding(.healthy) != nil)
    }

    @Test func `a broadcast reply to nobody's question is an announcement, no answer`() {
        var watch = Watch()
        questions(&watch, of: .client, from: 1)
        let broadcast = ethernet(
            from: Host.node.mac, to: .broadcast, 0x0806,
            arp(2, sender: (Host.node.mac, theVIP), target: (.broadcast, v4("255.255.255.255"))))
        watch.advance(to: 10)
        watch.see(broadcast, at: 20)
        #expect(watch.finding(.vipNoAnnouncer)?.state == .open)
    }

    @Test func `an error before the announcer's first ARP reply is judged when that comes`() {
        var watch = Watch()
        watch.see(icmpError(3, 1, from: .node, to: .client, quotes: ping(.client, Facts.service)), at: 1)
        #expect(watch.finding(.icmpUnreachableBenign) == nil)
        watch.see(whoHas(theVIP, asks: .client), at: 2)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 2.001)
        #expect(watch.finding(.icmpUnreachableBenign)?.confidence == .likely)
    }

    @Test func `an announcer that answers for a second VIP keeps its own address`() {
        var watch = Watch(Self.bare)
        for (address, second) in [(otherVIP, 0.0), (theVIP, 1)] {
            watch.see(whoHas(address, asks: .client), at: second)
            watch.see(isAt(address, Host.node.mac, tells: .client), at: second + 0.001)
            watch.see(isAt(address, Host.second.mac, tells: .client), at: second + 0.002)
        }
        #expect(watch.finding(.duplicateAnnouncers)?.confidence == .proven, "two stations, though both answer for the other VIP too")
    }

    @Test func `a node that is sent the VIP's packets asks for itself, whatever it forwards`() {
        var watch = Watch(Self.bare)
        watch.see(ping(.client, Facts.service), at: 0)
        var pod = Datagram(Host(Host.node.mac.rawValue, "10.42.0.7"), .client, ttl: 63)
        pod.id = 9
        watch.see(pod.frame(17, udp(1, 2, [])), at: 0.5)
        questions(&watch, of: .node, from: 1)
        watch.finish(at: 20)
        #expect(watch.finding(.vipNoAnnouncer) == nil)
    }

    @Test func `names that were answered before the zone was known still count`() {
        var watch = Watch(Self.bare)
        func lookUp(_ name: String, _ answers: [AnswerRecord], code: UInt16 = 0, at second: Double) {
            let client = Lookup(name)
            let further = Lookup(name, client: .resolver, server: .authority, id: 7, port: 50_001)
            watch.see(client.query, at: second)
            watch.see(further.query, at: second + 0.01)
            watch.see(further.answer(answers, code: code, authoritative: true), at: second + 0.02)
            watch.see(client.answer(answers, code: code, authoritative: true), at: second + 0.03)
        }
        lookUp("grafana.laurivan.com", [.a(theVIP)], at: 0)
        lookUp("argocd.laurivan.com", [.a(theVIP)], at: 1)
        for (index, name) in ["a", "b", "c"].enumerated() { lookUp("\(name).laurivan.com", [], code: 3, at: 2 + Double(index)) }
        watch.finish(at: 10)
        #expect(watch.bench.findings.filter { $0.label == .dnsNXDomainAllInternal }.isEmpty)
    }
}
