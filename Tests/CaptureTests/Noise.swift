import Support
import Wire

/// Traffic of hosts that have no part in a case: what its capture would hold besides on a busier LAN.
///
/// Only what the vantage shows: others' unicast reaches a mirror port, while a station sees their broadcasts and no more. More than that
/// would change what silence means there, and so, rightly, what may be concluded.
struct Noise {
    private var generator: SeededGenerator
    private let start: Timestamp
    private let end: Timestamp
    private var frames: [TestFrame] = []
    private var count: UInt16 = 0

    /// In the LAN of the cases, but of none of their stations.
    private let hosts = (0..<24).map { host(UInt32(0x0a00_00c8) + $0) }
    private let tagged = (0..<6).map { host(UInt32(0x0a00_1464) + $0, vlan: 20) }
    private let gateway = host(0x0a00_00fe)
    /// Beyond the gateway.
    private let away = (0..<6).map { TestHost(host(0x0a00_00fe).mac, IPv4Address(rawValue: 0xc612_0001 + $0)) }
    private let resolver = TestHost(host(0x0a00_00fe).mac, IPv4Address(rawValue: 0x0909_0909))

    private static func host(_ address: UInt32, vlan: UInt16? = nil) -> TestHost {
        TestHost(MACAddress(rawValue: 0x0200_0000_0000 | UInt64(address)), IPv4Address(rawValue: address), vlan: vlan)
    }

    private init(seed: UInt64, start: Timestamp, end: Timestamp) {
        generator = SeededGenerator(seed: seed)
        (self.start, self.end) = (start, end)
    }

    /// The frames of a case with noise between them, which keep their numbers.
    static func interleaved(with original: [TestFrame], seed: UInt64, unicast: Bool) -> [TestFrame] {
        guard let first = original.first, let end = original.map(\.time).max() else { return original }
        var noise = Noise(seed: seed, start: first.time, end: end)
        for _ in 0..<12 {
            noise.addBroadcasts()
            if unicast { noise.addUnicast() }
        }
        let frames = noise.frames.filter { $0.time <= end }.sorted { $0.time < $1.time }
        var mixed: [TestFrame] = []
        mixed.reserveCapacity(original.count + frames.count)
        var rest = frames[...]
        var number: UInt64 = 1_000_000
        for frame in original {
            while let next = rest.first, next.time < frame.time {
                number += 1
                mixed.append(TestFrame(next, on: frame.linkType, number: number))
                rest.removeFirst()
            }
            mixed.append(frame)
        }
        return mixed
    }

    // MARK: Frames

    private mutating func moment() -> Timestamp {
        start + Interval(nanoseconds: Int64.random(in: 0...max(1, (end - start).nanoseconds), using: &generator))
    }

    private mutating func add(_ bytes: [UInt8], at time: Timestamp, after milliseconds: Int64 = 0, originalLength: Int? = nil) {
        frames.append(
            TestFrame(
                time: time + .milliseconds(milliseconds), linkType: .ethernet, bytes: bytes, originalLength: originalLength ?? bytes.count,
                number: 0))
    }

    private mutating func pick(_ hosts: [TestHost]) -> (TestHost, TestHost) {
        let first = Int.random(in: 0..<hosts.count, using: &generator)
        let step = Int.random(in: 1..<hosts.count, using: &generator)
        return (hosts[first], hosts[(first + step) % hosts.count])
    }

    private mutating func fresh() -> UInt16 {
        count += 1
        return count
    }

    private mutating func octets(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }

    // MARK: Broadcast and multicast

    private mutating func addBroadcasts() {
        let (one, other) = pick(hosts)
        let empty = IPv4Address(rawValue: 0x0a00_00f0 + UInt32.random(in: 0..<8, using: &generator))
        add(one.arp(.request, to: .all, of: other.address), at: moment())
        // An address that nobody has, asked for as a kernel does.
        let asked = moment()
        for wait in [0, 1020, 2040, 4100] as [Int64] { add(one.arp(.request, to: .all, of: empty), at: asked, after: wait) }
        add(other.arp(.request, to: .all, of: other.address), at: moment())
        add(one.arp(.reply, to: .all, of: one.address), at: moment())
        add(one.arp(.request, to: .all, of: empty, as: .any), at: moment())
        let (trunk, peer) = pick(tagged)
        add(trunk.arp(.request, to: .all, of: peer.address), at: moment())
        let mdns = TestHost(MACAddress(rawValue: 0x0100_5e00_00fb), IPv4Address(rawValue: 0xe000_00fb))
        add(one.udp(to: mdns, (5353, 5353), id: fresh(), octets(60)), at: moment())
        add(one.ipv6(to: mdns, .udp, TestHost.datagram((5353, 5353), octets(60))), at: moment())
        let ssdp = TestHost(MACAddress(rawValue: 0x0100_5e7f_fffa), IPv4Address(rawValue: 0xefff_fffa))
        add(other.udp(to: ssdp, (51_000, 1900), id: fresh(), Array("M-SEARCH * HTTP/1.1\r\n\r\n".utf8)), at: moment())
        add(one.udp(to: .all, (68, 67), id: fresh(), octets(300)), at: moment())
        // A length in place of a type, as spanning tree's frames have, then a type that nobody knows.
        add(one.frame(to: MACAddress(rawValue: 0x0180_c200_0000), EtherType(rawValue: 38), octets(46)), at: moment())
        add(one.frame(to: .broadcast, EtherType(rawValue: 0x88b5), octets(200)), at: moment())
        for type in [EtherType.ipv4, .ipv6, .arp, .vlan] { add(other.frame(to: .broadcast, type, octets(70)), at: moment()) }
        let whole = one.arp(.request, to: .all, of: other.address)
        add(Array(whole.prefix(Int.random(in: 0..<whole.count, using: &generator))), at: moment(), originalLength: whole.count)
    }

