import LAN
import Flows
import Site
import Testing
import Wire

struct ScopeTests {
    private static let foreign = IPAddress.v4(v4("192.0.2.1"))

    @Test func `with VIPs, only they and the zones' authority are followed`() {
        var site = Site.test
        site.dns.authority = Host.authority.address
        site.vips.append(VIP(address: .v6(v6("fd00::157"))))
        let scope = Scope(site: site, everything: false)
        #expect(!scope.everything)
        #expect(scope.follows(.v4(theVIP)) && scope.follows(.v4(otherVIP)) && scope.follows(.v6(v6("fd00::157"))))
        #expect(scope.follows(Host.authority.address))
        #expect(!scope.follows(Self.foreign) && !scope.follows(.v6(v6("fd00::158"))))
        #expect(scope.follows(Self.foreign, .v4(theVIP)) && scope.follows(.v4(theVIP), Self.foreign))
        #expect(!scope.follows(Self.foreign, Host.client.address))
        #expect(scope.isVIP(.v4(theVIP)) && scope.isVIP(.v6(v6("fd00::157"))))
        #expect(!scope.isVIP(Host.authority.address), "the authority is followed, and no VIP")
        #expect(scope.vips == [.v4(theVIP), .v4(otherVIP), .v6(v6("fd00::157"))])
    }

    @Test func `everything is followed where it is asked for, and where no VIP is named`() {
        for scope in [Scope(site: .test, everything: true), Scope(site: Site(), everything: false)] {
            #expect(scope.everything)
            #expect(scope.follows(Self.foreign) && scope.follows(Self.foreign, Host.client.address))
            #expect(!scope.isVIP(Self.foreign))
        }
        #expect(Scope(site: .test, everything: true).isVIP(.v4(theVIP)))
    }

    @Test func `an authority that is a VIP too is both`() {
        var site = Site.test
        site.dns.authority = .v4(theVIP)
        let scope = Scope(site: site, everything: false)
        #expect(scope.isVIP(.v4(theVIP)) && scope.follows(.v4(theVIP)))
        #expect(scope.vips.count == 2)
    }

    /// A client asks a resolver, and that one the authority, which answers with AA.
    private func lookup(_ name: String, _ number: UInt16, authority: Host = .authority, _ sensor: inout Sensor) {
        let time = Double(number)
        let asked = Lookup(name, id: number, port: 50_000 + number)
        let further = Lookup(name, client: .resolver, server: authority, id: number, port: 40_000 + number)
        sensor.see(asked.query, at: time)
        sensor.see(further.query, at: time + 0.01)
        sensor.see(further.answer([.a(theVIP)], authoritative: true), at: time + 0.02)
        sensor.see(asked.answer([.a(theVIP)]), at: time + 0.03)
    }

    @Test func `an authority that traffic tells is followed from then on`() {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        var sensor = Sensor(site)
        let before = sensor.see(ping(.client, .authority), at: 0.1) + sensor.see(pong(.authority, .client), at: 0.2)
        #expect(before.echoes.isEmpty && sensor.correlators.scope.learned.isEmpty)
        // The first answer shows who the resolver is.
        for number in 1...3 as ClosedRange<UInt16> { lookup("argocd.laurivan.com", number, &sensor) }
        #expect(sensor.correlators.scope.learned == [Host.authority.address])
        let after = sensor.see(ping(.client, .authority, sequence: 2), at: 5) + sensor.see(pong(.authority, .client, sequence: 2), at: 5.1)
        #expect(after.echoes.count == 1)
        #expect(!sensor.correlators.scope.isVIP(Host.authority.address))
    }

    @Test func `whoever invents authorities is not followed without end`() {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        var sensor = Sensor(site)
        for number in 1...30 as ClosedRange<UInt16> {
            lookup("argocd.laurivan.com", number, authority: Host(0x0200_0000_0100 + UInt64(number), "10.0.1.\(number)"), &sensor)
        }
        #expect(sensor.correlators.scope.learned.count == Scope.mostLearned)
    }

    @Test func `with the site file's authority, no other is learned`() {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        site.dns.authority = .v4(v4("10.0.0.99"))
        var sensor = Sensor(site)
        for number in 1...3 as ClosedRange<UInt16> { lookup("argocd.laurivan.com", number, &sensor) }
        #expect(sensor.correlators.scope.learned.isEmpty)
    }

    @Test func `networks that are kept apart are followed where they meet`() throws {
        var site = Site.test
        let (one, other) = (try #require(IPPrefix("10.11.0.0/16")), try #require(IPPrefix("10.12.0.0/16")))
        site.networks.apart = [Site.Pair(one: one, other: other)]
        let scope = Scope(site: site, everything: false)
        let (main, staging) = (IPAddress.v4(v4("10.11.1.1")), IPAddress.v4(v4("10.12.1.1")))
        #expect(scope.follows(main, staging) && scope.follows(staging, main))
        #expect(!scope.follows(main, .v4(v4("10.11.2.2"))) && !scope.follows(main, Self.foreign) && !scope.follows(main))
    }
}
