package import Flows
package import Site
package import Wire

/// A way to reach one conclusion: facts in, findings stated or resolved.
package protocol Rule: Sendable {
    static var label: Label { get }
    static var explanation: Explanation { get }
    /// The facts that it considers.
    static var kinds: FlowEvent.Kinds { get }
    /// It wants TCP, TLS, HTTP, QUIC and DNS also where they are about no watched address and no name of a watched zone; few rules do.
    static var considersOthers: Bool { get }

    init()

    mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook)

    /// The capture ends.
    mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook)
}

extension Rule {
    package static var considersOthers: Bool { false }
    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {}
    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {}
}

/// What `explain LABEL` and the documentation say of a finding.
package struct Explanation: Sendable {
    package var severity: Severity
    /// One line.
    package var title: String
    package var meaning: String
    package var proof: String
    /// What looks the same, and how it is told apart.
    package var lookAlikes: [String]
    /// Commands, with `{vip}` and the like for what a finding is about.
    package var remedy: [String]

    package func remedy(_ values: [String: String]) -> [String] {
        remedy.map { values.reduce($0) { $0.replacing("{\($1.key)}", with: $1.value) } }
    }
}

/// What a rule may look up: the site file and what each VIP was seen to do.
package struct Knowledge: Sendable {
    package let site: Site
    package internal(set) var vips: VIPRecords
    private var http3: HTTP3Fallbacks
    /// The unanswered QUIC attempts that this fact completes.
    private(set) var fallbacks: [HTTP3Fallbacks.Result] = []

    init(site: Site) {
        self.site = site
        vips = VIPRecords(site.vips.map(\.address))
        http3 = HTTP3Fallbacks(site: site)
    }

    /// To be called for every fact, after the records have learnt it.
    mutating func joinFallbacks(_ event: FlowEvent) {
        fallbacks = HTTP3Fallbacks.kinds.contains(event.kind) ? http3.consider(event) : []
    }

    /// The capture ends.
    mutating func conclude(at time: Timestamp) { fallbacks = http3.conclude(at: time) }

    package func isVIP(_ address: IPAddress) -> Bool { vips.contains(address) }

    /// A TCP port that the VIP is meant to serve; every port that a client tries, where the site file lists none.
    package func isService(_ port: Port, of address: IPAddress) -> Bool { site.vip(address)?.serves(.tcp, port) ?? false }

    /// The address with the name that the site file gives it.
    package func name(_ address: IPAddress) -> String {
        if let name = site.vip(address)?.name ?? site.node(address)?.name { return "\(address) (\(name))" }
        return address.description
    }

    /// A station by its MAC, its node's name and its own address, as far as they are known.
    package func name(_ station: Station) -> String {
        let node = site.node(station.mac)
        let rest = [node?.name, (node?.address ?? station.address)?.description].compactMap(\.self)
        return rest.isEmpty ? station.mac.description : "\(station.mac) (\(rest.joined(separator: ", ")))"
    }

    /// That a port works, and the packet that shows it: the SYN-ACK, or what only follows one.
    package static func works(_ connection: TCPConnection) -> (phrase: String, evidence: Evidence) {
        let port = connection.responder.port
        if let answer = connection.synACK {
            let time = connection.syns.first.map { " after \(Text.duration(answer.time - $0.time))" } ?? ""
            return ("TCP \(port) works (SYN-ACK\(time))", Evidence(answer, "SYN-ACK from \(connection.responder.address):\(port)"))
        }
        return (
            "TCP \(port) works (the client goes on, so it had a SYN-ACK)",
            Evidence(connection.ack ?? connection.last, "ACK of a SYN-ACK from \(connection.responder.address):\(port)")
        )
    }

    /// How to speak of an asker: by its address where it has one.
    package func asker(_ station: Station) -> String { station.address.map(name) ?? station.mac.description }
}

/// The records of a few VIPs. They are looked up for every fact, which a scan does quicker than a hash.
package struct VIPRecords: Sendable {
    private let addresses: [IPAddress]
    private var records: [VIPRecord]

    init(_ addresses: [IPAddress]) {
        self.addresses = addresses
        records = Array(repeating: VIPRecord(), count: addresses.count)
    }

    package var count: Int { addresses.count }

    package func contains(_ address: IPAddress) -> Bool { index(of: address) != nil }

    /// The fact is about a VIP or names of a watched zone, or of a kind of which rules see all. Asked before a fact is taken out, which copies it.
    func watches(_ event: FlowEvent) -> Bool {
        switch event {
        case .tcp(let connection, _): contains(connection.responder.address)
        case .tls(let handshake, _): contains(handshake.server.address)
        case .http(let exchange): contains(exchange.server.address)
        case .quic(let attempt, _): contains(attempt.server.address)
        case .dns(let transaction): transaction.zone != nil || transaction.namesVIP != nil || transaction.role == .authority
        case .announcement, .claim, .unanswered, .conflict, .flood, .icmpError, .echo, .handover, .loop, .sighting, .attempt, .unread: true
        }
    }

    func index(of address: IPAddress) -> Int? {
        for index in addresses.indices where addresses[index] == address { return index }
        return nil
    }

    package subscript(address: IPAddress) -> VIPRecord? { index(of: address).map { records[$0] } }

    /// By the index that `index(of:)` gave.
    subscript(index: Int) -> VIPRecord {
        get { records[index] }
        _modify { yield &records[index] }
    }
}

/// What one VIP was seen to do: the positive facts, which rules set against the failures.
package struct VIPRecord: Sendable {
    /// The last claim of each MAC that answered ARP, or Neighbor Discovery, for it.
    package var answers: [MACAddress: Claim] = [:]
    package var lastClaim: Claim?
    /// The last of those that tell others, or answer them.
    package var announced: Claim?
    /// What shows who has the VIP now, once anybody has answered for it: the last answer, or what another station announced after it in the same VLAN.
    package var standing: Claim? {
        guard let latest = answers.values.max(by: { $0.frame < $1.frame }) else { return nil }
        guard let last = announced, last.vlan == latest.vlan, last.station.mac != latest.station.mac else { return latest }
        return last
    }
    /// The last handshake that each port completed.
    package var works: [Port: TCPConnection] = [:]
    /// Ports on which a connection failed and none completed since.
    package var fails: Set<UInt16> = []
    package var echoReply: EchoExchange?
    /// An answer that ties a name to it.
    package var named: DNSTransaction?
    /// What established the last QUIC attempt, and its port.
    package var quic: (frame: FrameReference, port: Port)?
    /// A question for it went unanswered, but the question does not count.
    package var uncountedSilence: UnansweredRequest?
    /// A TLS handshake was begun, and the last that was completed.
    package var hasTLS = false
    package var handshake: TLSHandshake?
    /// Plaintext HTTP was tried, and the last exchange with a status below 500.
    package var hasHTTP = false
    package var page: HTTPExchange?
    /// The capture cut what connections to it began with.
    package var isUnread = false
    /// The last handshakes, by client.
    var successes = Successes()

    /// A later connection to the port than this one's last SYN was set up.
    func recovered(_ port: Port, since connection: TCPConnection) -> Bool {
        works[port].map { $0.last > connection.last } ?? false
    }

    /// Ports and MACs beyond these are a scan.
    static let mostPorts = 64
}
