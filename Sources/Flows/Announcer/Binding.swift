import Wire

/// Who claims one address in one VLAN, and since when.
struct Binding: Sendable {
    /// More claimants than this at one time is a network on fire; the ones that were silent longest are forgotten.
    static let mostClaimants = 4

    private var claimants: [Claimant] = []
    private var senders: [MACAddress] = []
    private var receivers: [MACAddress] = []
    private var probes: [(mac: MACAddress, frame: FrameReference)] = []
    private var current: Claim?
    private(set) var lastGratuitous: Claim?
    private var inConflict = false
    private var lastConflict: Timestamp?

    private struct Claimant {
        var last: Claim
        /// The claim before the last.
        var before: Claim?
        var lastGratuitous: FrameReference?
        var lastAnswer: Claim?
    }

    struct Change {
        var announcement: Announcement?
        var conflict: ClaimConflict?
    }

    func claimed(by mac: MACAddress) -> Bool { claimants.contains { $0.last.station.mac == mac } }
    func sent(by mac: MACAddress) -> Bool { senders.contains(mac) }
    func received(by mac: MACAddress) -> Bool { receivers.contains(mac) }

    mutating func note(sender mac: MACAddress) { Self.note(mac, in: &senders) }
    mutating func note(receiver mac: MACAddress) { Self.note(mac, in: &receivers) }
    /// The first probe of each station.
    mutating func note(probe frame: FrameReference, by mac: MACAddress) {
        guard probe(by: mac) == nil else { return }
        if probes.count == Self.mostClaimants { probes.removeFirst() }
        probes.append((mac, frame))
    }
    func probe(by mac: MACAddress) -> FrameReference? { probes.first { $0.mac == mac }?.frame }

    private static func note(_ mac: MACAddress, in list: inout [MACAddress]) {
        guard !list.contains(mac) else { return }
        if list.count == mostClaimants { list.removeFirst() }
        list.append(mac)
    }

    mutating func take(_ claim: Claim, answeringSameRequest rival: ClaimConflict?, _ limits: Limits) -> Change {
        var change = Change()
        change.conflict = rival ?? alternation(claim, limits)
        let silence = current.map { claim.frame.time - $0.frame.time }
        if let conflict = change.conflict {
            if !inConflict { change.announcement = Announcement(claim: claim, action: .conflict, previous: conflict.first) }
            lastConflict = claim.frame.time
        } else if let previous = current, previous.station.mac != claim.station.mac, claim.overrides || previous.overrides {
            if !(lastConflict.map { claim.frame.time - $0 <= limits.claimSilence } ?? false) {
                change.announcement = Announcement(claim: claim, action: .moved, previous: previous)
            }
        } else if current == nil {
            change.announcement = Announcement(claim: claim, action: .first)
        } else if let silence, silence > limits.claimSilence {
            change.announcement = Announcement(claim: claim, action: .renewed, previous: current)
        }
        inConflict = change.conflict != nil || (inConflict && current?.station.mac != claim.station.mac)
        current = claim
        remember(claim)
        return change
    }

    /// One MAC goes on answering a second or more after the other's claim, while that other goes on too, and neither said anew that
    /// it had taken the address: that is no move there and back.
    private func alternation(_ claim: Claim, _ limits: Limits) -> ClaimConflict? {
        guard claim.means.isAnswer, let mine = claimants.first(where: { $0.last.station.mac == claim.station.mac }) else { return nil }
        for other in claimants where other.last.station.mac != claim.station.mac {
            // Two answers each, by turns: one move and its way back show three.
            guard let answer = other.lastAnswer, claim.overrides || answer.overrides, let before = other.before,
                before.frame < mine.last.frame,
                answer.frame.time - mine.last.frame.time >= limits.sameRequestAnswers,
                claim.frame.time - mine.last.frame.time <= limits.claimSilence,
                mine.lastGratuitous.map({ $0 <= mine.last.frame }) ?? true,
                other.lastGratuitous.map({ $0 < mine.last.frame }) ?? true
            else { continue }
            return ClaimConflict(
                address: claim.address, vlan: claim.vlan, first: answer, second: claim, earlier: mine.last, time: claim.frame.time)
        }
        return nil
    }

    private mutating func remember(_ claim: Claim) {
        if claim.means.isGratuitous { lastGratuitous = claim }
        if let index = claimants.firstIndex(where: { $0.last.station.mac == claim.station.mac }) {
            claimants[index].before = claimants[index].last
            claimants[index].last = claim
            note(claim, at: index)
            return
        }
        if claimants.count == Self.mostClaimants,
            let oldest = claimants.indices.min(by: { claimants[$0].last.frame < claimants[$1].last.frame })
        {
            claimants.remove(at: oldest)
        }
        claimants.append(Claimant(last: claim))
        note(claim, at: claimants.count - 1)
    }

    private mutating func note(_ claim: Claim, at index: Int) {
        if claim.means.isGratuitous { claimants[index].lastGratuitous = claim.frame }
        if claim.means.isAnswer { claimants[index].lastAnswer = claim }
    }
}
