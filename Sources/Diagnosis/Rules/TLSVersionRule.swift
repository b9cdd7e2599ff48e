package import Flows
import Site
import Wire

/// Client and server have no TLS version in common.
///
/// *Means*: one side is old, or restricted: the handshake ends before anything is said.
/// *Proven by*: a ClientHello, then a fatal alert protocol_version (70) in the clear.
/// *Looks the same*: a server that closes without an alert.
package struct TLSVersionRule: Rule {
    package static let label = Label.tlsVersionMismatch
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "Client and server have no TLS version in common",
        meaning: """
            The handshake ends with the alert protocol_version: the client's best version is below what the gateway demands, or the server chose one \
            that the client refuses.
            """,
        proof: "A ClientHello, and a fatal alert protocol_version (70) in the clear. The finding states what both sides offered.",
        lookAlikes: ["Other alerts, and a server that closes without one: those are findings of their own."],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} -tls1_2   # and -tls1_3: which versions does it take?",
            "kubectl get clienttrafficpolicy -A -o yaml | grep -A6 'tls:'   # minVersion, with Envoy Gateway",
        ])

    private var limit = FirstFew<Finding.Subject>()
    /// The best version that the client had.
    private var refused: [Finding.Subject: TLSVersion] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known) else { return }
        let subject = handshake.subject
        if handshake.isEstablished, let best = refused[subject], let end = handshake.frames.end,
            let version = handshake.clientHello?.highestVersion, version.rawValue <= best.rawValue
        {
            refused[subject] = nil
            book.resolve(
                Self.label, subject, at: handshake.time,
                because: Evidence(end, "a client with \(version.words) at most completes its handshake"))
        }
        guard let alert = handshake.fatalAlert, alert.value.description == .protocolVersion, limit.admits(subject) else { return }
        refused[subject] = handshake.clientHello?.highestVersion
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary:
                "TLS \(handshake.purpose) on TCP \(handshake.server.port) of \(known.name(handshake.server.address)) fails for its version: "
                + "\(handshake.offers); the \(alert.side.words) answers with the alert \(alert.value.words)\(handshake.after(alert.frame))",
            evidence: handshake.helloEvidence + [Evidence(alert.frame, "alert \(alert.value.words) by the \(alert.side.words)")])
        finding.ruledOut = [Exclusion("tls-handshake-failed", because: "the alert names the version")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }
}
