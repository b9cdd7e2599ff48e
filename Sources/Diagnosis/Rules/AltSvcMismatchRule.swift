package import Flows
import Site
import Wire

/// The VIP's own HTTP promises HTTP/3 that it does not speak.
///
/// *Means*: the gateway advertises an HTTP/3 listener that is not there, was rejected, or whose UDP port no service exposes.
/// *Proven by*: an Alt-Svc header with h3 in plaintext from the VIP, and a QUIC attempt at that port that failed.
/// *Looks the same*: a promise that nobody tried; one for another host.
package struct AltSvcMismatchRule: Rule {
    package static let label = Label.altSvcH3Mismatch
    package static let kinds: FlowEvent.Kinds = [.quic, .http]

    package static let explanation = Explanation(
        severity: .warning,
        title: "Alt-Svc promises HTTP/3, and the VIP does not speak it",
        meaning: """
            The VIP answers HTTP with an Alt-Svc header that names h3, and QUIC to that port fails. Browsers remember the promise for as long as it \
            says, a day where it says nothing, and try QUIC again and again.
            """,
        proof:
            "An Alt-Svc header with h3 in a plaintext response of the VIP, and a QUIC attempt at that port that met silence, ICMP or a close.",
        lookAlikes: [
            "A promise that nobody tried.", "Alt-Svc inside TLS, which cannot be read: nothing is said of it.",
            "A promise for another host, which its own VIP must keep.",
        ],
        remedy: [
            "curl -sI http://{vip}/ | grep -i alt-svc   # and the same over https, where this sensor cannot read it",
            "kubectl get svc -A -o wide | grep {vip}   # does the service list {port}/UDP?",
            "kubectl get clienttrafficpolicy -A -o yaml | grep -A2 http3   # is HTTP/3 on, and is its listener accepted?",
        ])

    private struct Promise: Sendable {
        var frame: FrameReference
        var name: String
    }

    /// The last of each.
    private var promises: [Endpoint: Promise] = [:]
    private var failures: [Endpoint: QUICAttempt] = [:]
    /// VIPs have few ports.
    static let mostPorts = 64

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .http(let exchange): consider(exchange, known, &book)
        case .quic(let attempt, let change) where known.isVIP(attempt.server.address):
            if change == .established {
                failures[attempt.server] = nil
                book.resolve(
                    Self.label, attempt.subject, at: attempt.time,
                    because: Evidence(attempt.last, "QUIC handshake of \(attempt.client.text) on UDP \(attempt.server.port)"))
            }
            guard attempt.isFailed(change, known.site.thresholds),
                failures.count < Self.mostPorts || failures[attempt.server] != nil
            else { return }
            let isNew = failures[attempt.server]?.first != attempt.first
            failures[attempt.server] = attempt
            if isNew { state(attempt.server, at: attempt.time, known, &book) }
        default: return
        }
    }

    private mutating func consider(_ exchange: HTTPExchange, _ known: Knowledge, _ book: inout FindingBook) {
        guard let response = exchange.response, let alternatives = response.alternatives, known.isVIP(exchange.server.address) else {
            return
        }
        for service in alternatives.services where service.protocolID == "h3" || service.protocolID.hasPrefix("h3-") {
            let host = exchange.request.host.map { $0.prefix { $0 != ":" } } ?? ""
            guard service.host.isEmpty || service.host == host else { continue }
            let server = Endpoint(exchange.server.address, service.port)
            guard promises.count < Self.mostPorts || promises[server] != nil else { continue }
            let isNew = promises[server] == nil
            promises[server] = Promise(frame: response.frame, name: service.protocolID)
            if isNew, failures[server] != nil { state(server, at: exchange.time, known, &book) }
        }
    }

    private func state(_ server: Endpoint, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard let promise = promises[server], let attempt = failures[server] else { return }
        let order =
            promise.frame <= attempt.first
            ? "\(Text.exactDuration(attempt.first.time - promise.frame.time)) before"
            : "\(Text.exactDuration(promise.frame.time - attempt.first.time)) after"
        var evidence = [
            Evidence(promise.frame, "Alt-Svc with \(promise.name) for port \(server.port)"),
            Evidence(attempt.first, "Initial of \(attempt.client.text) to \(server.text)"),
        ]
        if let failure = attempt.failure.evidence { evidence.append(failure) }
        var finding = Finding(
            Self.label, .warning, attempt.subject, .proven, at: time,
            summary:
                "\(known.name(server.address)) promises \(promise.name) on UDP \(server.port) by Alt-Svc and does not speak it: the header came "
                + "\(order) the Initial of \(attempt.client.text); \(attempt.failure.phrase)",
            evidence: evidence)
        finding.arguesFromAbsence = attempt.failure.evidence == nil
        finding.ruledOut = [Exclusion("quic-ok", because: "the attempt was not established")]
        finding.remedy = Self.explanation.remedy(attempt.placeholders)
        book.state(finding, at: time)
    }
}
