import Wire

/// TCP connections over time: the handshake and its outcome, retransmitted SYNs, resets, how each ended.
struct Connections: ~Copyable {
    private var table: FlowTable<FlowKey, ConnectionState>
    private var pools: ConnectionState.Pools
    private var floods: ConnectionFloods
    private let limits: Limits
    /// At the end of the capture: connections still to be told, the first one last.
    private var open: [Int]?

    /// The most expendable first: an attacker's half-open flows go before a user's established ones.
    enum Lane {
        static let closed = 0, stale = 1, opening = 2, established = 3
    }

    init(scope: Scope, limits: Limits, hashKey: UInt64) {
        self.limits = limits
        floods = ConnectionFloods(scope: scope, limits: limits, hashKey: hashKey)
        // The trouble's number has sixteen bits.
        pools = ConnectionState.Pools(
            traffic: SidePool(limit: limits.connections), trouble: SidePool(limit: min(limits.troubledConnections, 65_535)))
        table = FlowTable(
            limit: limits.connections, hashKey: hashKey,
            timeOuts: [limits.closedLinger, limits.transitoryIdle, limits.synSilence, limits.establishedIdle])
    }

    /// Connections that had to go untold; those that had ended have been.
    private(set) var evictions: UInt64 = 0
    /// Times that what went wrong with a connection found no room.
    var refusals: UInt64 { pools.trouble.refusals }
    /// Connections that were counted and not told one by one.
    var flooded: UInt64 { floods.counted }
    var otherEvictions: UInt64 { floods.evictions }
    var nextDeadline: Timestamp { .earlier(table.nextDeadline, floods.nextDeadline) }

    /// Where a packet's connection is looked for: asked for early, because many connections do not stay in the cache.
    struct Place {
        fileprivate var key: FlowKey
        fileprivate var sourceIsLower = false
        fileprivate var start: FlowTable<FlowKey, ConnectionState>.Start
    }

    @inline(__always)
    func place(_ tcp: TCPHeader, from source: IPAddress, to destination: IPAddress) -> Place {
        var sourceIsLower = false
        let key = FlowKey(
            .tcp, source: Endpoint(source, tcp.sourcePort), destination: Endpoint(destination, tcp.destinationPort),
            sourceIsLower: &sourceIsLower)
        return Place(key: key, sourceIsLower: sourceIsLower, start: table.start(key))
    }

    mutating func observe(
        _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, isHop: Bool, at place: Place, _ sessions: inout Sessions,
        into events: inout [FlowEvent]
    ) {
        let (key, sourceIsLower) = (place.key, place.sourceIsLower)
        guard let slot = table.find(key, from: place.start) else {
            if !isHop {
                add(place, tcp, packet, in: bytes, &sessions, into: &events)
                if tcp.flags.contains(.syn), !packet.payload.isEmpty { read(key, tcp, packet, in: bytes, &sessions, into: &events) }
            }
            return
        }
        let isOriginator = table[slot].originatorIsLower == sourceIsLower
        if isHop {
            table[slot].hop(packet, fromOriginator: isOriginator, &pools)
            return
        }
        // The same five-tuple with another initial sequence number is the next connection.
        let isNext = tcp.isSYN && !(isOriginator && table[slot].synSequence == tcp.sequence && table[slot].synCount > 0)
        if isNext || !table[slot].reaches(packet.frame) {
            leave(slot, .reuse, at: packet.frame.time, &sessions, into: &events)
            if table[slot].outcome == nil { end(slot, table[slot].outcomeUnseen, by: nil, at: packet.frame.time, into: &events) }
            remove(slot)
            add(place, tcp, packet, in: bytes, &sessions, into: &events)
            if !packet.payload.isEmpty { read(key, tcp, packet, in: bytes, &sessions, into: &events) }
            return
        }
        let length = packet.payloadLength
        // Before its first octets come there is nothing to read.
        if table[slot].mayBeRead, length > 0 || table[slot].reading == .going {
            read(slot, tcp, packet, in: bytes, isOriginator, &sessions, into: &events)
        }
        table.touch(slot, at: packet.frame.time)
        let change = table[slot].take(tcp, packet, length, in: bytes, fromOriginator: isOriginator, &pools)
        switch change {
        case .none: return
        case .established?: table.touch(slot, lane: Lane.established, at: packet.frame.time)
        case .synRetransmitted?: table.touch(slot, lane: Lane.opening, at: packet.frame.time)
        case .ended?: table.touch(slot, lane: Lane.closed, at: packet.frame.time)
        case .fellSilent?: break
        }
        if let change { report(slot, change, at: packet.frame.time, into: &events) }
    }

    private mutating func add(
        _ place: Place, _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ sessions: inout Sessions,
        into events: inout [FlowEvent]
    ) {
        // A RST for a flow never seen says nothing about one.
        if tcp.flags.contains(.rst) { return }
        if let victim = table.victim {
            leave(victim, .eviction, at: packet.frame.time, &sessions, into: &events)
            if table[victim].outcome == nil {
                evictions += 1
                end(victim, .evicted, by: table[victim].endedBy, at: packet.frame.time, into: &events)
            }
            table[victim].release(&pools)
            table.evict(victim)
        }
        let lane = tcp.flags.contains(.syn) ? Lane.opening : Lane.established
        table.insert(
            place.key, ConnectionState(first: tcp, packet, in: bytes, sourceIsLower: place.sourceIsLower, &pools), lane: lane,
            at: packet.frame.time, from: place.start)
    }

    private mutating func remove(_ slot: Int) {
        table[slot].release(&pools)
        table.remove(slot)
    }

    // MARK: Sessions

