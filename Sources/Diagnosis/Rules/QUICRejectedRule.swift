package import Flows
import Site
package import Wire

/// A client's QUIC is rejected by ICMP, and TCP takes its place.
///
/// *Means*: nothing listens on the VIP's UDP port, or a packet filter refuses it, while something told clients to try HTTP/3.
/// *Proven by*: an ICMP unreachable that quotes an Initial, and a TCP connection of the same client begun at that time, that completes.
/// *Looks the same*: an error that quotes a ping or a SYN; one that comes after the VIP has answered.
package struct QUICRejectedRule: Rule {
    package static let label = Label.quicICMPFallback
    package static let kinds: FlowEvent.Kinds = HTTP3Fallbacks.kinds

    package static let explanation = Explanation(
        severity: .warning,
        title: "QUIC is rejected by ICMP, and clients fall back to TCP",
        meaning: """
            Clients try HTTP/3, because a DNS record, an Alt-Svc header or their memory says that the VIP speaks it, and their Initials are answered \
            by an ICMP unreachable. They fall back to TCP, so pages load; browsers then leave QUIC alone for some minutes.
            """,
        proof: """
            An ICMP unreachable that quotes an Initial of an attempt which got no other answer, and a TCP connection of the same client to the same \
            VIP and port, begun between 1 s before the first Initial and 10 s after the last, that completes. A browser may never send the second \
            Initial, and the server name then stays unknown.
            """,
        lookAlikes: [
            "The error quotes a ping: ping is no test for a VIP.",
            "Nothing comes back at all: that is quic-blackhole-fallback.",
            "The error comes after an answer of the VIP, and quotes the client's last words.",
        ],
        remedy: [
            "kubectl get svc -A -o wide | grep {vip}   # does the service list {port}/UDP?",
            "kubectl get endpointslices -A   # has it a backend that listens on UDP?",
            "nft list ruleset | grep -i reject   # or iptables-save, on the station that sent the error",
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
        guard attempt.outcome == .icmp, let connection = result.connection, let rejection = attempt.failure.evidence else { return }
        let (wait, evidence) = connection.wait(since: attempt.first)
        var finding = Finding(
            Self.label, .warning, attempt.subject, .proven, at: result.time,
            summary: "QUIC to UDP \(attempt.server.port) of \(known.name(attempt.server.address)) is rejected: \(attempt.client.text) "
                + "\(attempt.tries), and \(attempt.failure.phrase); \(wait)",
            evidence: attempt.initialEvidence + [rejection] + evidence)
        finding.ruledOut = [
            Exclusion("icmp-unreachable-benign", because: "the error quotes a datagram to UDP \(attempt.server.port), no ping"),
            Exclusion("quic-blackhole-fallback", because: "frame \(rejection.frame.number) answers"),
            Exclusion("quic-no-fallback-failure", because: "TCP \(connection.port) takes its place"),
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: result.time)
    }
}
