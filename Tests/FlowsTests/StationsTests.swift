import LAN
@testable import Flows
import Site
import Testing
import Wire

struct StationsTests {
    /// Stations that watch frames, without the correlators around them.
    private final class Bench {
        var stations: Stations
        private let scope = Scope(site: .test, everything: false)

        init(_ limits: Limits = Limits()) { stations = Stations(limits: limits, hashKey: 1) }

        func see(_ octets: [UInt8], at seconds: Double = 0, _ linkType: LinkType = .ethernet) {
            let packet = Dissector().dissect(
                octets.span, linkType: linkType, frame: FrameReference(number: 1, time: at(seconds)), originalLength: octets.count)
            stations.observe(packet, scope)
        }

        /// A ping and its answer.
        func exchange(_ one: Host, _ other: Host, at seconds: Double = 0) {
            see(ping(one, other), at: seconds)
            see(pong(other, one), at: seconds + 0.001)
        }

        func sees(_ host: Host, at seconds: Double) -> Bool { stations.unicastIsVisible(of: host.mac, at: LAN.at(seconds)) }
        func forwards(_ host: Host) -> Bool { stations.forwards(host.mac) }
        func resolves(_ host: Host) -> Bool { stations.resolves(host.mac) }
        func station(_ host: Host, isIPv6: Bool = false) -> Station { stations.station(host.mac, isIPv6: isIPv6) }
        var vantage: Vantage { stations.vantage }
        var evictions: UInt64 { stations.evictions }
    }

    @Test func `an exchange between stations that have none in common shows a mirror`() {
        let bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.other, .router)
        #expect(bench.vantage == .mirror)
        for host in [Host.client, .node, .other, .router] { #expect(bench.sees(host, at: 1)) }
        #expect(!bench.sees(.bystander, at: 1))
    }

