package import Flows
import Site
import Wire

/// QUIC works.
///
/// *Proven by*: the first attempt of a client whose Initial the VIP answers, with more packets after that.
/// *Looks the same*: an Initial that is answered by a close, a Retry or a Version Negotiation, and by nothing else.
package struct QUICWorksRule: Rule {
    package static let label = Label.quicOK
    package static let kinds: FlowEvent.Kinds = .quic

    package static let explanation = Explanation(
        severity: .info,
        title: "QUIC works at the VIP",
        meaning: "A client's Initial was answered by the VIP and both went on, so HTTP/3 is within reach of this client.",
        proof:
            "The server's Initial, opened with the keys of the attempt, and packets of the handshake after it. It is told once for a client.",
        lookAlikes: ["An answer that ends the attempt: a close, a Retry or a Version Negotiation, and nothing after it."],
        remedy: ["curl -v --http3-only --resolve {name}:{port}:{vip} https://{name}/   # the same by hand"])

    private var limit = FirstFew<Finding.Subject>()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .quic(let attempt, let change) = event, known.isVIP(attempt.server.address) else { return }
        if attempt.isFailed(change, known.site.thresholds) {
            let failure = attempt.failure
            book.resolve(
                Self.label, attempt.clientSubject, at: attempt.time,
                because: failure.evidence ?? Evidence(attempt.lastInitial, "an Initial that gets no answer"))
        }
        guard change == .established, !book.countAgain(Self.label, attempt.clientSubject, at: attempt.time),
            limit.admits(attempt.clientSubject)
        else { return }
        let name = attempt.serverName.map { " for \($0)" } ?? ""
        var evidence = [
            Evidence(attempt.first, "Initial of \(attempt.client.text) to \(attempt.server.text), version \(attempt.version.name)")
        ]
        var summary = "QUIC works on UDP \(attempt.server.port) of \(known.name(attempt.server.address)): \(attempt.client.text)"
        summary += " (version \(attempt.version.name)\(name))"
        if let answer = attempt.answer {
            summary += " is answered after \(Text.exactDuration(answer.time - attempt.first.time))"
            evidence.append(Evidence(answer, "the VIP's first answer"))
        }
        if attempt.last != attempt.answer {
            summary += ", and the handshake goes on after \(Text.exactDuration(attempt.last.time - attempt.first.time))"
            evidence.append(Evidence(attempt.last, "the handshake goes on"))
        }
        var finding = Finding(
            Self.label, .info, attempt.clientSubject, .proven, at: attempt.time, summary: summary, evidence: evidence)
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: attempt.time)
    }
}
