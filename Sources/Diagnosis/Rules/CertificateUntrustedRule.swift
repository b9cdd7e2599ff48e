package import Flows
import Site
import Wire

/// A certificate is not to be trusted, or a client does not trust it.
///
/// *Means*: it is self-signed, from a staging authority, or from one that this client does not know.
/// *Proven by*: the client's alert unknown_ca (48) or bad_certificate (42); or a leaf whose issuer is its own subject or a staging authority.
/// *Looks the same*: a self-signed root that is sent along in the chain; a private authority, which is unknown, not untrusted.
package struct CertificateUntrustedRule: Rule {
    package static let label = Label.tlsCertificateUntrusted
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "The certificate is not trusted",
        meaning: """
            Nobody whom clients know stands behind the certificate: it is a gateway's self-signed default, or of Let's Encrypt's staging authority; or \
            a client ends the handshake because it does not have the root of a private authority. Clients that were told to trust it go on.
            """,
        proof: """
            The leaf itself, in the clear in TLS 1.2, whose issuer is its own subject or a staging authority. Or the client's alert unknown_ca (48) \
            or bad_certificate (42).
            """,
        lookAlikes: [
            "A self-signed root that is sent along in the chain: only the leaf is judged.",
            "A private authority, which is unknown, not untrusted.",
        ],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} -showcerts </dev/null   # who issued it?",
            "kubectl get clusterissuer,issuer -A -o yaml | grep server:   # acme-staging?",
            "kubectl get certificate -A   # is the real one Ready, or does the gateway show its default?",
        ])

    private var limit = FirstFew<Finding.Subject>()
    /// The client that refused last.
    private var clients: [Finding.Subject: IPAddress] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known) else { return }
        let subject = handshake.subject
        if handshake.isEstablished, !handshake.hasUnknownIssuer { resolve(handshake, &book) }
        let alert = handshake.fatalAlert.flatMap { $0.side == .originator ? $0 : nil }
        let saysSo = alert.map { $0.value.description == .unknownCA || $0.value.description == .badCertificate } ?? false
        guard saysSo || handshake.hasUnknownIssuer, limit.admits(subject) else { return }
        let isRefused = handshake.isRefusedByClient && (saysSo || isAboutTrust(alert?.value, handshake))
        guard isRefused, let end = alert?.frame ?? handshake.frames.end else { return state(handshake, known, &book) }
        clients[subject] = handshake.client.address
        var evidence = handshake.helloEvidence
        var issuer = ""
        if let (leaf, frame) = handshake.leaf {
            let what =
                leaf.isSelfIssued ? "self-signed" : leaf.issuer.isStaging ? "of a staging authority" : "issued by \(leaf.issuer.words)"
            issuer = "; the certificate that came\(handshake.after(frame)) is \(what)"
            evidence.append(Evidence(frame, "certificate of \(leaf.subject.words), \(what)"))
        } else if let answer = handshake.frames.serverHello {
            issuer = "; the certificate is encrypted"
            evidence.append(Evidence(answer, "ServerHello, and behind it what is encrypted"))
            issuer += ", behind the ServerHello that came\(handshake.after(answer))"
        }
        let how = alert.map { "the alert \($0.value.words)" } ?? (handshake.outcome == .reset ? "RST" : "FIN")
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary: "\(handshake.client.address) does not trust TCP \(handshake.server.port) of \(known.name(handshake.server.address)) "
                + "\(handshake.purpose): it ends the handshake with \(how)\(handshake.after(end))\(issuer)",
            evidence: evidence + [Evidence(end, "\(how) by the client")])
        finding.ruledOut = [
            Exclusion("client-abort", because: alert == nil ? "the certificate has no issuer that a client knows" : "the client says why")
        ]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }

    /// The certificate speaks for itself, whatever this client does with it.
    private func state(_ handshake: TLSHandshake, _ known: Knowledge, _ book: inout FindingBook) {
        guard let (leaf, frame) = handshake.leaf else { return }
        let what = leaf.isSelfIssued ? "is self-signed" : "is of the staging authority \(leaf.issuer.words)"
        var finding = Finding(
            Self.label, .fault, handshake.subject, .proven, at: handshake.time,
            summary: "TCP \(handshake.server.port) of \(known.name(handshake.server.address)) shows \(handshake.client.address) a "
                + "certificate \(handshake.purpose)\(handshake.after(frame)) that \(what): no client trusts it that was not told to",
            evidence: handshake.helloEvidence + [Evidence(frame, "certificate of \(leaf.subject.words), issued by \(leaf.issuer.words)")])
        finding.ruledOut = [Exclusion("private-authority", because: "the server's own certificate \(what)")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }

    /// A certificate of another issuer comes, or one that cannot be seen satisfies the client that refused.
    private mutating func resolve(_ handshake: TLSHandshake, _ book: inout FindingBook) {
        let subject = handshake.subject
        if let (leaf, frame) = handshake.leaf {
            book.resolve(
                Self.label, subject, at: handshake.time,
                because: Evidence(frame, "\(handshake.client.address) takes a certificate that is issued by \(leaf.issuer.words)"))
        } else if clients[subject] == handshake.client.address, let end = handshake.frames.end {
            book.resolve(
                Self.label, subject, at: handshake.time, because: Evidence(end, "\(handshake.client.address) completes a handshake"))
        } else {
            return
        }
        clients[subject] = nil
    }

    /// Certificate alerts, and silence; 45 speaks of time.
    private func isAboutTrust(_ alert: TLSAlert?, _ handshake: TLSHandshake) -> Bool {
        // Who has gone on after the certificate leaves for another reason.
        guard let alert else { return handshake.stage == .afterServerHello }
        return alert.isAboutCertificate && alert.description != .certificateExpired
    }
}
