package import Flows
import Site
import Wire

/// The gateway itself knows no route for a host.
///
/// *Means*: no HTTPRoute with that hostname is attached to the listener, or its hostname is spelled otherwise.
/// *Proven by*: a 404 of Envoy's own form: no body, no Content-Type, and no mark of an upstream.
/// *Looks the same*: an application's 404, which has words; one path of a host that is served otherwise.
package struct HTTPRouteRule: Rule {
    package static let label = Label.httpRouteMissing
    package static let kinds: FlowEvent.Kinds = .http

    package static let explanation = Explanation(
        severity: .info,
        title: "The gateway has no route for the host",
        meaning: """
            The gateway answers 404 by itself, without asking any backend: no HTTPRoute serves that Host. The name reaches the right VIP, and the \
            cluster does not know what to do with it.
            """,
        proof: """
            A 404 in plaintext HTTP with Envoy's name, an empty body, no Content-Type and no X-Envoy-Upstream-Service-Time, for a Host of which \
            nothing else was answered. An application that answers so sparsely looks the same, so the finding is likely at most.
            """,
        lookAlikes: [
            "An application's own 404, which has a body, a type, or the mark of its upstream.",
            "A path that is missing on a host whose other paths are answered.",
        ],
        remedy: [
            "kubectl get httproute -A | grep {name}   # is there a route with this hostname?",
            "kubectl describe httproute -A | grep -A8 Parents   # is it Accepted by the gateway, and attached to this listener?",
        ])

    private var limit = FirstFew<Finding.Subject>()
    /// Hosts that were answered otherwise.
    private var served: [Finding.Subject: Bool] = [:]
    static let mostServed = 256

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .http(let exchange) = event, let response = exchange.response, exchange.host != nil, exchange.concerns(known) else {
            return
        }
        let subject = exchange.subject
        guard response.status == 404, response.isBare, response.server.map({ $0 == "envoy" || $0 == "istio-envoy" }) ?? false else {
            if served[subject] == nil, served.count == Self.mostServed { served = [:] }
            served[subject] = true
            book.resolve(
                Self.label, subject, at: exchange.time,
                because: Evidence(response.frame, "\(exchange.request.target) is answered with \(response.status)"))
            return
        }
        guard served[subject] == nil, limit.admits(subject) else { return }
        var finding = Finding(
            Self.label, .info, subject, .likely, at: exchange.time,
            summary:
                "TCP \(exchange.server.port) of \(known.name(exchange.server.address)) has no route for \(exchange.host ?? ""): the gateway "
                + "itself answers \(exchange.request.method) \(exchange.request.target) of \(exchange.client.address) with 404 after "
                + Text.exactDuration(response.frame.time - exchange.request.frame.time),
            evidence: [
                Evidence(exchange.request.frame, "\(exchange.request.method) \(exchange.request.target) for \(exchange.host ?? "")"),
                Evidence(response.frame, "404 without a body, a type or an upstream's mark"),
            ])
        finding.ruledOut = [
            Exclusion("application-404", because: "the answer has no body, no Content-Type and no X-Envoy-Upstream-Service-Time")
        ]
        finding.remedy = Self.explanation.remedy(exchange.placeholders)
        book.state(finding, at: exchange.time)
    }
}
