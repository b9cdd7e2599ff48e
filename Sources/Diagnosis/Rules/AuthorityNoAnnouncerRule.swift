package import Flows
import Site
import Wire

/// Nobody answers ARP for the authority's address.
///
/// *Means*: the authority's address is a load balancer's, too, and no node announces it.
/// *Proven by*: a run of requests that got no reply from anybody, by a station that is no node and has not claimed the address.
/// *Looks the same*: the announcer's own question; an address outside the LAN's prefix.
package struct AuthorityNoAnnouncerRule: Rule {
    package static let label = Label.dnsAuthorityNoAnnouncer
    package static let kinds: FlowEvent.Kinds = [.unanswered, .claim, .dns]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Nobody on the LAN answers for the authority's address",
        meaning: """
            The resolver asks who has the authority's address, and no host says that it does, so that no query can be sent. Every name of the zone \
            fails, while the authority's pod looks well: its address is a load balancer's, too, and needs an announcer.
            """,
        proof: """
            ARP requests or neighbour solicitations for the authority's address and no reply from anybody: repeated 0.9 to 1.3 s apart, \
            three in a row, or where unicast of the asker is visible to this sensor. Without a list of nodes the asker must be a resolver \
            or router, or somebody else must have claimed the address before.
            """,
        lookAlikes: [
            "The announcer's own question, which a node asks that carries the address on no interface.",
            "An address outside the LAN's prefix, which must be reached through a router.",
        ],
        remedy: [
            "kubectl get svc -A | grep {server}   # which service has this address?",
            "kubectl get ciliuml2announcementpolicy -A   # does a policy match it?",
            "kubectl -n kube-system get lease | grep l2announce   # who holds its lease?",
        ])

    private var authorities = KnownAuthorities()
    private var lastClaim: Claim?

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .unanswered(let run): consider(run, known, &book)
        case .claim(let claim) where claim.address == known.site.dns.authority:
            lastClaim = claim
            guard claim.means.isAnswer else { return }
            book.resolve(
                Self.label, subject(claim.address, known), at: claim.frame.time,
                because: Evidence(claim.frame, "\(claim.means.words) by \(known.name(claim.station))"))
        case .dns(let transaction):
            authorities.note(transaction)
            guard transaction.role == .authority, let frame = transaction.response else { return }
            book.resolve(
                Self.label, subject(transaction.server.address, known), at: transaction.time,
                because: Evidence(frame, "\(transaction.server.address) answers \(transaction.question)"))
        default: return
        }
    }

    private func subject(_ server: IPAddress, _ known: Knowledge) -> Finding.Subject {
        known.subject(ofAuthority: server, zone: authorities.zone(of: server))
    }

    private func consider(_ run: UnansweredRequest, _ known: Knowledge, _ book: inout FindingBook) {
        guard run.address == known.site.dns.authority, mayCount(run, known), let first = run.requests.first, let last = run.requests.last
        else { return }
        let asker = known.asker(run.asker.station)
        let count = run.requests.count
        var evidence = run.requests.enumerated().map { index, frame in
            Evidence(frame, "who has \(run.address), asks \(asker): request \(index + 1) of \(count) in a row")
        }
        var summary =
            "Nobody answers \(run.address.resolution) for the authority \(known.name(run.address)): \(asker) asked \(Text.times(count))"
        if count > 1 { summary += " in \(Text.duration(last.time - first.time))" }
        summary += " without an answer"
        if let claim = lastClaim {
            evidence.append(Evidence(claim.frame, "\(known.name(claim.station)) claimed it (\(claim.means.words))"))
            summary += "; \(known.name(claim.station)) claimed it (\(claim.means.words)) before"
        }
        if run.isCut { summary += "; the capture ends before the time for an answer was over" }
        let isProven = !run.isCut && (run.basis == .retransmission || count > 1)
        var finding = Finding(
            Self.label, .fault, subject(run.address, known), isProven ? .proven : .likely, at: run.time, summary: summary,
            evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("dns-authority-timeout", because: "no query can leave without an answer to \(run.address.resolution)"),
            Exclusion("own-question", because: "the asker is no node and neither claimed the address nor sent from it"),
        ]
        finding.remedy = Self.explanation.remedy(["server": run.address.description])
        book.state(finding, at: run.time)
    }

    private func mayCount(_ run: UnansweredRequest, _ known: Knowledge) -> Bool {
        let asker = run.asker
        if known.site.node(asker.station.mac) != nil || asker.station.address.flatMap(known.site.node) != nil { return false }
        if asker.claimedIt || asker.sentFromIt || (asker.receivesIt && known.site.nodes.isEmpty) { return false }
        if !known.site.networks.lan.isEmpty, !known.site.networks.lan.contains(where: { $0.contains(run.address) }) { return false }
        // Answered meanwhile, to whomever.
        if let claim = lastClaim, claim.means.isAnswer, let first = run.requests.first, claim.frame >= first { return false }
        let isResolver = asker.station.address.map(known.site.dns.resolvers.contains) ?? false
        let claimedByOther = lastClaim.map { $0.station.mac != asker.station.mac } ?? false
        return !known.site.nodes.isEmpty || claimedByOther || asker.forwards || asker.resolves || isResolver
    }
}
