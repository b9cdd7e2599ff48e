import Wire

/// Runs of broadcast ARP requests, or multicast neighbor solicitations, by one asker for one address: retransmissions show that no answer came, even where the answer itself
/// could not be seen.
struct RequestRuns: ~Copyable {
    struct Key: TableKey {
        var vlan: UInt32
        var address: IPAddress
        var asker: MACAddress
        var isIPv6: Bool { if case .v6 = address { true } else { false } }
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(address)
            hash.mix(asker.rawValue << 16 ^ UInt64(vlan))
        }
    }

    private struct Run {
        var requests: [FrameReference]
        var count = 1
        var last: FrameReference
        var answer: Claim?
        var isTold = false
        var isResolved = false
    }

    /// A run as it stands when its silence is told.
    struct Silence {
        var requests: [FrameReference]
        var count: Int
        var basis: UnansweredRequest.Basis
        var isCut = false
    }

    private var table: FlowTable<Key, Run>
    private let limits: Limits
    /// Runs wait in the first lane; once judged they rest in the second, in case their answer comes late.
    private static let waiting = 1, judged = 0

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        table = FlowTable(
            limit: limits.askers, hashKey: hashKey, timeOuts: [limits.claimSilence, limits.arpRetransmission.upperBound])
    }

    var evictions: UInt64 { table.evictions }
    var nextDeadline: Timestamp { table.nextDeadline }

    /// A request was seen. Returns the run where this request proves that all before it got no answer.
    mutating func request(_ key: Key, _ frame: FrameReference) -> Silence? {
        guard let slot = table.find(key) else {
            table.insert(key, Run(requests: [frame], last: frame), lane: Self.waiting, at: frame.time)
            return nil
        }
        let gap = frame.time - table[slot].last.time
        table.touch(slot, lane: Self.waiting, at: frame.time)
        // Faster or irregular repeats come from tools and flushed caches: a run of its own.
        guard table[slot].answer == nil, !table[slot].isResolved, limits.arpRetransmission.contains(gap) else {
            table[slot] = Run(requests: [frame], last: frame)
            return nil
        }
        let before = table[slot].count
        table[slot].count += 1
        table[slot].last = frame
        if table[slot].requests.count < limits.arpRequestsInARow { table[slot].requests.append(frame) }
        guard before >= limits.arpRequestsInARow else { return nil }
        table[slot].isTold = true
        return Silence(requests: table[slot].requests, count: before, basis: .retransmission)
    }

    /// A reply reached the asker: the request that it answers, and another station's answer to that same request.
    mutating func answered(_ key: Key, by claim: Claim) -> (request: FrameReference?, otherAnswer: Claim?) {
        guard let slot = table.find(key) else { return (nil, nil) }
        let request = table[slot].last
        let delay = claim.frame.time - request.time
        guard delay <= limits.arpRetransmission.upperBound else { return (nil, nil) }
        var claim = claim
        claim.request = request
        if let answer = table[slot].answer {
            return (request, answer.station.mac != claim.station.mac && delay <= limits.sameRequestAnswers ? answer : nil)
        }
        table[slot].answer = claim
        return (request, nil)
    }

    /// The asker uses the address: it had its answer, whether it was seen or not.
    mutating func resolved(_ key: Key) {
        if let slot = table.find(key) { table[slot].isResolved = true }
    }

    /// The asker says that nobody answered. Returns its run, where it asked not long before.
    mutating func gaveUp(_ key: Key, at time: Timestamp) -> Silence? {
        guard let slot = table.find(key), table[slot].answer == nil, !table[slot].isResolved,
            (.zero...limits.arpSilence).contains(time - table[slot].last.time)
        else { return nil }
        return Silence(requests: table[slot].requests, count: table[slot].count, basis: .gaveUp)
    }

    /// The next run whose time for an answer is over and whose silence means something.
    mutating func nextSilence(before time: Timestamp, _ stations: borrowing Stations) -> (Key, Silence, Timestamp)? {
        while let expired = table.nextExpired(before: time) {
            let key = table.key(of: expired.slot)
            guard table.lane(of: expired.slot) == Self.waiting else {
                table.remove(expired.slot)
                continue
            }
            let silence = silence(expired.slot, key, stations)
            table.touch(expired.slot, lane: Self.judged, at: expired.deadline)
            if let silence { return (key, silence, expired.deadline) }
        }
        return nil
    }

    /// Runs whose time for an answer the end of the capture cuts off.
    func waiting(_ stations: borrowing Stations) -> [(Key, Silence)] {
        table.slots.filter { table.lane(of: $0) == Self.waiting }.compactMap { slot in
            silence(slot, table.key(of: slot), stations).map { silence in
                var silence = silence
                silence.isCut = true
                return (table.key(of: slot), silence)
            }
        }
    }

    private func silence(_ slot: Int, _ key: Key, _ stations: borrowing Stations) -> Silence? {
        let run = table[slot]
        guard run.answer == nil, !run.isResolved, !run.isTold || run.count > run.requests.count else { return nil }
        if run.count >= limits.arpRequestsInARow {
            return Silence(requests: run.requests, count: run.count, basis: .retransmission)
        }
        // A request that is not repeated was answered, somewhere.
        guard run.count > 1, stations.unicastIsVisible(of: key.asker, at: run.last.time) else { return nil }
        return Silence(requests: run.requests, count: run.count, basis: .visible)
    }
}
