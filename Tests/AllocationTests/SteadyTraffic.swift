import Support
import Wire

/// Traffic that makes no event where one VIP is watched, once its hosts and connections are known.
enum SteadyTraffic: String, CaseIterable {
    case foreignTCP = "bulk TCP of other hosts"
    case watchedTCP = "data on an established connection with the VIP"
    case foreignDNS = "queries and answers for foreign names"
    case foreignARP = "ARP between other hosts"
    case foreignEcho = "pings between other hosts"
    case fragments
    case ipv6 = "IPv6"
    case vlan = "VLAN-tagged TCP and ARP"
    case multicast
    case unknown = "types that nobody decodes"
    case damaged = "cut and damaged frames"
    case newStations = "hosts never seen before"
    case newConnections = "connections between other hosts"

    static let vip = TestHost(MACAddress(rawValue: 0x0050_56aa_bb03), IPv4Address(rawValue: 0x0a00_009d))
    private static let client = TestHost(MACAddress(rawValue: 0x3c22_fb00_0020), IPv4Address(rawValue: 0x0a00_0014))
    private static let one = TestHost(MACAddress(rawValue: 0x0200_0000_0001), IPv4Address(rawValue: 0x0a00_00c9))
    private static let other = TestHost(MACAddress(rawValue: 0x0200_0000_0002), IPv4Address(rawValue: 0x0a00_00ca))
    private static let tagged = TestHost(one.mac, one.address, vlan: 20)
    private static let ports = (source: UInt16(50_000), destination: UInt16(443))
    private static let back = (source: UInt16(443), destination: UInt16(50_000))
    private static let data = [UInt8](repeating: 0x55, count: 1000)

    /// What must have happened before, or the traffic itself would be news.
    var prologue: [[UInt8]] {
        guard self == .watchedTCP else { return [] }
        return [
            Self.client.tcp(to: Self.vip, Self.ports, .syn), Self.vip.tcp(to: Self.client, Self.back, [.syn, .ack]),
            Self.client.tcp(to: Self.vip, Self.ports, .ack),
        ]
    }

    /// A few frames, told from those of other rounds by a number.
    func round(_ number: UInt16) -> [[UInt8]] {
        let (one, other, data) = (Self.one, Self.other, Self.data)
        switch self {
        case .foreignTCP: return Self.exchange(one, other, number)
        case .watchedTCP: return Self.exchange(Self.client, Self.vip, number)
        case .foreignDNS: return Self.lookups(number)
        case .foreignARP:
            return [
                one.arp(.request, to: .all, of: other.address), other.arp(.reply, to: one, of: one.address),
                other.arp(.request, to: .all, of: other.address), one.arp(.request, to: .all, of: one.address, as: .any),
            ]
        case .foreignEcho:
            let datagram = one.datagram(to: other, .udp, id: number, TestHost.datagram((9, 9), data))
            return [
                one.echo(.echoRequest, to: other, sequence: number, id: number),
                other.echo(.echoReply, to: one, sequence: number, id: number),
                other.unreachable(to: one, code: 3, quoting: datagram, id: number),
            ]
        case .fragments:
            return [
                one.ipv4(to: other, .udp, id: number, fragment: 0x2000, data), one.ipv4(to: other, .udp, id: number, fragment: 125, data),
            ]
        case .ipv6:
            let segment = TestHost.segment(Self.ports, .ack, sequence: UInt32(number), data)
            return [one.ipv6(to: other, .tcp, segment), other.ipv6(to: one, .udp, TestHost.datagram((5353, 5353), data))]
        case .vlan: return Self.exchange(Self.tagged, other, number) + [Self.tagged.arp(.request, to: .all, of: other.address)]
        case .multicast:
            let group = TestHost(MACAddress(rawValue: 0x0100_5e00_00fb), IPv4Address(rawValue: 0xe000_00fb))
            return [one.udp(to: group, (5353, 5353), id: number, data), one.udp(to: .all, (68, 67), id: number, data)]
        case .unknown:
            return [
                one.frame(to: other.mac, EtherType(rawValue: 0x88b5), data), one.ipv4(to: other, .init(rawValue: 99), id: number, data),
            ]
        case .damaged: return Self.damaged(number)
        case .newStations:
            let address = IPv4Address(rawValue: one.address.rawValue + UInt32(number))
            let fresh = TestHost(MACAddress(rawValue: one.mac.rawValue + UInt64(number) << 8), address)
            return [fresh.arp(.request, to: .all, of: other.address), fresh.udp(to: other, (9, 9), id: number, data)]
        case .newConnections:
            return [one.tcp(to: other, (number, 443), .syn), other.tcp(to: one, (443, number), [.rst, .ack])]
        }
    }

    private static func exchange(_ client: TestHost, _ server: TestHost, _ number: UInt16) -> [[UInt8]] {
        [
            client.tcp(to: server, ports, [.ack, .psh], sequence: UInt32(number) * 1000, id: number, data),
            server.tcp(to: client, back, .ack, sequence: UInt32(number) * 2000, id: number, data),
            client.tcp(to: server, ports, .ack, sequence: UInt32(number) * 1000, id: number &+ 30_000),
        ]
    }

    private static func lookups(_ number: UInt16) -> [[UInt8]] {
        guard let name = DNSName("www.example.org") else { return [] }
        return [
            one.query(name, .a, to: other, port: 40_000, id: number),
            other.answer(name, .a, one.address, to: one, port: 40_000, id: number),
            one.query(name, .aaaa, to: other, port: 40_001, id: number),
            other.answer(name, .aaaa, nil, to: one, port: 40_001, id: number),
        ]
    }

    private static func damaged(_ number: UInt16) -> [[UInt8]] {
        let whole = one.tcp(to: other, (number, 443), .ack, id: number)
        let broken = one.ipv4(to: other, .tcp, id: number, [UInt8](repeating: 0, count: 20))
        let query = lookups(number).first ?? []
        return [Array(whole.prefix(12)), Array(whole.prefix(30)), Array(whole.prefix(40)), broken, Array(query.dropLast(8))]
    }
}
