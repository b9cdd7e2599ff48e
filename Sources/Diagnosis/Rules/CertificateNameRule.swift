package import Flows
import Site
import Wire

/// A certificate is for other names than the one that was asked for.
///
/// *Means*: the gateway's default certificate, or another service's, answers for this name.
/// *Proven by*: the server name in the ClientHello and the certificate's subjectAltName, in the clear in TLS 1.2.
/// *Looks the same*: a wildcard that does match.
package struct CertificateNameRule: Rule {
    package static let label = Label.tlsCertificateNameMismatch
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "A certificate is for another name",
        meaning: """
            A client asks for a name, and the server shows a certificate that does not cover it: a gateway's default certificate, a wildcard one \
            level too high (*.laurivan.com does not cover a.b.laurivan.com), or another service's. Browsers refuse it.
            """,
        proof: """
            The server name of the ClientHello, and the certificate's subjectAltName, none of whose names covers it (RFC 9525). The common name \
            has not counted for years, except for old clients, which show it by going on.
            """,
        lookAlikes: [
            "A wildcard that covers the name: one label, the left-most, is anything.",
            "An address in place of a server name, which TLS does not allow there: of that nothing is said.",
        ],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} </dev/null | openssl x509 -noout -ext subjectAltName",
            "kubectl get gateway -A -o yaml | grep -A3 certificateRefs   # which secret does the listener for {name} use?",
            "kubectl get certificate -A -o yaml | grep -A4 dnsNames   # and which names are in it?",
        ])

    private var limit = FirstFew<Finding.Subject>()

    /// Names that a summary lists.
    static let mostNames = 4

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known), let name = handshake.serverName,
            let (leaf, frame) = handshake.leaf, IPAddress(name.description) == nil
        else { return }
        let subject = handshake.subject
        guard !leaf.covers(name), !isAcceptedByCommonName(leaf, name, handshake) else {
            book.resolve(Self.label, subject, at: handshake.time, because: Evidence(frame, "a certificate that covers \(name)"))
            return
        }
        guard limit.admits(subject) else { return }
        var names = leaf.dnsNames.prefix(Self.mostNames).map(\.description)
        if leaf.dnsNames.count > Self.mostNames { names.append("\(leaf.dnsNames.count - Self.mostNames) more") }
        let covered =
            names.isEmpty ? "no DNS name at all (its common name \(leaf.subject.words) does not count)" : Text.list(names)
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary: "TCP \(handshake.server.port) of \(known.name(handshake.server.address)) shows a certificate for another name: "
                + "\(handshake.client.address) asks for \(name), and the certificate that comes\(handshake.after(frame)) covers \(covered)",
            evidence: handshake.helloEvidence + [Evidence(frame, "certificate for \(covered)")])
        finding.ruledOut = [Exclusion("wildcard", because: "no name of the certificate covers \(name), wildcards included")]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }

    /// Old clients believe the common name of a certificate that has no other.
    private func isAcceptedByCommonName(_ leaf: X509Certificate, _ name: TLSName, _ handshake: TLSHandshake) -> Bool {
        leaf.dnsNames.isEmpty && handshake.isEstablished && leaf.subject.commonName.map { TLSName($0).covers(name) } ?? false
    }
}
