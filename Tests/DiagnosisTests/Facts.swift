import LAN
@testable import Flows
import Site
import Wire

// Facts for rules, as the correlators state them. A frame's number is its time in milliseconds, so that evidence can be read.

func frame(_ seconds: Double) -> FrameReference { FrameReference(number: UInt64((seconds * 1000).rounded()), time: at(seconds)) }

extension Host {
    var station: Station { Station(mac: mac, address: address) }
}

extension Site {
    /// The network that the catalogue's examples come from.
    static var home: Site {
        var site = Site()
        var first = VIP(address: .v4(theVIP))
        first.name = "envoy-internal"
        first.services = [Service(transport: .tcp, port: .http), Service(transport: .tcp, port: .https)]
        first.names = ["*.laurivan.com"].compactMap(NamePattern.init)
        var other = VIP(address: .v4(otherVIP))
        other.name = "envoy-external"
        site.vips = [first, other]
        site.nodes = [("esxi-2cu-8g-03", Host.node), ("esxi-2cu-8g-04", .second)].map { title, host in
            var node = Node(name: title)
            node.address = host.address
            node.macs = [host.mac]
            return node
        }
        site.dns.zones = ["laurivan.com"].compactMap(DNSName.init)
        site.dns.authority = Host.authority.address
        site.networks.lan = ["10.0.0.0/24"].compactMap(IPPrefix.init)
        return site
    }
}

enum Facts {
    // MARK: Sessions

    /// A TLS 1.3 handshake of the client with the VIP.
    static func tls(
        at seconds: Double, _ change: TLSChange = .ended, outcome: TLSHandshake.Outcome = .established, port: Port = .https
    ) -> FlowEvent {
        var frames = TLSHandshake.Frames()
        frames.end = frame(seconds)
        var body = serverHello().span.extracting(droppingFirst: TLSHandshakeHeader.length)
        let hello = try? ServerHello(decoding: &body)
        return .tls(
            TLSHandshake(
                client: Endpoint(Host.client.address, Port(rawValue: 40_000)), server: Endpoint(.v4(theVIP), port), vlan: 0,
                clientHello: nil, serverHello: hello, retryGroup: nil, certificate: nil, alert: nil, answer: [], isPostgreSQL: false,
                first: frame(seconds - 0.01), last: frame(seconds), frames: frames,
                stage: outcome == .established ? .complete : .beforeServerHello, outcome: change == .ended ? outcome : nil, endedBy: nil,
                fingerprints: nil, time: at(seconds)), change)
    }

    /// An exchange of the client with the VIP; no status where no response came.
    static func http(_ status: UInt16?, at seconds: Double, port: Port = .http) -> FlowEvent {
        .http(
            HTTPExchange(
                client: Endpoint(Host.client.address, Port(rawValue: 40_001)), server: Endpoint(.v4(theVIP), port), vlan: 0,
                request: HTTPExchange.Request(method: "GET", target: "/", host: nil, upgrade: nil, frame: frame(seconds - 0.01)),
                response: status.map {
                    HTTPExchange.Response(status: $0, location: nil, server: nil, alternatives: nil, frame: frame(seconds))
                }, answer: [], outcome: status == nil ? .closed : .answered, endedBy: status == nil ? .responder : nil,
                end: status == nil ? frame(seconds) : nil, time: at(seconds)))
    }

    // MARK: ARP

    /// A claim; a reply answers the client's request of a millisecond before, unless told otherwise.
    static func claim(
        _ host: Host, at seconds: Double, _ means: Claim.Means = .reply, of address: IPv4Address = theVIP, request: Double? = nil,
        vlan: UInt32 = 0
    ) -> Claim {
        Claim(
            vlan: vlan, address: .v4(address), station: host.station, means: means, frame: frame(seconds),
            asker: means == .reply ? Host.client.station : nil, request: means == .reply ? frame(request ?? seconds - 0.001) : nil)
    }

    static func reply(_ host: Host, at seconds: Double, of address: IPv4Address = theVIP, request: Double? = nil) -> FlowEvent {
        .claim(claim(host, at: seconds, of: address, request: request))
    }

    /// A run of requests at these times, told 1.3 s after the last.
    static func run(
        _ asker: Host = .client, _ times: [Double] = [1, 2, 3], _ basis: UnansweredRequest.Basis = .retransmission, isCut: Bool = false,
        of address: IPv4Address = theVIP, vlan: UInt32 = 0, announced: Claim? = nil, _ change: (inout Asker) -> Void = { _ in }
    ) -> FlowEvent {
        var facts = Asker(station: asker.station, claimedIt: false, sentFromIt: false, forwards: false, resolves: false)
        change(&facts)
        return .unanswered(
            UnansweredRequest(
                vlan: vlan, address: .v4(address), asker: facts, requests: times.prefix(3).map { frame($0) }, count: times.count,
                basis: basis,
                isCut: isCut, time: at((times.last ?? 0) + 1.3), announced: announced))
    }

    /// Two answers to the request of a millisecond before the first.
    static func conflict(_ one: Host, _ other: Host, at seconds: Double, of address: IPv4Address = theVIP) -> FlowEvent {
        .conflict(
            ClaimConflict(
                address: .v4(address), vlan: 0, first: claim(one, at: seconds, of: address),
                second: claim(other, at: seconds + 0.003, of: address, request: seconds - 0.001), earlier: nil, time: at(seconds + 0.003)))
    }

