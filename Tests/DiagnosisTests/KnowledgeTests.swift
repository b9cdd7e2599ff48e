import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct KnowledgeTests {
    private func known(_ events: FlowEvent..., site: Site = .home) -> Knowledge {
        var known = Knowledge(site: site)
        for event in events { _ = known.learn(event) }
        return known
    }

    private func record(_ known: Knowledge, _ address: IPv4Address = theVIP) -> VIPRecord { known.vips[.v4(address)] ?? VIPRecord() }

    @Test func `names are as the site file gives them`() {
        let known = known()
        #expect(known.name(.v4(theVIP)) == "10.0.0.157 (envoy-internal)")
        #expect(known.name(Host.node.address) == "10.0.0.147 (esxi-2cu-8g-03)")
        #expect(known.name(Host.client.address) == "10.0.0.20")
        #expect(known.name(Host.node.station) == "00:50:56:aa:bb:03 (esxi-2cu-8g-03, 10.0.0.147)")
        #expect(known.name(Host.client.station) == "02:00:00:00:00:14 (10.0.0.20)")
        #expect(known.name(Station(mac: Host.client.mac)) == "02:00:00:00:00:14")
        #expect(known.asker(Host.client.station) == "10.0.0.20" && known.asker(Station(mac: Host.client.mac)) == "02:00:00:00:00:14")
    }

    @Test func `service ports are those that the site file lists, and all where it lists none`() {
        let known = known()
        #expect(known.isService(.https, of: .v4(theVIP)) && known.isService(.http, of: .v4(theVIP)))
        #expect(!known.isService(Port(rawValue: 8080), of: .v4(theVIP)))
        #expect(known.isService(Port(rawValue: 8080), of: .v4(otherVIP)))
        #expect(!known.isService(.https, of: Host.client.address), "only a VIP has services")
        #expect(known.isVIP(.v4(theVIP)) && !known.isVIP(Host.authority.address))
    }

    @Test func `replies are answers, other claims are claims`() {
        let known = known(
            Facts.reply(.node, at: 1), Facts.reply(.node, at: 2), Facts.reply(.second, at: 3),
            .claim(Facts.claim(.bystander, at: 4, .gratuitousReply)),
            Facts.reply(.node, at: 5, of: Host.authority.ip))
        #expect(record(known).answers.mapValues(\.frame.number) == [Host.node.mac: 2000, Host.second.mac: 3000])
        #expect(record(known).lastClaim?.station.mac == Host.bystander.mac)
        #expect(known.vips.count == 2, "others are not kept")
    }

    @Test func `a port works or fails, whichever came last`() {
        #expect(record(known(Facts.refused(at: 1))).fails == [443])
        #expect(record(known(Facts.refused(at: 1), Facts.established(at: 2))).fails.isEmpty)
        let both = record(known(Facts.established(at: 1), Facts.silent([2, 3, 5])))
        #expect(both.fails == [443] && both.works.keys.sorted() == [.https], "what worked once is kept")
        #expect(record(known(Facts.retransmitted([1, 2]))).fails.isEmpty, "it may be answered yet")
    }

    @Test func `echo replies, names and questions that do not count are kept`() {
        let known = known(
            Facts.echoReply(at: 1), Facts.answer("a.laurivan.com", .a, [.a(theVIP)], at: 2), Facts.run(.node),
            Facts.answer("b.laurivan.com", at: 9))
        #expect(record(known).echoReply?.reply?.number == 1000)
        #expect(record(known).named?.name == name("a.laurivan.com"))
        #expect(record(known).uncountedSilence?.requests.map(\.number) == [1000, 2000, 3000])
    }

    /// What may change a ledger is said, so that ledgers are not made anew for every fact.
    @Test func `a fact says whether a ledger may state something else`() {
        var known = Knowledge(site: .home)
        let facts: [(FlowEvent, Bool)] = [
            (Facts.reply(.node, at: 1), true), (Facts.reply(.node, at: 2), false), (Facts.reply(.second, at: 3), true),
            (Facts.established(at: 4), true), (Facts.established(at: 5), false), (Facts.refused(at: 6), true),
            (Facts.refused(at: 7), false),
            (Facts.echoReply(at: 8), true), (Facts.echoReply(at: 9), false), (Facts.run(.node), true), (Facts.run(.node), false),
            (Facts.answer("a.laurivan.com", .a, [.a(theVIP)], at: 10), true), (Facts.denial("b.laurivan.com", at: 11), false),
            (Facts.error(at: 12), false), (Facts.established(at: 13, of: Host.authority.ip), false),
        ]
        for (fact, mayDiffer) in facts { #expect(known.learn(fact) == mayDiffer) }
    }

    @Test func `a scan of ports and a flood of claimants stay small`() {
        var site = Site.home
        site.vips[0].services = []
        var known = Knowledge(site: site)
        for port in UInt16(1)...500 {
            _ = known.learn(Facts.established(at: 1, port: Port(rawValue: port)))
            _ = known.learn(Facts.refused(at: 1, port: Port(rawValue: port + 500)))
            _ = known.learn(Facts.reply(Host(UInt64(port), "10.0.0.9"), at: 1))
        }
        #expect(record(known).works.count == VIPRecord.mostPorts && record(known).fails.count == VIPRecord.mostPorts)
        #expect(record(known).answers.count == VIPRecord.mostPorts)
        _ = known.learn(Facts.established(at: 9, port: Port(rawValue: 7)))
        #expect(record(known).works[Port(rawValue: 7)]?.time == at(9), "those that are there go on")
    }
}
