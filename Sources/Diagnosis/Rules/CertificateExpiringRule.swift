package import Flows
import Site
import Wire

/// A certificate's time is nearly over.
///
/// *Means*: its renewal should have happened by now, and has not.
/// *Proven by*: the certificate in the clear (TLS 1.2), with less than 14 days left when it was captured.
/// *Looks the same*: certificates that are made for less than a week: they have a third of their life left when they are renewed.
package struct CertificateExpiringRule: Rule {
    package static let label = Label.tlsCertificateExpiring
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .warning,
        title: "A certificate is about to expire",
        meaning: """
            The server shows a certificate with fewer than 14 days left. Renewal by ACME begins 30 days before the end, so it has been failing for \
            two weeks, or the gateway does not take the new secret.
            """,
        proof: """
            The server's certificate, in the clear in TLS 1.2, with less than 14 days between the packet's time and its notAfter. One that was made \
            for less than a week has less than a third of that left.
            """,
        lookAlikes: ["Short-lived certificates, made for less than a week: those are judged by a third of their lifetime."],
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
        let left = leaf.notAfter - frame.time
        let life = leaf.notAfter - leaf.notBefore
        let limits = known.site.thresholds
        let isShortLived = life < limits.shortLivedCertificate
        let least = isShortLived ? min(limits.certificateLeft, Interval(nanoseconds: max(0, life.nanoseconds / 3))) : limits.certificateLeft
        guard left < least, left >= .zero else {
            let state = left < .zero ? "it has expired" : "a certificate that is valid until \(Text.date(leaf.notAfter))"
            book.resolve(Self.label, subject, at: handshake.time, because: Evidence(frame, state))
            return
        }
        guard limit.admits(subject) else { return }
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: handshake.time,
            summary:
                "TCP \(handshake.server.port) of \(known.name(handshake.server.address)) shows \(handshake.client.address) a certificate "
                + "\(handshake.purpose)\(handshake.after(frame)) that expires in \(Text.age(left)), on \(Text.date(leaf.notAfter))",
            evidence: handshake.helloEvidence + [
                Evidence(frame, "certificate of \(leaf.subject.words), valid until \(Text.date(leaf.notAfter))")
            ])
        finding.ruledOut = [Exclusion("tls-certificate-expired", because: "it is still in its time")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }
}
