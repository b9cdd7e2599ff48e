package import Flows
import Site
import Wire

/// Two stations answer ARP for one VIP.
///
/// *Means*: which of them a client talks to is chance, and changes whenever a cache entry is renewed.
/// *Proven by*: two MACs that answer the same request within 1 s, or one that goes on answering 1 s or more after the other's claim while
/// that other goes on too.
/// *Looks the same*: a move; moves with quiet between; VRRP's virtual MACs; two interfaces of one node; claims in different VLANs.
package struct DuplicateAnnouncersRule: Rule {
    package static let label = Label.duplicateAnnouncers
    package static let kinds: FlowEvent.Kinds = [.conflict, .claim]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Two stations answer for the VIP",
        meaning: """
            Clients that ask who has the VIP (by ARP or Neighbor Discovery) get two answers and believe one of them. Connections land on \
            either station, sometimes on both in turn, and those that land on the wrong one hang or are reset.
            """,
        proof: """
            Two MACs answer the same ARP request or neighbour solicitation within 1 s; or one MAC goes on answering requests 1 s or more \
            after the other's claim while that other goes on too.
            """,
        lookAlikes: [
            "A failover: the claim moves once and the old announcer falls silent.",
            "Flapping: each move is announced and followed by quiet in which only the new announcer claims.",
            "VRRP's virtual MACs 00:00:5e:00:01:xx, which belong to no one station.",
            "Two interfaces of one node that one announcement policy matches.",
            "The same address in two VLANs.",
            "A host that has the address for its own: it is no node, or behaves as none.",
        ],
        remedy: [
            "kubectl get ciliuml2announcementpolicy -A   # exactly what you expect, and no forgotten duplicate?",
            "kubectl -n kube-system get lease | grep l2announce   # one lease a service; services that share an address each have their own",
            "ip -br addr | grep {vip}   # on each station named above: is the address configured on a host, too?",
            "kubectl get l2advertisements -A   # with MetalLB: is one of its speakers a leftover?",
        ])

    private var sole = SoleAnnouncer()

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .conflict(let conflict) where known.isVIP(conflict.address):
            sole.conflict(over: conflict.address)
            guard !known.isOneStation(conflict.first.station, conflict.second.station) else { return }
            if let intruder = known.intruder(conflict) {
                return book.resolve(
                    Self.label, Finding.Subject(vip: conflict.address), at: conflict.time,
                    because: Evidence(intruder.claim.frame, "\(known.name(intruder.claim.station)) is no announcer: \(intruder.reason)"))
            }
            book.state(finding(conflict, known), at: conflict.time)
        case .claim(let claim) where claim.means.isAnswer && claim.request != nil && known.isVIP(claim.address):
            let subject = Finding.Subject(vip: claim.address)
            guard let alone = sole.isAlone(claim, since: book.openFinding(Self.label, subject)?.lastSeen, known) else { return }
            book.resolve(
                Self.label, subject, at: claim.frame.time, because: Evidence(alone.frame, "only \(known.name(alone.station)) answers now"))
        default: return
        }
    }

    private func finding(_ conflict: ClaimConflict, _ known: Knowledge) -> Finding {
        let stations = "\(known.name(conflict.first.station)) and \(known.name(conflict.second.station))"
        let words = conflict.words(known)
        let resolution = "\(conflict.address.resolution) for \(known.name(conflict.address))"
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: conflict.address), .proven, at: conflict.time,
            summary: conflict.isSameRequest
                ? "Two stations answer \(resolution): \(stations) \(words.text)"
                : "Two stations answer \(resolution) by turns: \(stations), \(words.text)",
            evidence: words.evidence)
        finding.ruledOut = [
            Exclusion("vip-failover", because: conflict.isSameRequest ? "both answered the same request" : "both go on answering"),
            Exclusion("vrrp", because: "neither is a virtual MAC"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": conflict.address.description])
        return finding
    }
}
