package import Flows
import Site
import Wire

/// A client learns which QUIC version the VIP speaks, and goes on with that.
///
/// *Means*: nothing is wrong: it costs a round trip.
/// *Proven by*: Version Negotiation, then an Initial of a version on its list that is answered.
/// *Looks the same*: a client that finds none on the list.
package struct QUICNegotiatedRule: Rule {
    package static let label = Label.quicVersionNegotiated
    package static let kinds: FlowEvent.Kinds = .quic

    package static let explanation = Explanation(
        severity: .info,
        title: "A QUIC version was negotiated",
        meaning: """
            The client began with a version that the VIP does not speak, was told which it does, and went on with one of those. It costs a round \
            trip; clients that grease versions do it on purpose.
            """,
        proof:
            "A Version Negotiation packet that echoes the client's connection IDs, then an Initial with a version on its list that is answered.",
        lookAlikes: ["A client that finds no version on the list: that is quic-version-mismatch."],
        remedy: ["curl -v --http3-only https://{name}/   # which version does another client begin with?"])

    private var limit = FirstFew<Finding.Subject>()
    private var negotiations = QUICNegotiations()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .quic(let attempt, let change) = event, known.isVIP(attempt.server.address) else { return }
        negotiations.note(attempt)
        guard change == .established, let before = negotiations.take(attempt), before.offered.contains(attempt.version),
            limit.admits(attempt.clientSubject)
        else { return }
        let offered = before.offered.map(\.name)
        var evidence = [
            Evidence(before.first, "Initial of \(attempt.client.address) with another version"),
            Evidence(before.frame, "Version Negotiation: \(Text.list(offered))"),
        ]
        if !evidence.contains(where: { $0.frame == attempt.last }) {
            evidence.append(Evidence(attempt.last, "the handshake goes on with version \(attempt.version.name)"))
        }
        var finding = Finding(
            Self.label, .info, attempt.clientSubject, .proven, at: attempt.time,
            summary: "\(attempt.client.address) was told after \(Text.exactDuration(before.frame.time - before.first.time)) that UDP "
                + "\(attempt.server.port) of \(known.name(attempt.server.address)) speaks the QUIC versions \(Text.list(offered)), and its "
                + "handshake with version \(attempt.version.name) goes on after \(Text.exactDuration(attempt.last.time - before.first.time))",
            evidence: evidence)
        finding.ruledOut = [
            Exclusion("quic-version-mismatch", because: "version \(attempt.version.name) is on the list, and is answered")
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: attempt.time)
    }
}
