import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Zones and servers' roles: from the site file, or learned (CATALOGUE: authority, resolver, zone).
struct ZonesTests {
    private static let publicServer = Host(Host.router.mac.rawValue, "1.1.1.1")

    /// A lookup of a name of the zone that a client makes through the resolver.
    private static let asked = Lookup("grafana.laurivan.com")

    private static func further(_ name: String = "grafana.laurivan.com", client: Host = .resolver, server: Host = .authority) -> Lookup {
        Lookup(name, client: client, server: server, id: 0x99, port: 33_000)
    }

    private static func zoned(_ change: (inout Site) -> Void = { _ in }) -> Site {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        change(&site)
        return site
    }

    // MARK: Roles

    @Test func `the site file names the roles`() {
        let site = Self.zoned {
            $0.dns.authority = Host.authority.address
            $0.dns.resolvers = [Host.resolver.address]
            $0.dns.public = [.v4(v4("10.9.9.9"))]
        }
        var sensor = Sensor(site)
        let servers = [Host.authority, .resolver, Host(1, "10.9.9.9"), Self.publicServer, .other]
        for (index, server) in servers.enumerated() {
            sensor.see(Lookup("grafana.laurivan.com", server: server).answer(authoritative: true), at: Double(index))
        }
        #expect(sensor.events.dns.map(\.role) == [.authority, .resolver, .public, .public, .unknown])
    }

    @Test func `who is asked by a resolver and answers with AA from a private address is the authority`() {
        var sensor = Sensor(Self.zoned())
        let answers: [AnswerRecord] = [.a(theVIP)]
        for second in [0.0, 1] {
            sensor.see(Self.asked.query, at: second)
            sensor.see(Self.further().query, at: second + 0.01)
            sensor.see(Self.further().answer(answers, authoritative: true), at: second + 0.02)
            sensor.see(Self.asked.answer(answers, authoritative: true), at: second + 0.03)
        }
        // Whoever has not answered yet is no resolver, and whom it asks no authority.
        #expect(sensor.events.dns.map(\.role) == [.unknown, .resolver, .authority, .resolver], "dnsmasq passes the upstream's AA on")
    }

    /// Frames that lack one condition for an authority.
    struct Lack: CustomTestStringConvertible {
        var testDescription: String
        var frames: [[UInt8]]

        init(_ description: String, _ frames: [UInt8]...) {
            testDescription = description
            self.frames = frames
        }
    }

    @Test(arguments: [
        Lack("no AA", asked.query, further().query, further().answer([.a(theVIP)])),
        Lack(
            "a public address", asked.query, further(server: publicServer).query,
            further(server: publicServer).answer([.a(theVIP)], authoritative: true)),
        Lack("asked by a client", asked.query, asked.answer([.a(theVIP)], authoritative: true)),
        Lack("asked by one whom nobody asks", further().query, further().answer([.a(theVIP)], authoritative: true)),
        Lack(
            "a name of another zone", asked.query, further("example.org").query,
            further("example.org").answer([.a(theVIP)], authoritative: true)),
        Lack(
            "it asks others itself", asked.query, further(server: .other).query,
            Lookup("grafana.laurivan.com", client: .other, server: publicServer).query,
            further(server: .other).answer([.a(theVIP)], authoritative: true)),
    ])
    func `else nobody is`(_ lack: Lack) {
        var sensor = Sensor(Self.zoned())
        for (index, frame) in lack.frames.enumerated() { sensor.see(frame, at: Double(index) / 100) }
        sensor.finish(at: 1)
        #expect(!sensor.events.dns.isEmpty)
        #expect(!sensor.events.dns.contains { $0.role == .authority })
    }

    @Test func `where the site file names the authority, none is inferred`() {
        var sensor = Sensor(Self.zoned { $0.dns.authority = Host.bystander.address })
        for (index, frame) in [Self.asked.query, Self.further().query, Self.further().answer(authoritative: true)].enumerated() {
            sensor.see(frame, at: Double(index) / 100)
        }
        #expect(sensor.events.dns.map(\.role) == [.unknown])
    }

