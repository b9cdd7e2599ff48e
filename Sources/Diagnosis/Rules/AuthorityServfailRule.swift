package import Flows
import Wire

/// The authority answers SERVFAIL.
///
/// *Means*: it cannot say: k8s-gateway has not read the cluster's routes yet, or a plug-in behind it fails.
/// *Proven by*: its own answer for a name of the zone.
/// *Looks the same*: SERVFAIL that a resolver made up, because the authority was silent.
package struct AuthorityServfailRule: Rule {
    package static let label = Label.dnsAuthorityServfail
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .fault,
        title: "The authority answers SERVFAIL",
        meaning: """
            The server that knows the zone says that it cannot answer. k8s-gateway says so until it has read the cluster's routes, or while it cannot \
            reach the API server; others when their zone has expired or a server behind them fails. Resolvers pass the failure on.
            """,
        proof: "An answer with the response code SERVFAIL for a name of the zone, from the authority itself.",
        lookAlikes: ["SERVFAIL from a resolver that got no answer, or could not verify one: the authority did not say it."],
        remedy: [
            "dig @{server} {name} +norecurse   # does it still?",
            "kubectl -n kube-system logs deploy/k8s-gateway | tail   # \"not synced\", or no API server?",
        ])

    private var failures = AuthorityFailures(label, .serverFailure)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        if case .dns(let transaction) = event { failures.consider(transaction, known, &book, Self.explanation) }
    }
}
