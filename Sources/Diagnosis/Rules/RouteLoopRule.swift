package import Flows
import Site
import Wire

/// Packets for a VIP go round.
///
/// *Means*: every station thinks that another one has the VIP: nobody on the segment owns it, and each packet dies of old age.
/// *Proven by*: one datagram that passes three times with falling TTL and comes back to a station that it had left; or time-exceeded errors
/// about clients' SYNs from two stations.
/// *Looks the same*: a forwarded hop (direct server return, proxy ARP), which makes two passes; a mirror's duplicates keep their TTL.
package struct RouteLoopRule: Rule {
    package static let label = Label.vipRouteLoop
    package static let kinds: FlowEvent.Kinds = [.loop, .icmpError, .tcp, .echo]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Packets for the VIP go round in circles",
        meaning: """
            A packet for the VIP is passed from one station to the next and back, until its time to live is used up: a router sends it to a node, \
            and the node has no service for it and sends it to its own default route. Nobody owns the VIP.
            """,
        proof: """
            The same datagram passes three times or more, each time with a smaller TTL, and returns to a MAC that it has already left. Without those \
            copies: ICMP time-exceeded errors from two stations, each about a client's SYN to a service port, which makes it likely.
            """,
        lookAlikes: [
            "A forwarded hop (direct server return, proxy ARP): two passes, and no return.", "A mirror's duplicates: the TTL stays.",
            "traceroute, whose packets are meant to die on the way: it sends no SYNs to service ports from two clients.",
        ],
        remedy: [
            "traceroute -n {vip}   # which two stations take turns?",
            "kubectl get svc -A | grep {vip}   # does a service have this address at all?",
            "ip route get {vip}   # on each of the two: where do they send it?",
        ])

    private var exceeded: [IPAddress: ICMPError] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .loop(let loop) where known.isVIP(loop.destination) && loop.returned:
            guard loop.count >= known.site.thresholds.loopPasses else { return }
            if book.openFinding(Self.label, Finding.Subject(vip: loop.destination))?.confidence == .proven {
                book.countAgain(Self.label, Finding.Subject(vip: loop.destination), at: event.time)
            } else {
                book.state(finding(loop, known), at: event.time)
            }
        case .icmpError(let error) where error.message.meaning == .timeExceeded: consider(error, known, &book)
        case .tcp(let connection, .established):
            let vip = connection.responder.address
            exceeded[vip] = nil
            guard let frame = connection.synACK ?? connection.ack else { return }
            book.resolve(
                Self.label, Finding.Subject(vip: vip), at: connection.time,
                because: Evidence(frame, "TCP \(connection.responder.port) completes a handshake"))
        case .echo(let exchange):
            guard let reply = exchange.reply else { return }
            book.resolve(
                Self.label, Finding.Subject(vip: exchange.destination), at: exchange.time, because: Evidence(reply, "ping is answered"))
        default: return
        }
    }

    private func finding(_ loop: RouteLoop, _ known: Knowledge) -> Finding {
        let vip = loop.destination
        let passes = loop.passes.prefix(max(known.site.thresholds.loopPasses, 1))
        let ways = passes.map { "\($0.source) to \($0.destination) with TTL \($0.timeToLive)" }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: vip), .proven, at: passes.last?.frame.time ?? .distantPast,
            summary:
                "What is for \(known.name(vip)) goes round: one datagram of \(known.name(loop.source)) passed from \(Text.list(ways)), "
                + "back to a station that it had left",
            evidence: passes.map { Evidence($0.frame, "\($0.source) to \($0.destination), TTL \($0.timeToLive)") })
        finding.ruledOut = [
            Exclusion("dsr-asymmetric-reply", because: "it comes back; a forwarded packet passes twice"),
            Exclusion("mirror-duplicates", because: "the TTL falls"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        return finding
    }

    /// Two stations, each about another client's SYN: nobody probes the way like that.
    private mutating func consider(_ error: ICMPError, _ known: Knowledge, _ book: inout FindingBook) {
        let vip = error.quoted.destination
        guard error.quotesSYN, known.isVIP(vip), let port = error.quoted.destinationPort, known.isService(port, of: vip),
            let mac = error.sourceMAC
        else { return }
        guard let other = exceeded[vip], error.frame.time - other.frame.time <= known.site.thresholds.flappingWindow else {
            exceeded[vip] = error
            return
        }
        guard other.sourceMAC != mac, other.source != error.source, other.quoted.source != error.quoted.source else { return }
        if book.countAgain(Self.label, Finding.Subject(vip: vip), at: error.frame.time) { return }
        let pair = [other, error]
        let words = pair.map { "\(known.name($0.source)) says so of the SYN of \($0.quoted.source)" }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: vip), .likely, at: error.frame.time,
            summary: "What is for \(known.name(vip)) dies of old age: \(Text.list(words)) (\(error.message.name))",
            evidence: pair.map { Evidence($0.frame, "\($0.message.name) from \($0.source), quotes a SYN of \($0.quoted.source)") })
        finding.ruledOut = [Exclusion("traceroute", because: "two clients' SYNs to service ports are quoted")]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: error.frame.time)
    }
}
