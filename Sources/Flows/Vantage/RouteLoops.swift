import Wire

/// Forwarded copies of datagrams to watched addresses, joined to the passes of one datagram. A hop makes two; what goes round makes more.
struct RouteLoops: ~Copyable {
    private struct Key: TableKey {
        var identity: UInt64
        @inline(__always)
        func hash(into hash: inout KeyedHash) { hash.mix(identity) }
    }

    private var table: FlowTable<Key, RouteLoop>
    private let window: Interval
    /// Passes that are kept.
    private static let mostPasses = 8

    init(limits: Limits, hashKey: UInt64) {
        window = limits.copyWindow
        table = FlowTable(limit: limits.loops, hashKey: hashKey, timeOuts: [limits.claimSilence])
    }

    /// A copy, one hop after another one.
    mutating func observe(_ packet: borrowing Packet, _ hop: CopyDetector.Hop, into events: inout [FlowEvent]) {
        guard let source = packet.source, let destination = packet.destination, let ethernet = packet.ethernet else { return }
        let pass = RouteLoop.Pass(
            frame: packet.frame, source: ethernet.source, destination: ethernet.destination, timeToLive: packet.timeToLive)
        let key = Key(identity: hop.identity)
        // A mirror may show the last pass again.
        guard let slot = table.find(key),
            table[slot].passes.last?.timeToLive == hop.before.timeToLive || table[slot].count > Self.mostPasses,
            packet.frame.time - table.lastTouch(of: slot) <= window
        else {
            if let slot = table.find(key) { table.remove(slot) }
            guard pass.timeToLive < hop.before.timeToLive else { return }
            table.insert(
                key,
                RouteLoop(
                    source: source, destination: destination, vlan: packet.vlan.key, passes: [hop.before, pass], count: 2, returned: false),
                lane: 0, at: packet.frame.time)
            return
        }
        table.touch(slot, at: packet.frame.time)
        guard pass.timeToLive < hop.before.timeToLive else { return table.remove(slot) }
        if table[slot].passes.contains(where: { $0.source == pass.destination }) { table[slot].returned = true }
        if table[slot].passes.count < Self.mostPasses { table[slot].passes.append(pass) }
        table[slot].count += 1
        let count = table[slot].count
        if table[slot].returned, count <= Self.mostPasses || count & (count - 1) == 0 { events.append(.loop(table[slot])) }
    }

    mutating func advance(to time: Timestamp) {
        while let expired = table.nextExpired(before: time) { table.remove(expired.slot) }
    }
}
