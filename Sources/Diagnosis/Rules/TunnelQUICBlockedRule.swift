package import Flows
import Site
import Wire

/// cloudflared cannot use QUIC and takes TCP.
///
/// *Means*: UDP 7844 to the Internet is blocked, on the router or by the provider.
/// *Proven by*: its Initials unanswered, and then TCP 7844 from the same host.
/// *Looks the same*: Initials for a VIP; a tunnel that is set to HTTP/2 and never tried QUIC.
package struct TunnelQUICBlockedRule: Rule {
    package static let label = Label.tunnelQUICBlocked
    package static let kinds: FlowEvent.Kinds = [.quic, .sighting]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .warning,
        title: "cloudflared's QUIC is blocked, and it falls back to TCP",
        meaning: """
            A connector's QUIC packets to Cloudflare's edge are not answered, and it connects over TCP instead, after trying for a minute or more. \
            Tunnels start slowly and carry no UDP. A firewall, the router or the provider drops UDP 7844.
            """,
        proof: """
            QUIC Initials to UDP 7844 without an answer, or rejected by ICMP, and after them a TCP connection to port 7844 by the same host. Where \
            the hello is incomplete, or the TCP connection's answer was not seen, the finding is likely.
            """,
        lookAlikes: ["Initials for a VIP.", "A tunnel that is set to HTTP/2: it sends no Initials."],
        remedy: [
            "nc -zvu region1.v2.argotunnel.com 7844   # from the connector's host",
            "nft list ruleset | grep -n 7844   # does a rule let UDP 7844 out?",
            "cloudflared tunnel --protocol http2 run   # or accept TCP, and spare the wait",
        ])

    /// Hosts whose last attempt failed.
    private var failed = Recent<IPAddress, QUICAttempt>(limit: 32)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .quic where event.isOfTunnel && !known.vips.watches(event):
            if case .quic(let attempt, let change) = event { consider(attempt, change, &book) }
        case .sighting(let sighting) where sighting.kind == .tunnel: consider(sighting, known, &book)
        default: return
        }
    }

    private mutating func consider(_ attempt: QUICAttempt, _ change: QUICChange, _ book: inout FindingBook) {
        let client = attempt.client.address
        switch change {
        case .fellSilent, .rejected: failed[client] = attempt
        // The client's own close, or the end, of an attempt that nobody answered.
        case .closed where attempt.outcome == .silence, .ended where attempt.outcome == .silence: failed[client] = attempt
        case .established:
            failed[client] = nil
            book.resolve(
                Self.label, Finding.Subject(client: client), at: attempt.time,
                because: Evidence(attempt.answer ?? attempt.last, "the edge \(attempt.server.address) answers over QUIC"))
        case .answered, .closed, .ended: return
        }
    }

    private func consider(_ sighting: Sighting, _ known: Knowledge, _ book: inout FindingBook) {
        let client = sighting.client.address
        guard let attempt = failed[client], sighting.first > attempt.first,
            sighting.first.time - attempt.lastInitial.time <= known.site.thresholds.tunnelFallback
        else { return }
        let initials = attempt.initials.map(\.self)
        var evidence = initials.map {
            Evidence($0, "Initial to \(attempt.server.address):7844\(attempt.tunnelSign.map { " with \($0)" } ?? "")")
        }
        var summary =
            "cloudflared at \(known.name(client)) gets no QUIC: its \(attempt.initialCount) Initials to \(attempt.server.address):7844, the first "
            + "\(Text.duration(sighting.first.time - attempt.first.time)) before its SYN to TCP 7844, "
        if let rejection = attempt.rejection {
            evidence.append(Evidence(rejection, "ICMP unreachable that quotes it"))
            summary += "are rejected by ICMP"
        } else {
            summary += "get no answer"
        }
        evidence.append(Evidence(sighting.first, "SYN to \(sighting.server.address):7844"))
        if let answer = sighting.answer {
            evidence.append(Evidence(answer, "SYN-ACK"))
            summary += ", and TCP works after \(Text.duration(answer.time - sighting.first.time))"
        }
        let isProven = attempt.tunnelSign != nil && sighting.answer != nil
        var finding = Finding(
            Self.label, .warning, Finding.Subject(client: client), isProven ? .proven : .likely, at: sighting.last.time, summary: summary,
            evidence: evidence)
        finding.arguesFromAbsence = attempt.rejection == nil
        finding.ruledOut = [Exclusion("quic-blackhole-fallback", because: "\(attempt.server.address) is no VIP")]
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: sighting.last.time)
    }
}

extension FlowEvent {
    /// A QUIC attempt at the port of tunnels: asked before it is taken out, which copies it.
    fileprivate var isOfTunnel: Bool { if case .quic(let attempt, _) = self { attempt.server.port == .tunnel } else { false } }
}
