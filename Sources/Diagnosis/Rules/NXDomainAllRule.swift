package import Flows
import Site
import Wire

/// The zone's authority denies every name.
///
/// *Means*: k8s-gateway no longer watches HTTPRoutes (it lost its API connection, or lacks the right), so it knows no name of its zone.
/// *Proven by*: NXDOMAIN from the authority for several names of the zone, and no positive answer for any.
/// *Looks the same*: search-suffix names, foreign names, NODATA, a denial that a resolver made up.
package struct NXDomainAllRule: Rule {
    package static let label = Label.dnsNXDomainAllInternal
    package static let kinds: FlowEvent.Kinds = .dns

    package static let explanation = Explanation(
        severity: .fault,
        title: "The authority denies every name of the zone",
        meaning: """
            The server that knows the zone from the cluster answers NXDOMAIN for every name in it. k8s-gateway does so when it has lost its watch on \
            HTTPRoutes and Services, after a restart of the API server for example. Nothing inside resolves, while the VIPs themselves may be well.
            """,
        proof: """
            NXDOMAIN from the authority itself for two names of the zone (likely) or three (proven), and no positive answer from it for any name of \
            the zone. The first positive answer resolves the finding.
            """,
        lookAlikes: [
            "Names with a search suffix (grafana.laurivan.com.lan) and names of other zones.",
            "NODATA: NOERROR without an answer, normal for AAAA and HTTPS.",
            "NXDOMAIN from a resolver that never asked the authority, or from its cache.",
            "One name missing while others are answered: that route is missing.",
        ],
        remedy: [
            "dig @{server} {name} +norecurse   # ask the authority itself",
            "kubectl -n kube-system logs deploy/k8s-gateway | tail   # \"Failed to watch\" or \"connection reset\"?",
            "kubectl -n kube-system rollout restart deploy/k8s-gateway   # it lists the routes anew",
            "kubectl get httproute -A   # are the routes there, and attached to their gateway?",
        ])

    /// Names that a summary lists.
    static let mostNames = 8

    /// Zones that are remembered: those of the site file, or as many as an inferred one widens to.
    static let mostZones = 16

    /// Since the last positive answer.
    private var denied = Recent<DNSName, [(name: DNSName, type: DNSType, response: FrameReference)]>(limit: mostZones)
    /// Whatever zone they were taken for: an inferred zone widens as names come.
    private var positives = PositiveAnswers()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .dns(let transaction) = event, transaction.role == .authority, let zone = transaction.zone,
            let response = transaction.response
        else { return }
        let header = transaction.message.header
        let name = transaction.name
        let subject = Finding.Subject(name: zone.description)
        let isOpen = book.openFinding(Self.label, subject) != nil
        // A zone's own name is there, however empty the zone.
        let isApex = name == zone && known.site.dns.zones.contains(zone)
        switch header.responseCode {
        case .noError where header.answerCount > 0 && !isApex:
            positives.note(transaction)
            denied[zone] = nil
            book.resolve(
                Self.label, subject, at: transaction.time,
                because: Evidence(response, "\(transaction.server.address) has \(name) \(transaction.type.name)"))
        case .nonExistentDomain:
            // What has more labels before the zone may be a foreign name with the zone as its search suffix.
            guard name.labelCount == zone.labelCount + 1 else { return }
            let start = transaction.time - known.site.thresholds.zoneMemory
            // A name that is denied now says no longer that the authority knows names.
            if positives.last(of: name, since: start)?.type == transaction.type { positives.forget(name) }
            var names = (denied[zone] ?? []).filter { $0.response.time >= start || isOpen }
            if names.contains(where: { $0.name == name }) {
                book.countAgain(Self.label, subject, at: transaction.time)
                return
            }
            guard names.count < Self.mostNames else { return }
            names.append((name, transaction.type, response))
            denied[zone] = names
            if names.count >= known.site.thresholds.likelyNames, positives.last(within: zone, since: start) == nil {
                book.state(finding(zone, names, transaction, known), at: transaction.time, rewording: true)
            }
        default: return
        }
    }

    private func finding(
        _ zone: DNSName, _ denied: [(name: DNSName, type: DNSType, response: FrameReference)], _ transaction: DNSTransaction,
        _ known: Knowledge
    ) -> Finding {
        let server = transaction.server.address
        let names = denied.map { "\($0.name) \($0.type.name)" }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(name: zone.description),
            denied.count >= known.site.thresholds.provenNames ? .proven : .likely,
            at: transaction.time,
            summary:
                "The authority \(known.name(server)) answers NXDOMAIN for every name that it was asked in \(zone): \(Text.list(names))",
            evidence: denied.map { Evidence($0.response, "\(server): \($0.name) \($0.type.name): NXDOMAIN") })
        finding.ruledOut = [
            Exclusion("dns-single-name-missing", because: "no name of the zone got a positive answer"),
            Exclusion("dns-forwarding-missing", because: "the authority was asked, and answers itself"),
        ]
        finding.remedy = Self.explanation.remedy(["server": server.description, "name": transaction.name.description])
        return finding
    }
}
