package import Flows
import Site
import Wire

/// A host has the VIP's address for its own.
///
/// *Means*: clients that believe the host's answer talk to a printer, a laptop or a proxy, and not to the cluster.
/// *Proven by*: two claims at one time, and one claimant is no node, or behaves as none: it answers for others, or probed the address first.
/// *Looks the same*: two announcers; a node that serves from the VIP, which proves nothing.
package struct HostConflictRule: Rule {
    package static let label = Label.ipConflictWithHost
    package static let kinds: FlowEvent.Kinds = [.conflict, .claim]

    package static let explanation = Explanation(
        severity: .fault,
        title: "A host uses the VIP's address",
        meaning: """
            A station that is no announcer of the cluster answers for the VIP, too: its address was given twice, by DHCP or by hand, or a router \
            answers ARP for everything (proxy ARP). Clients believe one of the two, and those that believe the host find no service.
            """,
        proof: """
            Two stations claim the VIP at one time, as with duplicate announcers, and one of them is no node of the site file; or it answers for three \
            or more other addresses; or it asked whether the address was free before it claimed it (RFC 5227), as hosts do with their own.
            """,
        lookAlikes: [
            "Two announcers: both are nodes, or nothing tells them apart.", "VRRP's virtual MACs, and two interfaces of one node.",
            "A node that sends from the VIP: every node that serves it does.",
        ],
        remedy: [
            "ip neigh show {vip}   # on a client: whom does it believe?",
            "dnsmasq --test; grep dhcp-range /etc/dnsmasq.d/*   # or the router's lease table: is {vip} inside a DHCP range?",
            "sysctl net.ipv4.conf.all.proxy_arp   # on a router that answers for everything",
        ])

    private var sole = SoleAnnouncer()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .conflict(let conflict) where known.isVIP(conflict.address):
            sole.conflict(over: conflict.address)
            guard !known.isOneStation(conflict.first.station, conflict.second.station), let intruder = known.intruder(conflict) else {
                return
            }
            book.state(finding(conflict, intruder, known), at: conflict.time)
        case .claim(let claim) where claim.means.isAnswer && claim.request != nil && known.isVIP(claim.address):
            let subject = Finding.Subject(vip: claim.address)
            guard let alone = sole.isAlone(claim, since: book.openFinding(Self.label, subject)?.lastSeen, known) else { return }
            book.resolve(
                Self.label, subject, at: claim.frame.time, because: Evidence(alone.frame, "only \(known.name(alone.station)) answers now"))
        default: return
        }
    }

    private func finding(_ conflict: ClaimConflict, _ intruder: Knowledge.Intruder, _ known: Knowledge) -> Finding {
        let words = conflict.words(known)
        let first = known.name(conflict.first.station)
        let second = known.name(conflict.second.station)
        let evidence = words.evidence + intruder.evidence.filter { extra in !words.evidence.contains { $0.frame == extra.frame } }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: conflict.address), .proven, at: conflict.time,
            summary:
                "The host \(known.name(intruder.claim.station)) uses the address of \(known.name(conflict.address)): \(intruder.reason), "
                + "and \(first) and \(second) \(conflict.isSameRequest ? "" : "answer by turns, ")\(words.text)",
            evidence: evidence)
        finding.ruledOut = [
            Exclusion("duplicate-announcers", because: intruder.reason),
            Exclusion("vip-failover", because: conflict.isSameRequest ? "both answered the same request" : "both go on answering"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": conflict.address.description])
        return finding
    }
}
