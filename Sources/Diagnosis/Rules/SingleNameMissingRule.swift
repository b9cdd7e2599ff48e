package import Flows
import Site
import Wire

/// The authority denies one name and knows others.
///
/// *Means*: that name's route is missing: no HTTPRoute with this host, not attached to its gateway, or spelled otherwise.
/// *Proven by*: NXDOMAIN from the authority for a name of the zone, after its positive answer for another.
/// *Looks the same*: an authority that denies every name; names with a search suffix; another type of the name has data.
package struct SingleNameMissingRule: Rule {
    package static let label = Label.dnsSingleNameMissing
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .warning,
        title: "The authority does not know one name",
        meaning: """
            The server that knows the zone from the cluster answers for other names and denies this one. Its route does not exist, is not attached \
            to its gateway, or has another host name. Clients say "server not found" for this name alone.
            """,
        proof: "NXDOMAIN from the authority itself for a name of the zone, after it gave a positive answer for another name of the zone.",
        lookAlikes: [
            "The authority denies every name that it is asked: it has lost its watch, and no single route is to blame.",
            "A denial from before the authority's recovery.",
            "A name with a search suffix (github.com.laurivan.com), or one that machines probe for (wpad, isatap).",
            "Data for another type of the same name: the authority contradicts itself.",
        ],
        remedy: [
            "kubectl get httproute -A | grep {name}   # is there a route with this host name?",
            "kubectl get httproute -A -o yaml | grep -B3 -A8 'parents:'   # Accepted and ResolvedRefs by its gateway?",
            "dig @{server} {name} +norecurse   # ask the authority itself",
        ])

    /// More names than this are somebody's guesses.
    static let mostNames = 32

    private var positives = PositiveAnswers()
    private var missing: Set<DNSName> = []

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, transaction.role == .authority, let zone = transaction.zone,
            let response = transaction.response
        else { return }
        let name = transaction.name
        let subject = Finding.Subject(name: name.lowercased)
        if transaction.isPositive {
            // A zone's own name is there, however empty the zone.
            if name != zone || !known.site.dns.zones.contains(zone) { positives.note(transaction) }
            guard missing.remove(name) != nil else { return }
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(transaction.server.address) has \(transaction.question)"))
            return
        }
        guard transaction.isDenial else { return }
        if missing.contains(name) {
            book.countAgain(Self.label, subject, at: transaction.time)
            return
        }
        let start = transaction.time - known.site.thresholds.zoneMemory
        let same = positives.last(of: name, since: start)
        // What has more labels before the zone may be a foreign name with the zone as its search suffix.
        guard name.labelCount == zone.labelCount + 1, !name.isProbe, missing.count < Self.mostNames,
            same == nil || same?.type == transaction.type
        else { return }
        positives.forget(name)
        guard book.openFinding(.dnsNXDomainAllInternal, Finding.Subject(name: zone.description)) == nil,
            let other = positives.last(within: zone, since: start)
        else { return }
        missing.insert(name)
        let server = transaction.server.address
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: transaction.time,
            summary:
                "The authority \(known.name(server)) does not know \(name): it answers NXDOMAIN for \(transaction.question), and had \(other.name) "
                + "\(other.type.name) \(Text.duration(response.time - other.frame.time)) before",
            evidence: [
                Evidence(response, "\(server): \(transaction.question): NXDOMAIN"),
                Evidence(other.frame, "\(other.server) has \(other.name) \(other.type.name)"),
            ])
        finding.ruledOut = [
            Exclusion("dns-nxdomain-all-internal", because: "frame \(other.frame.number) answers for \(other.name)")
        ]
        finding.remedy = Self.explanation.remedy(["server": server.description, "name": name.description])
        book.state(finding, at: transaction.time)
    }
}
