package import Flows
import Site
package import Wire

/// A client's QUIC gets no answer of any kind, and TCP takes its place.
///
/// *Means*: clients try HTTP/3 because something told them to, and UDP to the VIP's port goes nowhere.
/// *Proven by*: Initials without any answer, and a TCP connection of the same client to the same VIP, begun at that time, that completes.
/// *Looks the same*: browsers race, and send the SYN within milliseconds of the Initial even where QUIC works; Initials to other addresses.
package struct QUICBlackholeRule: Rule {
    package static let label = Label.quicBlackholeFallback
    package static let kinds: FlowEvent.Kinds = HTTP3Fallbacks.kinds

    package static let explanation = Explanation(
        severity: .warning,
        title: "QUIC gets no answer, and clients fall back to TCP",
        meaning: """
            Clients try HTTP/3, because a DNS record, an Alt-Svc header or their memory says that the VIP speaks it, and UDP to that port vanishes. \
            They fall back to TCP: pages load, some of them late, and a client without a fallback fails.
            """,
        proof: """
            QUIC Initials to the VIP and no datagram of any kind from it, and a TCP connection of the same client to the same VIP and port, begun \
            between 1 s before the first Initial and 10 s after the last, for the same server name as far as both are visible, that completes.
            """,
        lookAlikes: [
            "Browsers race: the SYN leaves within milliseconds of the Initial even where QUIC works. Only whether the VIP ever answers decides.",
            "An ICMP unreachable answers the Initial: that is quic-icmp-fallback.",
            "The VIP's replies pass elsewhere: the client's Handshake packets then tell that it got them.",
        ],
        remedy: [
            "kubectl get svc -A -o wide | grep {vip}   # does the service list {port}/UDP?",
            "kubectl get endpointslices -A   # has it a backend that listens on UDP?",
            "nft list ruleset | grep -i drop   # or iptables-save, on the announcing node: is UDP {port} dropped?",
            "dig HTTPS {name}   # does a record promise h3 that the gateway does not serve?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        for result in known.fallbacks { state(result, known, &book) }
        guard case .quic(let attempt, .answered) = event, known.isVIP(attempt.server.address), let answer = attempt.answer else { return }
        book.resolve(
            Self.label, attempt.subject, at: attempt.time,
            because: Evidence(answer, "UDP \(attempt.server.port) answers \(attempt.client.text)"))
    }

    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        for result in known.fallbacks { state(result, known, &book) }
    }

    private func state(_ result: HTTP3Fallbacks.Result, _ known: Knowledge, _ book: inout FindingBook) {
        let attempt = result.attempt
        guard attempt.outcome == .silence, attempt.otherSource == nil, let connection = result.connection else { return }
        // Silence counts where the client repeats itself, or what the VIP sends is seen.
        let isRepeated = attempt.isRepeated(known.site.thresholds)
        guard isRepeated || connection.isServerSeen else { return }
        let (wait, evidence) = connection.wait(since: attempt.first)
        var summary =
            "QUIC to UDP \(attempt.server.port) of \(known.name(attempt.server.address)) gets no answer: \(attempt.client.text) \(attempt.tries); "
            + wait
        // A node that finds no neighbour would say so by then.
        let isOver = attempt.time - attempt.lastInitial.time >= known.site.thresholds.neighbourFailure
        if !isOver { summary += "; the capture ends before an ICMP error would have come" }
        var finding = Finding(
            Self.label, .warning, attempt.subject, isOver ? .proven : .likely, at: result.time, summary: summary,
            evidence: attempt.initialEvidence + evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("quic-icmp-fallback", because: "no ICMP error quotes an Initial"),
            Exclusion("quic-handshake-failed", because: "no datagram came from UDP \(attempt.server.port) of the VIP"),
            Exclusion("quic-no-fallback-failure", because: "TCP \(connection.port) takes its place"),
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: result.time)
    }
}
