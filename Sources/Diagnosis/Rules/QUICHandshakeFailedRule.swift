package import Flows
import Site
import Wire

/// The server closes a QUIC connection in its first words.
///
/// *Means*: it speaks QUIC, and does not want this client, this name or these protocols.
/// *Proven by*: a CONNECTION_CLOSE in an Initial of the server.
/// *Looks the same*: a client that closes; what goes wrong in Handshake packets is encrypted.
package struct QUICHandshakeFailedRule: Rule {
    package static let label = Label.quicHandshakeFailed
    package static let kinds: FlowEvent.Kinds = .quic

    package static let explanation = Explanation(
        severity: .fault,
        title: "The server refuses QUIC connections",
        meaning: """
            The VIP answers a client's Initial with CONNECTION_CLOSE. The error says why: codes from 0x100 on are TLS alerts, as 0x178, \
            no_application_protocol, where the server does not speak the client's protocols. Envoy closes with NO_ERROR and "no filter chain found" \
            where it serves a name by TCP only.
            """,
        proof: "A CONNECTION_CLOSE frame in an Initial packet of the server, opened with the keys of the attempt.",
        lookAlikes: [
            "The client's own CONNECTION_CLOSE: it gives up, or its other connection was quicker.",
            "Errors in Handshake packets, which are encrypted: nothing is said of them.",
        ],
        remedy: [
            "curl -v --http3-only --resolve {name}:{port}:{vip} https://{name}/   # does another client see the same?",
            "kubectl get gateway,httproute -A   # does an HTTP/3 listener serve the name?",
            "kubectl logs -A -l app.kubernetes.io/name=envoy --tail=100 | grep -i quic   # what does the gateway say?",
        ])

    private var limit = FirstFew<Finding.Subject>()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .quic(let attempt, let change) = event, known.isVIP(attempt.server.address) else { return }
        if change == .established {
            book.resolve(
                Self.label, attempt.namedSubject, at: attempt.time,
                because: Evidence(attempt.last, "QUIC handshake of \(attempt.client.text) on UDP \(attempt.server.port)"))
        }
        // Who sends data has completed its handshake.
        guard change == .closed, let close = attempt.close, close.isByServer, let closing = attempt.closing,
            attempt.clientPackets.shorts == 0,
            limit.admits(attempt.namedSubject)
        else { return }
        let name = attempt.serverName.map { " for \($0)" } ?? ""
        let offer = attempt.clientHello?.applicationProtocols.map(\.description) ?? []
        let protocols = offer.isEmpty ? "" : ", offers \(Text.list(offer))"
        var finding = Finding(
            Self.label, .fault, attempt.namedSubject, .proven, at: attempt.time,
            summary:
                "UDP \(attempt.server.port) of \(known.name(attempt.server.address)) refuses QUIC\(name): \(attempt.client.text) (version "
                + "\(attempt.version.name)\(protocols)) is answered with \(close.words) after "
                + Text.exactDuration(closing.time - attempt.first.time),
            evidence: [
                Evidence(attempt.first, "Initial of \(attempt.client.text) to \(attempt.server.text)"),
                Evidence(closing, "CONNECTION_CLOSE by the server in an Initial: \(close.words)"),
            ])
        finding.ruledOut = [
            Exclusion("quic-blackhole-fallback", because: "frame \(closing.number) answers"),
            Exclusion("client-close", because: "the close opens with the server's keys"),
        ]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: attempt.time)
    }
}