    @Test func `a triangle of exchanges shows a mirror too`() {
        let bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.node, .router)
        #expect(bench.vantage == .station)
        bench.exchange(.router, .client)
        #expect(bench.vantage == .mirror)
    }

    @Test func `where all unicast is one station's, only its own answers would be seen`() {
        let bench = Bench()
        bench.exchange(.bystander, .router)
        bench.exchange(.bystander, .client)
        #expect(bench.vantage == .station)
        #expect(bench.sees(.bystander, at: 1))
        #expect(!bench.sees(.client, at: 1), "the bystander's own exchange does not make the client's unicast visible")
        #expect(!bench.sees(.router, at: 1))
    }

    @Test func `one exchange alone does not tell whose it is`() {
        let bench = Bench()
        bench.exchange(.client, .router)
        #expect(!bench.sees(.client, at: 1) && !bench.sees(.router, at: 1))
    }

    @Test func `one direction alone could be flooded, and broadcasts prove nothing`() {
        let bench = Bench()
        for second in 0..<5 { bench.see(ping(.client, .node), at: Double(second)) }
        bench.see(whoHas(theVIP, asks: .client))
        bench.see(gratuitousRequest(theVIP, Host.node.mac))
        #expect(bench.vantage == .broadcastOnly)
        #expect(!bench.sees(.client, at: 5) && !bench.sees(.node, at: 5))
    }

    @Test(arguments: [(9.0, true), (10.0, true), (10.0 + tick, false), (100.0, false)])
    func `unicast seen long ago shows nothing: 10 s`(_ later: Double, _ isVisible: Bool) {
        let bench = Bench()
        bench.exchange(.client, .node)
        bench.exchange(.other, .router)
        #expect(bench.sees(.client, at: 0.001 + later) == isVisible)
    }

    @Test func `an ARP sender states its own address`() {
        let bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        #expect(bench.station(Host.node) == Station(mac: Host.node.mac, address: Host.node.address))
        #expect(bench.station(Host.client) == Station(mac: Host.client.mac))
    }

    /// A router sends what others wrote.
    @Test func `a station that sends from another's address forwards`() {
        let bench = Bench()
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
        let bench = Bench()
        bench.see(Datagram(Host(Host.router.mac.rawValue, "192.0.2.9"), .client, ttl: ttl).frame(17, udp(1, 2, [])))
        #expect(bench.forwards(.router) == forwards)
    }

    @Test func `a node that serves VIPs does not forward`() {
        let bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.see(Talk().synACK)
        bench.see(Talk(.client, otherVIP).synACK)
        #expect(!bench.forwards(.node))
    }

    /// Every dual-stack host sends from two addresses, both its own.
    @Test func `a host with an IPv6 address of its own does not forward`() {
        let bench = Bench()
        var six = Datagram(.client, .node)
        six.source = .v6(v6("fe80::14"))
        six.destination = .v6(v6("fe80::93"))
        bench.see(ping(.client, .node))
        bench.see(six.frame(17, udp(1, 2, [])))
        #expect(!bench.forwards(.client))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(0))
        #expect(!bench.forwards(.client))
        let other = Bench()
        other.stations.own(Host.client.mac, Host.client.address, at: at(0))
        other.see(six.frame(17, udp(1, 2, [])))
        #expect(!other.forwards(.client))
    }

    @Test func `a DHCP client, which has no address yet, does not forward`() {
        let bench = Bench()
        bench.see(
            Datagram(Host(Host.client.mac.rawValue, "0.0.0.0"), Host(MACAddress.broadcast.rawValue, "255.255.255.255")).frame(
                17, udp(68, 67, [])))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(1))
        #expect(!bench.forwards(.client))
    }

    @Test func `a host that claims two addresses as its own does not forward`() {
        let bench = Bench()
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.see(ping(.node, .client))
        // A service address that nobody watches.
        bench.stations.own(Host.node.mac, .v4(v4("10.0.0.160")), at: at(1))
        bench.see(ping(Host(Host.node.mac.rawValue, "10.0.0.160"), .client), at: 2)
        bench.see(ping(.node, .client), at: 3)
        #expect(!bench.forwards(.node))
    }

    @Test func `a resolver answers queries and asks further servers itself`() {
        let bench = Bench()
        bench.stations.answersQuery(Host.resolver.mac, at: at(0))
        #expect(!bench.resolves(Host.resolver))
        bench.stations.asksQuery(Host.resolver.mac, at: at(0))
        #expect(bench.resolves(Host.resolver))
        #expect(!bench.resolves(Host.client))
    }

    @Test func `stations are forgotten after their time, and the oldest when there are too many`() {
        var limits = Limits()
        limits.stations = 2
        limits.memory = .seconds(60)
        let bench = Bench(limits)
        bench.stations.own(Host.node.mac, Host.node.address, at: at(0))
        bench.stations.own(Host.client.mac, Host.client.address, at: at(10))
        bench.stations.own(Host.other.mac, Host.other.address, at: at(20))
        #expect(bench.evictions == 1)
        #expect(bench.station(Host.node).address == nil)
        #expect(bench.station(Host.client).address != nil)
        bench.stations.advance(to: at(71))
        #expect(bench.station(Host.client).address == nil)
        #expect(bench.station(Host.other).address != nil)
    }

    @Test func `a full table does not mix sender and receiver`() {
        var limits = Limits()
        limits.stations = 2
        let bench = Bench(limits)
        bench.see(ping(.client, .node), at: 0)
        bench.see(ping(.client, .other), at: 0.5)
        bench.stations.own(Host.other.mac, Host.other.address, at: at(0.6))
        #expect(!bench.forwards(.other))
    }

    @Test func `a cooked capture names senders, and shows no exchange`() {
        let bench = Bench()
        bench.see(
            cooked(0, from: Host.router.mac, 0x0800, Datagram(Host(1, "192.0.2.9"), .client, ttl: 57).packet(17, udp(1, 2, []))), at: 0,
            .linuxCooked
        )
        bench.see(
            cooked(0, from: Host.router.mac, 0x0800, Datagram(Host(1, "192.0.2.8"), .client, ttl: 57).packet(17, udp(1, 2, []))), at: 0,
            .linuxCooked
        )
        #expect(bench.forwards(.router))
        #expect(bench.vantage != .mirror && bench.vantage != .station)
    }
}
