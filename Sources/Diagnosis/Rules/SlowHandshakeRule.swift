package import Flows
import Site
import Wire

/// Handshakes take long.
///
/// *Means*: the VIP's packets take a way round, or the node that answers is overloaded.
/// *Proven by*: the median of the last twenty handshakes against what the LAN itself takes: ARP's answers, pings, the clients' own ACKs.
/// *Looks the same*: a first ARP resolution, which one handshake in many waits for; a lost SYN.
package struct SlowHandshakeRule: Rule {
    package static let label = Label.tcpHandshakeSlow
    package static let kinds: FlowEvent.Kinds = [.tcp, .claim, .echo]

    package static let explanation = Explanation(
        severity: .warning,
        title: "Handshakes take long",
        meaning: """
            The time from SYN to SYN-ACK is far above what the LAN itself takes, for most connections. Every page and every request waits that much \
            longer. The packets take a way round (another site, a tunnel), or the node that answers is overloaded.
            """,
        proof: """
            The median from SYN to SYN-ACK over 20 handshakes exceeds 50 ms, and ten times the LAN's own round trip: the median of \
            the answers of ARP or Neighbor Discovery for the VIP, or of its echo replies, or of the clients' ACKs.
            """,
        lookAlikes: [
            "A first resolution by ARP or Neighbor Discovery: one handshake waits for it, not the median.",
            "A lost SYN: retransmitted ones are left out.",
        ],
        remedy: [
            "time curl -sko /dev/null https://{vip}/   # again and again: is it the same for you?",
            "mtr -n --tcp {vip}   # is there a way round?",
        ])

    private struct Key: Hashable {
        var vip: IPAddress
        var port: Port
    }

    private struct Handshake {
        var syn: FrameReference
        var synACK: FrameReference
        var delay: Interval { synACK.time - syn.time }
    }

    private struct Record {
        var handshakes: [Handshake] = []
        var acknowledgments: [Interval] = []
        var next = 0
    }

    private var records: [Key: Record] = [:]
    /// The LAN's own, by VIP.
    private var roundTrips: [IPAddress: [Interval]] = [:]
    private static let mostPorts = 64, mostRoundTrips = 15

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .tcp(let connection, .established): consider(connection, known, &book)
        case .claim(let claim):
            guard claim.means.isAnswer, let request = claim.request, known.isVIP(claim.address) else { return }
            note(claim.frame.time - request.time, of: claim.address)
        case .echo(let exchange):
            guard let request = exchange.request, let reply = exchange.reply, known.isVIP(exchange.destination) else { return }
            note(reply.time - request.time, of: exchange.destination)
        default: return
        }
    }

    private mutating func note(_ delay: Interval, of vip: IPAddress) {
        var list = roundTrips[vip] ?? []
        if list.count == Self.mostRoundTrips { list.removeFirst() }
        list.append(delay)
        roundTrips[vip] = list
    }

    private mutating func consider(_ connection: TCPConnection, _ known: Knowledge, _ book: inout FindingBook) {
        let key = Key(vip: connection.responder.address, port: connection.responder.port)
        guard connection.synCount == 1, let syn = connection.syns.first, let synACK = connection.synACK, let ack = connection.ack,
            known.isVIP(key.vip), known.isService(key.port, of: key.vip), records[key] != nil || records.count < Self.mostPorts
        else { return }
        let most = max(known.site.thresholds.slowHandshakes, 1)
        let handshake = Handshake(syn: syn, synACK: synACK)
        let isFull = records[key].map { $0.handshakes.count >= most } ?? false
        if isFull, let next = records[key]?.next {
            records[key]?.handshakes[next] = handshake
            records[key]?.acknowledgments[next] = ack.time - synACK.time
            records[key]?.next = (next + 1) % most
        } else {
            records[key, default: Record()].handshakes.append(handshake)
            records[key, default: Record()].acknowledgments.append(ack.time - synACK.time)
        }
        let subject = Finding.Subject(vip: key.vip, port: key.port)
        // Where none is open and this one was quick, the median can only have fallen.
        let limit = known.site.thresholds.slowHandshake
        guard handshake.delay > limit || book.openFinding(Self.label, subject) != nil, let record = records[key],
            record.handshakes.count >= most
        else { return }
        let median = record.handshakes.sorted { $0.delay < $1.delay }[(most - 1) / 2]
        guard median.delay > limit else {
            return book.resolve(
                Self.label, subject, at: connection.time,
                because: Evidence(synACK, "the median is \(Text.duration(median.delay)) again"))
        }
        let own = Self.median(roundTrips[key.vip] ?? []) ?? Self.median(record.acknowledgments) ?? .zero
        guard median.delay.nanoseconds / Int64(known.site.thresholds.slowFactor) > own.nanoseconds else { return }
        if book.countAgain(Self.label, subject, at: connection.time) { return }
        book.state(finding(subject, median, record.handshakes.count, own, known), at: connection.time)
    }

    private static func median(_ list: [Interval]) -> Interval? { list.isEmpty ? nil : list.sorted()[(list.count - 1) / 2] }

    private func finding(_ subject: Finding.Subject, _ median: Handshake, _ count: Int, _ own: Interval, _ known: Knowledge) -> Finding {
        let vip = subject.vip.map(known.name) ?? ""
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: median.synACK.time,
            summary:
                "Handshakes with TCP \(subject.port?.description ?? "") of \(vip) take \(Text.duration(median.delay)) (the median of \(count)), "
                + "and the LAN itself \(Text.duration(own))",
            evidence: [Evidence(median.syn, "SYN"), Evidence(median.synACK, "its SYN-ACK, the median of \(count)")])
        finding.ruledOut = [
            Exclusion("first-resolution", because: "half of the handshakes take as long"),
            Exclusion("lost-syn", because: "handshakes with a repeated SYN are left out"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": subject.vip?.description ?? ""])
        return finding
    }
}
