import LAN
@testable import Flows
import Site
import Testing
import Wire

/// What a resolver asks others joins the question that made it ask.
struct UpstreamsTests {
    private static let publicServer = Host(0x0200_0000_0001, "1.1.1.1")

    private static let site: Site = {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        site.dns.authority = Host.authority.address
        site.dns.resolvers = [Host.resolver.address]
        return site
    }()

    private let asked = Lookup("grafana.laurivan.com")
    private func further(_ server: Host, id: UInt16 = 9, port: UInt16 = 51_000) -> Lookup {
        Lookup("GRAFANA.laurivan.com", client: .resolver, server: server, id: id, port: port)
    }

    @Test func `a resolver's answer tells whom it asked, when, and what it was told`() throws {
        var sensor = Sensor(Self.site)
        let upstream = further(.authority)
        for (octets, time) in [
            (asked.query, 1.0), (upstream.query, 1.001), (upstream.answer(code: 3), 1.002), (asked.answer(code: 3), 1.003),
        ] {
            sensor.see(octets, at: time)
        }
        let transactions = sensor.events.dns
        try #require(transactions.count == 2)
        #expect(transactions.map(\.clientResolves) == [true, false])
        for transaction in transactions {
            try #require(transaction.upstream.count == 1)
            let question = transaction.upstream[0]
            #expect(question.server == Host.authority.address && question.role == .authority)
            #expect(question.query.number == 2 && question.response?.number == 3 && question.responseCode == .nonExistentDomain)
        }
    }

    @Test func `an answer from the cache has nobody behind it, and neither has another type's`() {
        var sensor = Sensor(Self.site)
        sensor.see(further(.authority).query, at: 0.9)
        sensor.see(Lookup("grafana.laurivan.com", .aaaa, client: .resolver, server: .authority).query, at: 1.001)
        sensor.see(asked.query, at: 1)
        sensor.see(asked.answer(code: 3), at: 1.003)
        #expect(sensor.events.dns.last?.server.address == Host.resolver.address && sensor.events.dns.last?.upstream == [])
    }

    @Test func `several servers are told, as far as four, and the last question to each`() {
        var sensor = Sensor(Self.site)
        sensor.see(asked.query, at: 1)
        for index in 0..<6 as Range<UInt64> {
            let server = Host(0x0200_0000_0001, "9.9.9.\(index)")
            sensor.see(further(server, port: 52_000 + UInt16(index)).query, at: 1.1 + Double(index) / 100)
        }
        sensor.see(further(Host(0x0200_0000_0001, "9.9.9.4"), id: 10, port: 53_000).query, at: 1.5)
        sensor.see(asked.answer(code: 2), at: 2)
        let upstream = sensor.events.dns.last?.upstream ?? []
        #expect(upstream.map(\.server.description) == ["9.9.9.2", "9.9.9.3", "9.9.9.5", "9.9.9.4"])
        #expect(upstream.allSatisfy { $0.role == .public } && upstream.last?.query.number == 8)
    }

    @Test func `names of no watched zone are followed nowhere`() {
        var sensor = Sensor(Self.site, everything: true)
        let (one, other) = (Lookup("example.net"), Lookup("example.net", client: .resolver, server: Self.publicServer, port: 51_000))
        for (octets, time) in [(one.query, 1.0), (other.query, 1.001), (other.answer(), 1.002), (one.answer(), 1.003)] {
            sensor.see(octets, at: time)
        }
        #expect(sensor.events.dns.count == 2 && sensor.events.dns.allSatisfy { $0.upstream.isEmpty })
    }

    @Test(arguments: [(11.0, 1), (11 + tick, 0)])
    func `upstreamMemory: ten seconds`(_ time: Double, _ count: Int) {
        #expect(Limits().upstreamMemory == .seconds(10))
        var sensor = Sensor(Self.site)
        sensor.see(asked.query, at: 0.999)
        sensor.see(further(.authority).query, at: 1)
        // Another question lets time pass.
        sensor.see(Lookup("x.laurivan.com", id: 3).query, at: time)
        sensor.see(asked.query, at: time)
        sensor.see(asked.answer(), at: time)
        let last = sensor.events.dns.last
        #expect(last?.query?.time == at(time) && last?.upstream == [], "asked before this question")
        sensor.see(further(.authority).answer(), at: time)
        #expect(sensor.events.dns.last?.upstream.count == count)
    }

    @Test func `the same message again gives a question time once, and is told with it`() {
        var sensor = Sensor(Self.site)
        for time in [1.0, 4, 8] { sensor.see(further(.authority).query, at: time) }
        #expect(sensor.advance(to: 9).isEmpty)
        let told = sensor.advance(to: 9 + tick).dns
        #expect(told.map(\.query?.number) == [1] && told.map(\.again?.number) == [2] && told.first?.time == at(9))
    }
}