    /// Lends a segment to whoever reads what the connection carries.
    @inline(never)
    private mutating func read(
        _ slot: Int, _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ isOriginator: Bool, _ sessions: inout Sessions,
        into events: inout [FlowEvent]
    ) {
        let isFirst = table[slot].reading == .waiting
        guard table[slot].outcome == nil else { return }
        if isFirst, packet.payload.isEmpty { return leaveUnread(slot, packet, into: &events) }
        let goesOn = sessions.observe(
            table.key(of: slot), tcp, packet, in: bytes, from: isOriginator ? .originator : .responder,
            clientIsLower: table[slot].originatorIsLower, isFirst: isFirst, clientStart: table[slot].synSequence &+ 1, into: &events)
        table[slot].reading = goesOn ? .going : .over
    }

    /// An empty segment is nothing to read; one whose octets the capture cut, all of them, begins what nobody can.
    private mutating func leaveUnread(_ slot: Int, _ packet: borrowing Packet, into events: inout [FlowEvent]) {
        guard packet.payloadLength > 0 else { return }
        table[slot].reading = .over
        let (client, server) = table.key(of: slot).ends(lowerFirst: table[slot].originatorIsLower)
        events.append(.unread(UnreadSession(client: client, server: server, first: packet.frame, time: packet.frame.time)))
    }

    /// A SYN may carry octets (RFC 7413 §3).
    private mutating func read(
        _ key: FlowKey, _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ sessions: inout Sessions,
        into events: inout [FlowEvent]
    ) {
        if let slot = table.find(key) { read(slot, tcp, packet, in: bytes, tcp.isSYN, &sessions, into: &events) }
    }

    /// A session does not outlive its connection; what it has to say comes first.
    private mutating func leave(
        _ slot: Int, _ reason: Session.Unseen, at time: Timestamp, _ sessions: inout Sessions, into events: inout [FlowEvent]
    ) {
        guard table[slot].reading == .going else { return }
        table[slot].reading = .over
        sessions.leave(table.key(of: slot), reason, at: time, into: &events)
    }

    // MARK: ICMP

    /// The SYN that an ICMP error quotes, where it was seen: eight quoted octets hold no flags, but the sequence number tells.
    func quotedSYN(_ quoted: QuotedDatagram) -> FrameReference? {
        guard let slot = slot(quoted: quoted), table[slot].synCount > 0, quoted.tcpSequence == table[slot].synSequence else { return nil }
        return table[slot].first
    }

    /// An ICMP unreachable quotes the SYN of this connection: it is rejected, and done.
    mutating func reject(quoted: QuotedDatagram, by frame: FrameReference, into events: inout [FlowEvent]) {
        guard let slot = slot(quoted: quoted), table[slot].outcome == nil, table[slot].handshake == .unanswered,
            quoted.tcpSequence == nil || quoted.tcpSequence == table[slot].synSequence
        else { return }
        table[slot].reject(by: frame)
        table.touch(slot, lane: Lane.closed, at: frame.time)
        report(slot, .ended, at: frame.time, into: &events)
    }

    private func slot(quoted: QuotedDatagram) -> Int? {
        guard quoted.protocol == .tcp, let source = quoted.sourcePort, let destination = quoted.destinationPort else { return nil }
        var ignored = false
        return table.find(
            FlowKey(
                .tcp, source: Endpoint(quoted.source, source), destination: Endpoint(quoted.destination, destination),
                sourceIsLower: &ignored))
    }

    // MARK: Time

    mutating func advance(to time: Timestamp, _ sessions: inout Sessions, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            // In the order of the deadlines.
            floods.advance(to: deadline, into: &events)
            guard events.count < Correlators.batch else { return }
            if table.lane(of: slot) != Lane.opening { leave(slot, .timeOut, at: deadline, &sessions, into: &events) }
            switch table.lane(of: slot) {
            case Lane.closed:
                remove(slot)
            case Lane.opening:
                table.touch(slot, lane: Lane.stale, at: deadline)
                if table[slot].isUnanswered, table[slot].synCount > 1 { report(slot, .fellSilent, at: deadline, into: &events) }
            default:
                end(slot, table[slot].outcomeUnseen, by: nil, at: deadline, into: &events)
                remove(slot)
            }
        }
        floods.advance(to: time, into: &events)
    }

    /// The capture ends: connections that go on are told as they stand, in the order in which they began.
    ///
    /// - Returns: true where there are more of them.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if open == nil {
            open = table.slots.filter { table[$0].outcome == nil }.sorted { table[$1].first.number < table[$0].first.number }
        }
        while events.count < Correlators.batch, let slot = open?.popLast() { end(slot, .open, by: nil, at: time, into: &events) }
        return open?.isEmpty == false || floods.finish(at: time, into: &events)
    }

    private mutating func end(
        _ slot: Int, _ outcome: TCPConnection.Outcome, by side: TCPConnection.Side?, at time: Timestamp, into events: inout [FlowEvent]
    ) {
        // What a doubtful RST may have ended did not wait in vain.
        let isReset = table[slot].handshake == .unanswered && !table[slot].isUnanswered
        table[slot].outcome = isReset ? .reset : outcome
        table[slot].endedBy = isReset ? .responder : side
        report(slot, .ended, at: time, into: &events)
    }

    private mutating func report(_ slot: Int, _ change: TCPChange, at time: Timestamp, into events: inout [FlowEvent]) {
        let key = table.key(of: slot)
        if change == .ended {
            let service = key.ends(lowerFirst: table[slot].originatorIsLower).second
            guard floods.admits(table[slot], to: service, at: time, into: &events) else { return }
        }
        events.append(.tcp(table[slot].snapshot(key, at: time, pools), change))
    }
}
