package import Flows
import Site
import Wire

/// The answers to an Initial come from another address than the VIP.
///
/// *Means*: the server's socket is bound to no address, so its kernel chooses the node's own: the client must drop what it gets.
/// *Proven by*: a datagram to the client's port, from the same server port and another address, with the client's connection ID or under the
/// attempt's keys, and no answer from the VIP.
/// *Looks the same*: another connection of the same client to that other address.
package struct QUICWrongSourceRule: Rule {
    package static let label = Label.quicReplyWrongSource
    package static let kinds: FlowEvent.Kinds = .quic

    package static let explanation = Explanation(
        severity: .warning,
        title: "QUIC answers come from the wrong address",
        meaning: """
            The server answers HTTP/3, but from its node's own address instead of the VIP. A client must drop datagrams from an address that it did \
            not try, so HTTP/3 fails although the server believes that it serves it. A UDP socket that is bound to all addresses does this, or a \
            source rewrite on the way back.
            """,
        proof: """
            A QUIC datagram to the client's port, from the same server port but another address, that carries the client's connection ID or opens \
            under the attempt's keys, while the VIP itself answers nothing.
            """,
        lookAlikes: ["A connection of the same client to that other address: it has other connection IDs, and keys of its own."],
        remedy: [
            "ss -ulnp | grep :{port}   # on the node: is the socket bound to 0.0.0.0 or [::] instead of the VIP?",
            "nft list ruleset | grep -i -E 'snat|masquerade'   # or iptables-save -t nat: does a rule rewrite the replies' source?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .quic(let attempt, let change) = event, known.isVIP(attempt.server.address) else { return }
        if change == .answered, let answer = attempt.answer {
            book.resolve(
                Self.label, attempt.subject, at: attempt.time,
                because: Evidence(answer, "\(attempt.server.text) itself answers \(attempt.client.text)"))
        }
        guard let other = attempt.otherSource, attempt.isUnanswered,
            change == .fellSilent || (change == .closed && attempt.isGivenUp) || (change == .ended && attempt.isCut)
        else { return }
        let whose = known.site.node(other.address).map { " (\($0.name))" } ?? ""
        var finding = Finding(
            Self.label, .warning, attempt.subject, .proven, at: attempt.time,
            summary: "UDP \(attempt.server.port) of \(known.name(attempt.server.address)) answers from \(other.address)\(whose): "
                + "\(attempt.client.text) sent an Initial to the VIP, and \(Text.exactDuration(other.frame.time - attempt.first.time)) later the answer "
                + "came from there, which the client must drop",
            evidence: [
                Evidence(attempt.first, "Initial of \(attempt.client.text) to \(attempt.server.text)"),
                Evidence(other.frame, "the answer, from \(other.address)"),
            ])
        finding.ruledOut = [
            Exclusion("quic-blackhole-fallback", because: "frame \(other.frame.number) answers, if not from the VIP"),
            Exclusion("quic-ok", because: "nothing came from the VIP itself"),
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: attempt.time)
    }
}
