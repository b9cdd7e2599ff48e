package import Flows
import Wire

/// The authority answers REFUSED.
///
/// *Means*: it does not serve this zone, or not to this asker.
/// *Proven by*: its own answer for a name of the zone.
/// *Looks the same*: REFUSED that a resolver made up.
package struct AuthorityRefusedRule: Rule {
    package static let label = Label.dnsAuthorityRefused
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .fault,
        title: "The authority answers REFUSED",
        meaning: """
            The server that should know the zone refuses to answer: the zone is not in its configuration (CoreDNS answers so for every zone that no \
            server block names), or its access list leaves the asker out.
            """,
        proof: "An answer with the response code REFUSED for a name of the zone, from the authority itself.",
        lookAlikes: ["REFUSED from a resolver, whose own access list leaves the client out, or which has nobody left to ask."],
        remedy: [
            "dig @{server} {name} +norecurse   # from the resolver's host, too: does it depend on who asks?",
            "kubectl -n kube-system get cm k8s-gateway -o yaml   # does a server block name the zone?",
        ])

    private var failures = AuthorityFailures(label, .refused)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        if case .dns(let transaction) = event { failures.consider(transaction, known, &book, Self.explanation) }
    }
}
