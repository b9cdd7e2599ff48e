package import Flows
import Site
package import Wire

/// Client and VIP have no QUIC version in common.
///
/// *Means*: one of both is old, or restricted to a version that the other lacks.
/// *Proven by*: Version Negotiation, and no later attempt of that client that is answered.
/// *Looks the same*: a client that goes on with a version on the list.
package struct QUICVersionMismatchRule: Rule {
    package static let label = Label.quicVersionMismatch
    /// Claims and DNS let time pass.
    package static let kinds: FlowEvent.Kinds = [.quic, .tcp, .tls, .dns, .claim]
    package static let considersOthers = true

    package static let explanation = Explanation(
        severity: .warning,
        title: "Client and VIP have no QUIC version in common",
        meaning: """
            The client's Initial has a version that the VIP does not speak. The VIP says which it does, and the client is not heard of again: it \
            knows none of them, and uses TCP or fails.
            """,
        proof: """
            A Version Negotiation packet that echoes the client's connection IDs, and no attempt of that client that gets further within 10 s. It \
            is likely where the capture ends first.
            """,
        lookAlikes: ["A client that goes on with a version on the list: that is quic-version-negotiated."],
        remedy: [
            "curl -v --http3-only https://{name}/   # does a current client get further?",
            "kubectl get svc -A -o wide | grep {vip}   # which server is it, and which QUIC versions does its release speak?",
        ])

    private var limit = FirstFew<Finding.Subject>()
    private var negotiations = QUICNegotiations()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        for lapsed in negotiations.lapsed(before: event.time, after: known.site.thresholds.tcpAfterQUIC) {
            state(lapsed, isCut: false, at: lapsed.frame.time + known.site.thresholds.tcpAfterQUIC, known, &book)
        }
        guard known.vips.watches(event), case .quic(let attempt, let change) = event else { return }
        negotiations.note(attempt)
        let isClosed = change == .closed && attempt.serverPackets.opened > 0
        guard change == .established || isClosed || attempt.outcome == .answered else { return }
        _ = negotiations.take(attempt)
        book.resolve(
            Self.label, attempt.clientSubject, at: attempt.time,
            because: Evidence(attempt.last, "an attempt of version \(attempt.version.name) is answered"))
    }

    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        for left in negotiations.lapsed(before: .distantFuture, after: known.site.thresholds.tcpAfterQUIC) {
            let deadline = left.frame.time + known.site.thresholds.tcpAfterQUIC
            state(left, isCut: time < deadline, at: min(time, deadline), known, &book)
        }
    }

    private mutating func state(
        _ negotiation: QUICNegotiations.Negotiation, isCut: Bool, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook
    ) {
        let (client, server) = (negotiation.client, negotiation.server)
        let subject = Finding.Subject(vip: server.address, port: server.port, client: client)
        guard limit.admits(subject) else { return }
        let offered = Text.list(negotiation.offered.map(\.name))
        var summary =
            "\(client) and UDP \(server.port) of \(known.name(server.address)) have no QUIC version in common: its Initial has version "
            + "\(negotiation.version.name), the VIP offered \(offered) after "
            + "\(Text.exactDuration(negotiation.frame.time - negotiation.first.time)), and no attempt got further"
        if isCut { summary += "; the capture ends before the client's time to try again was over" }
        var finding = Finding(
            Self.label, .warning, subject, isCut ? .likely : .proven, at: time, summary: summary,
            evidence: [
                Evidence(negotiation.first, "Initial of \(client), version \(negotiation.version.name)"),
                Evidence(negotiation.frame, "Version Negotiation: \(offered)"),
            ])
        finding.arguesFromAbsence = true
        finding.ruledOut = [Exclusion("quic-version-negotiated", because: "no later attempt of this client was answered")]
        finding.remedy = Self.explanation.remedy([
            "vip": server.address.description, "port": server.port.description, "name": negotiation.name ?? "NAME",
        ])
        book.state(finding, at: time)
    }
}
