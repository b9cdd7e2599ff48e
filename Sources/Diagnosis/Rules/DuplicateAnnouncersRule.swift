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
        title: "Two stations answer ARP for the VIP",
        meaning: """
            Clients get two answers to one question and believe one of them. Connections land on either station, sometimes on both in turn, and \
            those that land on the wrong one hang or are reset.
            """,
        proof: """
            Two MACs answer the same ARP request within 1 s; or one MAC goes on answering requests 1 s or more after the other's claim while that \
            other goes on too.
            """,
        lookAlikes: [
            "A failover: the claim moves once and the old announcer falls silent.",
            "Flapping: each move is announced and followed by quiet in which only the new announcer claims.",
            "VRRP's virtual MACs 00:00:5e:00:01:xx, which belong to no one station.",
            "Two interfaces of one node that one announcement policy matches.",
            "The same address in two VLANs.",
        ],
        remedy: [
            "kubectl get ciliuml2announcementpolicy -A   # exactly what you expect, and no forgotten duplicate?",
            "kubectl -n kube-system get lease | grep l2announce   # one lease a service; services that share an address each have their own",
            "ip -br addr | grep {vip}   # on each station named above: is the address configured on a host, too?",
            "kubectl get l2advertisements -A   # with MetalLB: is one of its speakers a leftover?",
        ])

    /// The last request that was answered, and by whom alone.
    private var lastAnswer: [IPAddress: Claim] = [:]

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .conflict(let conflict) where known.isVIP(conflict.address):
            lastAnswer[conflict.address] = nil
            guard !isHarmless(conflict, known) else { return }
            book.state(finding(conflict, known), at: conflict.time)
        case .claim(let claim) where claim.means.isAnswer && claim.request != nil && known.isVIP(claim.address):
            resolveIfAlone(claim, known, &book)
        default: return
        }
    }

    private func isHarmless(_ conflict: ClaimConflict, _ known: Knowledge) -> Bool {
        let (one, other) = (conflict.first.station, conflict.second.station)
        if one.mac.isVRRP || other.mac.isVRRP { return true }
        if let node = known.site.node(one.mac) { return node == known.site.node(other.mac) }
        return one.address != nil && one.address == other.address
    }

    private func finding(_ conflict: ClaimConflict, _ known: Knowledge) -> Finding {
        let (one, other) = (conflict.first, conflict.second)
        let stations = "\(known.name(one.station)) and \(known.name(other.station))"
        var evidence: [Evidence] = []
        let summary: String
        if conflict.isSameRequest {
            let asker = one.asker.map(known.asker) ?? "a station"
            if let request = one.request { evidence.append(Evidence(request, "who has \(conflict.address), asks \(asker)")) }
            summary =
                "Two stations answer \(conflict.address.resolution) for \(known.name(conflict.address)): \(stations) answered one request of \(asker), "
                + "\(answerTime(one)) and \(answerTime(other)) after it"
        } else {
            summary =
                "Two stations answer \(conflict.address.resolution) for \(known.name(conflict.address)) by turns: \(stations), the first still "
                + "\(Text.duration(one.frame.time - (conflict.earlier?.frame.time ?? one.frame.time))) after the other's answer"
            if let earlier = conflict.earlier { evidence.append(Evidence(earlier.frame, "reply: it is at \(earlier.station.mac)")) }
        }
        evidence.append(Evidence(one.frame, "reply: it is at \(one.station.mac)"))
        evidence.append(Evidence(other.frame, "reply: it is at \(other.station.mac)"))
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: conflict.address), .proven, at: conflict.time, summary: summary, evidence: evidence)
        finding.ruledOut = [
            Exclusion("vip-failover", because: conflict.isSameRequest ? "both answered the same request" : "both go on answering"),
            Exclusion("vrrp", because: "neither is a virtual MAC"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": conflict.address.description])
        return finding
    }

    private func answerTime(_ claim: Claim) -> String {
        claim.request.map { Text.duration(claim.frame.time - $0.time) } ?? "some time"
    }

    /// A request that one station alone answered, long after the conflict, and the next one, too: the other is gone.
    private mutating func resolveIfAlone(_ claim: Claim, _ known: Knowledge, _ book: inout FindingBook) {
        defer { lastAnswer[claim.address] = claim }
        let subject = Finding.Subject(vip: claim.address)
        guard let finding = book.openFinding(Self.label, subject), let alone = lastAnswer[claim.address], alone.request != claim.request,
            alone.station.mac == claim.station.mac, alone.frame.time - finding.lastSeen >= known.site.thresholds.soleAnnouncer
        else { return }
        book.resolve(
            Self.label, subject, at: claim.frame.time, because: Evidence(alone.frame, "only \(known.name(alone.station)) answers now"))
    }
}