    @Test func `a forwarder that answered from its cache first is a resolver once it asks`() {
        var sensor = Sensor(Self.zoned())
        let forwarder = Host.other
        let frames = [
            Self.asked.query, Self.further(server: forwarder).query,
            Self.further(server: forwarder).answer([.a(theVIP)], authoritative: true),
            Lookup("argocd.laurivan.com", client: forwarder, server: Self.publicServer).query,
            Lookup("argocd.laurivan.com", client: .resolver, server: forwarder).answer(code: 3, authoritative: true),
        ]
        for (index, frame) in frames.enumerated() { sensor.see(frame, at: Double(index) / 100) }
        let last = sensor.events.dns.last
        #expect(last?.role != .authority)
    }

    @Test func `who was asked but never answered is no resolver`() {
        var sensor = Sensor(Self.zoned())
        // Somebody scans the client, which then asks a Pi-hole whose upstream is hidden.
        sensor.see(Lookup("version.bind", client: .other, server: .client).query, at: 0)
        sensor.see(Self.asked.query, at: 1)
        sensor.see(Self.asked.answer([.a(theVIP)], authoritative: true), at: 1.1)
        let role = sensor.events.dns.last?.role
        #expect(role != .authority)
    }

    // MARK: Zones

    /// What the answers to these names, all of which give a VIP, tell of the zone.
    private func zones(_ names: [String], _ site: Site = .test) -> [String] {
        var sensor = Sensor(site)
        for (index, name) in names.enumerated() { sensor.see(Lookup(name).answer([.a(theVIP)]), at: Double(index)) }
        return sensor.correlators.zones.map(\.description)
    }

    @Test func `without a site file, the names that give a VIP tell the zone`() {
        #expect(zones([]) == [])
        #expect(zones(["grafana.laurivan.com"]) == ["grafana.laurivan.com"])
        #expect(zones(["grafana.laurivan.com", "argocd.LAURIVAN.com"]) == ["laurivan.com"])
        #expect(zones(["grafana.k8s.laurivan.com", "argocd.k8s.laurivan.com", "www.laurivan.com"]) == ["laurivan.com"])
        #expect(zones(["www.laurivan.com", "laurivan.com"]) == ["laurivan.com"])
    }

    @Test func `one label is no zone`() {
        #expect(zones(["nas"]) == [])
        #expect(!zones(["grafana.laurivan.com", "argocd.vanillax.com"]).contains("com"))
    }

    @Test func `the order in which names come does not matter`() {
        let names = ["grafana.laurivan.com", "argocd.laurivan.com", "www.example.org"]
        let (one, other) = (zones(names), zones(names.reversed()))
        #expect(one == other)
    }

    @Test func `the site file's zones stay as they are`() {
        #expect(zones(["grafana.vanillax.me"], Self.zoned()) == ["laurivan.com"])
    }

    @Test func `a transaction that tells the zone belongs to it`() {
        var sensor = Sensor(.test)
        sensor.see(Lookup("grafana.laurivan.com").answer([.a(theVIP)]), at: 0)
        #expect(sensor.see(Lookup("argocd.laurivan.com").answer([.a(theVIP)]), at: 1).dns.first?.zone == name("laurivan.com"))
        #expect(sensor.see(Lookup("nextcloud.laurivan.com").answer(code: 3), at: 2).dns.first?.zone == name("laurivan.com"))
        #expect(sensor.see(Lookup("example.org").answer(code: 3), at: 3).dns.isEmpty)
    }

    @Test func `an answer that gives another address tells nothing`() {
        var sensor = Sensor(.test)
        sensor.see(Lookup("grafana.laurivan.com").answer([.a(Host.node.ip), .cname("x.laurivan.com")]), at: 0)
        #expect(sensor.correlators.zones.isEmpty && sensor.events.isEmpty)
    }
}
