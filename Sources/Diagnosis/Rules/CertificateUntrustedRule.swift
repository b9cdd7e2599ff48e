package import Flows
import Site
import Wire

/// A client does not trust a certificate.
///
/// *Means*: it is self-signed, from a staging authority, or from one that this client does not know.
/// *Proven by*: the client's alert unknown_ca (48) or bad_certificate (42); or a leaf whose issuer is its own subject or a staging authority,
/// with which a client ends the handshake.
/// *Looks the same*: a self-signed root that is sent along in the chain; a client that was told to trust it, and goes on.
package struct CertificateUntrustedRule: Rule {
    package static let label = Label.tlsCertificateUntrusted
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "A client does not trust the certificate",
        meaning: """
            The client ends the handshake because of the certificate's issuer: a gateway's self-signed default, Let's Encrypt's staging authority, \
            or a private authority whose root this client does not have.
            """,
        proof: """
            The client's alert unknown_ca (48) or bad_certificate (42). Or the leaf itself, in the clear in TLS 1.2, whose issuer is its own \
            subject or a staging authority, and the client ends the handshake before it is complete.
            """,
        lookAlikes: [
            "A self-signed root that is sent along in the chain: only the leaf is judged.",
            "A private authority, which is unknown, not untrusted.",
            "A client that was told to trust the certificate, and completes its handshake.",
        ],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} -showcerts </dev/null   # who issued it?",
            "kubectl get clusterissuer,issuer -A -o yaml | grep server:   # acme-staging?",
            "kubectl get certificate -A   # is the real one Ready, or does the gateway show its default?",
        ])

    private var limit = SubjectLimit()
    /// The client that refused last.
    private var clients: [Finding.Subject: IPAddress] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known) else { return }
        let subject = handshake.subject
        if handshake.isEstablished, clients[subject] == handshake.client.address, let end = handshake.frames.end {
            clients[subject] = nil
            book.resolve(
                Self.label, subject, at: handshake.time, because: Evidence(end, "\(handshake.client.address) completes a handshake"))
        }
        let alert = handshake.fatalAlert.flatMap { $0.side == .originator ? $0 : nil }
        let saysSo = alert.map { $0.value.description == .unknownCA || $0.value.description == .badCertificate } ?? false
        guard handshake.isRefusedByClient, saysSo || (handshake.hasUnknownIssuer && isAboutTrust(alert?.value, handshake)),
            limit.admits(subject),
            let end = alert?.frame ?? handshake.frames.end
        else { return }
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
            Self.label, .fault, subject, alert == nil ? .likely : .proven, at: handshake.time,
            summary: "\(handshake.client.address) does not trust TCP \(handshake.server.port) of \(known.name(handshake.server.address)) "
                + "\(handshake.purpose): it ends the handshake with \(how)\(handshake.after(end))\(issuer)",
            evidence: evidence + [Evidence(end, "\(how) by the client")])
        finding.ruledOut = [
            Exclusion("client-abort", because: alert == nil ? "the certificate has no issuer that a client knows" : "the client says why")
        ]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }

    /// Certificate alerts, and silence; 45 speaks of time.
    private func isAboutTrust(_ alert: TLSAlert?, _ handshake: TLSHandshake) -> Bool {
        // Who has gone on after the certificate leaves for another reason.
        guard let alert else { return handshake.stage == .afterServerHello }
        return (42...48).contains(alert.description.rawValue) && alert.description != .certificateExpired
            && alert.description.rawValue != 47
    }
}