    // MARK: Unicast

    private mutating func addUnicast() {
        let (one, other) = pick(hosts)
        let asked = moment()
        add(one.arp(.request, to: .all, of: other.address), at: asked)
        add(other.arp(.reply, to: one, of: one.address), at: asked, after: 1)
        for (client, server) in [(one, other), (one, away[Int(fresh()) % away.count]), pick(tagged)] {
            connect(client, server)
            knock(client, server)
        }
        lookUp(one)
        ping(one, other)
        add(one.ipv4(to: other, .udp, id: fresh(), fragment: 0x2000, octets(1400)), at: moment())
        add(one.ipv4(to: other, .udp, id: fresh(), fragment: 185, octets(400)), at: moment())
        add(one.ipv6(to: other, .tcp, TestHost.segment((40_000 + fresh(), 443), .syn, sequence: 9)), at: moment())
        add(one.ipv4(to: other, .tcp, id: fresh(), octets(30)), at: moment())
        add(one.frame(to: other.mac, .ipv4, octets(90)), at: moment())
        let whole = one.tcp(to: other, (40_000 + fresh(), 80), .syn)
        add(Array(whole.prefix(Int.random(in: 14..<whole.count, using: &generator))), at: moment(), originalLength: whole.count)
    }

    /// A connection that works.
    private mutating func connect(_ client: TestHost, _ server: TestHost) {
        let ports = (source: 40_000 + fresh(), destination: UInt16(443))
        let back = (source: ports.destination, destination: ports.source)
        let time = moment()
        add(client.tcp(to: server, ports, .syn, id: fresh()), at: time)
        add(server.tcp(to: client, back, [.syn, .ack], id: fresh()), at: time, after: 1)
        add(client.tcp(to: server, ports, .ack, id: fresh()), at: time, after: 2)
        for turn in 0..<4 as Range<Int64> {
            add(client.tcp(to: server, ports, [.ack, .psh], id: fresh(), octets(200)), at: time, after: 10 + turn * 150)
            add(server.tcp(to: client, back, .ack, id: fresh(), octets(1200)), at: time, after: 20 + turn * 150)
        }
        add(client.tcp(to: server, ports, [.fin, .ack], id: fresh()), at: time, after: 700)
        add(server.tcp(to: client, back, [.fin, .ack], id: fresh()), at: time, after: 701)
    }

    /// Connections that fail: a port that is closed, one that swallows SYNs, one that is rejected.
    private mutating func knock(_ client: TestHost, _ server: TestHost) {
        var ports = (source: 40_000 + fresh(), destination: UInt16(81))
        var time = moment()
        add(client.tcp(to: server, ports, .syn, id: fresh()), at: time)
        add(server.tcp(to: client, (ports.destination, ports.source), [.rst, .ack], id: fresh()), at: time, after: 1)
        ports = (40_000 + fresh(), 82)
        time = moment()
        for wait in [0, 1030, 3070, 7100] as [Int64] { add(client.tcp(to: server, ports, .syn, id: fresh()), at: time, after: wait) }
        ports = (40_000 + fresh(), 83)
        time = moment()
        add(client.tcp(to: server, ports, .syn, sequence: 5), at: time)
        let quoted = client.datagram(to: server, .tcp, id: 1, TestHost.segment(ports, .syn, sequence: 5))
        add(server.unreachable(to: client, code: 13, quoting: quoted, id: fresh()), at: time, after: 1)
    }

    /// Names outside the case's zone, asked of a public server: one that is there, one that is not, one left without an answer.
    private mutating func lookUp(_ client: TestHost) {
        for (name, answered) in [("www.example.org", 3), ("nowhere.example.org", 1), ("lost.example.net", 0)] {
            guard let name = DNSName(name) else { continue }
            let (port, id, time) = (50_000 + fresh(), fresh(), moment())
            add(client.query(name, .a, to: resolver, port: port, id: id), at: time)
            let address = answered == 3 ? IPv4Address(rawValue: 0xc000_0201) : nil
            if answered > 0 { add(resolver.answer(name, .a, address, to: client, port: port, id: id), at: time, after: 9) }
        }
    }

    private mutating func ping(_ one: TestHost, _ other: TestHost) {
        let (sequence, time) = (fresh(), moment())
        add(one.echo(.echoRequest, to: other, sequence: sequence, id: fresh()), at: time)
        add(other.echo(.echoReply, to: one, sequence: sequence, id: fresh()), at: time, after: 1)
        let lost = fresh()
        add(one.echo(.echoRequest, to: other, sequence: lost, id: fresh()), at: time, after: 2)
        let request = one.datagram(to: other, .icmpv4, id: lost, [8, 0, 0, 0] + one.address.rawValue.octets)
        add(gateway.unreachable(to: one, code: 1, quoting: request, id: fresh()), at: time, after: 3)
    }
}

extension TestFrame {
    /// An Ethernet frame as the capture would show it: a cooked one has no destination.
    fileprivate init(_ frame: TestFrame, on linkType: LinkType, number: UInt64) {
        self = frame
        self.number = number
        guard linkType == .linuxCooked2, bytes.count >= 14 else { return }
        self.linkType = linkType
        let broadcast: [UInt8] = [0, 0, 0, 0, 0, 2, 0, 1, 1, 6]
        bytes = bytes[12..<14] + broadcast + bytes[6..<12] + [0, 0] + bytes[14...]
        originalLength += 6
    }
}
