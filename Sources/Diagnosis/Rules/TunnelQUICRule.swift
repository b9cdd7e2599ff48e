package import Flows
import Wire

/// cloudflared has its tunnel over QUIC.
///
/// *Means*: nothing is wrong; traffic from outside comes in here.
/// *Proven by*: a QUIC connection to UDP 7844 whose hello names quic.cftunnel.com or offers argotunnel.
/// *Looks the same*: QUIC to a VIP.
package struct TunnelQUICRule: Rule {
    package static let label = Label.tunnelCloudflaredQUIC
    package static let kinds: FlowEvent.Kinds = .quic
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .info,
        title: "cloudflared has its tunnel over QUIC",
        meaning: """
            A connector keeps a tunnel to Cloudflare's edge over QUIC. Requests from outside come in through it and reach the gateway from the \
            connector's own address.
            """,
        proof: "QUIC to UDP 7844 that the edge answers, with the server name quic.cftunnel.com or the application protocol argotunnel.",
        lookAlikes: ["QUIC to a VIP, which is a client's HTTP/3."],
        remedy: ["cloudflared tunnel info   # connectors, edges and protocol, as Cloudflare sees them"])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .quic(_, .established) = event, !known.vips.watches(event), case .quic(let attempt, _) = event,
            let sign = attempt.tunnelSign
        else { return }
        let subject = Finding.Subject(client: attempt.client.address)
        if book.countAgain(Self.label, subject, at: attempt.time) { return }
        // The hello of a connector with post-quantum key shares takes two Initials.
        let initials = attempt.initials.filter { $0 < attempt.answer ?? attempt.last }
        var evidence = initials.map { Evidence($0, "Initial of \(attempt.client.address)") }
        var summary =
            "cloudflared at \(known.name(attempt.client.address)) has a tunnel over QUIC to \(attempt.server.address): \(sign) in "
            + (initials.count == 1 ? "one Initial" : "\(initials.count) Initials")
        if let answer = attempt.answer {
            evidence.append(Evidence(answer, "the edge's answer"))
            summary += ", answered after \(Text.duration(answer.time - attempt.first.time))"
        }
        var finding = Finding(Self.label, .info, subject, .proven, at: attempt.time, summary: summary, evidence: evidence)
        finding.ruledOut = [Exclusion("quic-ok", because: "\(attempt.server.address) is no VIP")]
        finding.remedy = Self.explanation.remedy
        book.state(finding, at: attempt.time)
    }
}

extension QUICAttempt {
    /// What its hello says that only cloudflared's does (cloudflared, connection/protocol.go and quic/constants).
    var tunnelSign: String? {
        guard server.port == .tunnel else { return nil }
        if let name = serverName, name.covers(TLSName("quic.cftunnel.com")) { return "server name quic.cftunnel.com" }
        let isOffered = clientHello?.applicationProtocols.contains(TLSName("argotunnel")) ?? false
        return isOffered ? "application protocol argotunnel" : nil
    }
}
