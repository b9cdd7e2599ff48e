import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Queries joined with their answers; `ZonesTests` has the zones and the servers' roles.
struct TransactionsTests {
    /// A zone, so that its names are of interest.
    private static var site: Site {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        return site
    }

    private let lookup = Lookup("grafana.laurivan.com")

    @Test func `a query and its answer are one transaction`() throws {
        var sensor = Sensor(Self.site)
        #expect(sensor.see(lookup.query, at: 0).isEmpty)
        let events = sensor.see(lookup.answer([.cname("gw.laurivan.com"), .a(theVIP)]), at: 0.02)
        let transaction = try #require(events.dns.first)
        #expect(transaction.query?.number == 1 && transaction.response?.number == 2 && transaction.time == at(0.02))
        #expect(transaction.client == Endpoint(Host.client.address, Port(rawValue: 50_000)))
        #expect(transaction.server == Endpoint(Host.resolver.address, .dns))
        #expect(transaction.id == 0x1234 && transaction.name == name("grafana.laurivan.com") && transaction.type == .a)
        #expect(transaction.responseCode == .noError && transaction.message.message?.answers.count == 2)
        #expect(transaction.zone == name("laurivan.com") && transaction.namesVIP == .v4(theVIP))
        #expect(sensor.advance(to: 100).isEmpty, "it is told once")
    }

