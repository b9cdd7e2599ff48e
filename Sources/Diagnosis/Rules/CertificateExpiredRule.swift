package import Flows
import Site
import Wire

/// A certificate is over its time.
///
/// *Means*: renewal has failed for weeks, and clients refuse the connection.
/// *Proven by*: the certificate in the clear (TLS 1.2), whose notAfter lies before the packet that holds it.
/// *Looks the same*: a client whose own clock is wrong; under TLS 1.3 the certificate is encrypted.
package struct CertificateExpiredRule: Rule {
    package static let label = Label.tlsCertificateExpired
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "A certificate has expired",
        meaning: """
            The server shows a certificate that was over its time when the packet was captured. Browsers refuse it. cert-manager renews at a third \
            of the lifetime that is left, so renewal has failed for long, or the gateway still holds the old secret.
            """,
        proof: "The server's certificate, in the clear in TLS 1.2, with a notAfter before the capture's own time of that packet.",
        lookAlikes: [
            "A client that says certificate_expired of a certificate in its time: its clock is wrong. That is tls-handshake-failed.",
            "TLS 1.3, where the certificate is encrypted and only an alert in the clear may tell.",
        ],
        remedy: [
            "kubectl get certificate -A   # is it Ready, and when is its renewal due?",
            "kubectl describe certificaterequest,order,challenge -A | grep -iE 'reason|message' | tail   # why does renewal fail?",
            "openssl s_client -connect {vip}:{port} -servername {name} </dev/null | openssl x509 -noout -dates",
        ])

    private var limit = FirstFew<Finding.Subject>()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known), let (leaf, frame) = handshake.leaf else { return }
        let subject = handshake.subject
        guard leaf.notAfter < frame.time else {
            book.resolve(
                Self.label, subject, at: handshake.time,
                because: Evidence(frame, "a certificate that is valid until \(Text.date(leaf.notAfter))"))
            return
        }
        guard limit.admits(subject) else { return }
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary: "TCP \(handshake.server.port) of \(known.name(handshake.server.address)) shows \(handshake.client.address) an expired "
                + "certificate \(handshake.purpose)\(handshake.after(frame)): it was valid until \(Text.date(leaf.notAfter)), "
                + "\(Text.age(frame.time - leaf.notAfter)) before",
            evidence: handshake.helloEvidence + [
                Evidence(frame, "certificate of \(leaf.subject.words), valid until \(Text.date(leaf.notAfter))")
            ])
        finding.ruledOut = [Exclusion("client-clock", because: "the certificate is judged by the capture's own time")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }
}
