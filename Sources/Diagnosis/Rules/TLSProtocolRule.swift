package import Flows
import Site
import Wire

/// Client and server have no application protocol in common.
///
/// *Means*: the client asks for a protocol by ALPN that this port does not serve.
/// *Proven by*: a ClientHello, then a fatal alert no_application_protocol (120) in the clear.
/// *Looks the same*: the same alert under TLS 1.3's keys, which nobody can read.
package struct TLSProtocolRule: Rule {
    package static let label = Label.tlsALPNMismatch
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "The server does not speak the client's protocols",
        meaning: """
            The client's ALPN list has no protocol that the server speaks, and the server says so: an HTTP/2-only client at an HTTP/1.1 listener, or \
            another service's client at an HTTPS port.
            """,
        proof: "A ClientHello, and a fatal alert no_application_protocol (120) in the clear. The finding lists what the client offered.",
        lookAlikes: ["An alert under TLS 1.3's keys cannot be read: that is tls-handshake-failed."],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} -alpn h2,http/1.1   # which does it choose?",
            "kubectl get clienttrafficpolicy -A -o yaml | grep -A4 alpn   # with Envoy Gateway",
        ])

    private var limit = FirstFew<Finding.Subject>()
    private var refused: [Finding.Subject: [TLSName]] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known) else { return }
        let subject = handshake.subject
        if handshake.isEstablished, let offer = refused[subject], offer == handshake.clientHello?.applicationProtocols,
            let end = handshake.frames.end
        {
            refused[subject] = nil
            book.resolve(
                Self.label, subject, at: handshake.time, because: Evidence(end, "a client with the same offer completes its handshake"))
        }
        guard let alert = handshake.fatalAlert, alert.value.description == .noApplicationProtocol, limit.admits(subject) else { return }
        refused[subject] = handshake.clientHello?.applicationProtocols
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary:
                "TLS \(handshake.purpose) on TCP \(handshake.server.port) of \(known.name(handshake.server.address)) fails for its ALPN: "
                + "\(handshake.offers); the \(alert.side.words) answers with the alert \(alert.value.words)\(handshake.after(alert.frame))",
            evidence: handshake.helloEvidence + [Evidence(alert.frame, "alert \(alert.value.words) by the \(alert.side.words)")])
        finding.ruledOut = [Exclusion("tls-handshake-failed", because: "the alert names the application protocol")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }
}