    @Test(arguments: [(5.0, 0), (5 + tick, 1)])
    func `a query without an answer is told after 5 s, with its deadline as its time`(_ time: Double, _ count: Int) {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.query, at: 0)
        let dns = sensor.advance(to: time).dns
        #expect(dns.count == count)
        #expect(dns.allSatisfy { $0.time == at(5) && $0.response == nil && $0.responseCode == nil && $0.query?.number == 1 })
        #expect(dns.allSatisfy { $0.name == name("grafana.laurivan.com") && $0.zone == name("laurivan.com") })
    }

    @Test func `an answer after the time-out stands alone`() {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.query, at: 0)
        #expect(sensor.see(lookup.answer(), at: 6).dns.map { $0.query?.number } == [1, nil])
    }

    /// RFC 4343; resolvers mix the case of their questions on purpose.
    @Test func `names are joined whatever their case`() {
        var sensor = Sensor(Self.site)
        sensor.see(Lookup("GrAfAnA.LaUrIvAn.CoM").query, at: 0)
        let transaction = sensor.see(lookup.answer([.a(theVIP)]), at: 0.1).dns.first
        #expect(transaction?.query?.number == 1)
        #expect(transaction?.zone == name("laurivan.com"))
    }

    @Test func `the same query again before its answer is a retransmission: the first one counts`() {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.query, at: 0)
        sensor.see(lookup.query, at: 2)
        #expect(sensor.see(lookup.answer(), at: 2.1).dns.map { $0.query?.number } == [1])
        #expect(sensor.advance(to: 100).isEmpty)
        sensor.see(lookup.query, at: 101)
        sensor.see(lookup.query, at: 104)
        #expect(sensor.advance(to: 200).dns.map(\.time) == [at(109)])
    }

    @Test func `another id, port, name, type, client or server is another question`() {
        let answers = [
            Lookup("grafana.laurivan.com", id: 1), Lookup("grafana.laurivan.com", port: 1), Lookup("argocd.laurivan.com"),
            Lookup("grafana.laurivan.com", .aaaa), Lookup("grafana.laurivan.com", client: .other),
            Lookup("grafana.laurivan.com", server: .router),
        ]
        for answer in answers {
            var sensor = Sensor(Self.site)
            sensor.see(lookup.query, at: 0)
            #expect(sensor.see(answer.answer(), at: 0.1).dns.map(\.query) == [nil])
            #expect(sensor.advance(to: 6).dns.map { $0.query?.number } == [1])
        }
    }

    @Test func `a copy on its way to the next hop is no second answer`() {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.query, at: 0)
        let message = udp(53, 50_000, lookup.message([.a(theVIP)]))
        let answer = Datagram(.resolver, .client, id: 4)
        sensor.see(answer.frame(17, message), at: 0.1)
        sensor.see(answer.frame(17, message), at: 0.1002)
        sensor.see(answer.forwarded(from: Host.router.mac, to: Host.client.mac).frame(17, message), at: 0.1004)
        #expect(sensor.events.dns.count == 1)
    }

    // MARK: What is of interest

    @Test func `with a zone, its names are told, and what gives a VIP`() {
        var sensor = Sensor(Self.site)
        for (index, text) in ["grafana.laurivan.com", "laurivan.com", "grafana.laurivan.com.lan", "notlaurivan.com", "example.org"]
            .enumerated()
        {
            sensor.see(Lookup(text, id: UInt16(index)).query, at: Double(index))
            sensor.see(Lookup(text, id: UInt16(index)).answer(code: 3), at: Double(index) + 0.1)
        }
        #expect(sensor.events.dns.map(\.name.description) == ["grafana.laurivan.com", "laurivan.com"])
        #expect(sensor.see(Lookup("example.org").answer([.a(theVIP)]), at: 10).dns.map(\.namesVIP) == [.v4(theVIP)])
        #expect(sensor.see(Lookup("example.net").answer([.a(Host.node.ip)]), at: 11).dns.isEmpty)
        #expect(sensor.advance(to: 100).isEmpty, "nor are others' time-outs")
    }

    @Test func `whatever the zones' authority is asked is told`() {
        var site = Self.site
        site.dns.authority = Host.authority.address
        var sensor = Sensor(site)
        let foreign = Lookup("example.org", client: .resolver, server: .authority)
        sensor.see(foreign.query, at: 0)
        #expect(sensor.advance(to: 6).dns.map(\.role) == [.authority])
        #expect(sensor.see(foreign.answer(code: 5), at: 7).dns.map(\.responseCode) == [.refused])
    }

    @Test func `without a VIP everything is told`() {
        var sensor = Sensor(Site())
        sensor.see(Lookup("example.org").query, at: 0)
        #expect(sensor.see(Lookup("example.org").answer(), at: 0.1).dns.count == 1)
        sensor.see(Lookup("example.net").query, at: 1)
        #expect(sensor.advance(to: 10).dns.map(\.zone) == [nil])
    }

    @Test func `updates, several questions, and other ports are no lookups`() {
        var sensor = Sensor(Self.site)
        var update = Array(lookup.query)
        update[44] = 0x28
        var two = Array(lookup.query)
        two[47] = 2
        sensor.see(update, at: 0)
        sensor.see(two, at: 1)
        let message = Array(lookup.query.dropFirst(42))
        sensor.see(Datagram(.client, .resolver).frame(17, udp(50_000, 5353, message)), at: 2)
        sensor.see(Datagram(.client, .resolver).frame(17, udp(53, 50_000, message)), at: 3)
        #expect(sensor.finish(at: 100).isEmpty && sensor.events.isEmpty)
        #expect(sensor.correlators.anomalies.total == 0)
    }

    // MARK: Damage, ends, tables

    @Test func `a message that does not decode is counted, and no transaction`() {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.frame([1, 2, 3]), at: 0)
        sensor.see(lookup.frame(Array(lookup.message([.a(theVIP)]).dropLast(2))), at: 1)
        var loop = lookup.message([.a(theVIP)])
        loop[12] = 0xc0
        loop[13] = 12
        sensor.see(lookup.frame(loop), at: 2)
        #expect(sensor.events.isEmpty)
        #expect(
            sensor.correlators.anomalies.entries == [
                AnomalyCounts.Entry(layer: .dns, kind: .truncated, count: 2), AnomalyCounts.Entry(layer: .dns, kind: .malformed, count: 1),
            ])
    }

    @Test func `octets that the snapshot length took are the capture's doing`() {
        var sensor = Sensor(Self.site)
        let frame = lookup.answer([.a(theVIP)])
        sensor.see(Array(frame.dropLast(6)), at: 0, originalLength: frame.count)
        #expect(sensor.correlators.anomalies.entries == [AnomalyCounts.Entry(layer: .dns, kind: .cutByCapture, count: 1)])
    }

    @Test func `a query whose answer does not decode is still told`() {
        var sensor = Sensor(Self.site)
        sensor.see(lookup.query, at: 0)
        sensor.see(lookup.frame(Array(lookup.message([.a(theVIP)]).dropLast(2))), at: 0.1)
        #expect(sensor.correlators.anomalies.total == 1)
        let dns = sensor.finish(at: 10).dns
        #expect(dns.map { $0.query?.number } == [1])
    }

    @Test func `at the end of the capture what waits is told as it stands, in the order of asking`() {
        var sensor = Sensor(Self.site)
        for id in [UInt16(3), 1, 2] { sensor.see(Lookup("grafana.laurivan.com", id: id).query, at: Double(sensor.frames)) }
        let dns = sensor.finish(at: 3).dns
        #expect(dns.map(\.id) == [3, 1, 2] && dns.allSatisfy { $0.time == at(3) && $0.response == nil })
    }

    @Test func `too many queries drop the oldest, which is told and counted`() {
        var limits = Limits()
        limits.queries = 1
        var sensor = Sensor(Self.site, limits)
        sensor.see(lookup.query, at: 0)
        #expect(sensor.see(Lookup("argocd.laurivan.com").query, at: 1).dns.map { $0.query?.number } == [1])
        #expect(sensor.correlators.counters.evictedQueries == 1)
    }
}
