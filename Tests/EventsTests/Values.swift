import Diagnosis
import Events
@testable import Flows
import Site
import Support
import Wire

/// What the records of these tests are made of.
enum Values {
    /// 2026-02-04T10:34:41Z.
    static let second: Int64 = 1_770_201_281_000_000_000
    static let start = Timestamp(nanoseconds: second)

    /// The frame of this number: one each millisecond.
    static func frame(_ number: UInt64) -> FrameReference {
        FrameReference(number: number, time: start + .milliseconds(Int64(number)))
    }

    static let vip = IPAddress.v4(IPv4Address(rawValue: 0x0a00_009d))
    static let vip6 = IPAddress.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0x157))
    static let client = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0014))
    static let client6 = IPAddress.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0x20))
    static let node = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0093))
    static let server = IPAddress.v4(IPv4Address(rawValue: 0x0a00_009c))

    static let clientMAC = MACAddress(rawValue: 0x3c22_fb00_0020)
    /// Of the site file's node.
    static let nodeMAC = MACAddress(rawValue: 0x0050_56aa_bb03)
    static let otherMAC = MACAddress(rawValue: 0x0050_56aa_bb04)

    /// Two VIPs, one with a name, and one node.
    static let site: Site = {
        var site = Site()
        site.name = "home"
        var named = VIP(address: vip)
        named.name = "envoy-internal"
        named.services = [Service(transport: .tcp, port: .https)]
        site.vips = [named, VIP(address: vip6)]
        var worker = Node(name: "esxi-2cu-8g-03")
        worker.address = node
        worker.macs = [nodeMAC]
        worker.role = .worker
        site.nodes = [worker]
        site.dns.authority = server
        return site
    }()

    static func claim(_ mac: MACAddress = nodeMAC, _ means: Claim.Means = .reply, frame number: UInt64 = 5) -> Claim {
        Claim(vlan: 0, address: vip, station: Station(mac: mac), means: means, frame: frame(number), asker: nil, request: nil)
    }

    /// A connection of frames 11 to 31 that was set up and closed by the client.
    static func connection(port: Port = .https) -> TCPConnection {
        TCPConnection(
            originator: Endpoint(client, Port(rawValue: 44932)), responder: Endpoint(vip, port), vlan: 0, first: frame(11),
            last: frame(31), syns: [frame(11)], synCount: 1, synACK: frame(14), ack: frame(15), end: frame(31), handshake: .established,
            outcome: .closed, endedBy: .originator, originatorMAC: clientMAC, nextHopMAC: nodeMAC, responderMAC: nodeMAC, originatorTTL: 64,
            responderTTL: 63, originatorPackets: 10, responderPackets: 9, originatorBytes: 764, responderBytes: 1684, hops: 0,
            time: frame(31).time)
    }

    /// A client's SYN of frame 11 and its retransmissions, which nothing answers.
    static func silence(_ syns: FirstFrames = [frame(11), frame(1011), frame(3011)]) -> TCPConnection {
        var connection = connection()
        connection.syns = syns
        connection.synCount = syns.count
        connection.last = syns.last ?? frame(11)
        (connection.synACK, connection.ack, connection.end) = (nil, nil, nil)
        (connection.handshake, connection.outcome, connection.endedBy) = (.unanswered, .unanswered, nil)
        (connection.responderMAC, connection.responderTTL, connection.responderPackets, connection.responderBytes) = (nil, nil, 0, 0)
        connection.time = frame(11).time + .seconds(7)
        return connection
    }
}

/// Writes a whole stream, leaves it for the schema's validator, and gives the records between its start and its end.
func records(_ site: Site = Values.site, _ write: (inout EventWriter) -> Void) throws -> [JSON] {
    var writer = EventWriter(site: site)
    writer.writeStart(
        CaptureDescription(sources: ["capture.pcap"], filter: nil, linkTypes: [.ethernet], everything: false), at: Values.start)
    write(&writer)
    writer.writeEnd(at: Values.start + .seconds(9), duration: .seconds(9))
    let bytes = Array(writer.bytes)
    EventLog.keep(bytes)
    return Array(try JSON.lines(bytes).dropFirst().dropLast())
}
