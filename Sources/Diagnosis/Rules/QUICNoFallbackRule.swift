package import Flows
import Site
package import Wire

/// A client's QUIC is not answered, and it does not try TCP.
///
/// *Means*: the client believes in HTTP/3 alone, and its user sees ERR_QUIC_PROTOCOL_ERROR.
/// *Proven by*: Initials sent again without an answer, or answered by ICMP, and no TCP connection of that client in that span.
/// *Looks the same*: a connection from before, over which the client goes on; a page that was closed before the second try.
package struct QUICNoFallbackRule: Rule {
    package static let label = Label.quicNoFallbackFailure
    package static let kinds: FlowEvent.Kinds = HTTP3Fallbacks.kinds

    package static let explanation = Explanation(
        severity: .fault,
        title: "QUIC is not answered, and the client does not try TCP",
        meaning: """
            A client tries HTTP/3, gets no answer, and gives up without a TCP connection. Its user sees an error such as ERR_QUIC_PROTOCOL_ERROR, \
            while a client that falls back sees the page.
            """,
        proof: """
            QUIC Initials to the VIP that are sent again without an answer, or answered by ICMP, and no TCP connection of that client to the VIP \
            from 1 s before the first Initial to 10 s after the last, or until some seconds after the client's own CONNECTION_CLOSE. It is likely \
            where the capture ends first, shows no TCP at all, or began so late that a connection from before may still have rested unseen.
            """,
        lookAlikes: [
            "The client goes on over a TCP connection that it had before.",
            "A page that was closed before the client sent its Initial again.",
            "A TCP connection that fails, too: the findings about TCP say how.",
        ],
        remedy: [
            "curl -v --http3-only https://{name}/   # does HTTP/3 work from another client?",
            "dig HTTPS {name}   # does a record promise h3 that the gateway does not serve?",
            "chrome://net-internals/#alt-svc   # what does the browser remember? Its QUIC switch is under chrome://flags",
            "kubectl get svc -A -o wide | grep {vip}   # does the service list {port}/UDP?",
        ])

    private var limit = FirstFew<Finding.Subject>()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        for result in known.fallbacks { state(result, known, &book) }
        switch event {
        case .quic(let attempt, .answered):
            guard let answer = attempt.answer else { return }
            book.resolve(
                Self.label, attempt.clientSubject, at: attempt.time, because: Evidence(answer, "UDP \(attempt.server.port) answers"))
        case .tcp(let connection, .established):
            guard let frame = connection.synACK ?? connection.ack else { return }
            resolve(connection, Evidence(frame, "TCP \(connection.responder.port) completes a handshake"), &book)
        case .tcp(let connection, .ended) where connection.handshake == .notSeen:
            resolve(connection, Evidence(connection.last, "TCP \(connection.responder.port) went on from before the capture"), &book)
        default: return
        }
    }

    private func resolve(_ connection: TCPConnection, _ evidence: @autoclosure () -> Evidence, _ book: inout FindingBook) {
        let subject = Finding.Subject(
            vip: connection.responder.address, port: connection.responder.port, client: connection.originator.address)
        book.resolve(Self.label, subject, at: connection.time, because: evidence())
    }

    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        for result in known.fallbacks { state(result, known, &book) }
    }

    private mutating func state(_ result: HTTP3Fallbacks.Result, _ known: Knowledge, _ book: inout FindingBook) {
        let attempt = result.attempt
        let isAsked = attempt.outcome == .icmp || attempt.otherSource != nil || attempt.isRepeated(known.site.thresholds)
        guard !result.hasTCP, isAsked, limit.admits(attempt.clientSubject) else { return }
        var summary =
            "\(attempt.client.address) gets no HTTP/3 from UDP \(attempt.server.port) of \(known.name(attempt.server.address)) and does not try "
            + "TCP: \(attempt.client.text) \(attempt.tries), \(attempt.failure.phrase)"
        var evidence = attempt.initialEvidence
        if let failure = attempt.failure.evidence { evidence.append(failure) }
        if attempt.isGivenUp, let closing = attempt.closing {
            summary += ", and it gave up \(Text.exactDuration(closing.time - attempt.first.time)) after the first"
            evidence.append(Evidence(closing, "the client's own CONNECTION_CLOSE"))
        }
        let isCut = result.isCut && !attempt.isGivenUp
        if isCut { summary += "; the capture ends before its time for TCP was over" }
        if !result.seesTCP { summary += "; no TCP at all was seen, which a filter may have left out" }
        if result.isEarly { summary += "; a TCP connection from before the capture would not have been seen" }
        var finding = Finding(
            Self.label, .fault, attempt.clientSubject, isCut || result.isEarly || !result.seesTCP ? .likely : .proven, at: result.time,
            summary: summary,
            evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("quic-blackhole-fallback", because: "no TCP connection of this client to the VIP was seen in that time"),
            Exclusion("quic-handshake-failed", because: "no close by the server came"),
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: result.time)
    }
}