    /// `other` answers, `one` 2 s later, and `other` again after 4 s.
    static func turns(_ one: Host, _ other: Host, at seconds: Double) -> FlowEvent {
        .conflict(
            ClaimConflict(
                address: .v4(theVIP), vlan: 0, first: claim(one, at: seconds + 2), second: claim(other, at: seconds + 4),
                earlier: claim(other, at: seconds), time: at(seconds + 4)))
    }

    // MARK: TCP

    /// A connection as it stands after SYNs at these times, and at this stage.
    static func connection(
        _ syns: [Double], port: Port = .https, of address: IPv4Address = theVIP, client: Host = .client, synACK: Double? = nil,
        ack: Double? = nil,
        end: Double? = nil, _ handshake: TCPConnection.Handshake = .unanswered, _ outcome: TCPConnection.Outcome = .open, at seconds: Double
    ) -> TCPConnection {
        let first = syns.first ?? synACK ?? ack ?? seconds
        var frames = FirstFrames()
        for syn in syns { frames.append(frame(syn)) }
        return TCPConnection(
            originator: Endpoint(client.address, Port(rawValue: 40_000)), responder: Endpoint(.v4(address), port), vlan: 0,
            first: frame(first), last: frame(seconds), syns: frames, synCount: syns.count,
            synACK: synACK.map { frame($0) }, ack: ack.map { frame($0) }, end: end.map { frame($0) }, handshake: handshake,
            outcome: outcome,
            endedBy: nil, originatorMAC: client.mac, nextHopMAC: Host.node.mac, responderMAC: Host.node.mac, originatorTTL: 64,
            responderTTL: 64, originatorPackets: 1, responderPackets: 1, originatorBytes: 0, responderBytes: 0, hops: 0, time: at(seconds))
    }

    static func established(at seconds: Double, port: Port = .https, of address: IPv4Address = theVIP, client: Host = .client) -> FlowEvent
    {
        .tcp(
            connection(
                [seconds - 0.002], port: port, of: address, client: client, synACK: seconds - 0.001, ack: seconds, .established, at: seconds
            ),
            .established)
    }

    static func refused(at seconds: Double, port: Port = .https) -> FlowEvent {
        .tcp(connection([seconds - 0.001], port: port, end: seconds, .refused, .refused, at: seconds), .ended)
    }

    /// The last SYN is this very packet.
    static func retransmitted(_ syns: [Double], port: Port = .https, of address: IPv4Address = theVIP) -> FlowEvent {
        .tcp(connection(syns, port: port, of: address, at: syns.last ?? 0), .synRetransmitted)
    }

    /// 4 s after the last SYN.
    static func silent(_ syns: [Double], port: Port = .https, of address: IPv4Address = theVIP) -> FlowEvent {
        .tcp(connection(syns, port: port, of: address, at: (syns.last ?? 0) + 4), .fellSilent)
    }

    // MARK: ICMP

    static let service = Host(Host.node.mac.rawValue, theVIP.description)

    /// An error as it comes from the wire: built, dissected and joined by the real code.
    static func error(
        _ type: UInt8 = 3, _ code: UInt8 = 1, from host: Host = .node, quotes quoted: [UInt8] = ping(.client, service), octets: Int = 28,
        at seconds: Double, quotedAt: Double? = nil
    ) -> FlowEvent {
        var sensor = Sensor(.home, everything: true)
        if let quotedAt { sensor.see(quoted, at: quotedAt) }
        sensor.see(icmpError(type, code, from: host, to: .client, quotes: quoted, octets: octets), at: seconds)
        guard var error = sensor.events.icmpErrors.first else { fatalError("no error came out") }
        error.frame = frame(seconds)
        error.quotedFrame = error.quotedFrame.map { _ in frame(quotedAt ?? 0) }
        return .icmpError(error)
    }

    static func echoReply(at seconds: Double, of address: IPv4Address = theVIP) -> FlowEvent {
        .echo(
            EchoExchange(
                source: Host.client.address, destination: .v4(address), identifier: 77, sequence: 1, request: frame(seconds - 0.001),
                reply: frame(seconds), replyMAC: Host.node.mac, time: at(seconds)))
    }

    // MARK: DNS

    /// An answer: NXDOMAIN where `code` is 3, NODATA where it is 0 and there are no records.
    static func answer(
        _ text: String, _ type: DNSType = .a, _ records: [AnswerRecord] = [], code: UInt16 = 0,
        role: DNSTransaction.ServerRole = .authority,
        zone: String? = "laurivan.com", at seconds: Double
    ) -> FlowEvent {
        let lookup = Lookup(text, type, client: .resolver, server: role == .authority ? .authority : .resolver)
        let octets = lookup.message(records, code: code)
        guard let message = try? DNSOctets(decoding: octets.span) else { fatalError("\(text) does not decode") }
        return .dns(
            DNSTransaction(
                client: Endpoint(lookup.client.address, Port(rawValue: 5000)), server: Endpoint(lookup.server.address, .dns), id: 1,
                type: type, query: frame(seconds - 0.001), response: frame(seconds), message: message, role: role,
                zone: zone.map { name($0) }, namesVIP: records.contains { $0.data == big32(theVIP.rawValue) } ? .v4(theVIP) : nil,
                time: at(seconds)))
    }

    static func denial(
        _ text: String, _ type: DNSType = .a, role: DNSTransaction.ServerRole = .authority, zone: String? = "laurivan.com",
        at seconds: Double
    ) -> FlowEvent {
        answer(text, type, code: 3, role: role, zone: zone, at: seconds)
    }
}
