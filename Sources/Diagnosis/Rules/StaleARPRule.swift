package import Flows
import Site
import Wire

/// A client goes on sending to the old announcer.
///
/// *Means*: its neighbour cache, or its router's, did not take the new announcer's word; it has no service until the entry expires.
/// *Proven by*: frames for the VIP to the old MAC later than 1 s after the new claim, unanswered by the client's own repetition, or where
/// answers to it were visible.
/// *Looks the same*: two announcers; a frame under way; a router that sends for others, which is blamed in their place.
package struct StaleARPRule: Rule {
    package static let label = Label.staleARPAfterFailover
    package static let kinds: FlowEvent.Kinds = .handover

    package static let explanation = Explanation(
        severity: .fault,
        title: "A client still sends to the old announcer",
        meaning: """
            The VIP has moved, and a client, or the router in front of it, keeps the old announcer's hardware address (in its ARP cache, or \
            IPv6 neighbour cache) and sends into the void. Linux keeps on for 45 s with steady traffic, routers and appliances for minutes or hours, \
            if they ignore gratuitous ARP and unsolicited neighbour advertisements.
            """,
        proof: """
            Two or more frames for the VIP that ask for an answer go to the old announcer's MAC later than 1 s after the new one's claim, and nobody \
            answers: the client repeats itself, or answers to it were visible before.
            """,
        lookAlikes: [
            "Two announcers at one time: the old one answers.", "One frame that was under way.",
            "A client that renews its entry and goes over to the new announcer: the finding is resolved.",
            "A router that forwards what others sent: the router is blamed.",
        ],
        remedy: [
            "ip neigh flush to {vip}   # on the client or router named above: does it help at once?",
            "arping -U -I eth0 {vip}   # on the new announcer: does its gratuitous ARP (IPv4) reach the client?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .handover(let handover, let change) = event, known.isVIP(handover.address), let client = handover.client else { return }
        let subject = Finding.Subject(vip: handover.address, client: culprit(client))
        if change == .resumed, let frame = client.firstAnswer, let first = client.firstFrame {
            let delay = Text.duration(frame.time - first.time)
            return book.resolve(
                Self.label, subject, at: handover.time,
                because: Evidence(frame, "\(client.address) is answered through \(handover.claim.station.mac) after \(delay)"))
        }
        guard change == .stale, client.staleCount >= known.site.thresholds.staleFrames,
            !known.isOneStation(handover.previous.station, handover.claim.station),
            !book.isOpen(.duplicateAnnouncers, vip: handover.address), !book.isOpen(.ipConflictWithHost, vip: handover.address)
        else { return }
        if book.countAgain(Self.label, subject, at: handover.time) { return }
        book.state(finding(handover, client, subject, known), at: handover.time)
    }

    private func isRouter(_ client: Handover.Client) -> Bool { client.isForwarded && client.sender.address != client.address }

    private func culprit(_ client: Handover.Client) -> IPAddress {
        isRouter(client) ? client.sender.address ?? client.address : client.address
    }

    private func finding(
        _ handover: Handover, _ client: Handover.Client, _ subject: Finding.Subject, _ known: Knowledge
    ) -> Finding {
        let (old, claim) = (handover.previous.station, handover.claim)
        let sender =
            isRouter(client)
            ? "The router \(known.name(client.sender)), for \(client.address)," : known.name(client.address)
        let times = client.stale.map { Text.exactDuration($0.time - claim.frame.time) }
        var finding = Finding(
            Self.label, .fault, subject, .proven, at: handover.time,
            summary:
                "\(sender) still sends what is for \(known.name(handover.address)) to \(known.name(old)): frames \(Text.list(times)) after "
                + "\(known.name(claim.station)) claimed it (\(claim.means.words)) got no answer",
            evidence: [Evidence(claim.frame, "\(claim.means.words): \(handover.address) is at \(claim.station.mac)")]
                + client.stale.map { Evidence($0, "\(client.address) sends to \(old.mac)") })
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion("duplicate-announcers", because: "\(old.mac) has not claimed it since (frame \(claim.frame.number))"),
            Exclusion("vip-no-announcer", because: "frame \(claim.frame.number) announces it"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": handover.address.description])
        return finding
    }
}
