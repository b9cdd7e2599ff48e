package import Flows
import Site
import Wire

/// A gateway cannot reach what stands behind it.
///
/// *Means*: the VIP works, and its backend refuses, answers garbage, or takes too long.
/// *Proven by*: 502, 503 or 504 from the VIP in plaintext HTTP.
/// *Looks the same*: an application's own errors with other codes.
package struct HTTPUpstreamRule: Rule {
    package static let label = Label.httpUpstreamError
    package static let kinds: FlowEvent.Kinds = .http

    package static let explanation = Explanation(
        severity: .warning,
        title: "The gateway cannot reach its backend",
        meaning: """
            The VIP answers HTTP with 502 (the backend answered garbage or closed), 503 (no healthy backend, or it refused) or 504 (it took too \
            long). The gateway itself works; what is behind the route does not.
            """,
        proof: "Responses of the VIP with status 502, 503 or 504 in plaintext HTTP, counted for each status and host.",
        lookAlikes: ["An application's own errors, with other codes.", "Errors behind TLS, which this sensor cannot read."],
        remedy: [
            "curl -sv -H 'Host: {name}' http://{vip}:{port}/   # the same by hand, with the gateway's own words",
            "kubectl get httproute -A | grep {name}   # which service does the route name?",
            "kubectl get endpointslices -A   # has that service ready endpoints?",
            "kubectl get pods -A | grep -vE 'Running|Completed'   # and do its pods run?",
        ])

    private struct Host: Sendable {
        var counts: [UInt16: Int] = [:]
        /// Of the first three.
        var evidence: [Evidence] = []
        var failed: [String] = []
        var upgrades = 0
    }

    private var hosts: [Finding.Subject: Host] = [:]
    private var limit = FirstFew<Finding.Subject>()
    static let mostEvidence = 3
    static let mostTargets = 8

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .http(let exchange) = event, let response = exchange.response, exchange.concerns(known) else { return }
        let subject = exchange.subject
        let target = "\(exchange.request.method) \(exchange.request.target)"
        let isUpgrade = exchange.request.upgrade?.lowercased() == "websocket" && response.status != 101
        guard (502...504).contains(response.status) else {
            guard var host = hosts[subject] else { return }
            if isUpgrade { host.upgrades += 1 }
            if response.status < 500 { host.failed.removeAll { $0 == target } }
            hosts[subject] = host.failed.isEmpty ? nil : host
            // What failed works again, all of it.
            if host.failed.isEmpty {
                book.resolve(
                    Self.label, subject, at: exchange.time,
                    because: Evidence(response.frame, "\(target) is answered with \(response.status)"))
            }
            return
        }
        guard limit.admits(subject) else { return }
        var host = hosts[subject] ?? Host()
        host.counts[response.status, default: 0] += 1
        if isUpgrade { host.upgrades += 1 }
        if !host.failed.contains(target), host.failed.count < Self.mostTargets { host.failed.append(target) }
        if host.evidence.count < Self.mostEvidence { host.evidence.append(Evidence(response.frame, "\(response.status) for \(target)")) }
        hosts[subject] = host
        let counts = host.counts.sorted { $0.key < $1.key }.map { "\($0.key) \(Text.times($0.value))" }
        var summary =
            "TCP \(exchange.server.port) of \(known.name(exchange.server.address)) answers \(exchange.whose) with \(Text.list(counts)), "
            + "the last of them \(target)"
        if host.upgrades > 0 { summary += "; a WebSocket upgrade gets no 101 \(Text.times(host.upgrades))" }
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: exchange.time, summary: summary, evidence: host.evidence)
        finding.ruledOut = [Exclusion("application-error", because: "the status is a gateway's")]
        finding.remedy = Self.explanation.remedy(exchange.placeholders)
        book.state(finding, at: exchange.time, rewording: true)
    }
}
