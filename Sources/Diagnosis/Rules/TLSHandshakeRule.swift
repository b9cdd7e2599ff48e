package import Flows
import Site
import Wire

/// A TLS handshake fails.
///
/// *Means*: TCP works, and TLS does not: the alert says why where it can be read.
/// *Proven by*: a fatal alert; or the server ends the connection between ClientHello and ServerHello, or after its ServerHello before the
/// client has sent a record of its own.
/// *Looks the same*: a client that goes away, as the losing connection of a race; what the more specific findings say.
package struct TLSHandshakeRule: Rule {
    package static let label = Label.tlsHandshakeFailed
    package static let kinds: FlowEvent.Kinds = .tls

    package static let explanation = Explanation(
        severity: .fault,
        title: "A TLS handshake fails",
        meaning: """
            A client's TCP connection is set up and its TLS handshake is not. The alert names the reason, as handshake_failure where no cipher \
            suite is shared. A server that ends without an alert often has no configuration for the name, or died. Under TLS 1.3 the alert after a \
            ServerHello is encrypted, and only its length shows that it is one.
            """,
        proof: """
            A fatal alert in the clear by either side; or a RST, a FIN or an encrypted alert by the server before its ServerHello, or after it and \
            before the client has sent any record behind its ClientHello. The finding states what both sides offered.
            """,
        lookAlikes: [
            "A client that goes away without a word: the losing connection of a race, or a closed page.",
            "Alerts about version, ALPN, name or certificate, and failures that prove to depend on the name or to come by turns: those have findings "
                + "of their own, which end this one.",
            "GREASE values, which mean nothing. With ECH the visible name may be an outer one.",
        ],
        remedy: [
            "openssl s_client -connect {vip}:{port} -servername {name} -msg </dev/null   # the same by hand, alerts decrypted",
            "kubectl get gateway -A   # is the listener Programmed, and its certificate resolved?",
            "kubectl logs -A -l app.kubernetes.io/name=envoy --tail=100   # what does the gateway say at that time?",
        ])

    private var limit = FirstFew<Finding.Subject>()
    /// The client that failed last.
    private var clients: [Finding.Subject: IPAddress] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tls(let handshake, .ended) = event, handshake.concerns(known), let hello = handshake.frames.clientHello else { return }
        let subject = handshake.subject
        if handshake.isEstablished, clients[subject] == handshake.client.address, let end = handshake.frames.end {
            clients[subject] = nil
            book.resolve(
                Self.label, subject, at: handshake.time, because: Evidence(end, "\(handshake.client.address) completes a handshake"))
        }
        guard let (phrase, proof) = failure(handshake), !isExplained(handshake, known, book), limit.admits(subject) else { return }
        clients[subject] = handshake.client.address
        var evidence = [Evidence(hello, "ClientHello \(handshake.purpose)")]
        if handshake.stage != .beforeServerHello, let answer = handshake.frames.serverHello, answer != proof.frame {
            evidence.append(Evidence(answer, "ServerHello"))
        }
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handshake.time,
            summary: "TLS \(handshake.purpose) fails on TCP \(handshake.server.port) of \(known.name(handshake.server.address)): "
                + "\(handshake.offers); \(phrase)",
            evidence: evidence + [proof])
        finding.ruledOut = [
            Exclusion("client-abort", because: handshake.endedBy == .originator ? "the client says why" : "the server ends it"),
            Exclusion("tcp-port-closed", because: "the connection was set up"),
        ]
        finding.remedy = Self.explanation.remedy(handshake.placeholders)
        book.state(finding, at: handshake.time)
    }

    private func failure(_ handshake: TLSHandshake) -> (String, Evidence)? {
        if let alert = handshake.fatalAlert {
            return (
                "the \(alert.side.words) ends it with the alert \(alert.value.words)\(handshake.after(alert.frame))",
                Evidence(alert.frame, "alert \(alert.value.words) by the \(alert.side.words)")
            )
        }
        let isEarly = handshake.stage == .beforeServerHello || handshake.stage == .afterServerHello
        guard handshake.endedBy == .responder, isEarly, let end = handshake.frames.end else { return nil }
        let place = handshake.stage == .beforeServerHello ? "before a ServerHello" : "before the client has sent another record"
        switch handshake.outcome {
        case .reset: return ("the server resets it\(handshake.after(end)), \(place)", Evidence(end, "RST by the server"))
        case .closed: return ("the server closes it\(handshake.after(end)), \(place)", Evidence(end, "FIN by the server"))
        case .alert where handshake.alert?.value == nil:
            return (
                "the server ends it with an encrypted alert\(handshake.after(end)), which cannot be read, \(place)",
                Evidence(end, "a record by the server as short as an encrypted alert")
            )
        default: return nil
        }
    }

    /// A finding that says more is there, or about to be.
    private func isExplained(_ handshake: TLSHandshake, _ known: Knowledge, _ book: FindingBook) -> Bool {
        if handshake.isDroppedAtHello || handshake.fatalAlert?.value.description == .unrecognizedName {
            return book.openFinding(.tlsSNINoMatch, handshake.subject) != nil
                || book.openFinding(.backendInconsistent, ClientService(handshake).subject)?.lastSeen == handshake.time
        }
        guard let alert = handshake.fatalAlert else { return false }
        switch alert.value.description {
        case .protocolVersion, .noApplicationProtocol: return true
        default: break
        }
        guard alert.side == .originator, alert.value.isAboutCertificate else { return false }
        let labels: [Label] = [.tlsCertificateUntrusted, .tlsCertificateExpired, .tlsCertificateNameMismatch]
        return labels.contains { book.openFinding($0, handshake.subject)?.lastSeen == handshake.time }
    }
}
