package import Flows
import Site
package import Wire

/// A VIP moves again and again.
///
/// *Means*: the announcers cannot agree who leads: leases that are not renewed in time, a node that comes and goes, two sites of one policy.
/// *Proven by*: three moves within a minute, each followed by a second in which only the new announcer claims the VIP.
/// *Looks the same*: two announcers at one time; one failover and its way back.
package struct FlappingRule: Rule {
    package static let label = Label.announcerFlapping
    package static let kinds: FlowEvent.Kinds = [.handover, .claim, .tcp]

    package static let explanation = Explanation(
        severity: .warning,
        title: "The VIP moves again and again",
        meaning: """
            The announcer of the VIP changes several times a minute. Each change breaks the connections that go through the old announcer, and \
            clients that miss one talk to a node that no longer serves.
            """,
        proof: "Three moves or more within 60 s, each followed by at least 1 s in which only the new announcer claims the VIP.",
        lookAlikes: [
            "Two announcers at one time: both claim the VIP within a second, or answer by turns.",
            "One failover, and its way back: two moves.",
        ],
        remedy: [
            "kubectl -n kube-system get lease -w | grep l2announce   # is the lease renewed in time, and by whom?",
            "journalctl -u kubelet --since -10min   # on both nodes: do they come and go?",
            "kubectl get ciliuml2announcementpolicy -A   # two policies for one service?",
        ])

    private struct Moves {
        /// Those followed by quiet.
        var quiet: [Handover] = []
        /// The last one, whose quiet is not over yet.
        var pending: Handover?
    }

    private var moves: [IPAddress: Moves] = [:]
    /// Moves that are told one by one.
    private static let mostMoves = 16

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        let vip: IPAddress
        switch event {
        case .handover(let handover, .moved) where known.isVIP(handover.address):
            settle(handover.address, at: handover.time, known, &book)
            if known.isOneStation(handover.previous.station, handover.claim.station) { return }
            return moves[handover.address, default: Moves()].pending = handover
        case .claim(let claim) where known.isVIP(claim.address): vip = claim.address
        case .tcp(let connection, _): vip = connection.responder.address
        default: return
        }
        guard let state = moves[vip] else { return }
        settle(vip, at: event.time, known, &book)
        if case .claim(let claim) = event {
            // Both claim it: that is a conflict, and no move.
            if let pending = moves[vip]?.pending, !known.isOneStation(pending.claim.station, claim.station) { moves[vip]?.pending = nil }
            if let last = state.quiet.last, event.time - last.time > known.site.thresholds.flappingWindow {
                book.resolve(
                    Self.label, Finding.Subject(vip: vip), at: event.time,
                    because: Evidence(claim.frame, "\(known.name(claim.station)) still announces it"))
            }
        }
    }

    package mutating func conclude(at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        for vip in known.site.vips.map(\.address) { settle(vip, at: time, known, &book) }
    }

    /// The last move counts when a second is over in which nobody else claimed the VIP.
    private mutating func settle(_ vip: IPAddress, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard var state = moves[vip], let pending = state.pending, time - pending.time >= known.site.thresholds.flappingQuiet else {
            return
        }
        state.pending = nil
        state.quiet.removeAll { pending.time - $0.time > known.site.thresholds.flappingWindow }
        if state.quiet.count == Self.mostMoves { state.quiet.removeFirst() }
        state.quiet.append(pending)
        moves[vip] = state
        if state.quiet.count >= known.site.thresholds.flappingMoves { book.state(finding(vip, state.quiet, known), at: time) }
    }

    private func finding(_ vip: IPAddress, _ moves: [Handover], _ known: Knowledge) -> Finding {
        let span = moves.last.map { $0.time - moves[0].time } ?? .zero
        let steps = moves.indices.map { index in
            let delay = index > 0 ? Text.exactDuration(moves[index].time - moves[index - 1].time) + " later " : ""
            return "\(delay)to \(known.name(moves[index].claim.station))"
        }
        var finding = Finding(
            Self.label, .warning, Finding.Subject(vip: vip), .proven, at: moves.last?.time ?? .distantPast,
            summary:
                "\(known.name(vip)) moved \(Text.times(moves.count)) within \(Text.exactDuration(span)): \(Text.list(steps)), each time with "
                + "quiet after it",
            evidence: moves.map { Evidence($0.claim.frame, "\($0.claim.means.words): \(vip) is at \($0.claim.station.mac)") })
        finding.arguesFromAbsence = true
        finding.ruledOut = [
            Exclusion(
                "duplicate-announcers", because: "after each move only the new announcer claimed it for \(Text.duration(quiet(known)))"),
            Exclusion("vip-failover", because: "it moved more often than there and back"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        return finding
    }

    private func quiet(_ known: Knowledge) -> Interval { known.site.thresholds.flappingQuiet }
}
