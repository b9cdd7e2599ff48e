package import Flows
import Site
import Wire

/// A VIP moved from one announcer to another.
///
/// *Means*: nothing by itself: a node went, was drained, or lost its lease. What clients had of it is measured.
/// *Proven by*: another MAC announces the VIP, and the two did not claim it at one time. The gap is the time between a client's last answer
/// through the old announcer and its first one through the new.
/// *Looks the same*: two announcers; a first claim; the same MAC's periodic gratuitous ARP; two MACs of one node.
package struct FailoverRule: Rule {
    package static let label = Label.vipFailover
    package static let kinds: FlowEvent.Kinds = [.handover, .conflict, .tcp]

    package static let explanation = Explanation(
        severity: .event,
        title: "The VIP moved to another announcer",
        meaning: """
            The VIP was announced by one station and is announced by another now. How long clients were without service is measured and \
            split: until the new announcer claimed the VIP (the lease, VRRP), until the client used it (its neighbour cache), and until it \
            was answered (the backend). A gap of more than 2 s makes it a warning.
            """,
        proof: """
            A claim by another MAC than the last announcer's, with no conflict between the two; for the gap, each client's last answer through the \
            old announcer, its first frame to the new one, and the answer to that. Where nobody asked in between, the gap is likely only.
            """,
        lookAlikes: [
            "Two announcers at one time: both go on claiming.", "A first claim: nothing moved.",
            "A periodic gratuitous ARP, or neighbour advertisement, of the same MAC.",
            "Two interfaces of one node, and VRRP's virtual MACs, which stay when the node changes.",
        ],
        remedy: [
            "kubectl -n kube-system get lease | grep l2announce   # who holds it now, and for how long are leases given?",
            "kubectl get nodes   # why did the old announcer go?",
        ])

    private struct Move {
        var handover: Handover
        var gaps: [Gap] = []
        /// Clients measured, those that are not listed too.
        var count = 0
    }

    private struct Gap {
        var client: IPAddress
        var last: FrameReference
        var attempt: FrameReference?
        var first: FrameReference
        var answer: FrameReference
        var total: Interval { answer.time - last.time }
    }

    private var moves: [IPAddress: Move] = [:]
    /// Clients told one by one: the ones that waited longest.
    private static let mostClients = 3
    /// A client that rested this long before the move has no last answer to measure from: its ARP cache lost the old announcer.
    private static let rest = Interval.seconds(60)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .handover(let handover, .moved) where known.isVIP(handover.address):
            guard !known.isOneStation(handover.previous.station, handover.claim.station),
                !book.isOpen(.duplicateAnnouncers, vip: handover.address), !book.isOpen(.ipConflictWithHost, vip: handover.address)
            else {
                moves[handover.address] = nil
                return
            }
            if let move = moves[handover.address], handover.repeats(move.handover, within: known.site.thresholds.soleAnnouncer) { return }
            moves[handover.address] = Move(handover: handover)
            state(handover.address, at: handover.time, known, &book)
        case .handover(let handover, .resumed) where known.isVIP(handover.address): measure(handover, known, &book)
        case .conflict(let conflict) where known.isVIP(conflict.address):
            guard moves.removeValue(forKey: conflict.address) != nil else { return }
            book.resolve(
                Self.label, Finding.Subject(vip: conflict.address), at: conflict.time,
                because: Evidence(conflict.second.frame, "no move: both claim it at one time"))
        case .tcp(let connection, .established): settle(connection, known, &book)
        default: return
        }
    }

    /// A gap is over when it is measured; the warning stands until the new announcer has proven itself.
    private func settle(_ connection: TCPConnection, _ known: Knowledge, _ book: inout FindingBook) {
        let vip = connection.responder.address
        guard let move = moves[vip], connection.nextHopMAC == move.handover.claim.station.mac,
            connection.time - move.handover.time >= known.site.thresholds.soleAnnouncer, let frame = connection.synACK ?? connection.ack,
            book.openFinding(Self.label, Finding.Subject(vip: vip))?.severity == .warning
        else { return }
        book.resolve(
            Self.label, Finding.Subject(vip: vip), at: connection.time,
            because: Evidence(frame, "TCP \(connection.responder.port) works through \(connection.nextHopMAC?.description ?? "it")"))
    }

    private mutating func measure(_ handover: Handover, _ known: Knowledge, _ book: inout FindingBook) {
        guard var move = moves[handover.address], move.handover.claim.frame == handover.claim.frame, let client = handover.client,
            let last = client.lastAnswer, let first = client.firstFrame, let answer = client.firstAnswer,
            handover.claim.frame.time - last.time <= Self.rest
        else { return }
        move.count += 1
        move.gaps.append(Gap(client: client.address, last: last, attempt: client.attempt, first: first, answer: answer))
        // The sort is not stable: equal gaps in the order of their clients' frames.
        move.gaps.sort { $0.total != $1.total ? $0.total > $1.total : $0.first < $1.first }
        if move.gaps.count > Self.mostClients { move.gaps.removeLast() }
        moves[handover.address] = move
        state(handover.address, at: handover.time, known, &book)
    }

    private func state(_ vip: IPAddress, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard let move = moves[vip] else { return }
        let (previous, claim) = (move.handover.previous, move.handover.claim)
        var summary =
            "\(known.name(vip)) moved from \(known.name(previous.station)) to \(known.name(claim.station)) (\(claim.means.words), "
            + "\(Text.exactDuration(claim.frame.time - previous.frame.time)) after the old one's last claim)"
        var evidence = [
            Evidence(previous.frame, "\(previous.means.words): \(vip) is at \(previous.station.mac)"),
            Evidence(claim.frame, "\(claim.means.words): \(vip) is at \(claim.station.mac)"),
        ]
        let isSlow = move.gaps.first.map { $0.total > known.site.thresholds.failoverGap } ?? false
        for (index, gap) in move.gaps.enumerated() {
            summary += "; " + words(gap, claim.frame, known, isWorst: index == 0)
            evidence += [
                Evidence(gap.last, "last answer to \(gap.client) through \(previous.station.mac)"),
                Evidence(gap.first, "\(gap.client) uses \(claim.station.mac)"), Evidence(gap.answer, "and is answered"),
            ]
        }
        if move.count > move.gaps.count { summary += "; \(move.count - move.gaps.count) more clients waited less" }
        let tried = move.gaps.first?.attempt
        if isSlow {
            if let tried {
                evidence.append(Evidence(tried, "\(move.gaps[0].client) asks in vain"))
                summary += "; \(move.gaps[0].client) had asked in vain since \(Text.duration(move.gaps[0].first.time - tried.time)) before"
            } else {
                summary += "; it asked nothing in between, so the service may have been back sooner"
            }
        }
        var finding = Finding(
            Self.label, isSlow ? .warning : .event, Finding.Subject(vip: vip), isSlow && tried == nil ? .likely : .proven, at: time,
            summary: summary, evidence: evidence)
        finding.arguesFromAbsence = isSlow
        finding.ruledOut = [
            Exclusion("duplicate-announcers", because: "\(previous.station.mac) has not claimed it since (frame \(claim.frame.number))")
        ]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: time, rewording: true)
    }

    private func words(_ gap: Gap, _ claim: FrameReference, _ known: Knowledge, isWorst: Bool) -> String {
        let name = known.name(gap.client)
        guard isWorst else { return "\(name) \(Text.duration(gap.total))" }
        let used = max(gap.last.time, min(claim.time, gap.first.time))
        return "\(name) had no answer for \(Text.duration(gap.total)): \(Text.duration(used - gap.last.time)) until the claim, "
            + "\(Text.duration(gap.first.time - used)) until it used the new announcer, \(Text.duration(gap.answer.time - gap.first.time)) "
            + "until that was answered"
    }
}

extension Handover {
    /// A mirror may show claims twice, with a tag and without, and neighbour state is kept per VLAN; of a claim by VRRP, the packet is seen
    /// once, and what ARP says of it follows.
    fileprivate func repeats(_ other: Handover, within time: Interval) -> Bool {
        vlan != other.vlan && claim.station.mac == other.claim.station.mac && previous.station.mac == other.previous.station.mac
            && claim.frame.time - other.claim.frame.time <= time
    }
}
