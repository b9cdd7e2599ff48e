import LAN
@testable import Flows
import Site
import Testing
import Wire

struct StationsTests {
    /// Stations that watch frames, without the correlators around them.
    private struct Bench {
        var stations: Stations
        private let scope = Scope(site: .test, everything: false)

        init(_ limits: Limits = Limits()) { stations = Stations(limits: limits, hashKey: 1) }

        mutating func see(_ octets: [UInt8], at seconds: Double = 0, _ linkType: LinkType = .ethernet) {
            let packet = Dissector().dissect(
                octets.span, linkType: linkType, frame: FrameReference(number: 1, time: at(seconds)), originalLength: octets.count)
            stations.observe(packet, scope)
        }

        /// A ping and its answer.
        mutating func exchange(_ one: Host, _ other: Host, at seconds: Double = 0) {
            see(ping(one, other), at: seconds)
            see(pong(other, one), at: seconds + 0.001)
        }

        func sees(_ host: Host, at seconds: Double) -> Bool { stations.unicastIsVisible(of: host.mac, at: LAN.at(seconds)) }
        func forwards(_ host: Host) -> Bool { stations.forwards(host.mac) }
    }

    @Test func `an exchange between stations that have none in common shows a mirror`() {
        var bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.other, .router)
        #expect(bench.stations.vantage == .mirror)
        for host in [Host.client, .node, .other, .router] { #expect(bench.sees(host, at: 1)) }
        #expect(!bench.sees(.bystander, at: 1))
    }

