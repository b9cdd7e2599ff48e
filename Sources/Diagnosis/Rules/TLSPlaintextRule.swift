package import Flows
import Site
import Wire

/// A port that clients speak TLS to answers in plaintext.
///
/// *Means*: the client was sent to the wrong port, or the listener has lost its TLS.
/// *Proven by*: a ClientHello that is answered by octets that are no TLS record.
/// *Looks the same*: PostgreSQL, whose clients ask in plaintext before they begin TLS.
package struct TLSPlaintextRule: Rule {
    package static let label = Label.tlsPlaintextOnTLSPort
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "A port that is asked for TLS answers in plaintext",
        meaning: """
            The client begins TLS, and the server answers with something else, mostly an HTTP error. The listener at this port is plain HTTP, or the \
            URL says https where it should say http.
            """,
        proof: "A ClientHello, and the server's first octets, which are no TLS record. The finding quotes them.",
        lookAlikes: ["PostgreSQL's SSLRequest, which comes in plaintext before TLS begins."],
        remedy: [
            "curl -v http://{vip}:{port}/   # does it speak plain HTTP?",
            "kubectl get gateway -A -o yaml | grep -B2 -A6 'port: {port}'   # which protocol has the listener, and does it terminate TLS?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known), !handshake.isPostgreSQL else { return }
        let subject = Finding.Subject(vip: handshake.server.address, port: handshake.server.port)
        if handshake.isEstablished, let end = handshake.frames.end {
            book.resolve(Self.label, subject, at: handshake.time, because: Evidence(end, "a TLS handshake is completed"))
        }
        guard handshake.outcome == .notTLS, let hello = handshake.frames.clientHello, let end = handshake.frames.end,
            // Servers of other protocols begin with a word; what begins otherwise is damaged.
            let first = handshake.answer.first, (0x20...0x7e).contains(first)
        else { return }
        let answer = String(decoding: handshake.answer.map { (0x20...0x7e).contains($0) ? $0 : 0x2e }, as: UTF8.self)
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary: "TCP \(handshake.server.port) of \(known.name(handshake.server.address)) answers TLS in plaintext: the ClientHello of "
                + "\(handshake.client.text) \(handshake.purpose) is answered with \"\(answer)\"\(handshake.after(end))",
            evidence: [Evidence(hello, "ClientHello \(handshake.purpose)"), Evidence(end, "\"\(answer)\", no TLS record")])
        finding.ruledOut = [Exclusion("postgresql", because: "no SSLRequest came before the ClientHello")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }
}
