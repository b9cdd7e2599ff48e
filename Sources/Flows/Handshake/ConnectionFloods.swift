package import Wire

/// Connections to one port of a VIP that failed alike within a second, beyond those that are told one by one.
package struct ConnectionFlood: Hashable, Sendable {
    package var responder: Endpoint
    package var vlan: UInt32
    package var handshake: TCPConnection.Handshake
    package var outcome: TCPConnection.Outcome
    /// Connections that are only counted here, and their packets.
    package var connections: UInt64 = 0
    package var packets: UInt64 = 0
    /// The first packet of them all, and the last.
    package var first: FrameReference
    package var last: FrameReference
    package var time: Timestamp
}

/// Keeps a flood on the wire from becoming a flood in the log: of the connections to one port of a VIP that are set up in vain, so many a second are
/// facts of their own. The rest are one fact together, when their second is over.
///
/// Whoever sends a SYN again waits for an answer, and is told like everybody whose connection carried something. A rule that argues from what it
/// was not told has to know of floods: they come as facts, too.
struct ConnectionFloods: ~Copyable {
    private struct Key: TableKey {
        var service: Endpoint
        var vlan: UInt32
        var handshake: TCPConnection.Handshake
        var outcome: TCPConnection.Outcome

        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(service.address)
            hash.mix(UInt64(service.port.rawValue) << 48 | UInt64(handshake.rawValue) << 40 | UInt64(vlan))
        }
    }

    private struct Second {
        /// Failures that were told one by one.
        var told: Int
        /// Begins with the first failure that is not.
        var rest: ConnectionFlood

        mutating func admits(_ most: Int) -> Bool {
            guard told < most else { return false }
            told += 1
            return true
        }

        mutating func count(_ state: ConnectionState) {
            if rest.connections == 0 || state.first < rest.first { rest.first = state.first }
            rest.connections += 1
            rest.packets += UInt64(state.originatorPackets) + UInt64(state.responderPackets)
            if rest.connections == 1 || rest.last < state.last { rest.last = state.last }
        }
    }

    private var table: FlowTable<Key, Second>
    private let scope: Scope
    private let most: Int
    /// Connections that no fact of their own tells.
    private(set) var counted: UInt64 = 0
    /// Seconds that had to be told before they were over.
    var evictions: UInt64 { table.evictions }

    init(scope: Scope, limits: Limits, hashKey: UInt64) {
        self.scope = scope
        most = limits.failuresPerSecond
        table = FlowTable(limit: limits.floodedServices, hashKey: hashKey, timeOuts: [.seconds(1)])
    }

    var nextDeadline: Timestamp { table.nextDeadline }

    /// Whether this connection's end is told like any other; else it has been counted.
    mutating func admits(
        _ state: ConnectionState, to service: Endpoint, at time: Timestamp, into events: inout [FlowEvent]
    ) -> Bool {
        guard state.traffic == 0, state.synCount <= 1, !scope.everything, let outcome = state.outcome, state.handshake.isFailure,
            scope.isVIP(service.address)
        else { return true }
        let key = Key(service: service, vlan: state.vlan, handshake: state.handshake, outcome: outcome)
        guard let slot = table.find(key) else {
            if let oldest = table.makeRoom() { tell(oldest.record, at: time, into: &events) }
            let rest = ConnectionFlood(
                responder: service, vlan: state.vlan, handshake: state.handshake, outcome: outcome, first: state.first, last: state.last,
                time: time)
            table.insert(key, Second(told: 1, rest: rest), lane: 0, at: time)
            return true
        }
        if table[slot].admits(most) { return true }
        table[slot].count(state)
        counted += 1
        return false
    }

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            tell(table[slot], at: deadline, into: &events)
            table.remove(slot)
        }
    }

    /// The capture ends, and with it every second that has begun.
    ///
    /// - Returns: true where there is more.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        while events.count < Correlators.batch, let slot = table.oldest {
            tell(table[slot], at: time, into: &events)
            table.remove(slot)
        }
        return table.count > 0
    }

    private func tell(_ second: Second, at time: Timestamp, into events: inout [FlowEvent]) {
        guard second.rest.connections > 0 else { return }
        var flood = second.rest
        flood.time = time
        events.append(.flood(flood))
    }
}

extension TCPConnection.Handshake {
    /// It was begun and not completed.
    fileprivate var isFailure: Bool {
        switch self {
        case .unanswered, .answered, .refused, .rejected: true
        case .notSeen, .established: false
        }
    }
}