    @Test func `a triangle of exchanges shows a mirror too`() {
        var bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.node, .router)
        #expect(bench.stations.vantage == .station)
        bench.exchange(.router, .client)
        #expect(bench.stations.vantage == .mirror)
    }

    @Test func `where all unicast is one station's, only its own answers would be seen`() {
        var bench = Bench()
        bench.exchange(.bystander, .router)
        bench.exchange(.bystander, .client)
        #expect(bench.stations.vantage == .station)
        #expect(bench.sees(.bystander, at: 1))
        #expect(!bench.sees(.client, at: 1), "the bystander's own exchange does not make the client's unicast visible")
        #expect(!bench.sees(.router, at: 1))
    }

    @Test func `one exchange alone does not tell whose it is`() {
        var bench = Bench()
        bench.exchange(.client, .router)
        #expect(!bench.sees(.client, at: 1) && !bench.sees(.router, at: 1))
    }

    @Test func `one direction alone could be flooded, and broadcasts prove nothing`() {
        var bench = Bench()
        for second in 0..<5 { bench.see(ping(.client, .node), at: Double(second)) }
        bench.see(whoHas(theVIP, asks: .client))
        bench.see(gratuitousRequest(theVIP, Host.node.mac))
        #expect(bench.stations.vantage == .broadcastOnly)
        #expect(!bench.sees(.client, at: 5) && !bench.sees(.node, at: 5))
    }

    @Test(arguments: [(9.0, true), (10.0, true), (10.0 + tick, false), (100.0, false)])
    func `unicast seen long ago shows nothing: 10 s`(_ later: Double, _ isVisible: Bool) {
        var bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.other, .router)
        #expect(bench.sees(.client, at: 0.001 + later) == isVisible)
    }

    @Test func `an ARP sender states its own address`() {
        var bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        #expect(bench.stations.station(Host.node.mac) == Station(mac: Host.node.mac, address: Host.node.address))
        #expect(bench.stations.station(Host.client.mac) == Station(mac: Host.client.mac))
    }

    /// A router sends what others wrote.
    @Test func `a station that sends from another's address forwards`() {
        var bench = Bench()
        bench.stations.own(Host.router.mac, Host.router.address, at: at(0))
        bench.see(ping(.router, .client))
        #expect(!bench.forwards(.router), "its own address is no other's")
        bench.see(Datagram(Host(Host.router.mac.rawValue, "192.0.2.9"), .client, ttl: 57).frame(17, udp(1, 2, [])))
        #expect(bench.forwards(.router))
    }

    @Test(arguments: [
        (UInt8(64), false), (128, false), (255, false), (32, false), (5, false), (33, true), (63, true), (127, true), (254, true),
    ])
    func `what another host sent has crossed a hop, and its time to live shows it`(_ ttl: UInt8, _ forwards: Bool) {
        var bench = Bench()
        bench.see(Datagram(Host(Host.router.mac.rawValue, "192.0.2.9"), .client, ttl: ttl).frame(17, udp(1, 2, [])))
        #expect(bench.forwards(.router) == forwards)
    }

    @Test func `a node that serves VIPs does not forward`() {
        var bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.see(Talk().synACK)
        bench.see(Talk(.client, otherVIP).synACK)
        #expect(!bench.forwards(.node))
    }

    /// Every dual-stack host sends from two addresses, both its own.
    @Test func `a host with an IPv6 address of its own does not forward`() {
        var bench = Bench()
        var six = Datagram(.client, .node)
        six.source = .v6(v6("fe80::14"))
        six.destination = .v6(v6("fe80::93"))
        bench.see(ping(.client, .node))
        bench.see(six.frame(17, udp(1, 2, [])))
        #expect(!bench.forwards(.client))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(0))
        #expect(!bench.forwards(.client))
        var other = Bench()
        other.stations.own(Host.client.mac, Host.client.address, at: at(0))
        other.see(six.frame(17, udp(1, 2, [])))
        #expect(!other.forwards(.client))
    }

    @Test func `a DHCP client, which has no address yet, does not forward`() {
        var bench = Bench()
        bench.see(
            Datagram(Host(Host.client.mac.rawValue, "0.0.0.0"), Host(MACAddress.broadcast.rawValue, "255.255.255.255")).frame(
                17, udp(68, 67, [])))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(1))
        #expect(!bench.forwards(.client))
    }

    @Test func `a host that claims two addresses as its own does not forward`() {
        var bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.see(ping(.node, .client))
        // A service address that nobody watches.
        bench.stations.own(Host.node.mac, .v4(v4("10.0.0.160")), at: at(1))
        bench.see(ping(Host(Host.node.mac.rawValue, "10.0.0.160"), .client), at: 2)
        bench.see(ping(.node, .client), at: 3)
        #expect(!bench.forwards(.node))
    }

    @Test func `a resolver answers queries and asks further servers itself`() {
        var bench = Bench()
        bench.stations.answersQuery(Host.resolver.mac, at: at(0))
        #expect(!bench.stations.resolves(Host.resolver.mac))
        bench.stations.asksQuery(Host.resolver.mac, at: at(0))
        #expect(bench.stations.resolves(Host.resolver.mac))
        #expect(!bench.stations.resolves(Host.client.mac))
    }

    @Test func `stations are forgotten after their time, and the oldest when there are too many`() {
        var limits = Limits()
        limits.stations = 2
        limits.memory = .seconds(60)
        var bench = Bench(limits)
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(10))
        bench.stations.own(Host.other.mac, Host.other.address, at: at(20))
        #expect(bench.stations.evictions == 1)
        #expect(bench.stations.station(Host.node.mac).address == nil)
        #expect(bench.stations.station(Host.client.mac).address != nil)
        bench.stations.advance(to: at(71))
        #expect(bench.stations.station(Host.client.mac).address == nil)
        #expect(bench.stations.station(Host.other.mac).address != nil)
    }

    @Test func `a full table does not mix sender and receiver`() {
        var limits = Limits()
        limits.stations = 2
        var bench = Bench(limits)
        bench.see(ping(.client, .node), at: 0)
        bench.see(ping(.client, .other), at: 0.5)
        bench.stations.own(Host.other.mac, Host.other.address, at: at(0.6))
        #expect(!bench.forwards(.other))
    }

    @Test func `a cooked capture names senders, and shows no exchange`() {
        var bench = Bench()
        bench.see(
            cooked(0, from: Host.router.mac, 0x0800, Datagram(Host(1, "192.0.2.9"), .client, ttl: 57).packet(17, udp(1, 2, []))), at: 0,
            .linuxCooked
        )
        bench.see(
            cooked(0, from: Host.router.mac, 0x0800, Datagram(Host(1, "192.0.2.8"), .client, ttl: 57).packet(17, udp(1, 2, []))), at: 0,
            .linuxCooked
        )
        #expect(bench.forwards(.router))
        #expect(bench.stations.vantage != .mirror && bench.stations.vantage != .station)
    }
}
