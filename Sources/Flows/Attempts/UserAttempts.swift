import Wire

/// Attempts of users over time: facts that other correlators stated, joined by client and watched address.
///
/// Nothing is begun by a SYN or an Initial that stands alone: spoofed ones cost a look-up.
struct UserAttempts: ~Copyable {
    private struct Key: TableKey {
        var client: IPAddress
        var vip: IPAddress
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(client)
            hash.mix(vip)
        }
    }

    /// A name that a client asks for, its case folded.
    private struct NameKey: TableKey {
        var client: IPAddress
        var name: UInt64
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(client)
            hash.mix(name)
        }
    }

    private struct Name {
        /// Lookups that no attempt has taken yet.
        var lookups: [UserAttempt.Lookup] = []
        /// The address to which the client went with that name last.
        var vip: IPAddress?
    }

    /// The most expendable first: facts of one kind may find nothing to join.
    private enum Lane {
        static let lone = 0, joined = 1
    }

    private var table: FlowTable<Key, AttemptFacts>
    private var names: FlowTable<NameKey, Name>
    private let limits: Limits
    private let hashKey: UInt64
    /// At the end of the capture: attempts still to be told, the first one last.
    private var open: [Int]?

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        self.hashKey = hashKey
        // Silence is told that much later than it began.
        let late = max(max(limits.queryTimeOut, limits.synSilence), limits.quicSilence)
        let memory = Interval(nanoseconds: limits.attemptGap.nanoseconds + late.nanoseconds)
        table = FlowTable(limit: limits.attempts, hashKey: hashKey, timeOuts: [memory, memory])
        names = FlowTable(limit: limits.attempts, hashKey: hashKey, timeOuts: [memory])
    }

    var evictions: UInt64 { table.evictions + names.evictions }
    var nextDeadline: Timestamp { table.nextDeadline }

    /// Takes a fact that was just stated.
    mutating func note(_ event: FlowEvent, _ scope: Scope, into events: inout [FlowEvent]) {
        switch event {
        case .dns(let transaction): note(transaction, into: &events)
        case .claim(let claim):
            // What answers no visible question to all refreshes a cache.
            guard claim.means.isAnswer, let asked = claim.request, let client = claim.asker?.address, scope.isVIP(claim.address) else {
                return
            }
            note(
                UserAttempt.Resolution(asked: asked, answered: claim.frame), client, claim.address, at: claim.frame.time, into: &events)
        case .unanswered(let request):
            guard let client = request.asker.station.address, let asked = request.requests.first, scope.isVIP(request.address) else {
                return
            }
            note(
                UserAttempt.Resolution(asked: asked, isUnanswered: !request.isCut), client, request.address, at: request.time, into: &events
            )
        case .tcp(let connection, let change):
            guard scope.isVIP(connection.responder.address), connection.synCount > 0 else { return }
            note(connection, change, into: &events)
        case .tls(let handshake, let change):
            guard scope.isVIP(handshake.server.address) else { return }
            let ends = Ends(.tcp, handshake.client, handshake.server)
            // Its first octets may come with what completes the TCP handshake.
            update(ends, from: handshake.first, adds: change == .hello, at: handshake.time, into: &events) { $0.take(handshake, change) }
        case .http(let exchange):
            guard scope.isVIP(exchange.server.address) else { return }
            let ends = Ends(.tcp, exchange.client, exchange.server)
            update(ends, from: exchange.request.frame, adds: false, at: exchange.time, into: &events) { $0.take(exchange) }
        case .quic(let attempt, let change):
            guard scope.isVIP(attempt.server.address) else { return }
            note(attempt, change, into: &events)
        default: return
        }
    }

    // MARK: Facts

    private mutating func note(_ transaction: DNSTransaction, into events: inout [FlowEvent]) {
        // A resolver's own questions are no user's.
        guard !transaction.clientResolves, let frame = transaction.query ?? transaction.response else { return }
        while let (slot, _) = names.nextExpired(before: transaction.time) {
            names[slot] = Name()
            names.remove(slot)
        }
        let lookup = UserAttempt.Lookup(transaction)
        let name = transaction.name
        let key = NameKey(client: transaction.client.address, name: hash(name))
        let slot = names.find(key) ?? names.insert(key, Name(), lane: 0, at: transaction.time)
        names.touch(slot, at: transaction.time)
        if let vip = transaction.namesVIP { names[slot].vip = vip }
        let attempt = names[slot].vip.flatMap {
            self.slot(
                Key(client: key.client, vip: $0), from: frame, begins: transaction.namesVIP != nil, at: transaction.time, into: &events)
        }
        if names[slot].lookups.count == AttemptFacts.mostLookups { names[slot].lookups.removeFirst() }
        names[slot].lookups.append(lookup)
        guard let attempt else { return }
        take(slot, name, into: attempt, before: frame.time)
        touch(attempt, at: transaction.time)
    }

    private mutating func note(
        _ resolution: UserAttempt.Resolution, _ client: IPAddress, _ vip: IPAddress, at time: Timestamp, into events: inout [FlowEvent]
    ) {
        let key = Key(client: client, vip: vip)
        guard let slot = slot(key, from: resolution.asked, begins: true, at: time, into: &events) else { return }
        table[slot].add(resolution)
        touch(slot, at: time)
    }

    private mutating func note(_ connection: TCPConnection, _ change: TCPChange, into events: inout [FlowEvent]) {
        let ends = Ends(.tcp, connection.originator, connection.responder)
        // One that was completed is known, unless it belongs to an attempt that was told.
        let adds = change != .ended || connection.handshake != .established
        update(
            ends, since: connection.first, from: connection.first, adds: adds, begins: change != .ended, at: connection.time, into: &events
        ) { $0.take(connection, change) }
    }

    private mutating func note(_ attempt: QUICAttempt, _ change: QUICChange, into events: inout [FlowEvent]) {
        let ends = Ends(.udp, attempt.client, attempt.server)
        let adds = change != .ended || attempt.answer == nil
        update(
            ends, since: attempt.first, from: attempt.first, adds: adds,
            begins: adds && (attempt.initialCount > 1 || attempt.answer != nil),
            at: attempt.time, into: &events
        ) { $0.take(attempt, change) }
    }

    // MARK: Tries

    private struct Ends {
        var key: Key
        var id: AttemptTry.ID

        init(_ transport: IPProtocol, _ client: Endpoint, _ server: Endpoint) {
            key = Key(client: client.address, vip: server.address)
            id = AttemptTry.ID(transport: transport, client: client.port, server: server.port)
        }
    }

    /// Changes a try, and takes up the lookups of its name once it has one.
    private mutating func update(
        _ ends: Ends, since first: FrameReference? = nil, from start: FrameReference, adds: Bool, begins: Bool = false, at time: Timestamp,
        into events: inout [FlowEvent], _ body: (inout AttemptTry) -> Void
    ) {
        guard let slot = slot(ends.key, from: start, begins: begins, at: time, into: &events),
            let index = table[slot].change(ends.id, since: first, from: start, adds: adds, body)
        else { return }
        if let name = table[slot].tries[index].name {
            let known = names.find(NameKey(client: ends.key.client, name: hash(name)))
            if let known { take(known, name, into: slot, before: table[slot].tries[index].first.time) }
        }
        touch(slot, at: time)
    }

    /// Gives the lookups that wait under a name to an attempt, as far as they lie shortly before.
    private mutating func take(_ name: Int, _ text: DNSName, into slot: Int, before time: Timestamp) {
        names[name].vip = table.key(of: slot).vip
        for lookup in names[name].lookups where lookup.frames.map({ time - $0.last.time <= limits.queryTimeOut }) ?? false {
            table[slot].add(lookup, of: text)
        }
        names[name].lookups = []
    }

    private func hash(_ name: DNSName) -> UInt64 {
        var hash = KeyedHash(key: hashKey)
        DNSNameBuffer(name).hash(into: &hash)
        return hash.value
    }

    // MARK: The table

    /// Where the facts stand that one from this frame on belongs to.
    ///
    /// - Parameter begins: it may be the first of them.
    private mutating func slot(
        _ key: Key, from frame: FrameReference, begins: Bool, at time: Timestamp, into events: inout [FlowEvent]
    ) -> Int? {
        if let slot = table.find(key) {
            let (first, last) = (table[slot].first.time, table[slot].last.time)
            // By the clock: a word that is late, or the clock was set back, and somebody tries anew.
            let isEarly = first - frame.time > limits.attemptGap
            if !isEarly, frame.time - last <= limits.attemptGap, frame.time - first <= limits.attemptLength { return slot }
            // A late word is about what was told.
            guard begins, !isEarly || frame > table[slot].first else { return nil }
            tell(slot, at: time, into: &events)
            forget(slot)
        }
        guard begins else { return nil }
        if let victim = table.victim {
            tell(victim, at: time, isCut: true, into: &events)
            table.evict(victim)
        }
        return table.insert(key, AttemptFacts(frame), lane: Lane.lone, at: time)
    }

    private mutating func touch(_ slot: Int, at time: Timestamp) {
        table.touch(slot, lane: table[slot].isJoined ? Lane.joined : Lane.lone, at: time)
    }

    private func tell(_ slot: Int, at time: Timestamp, isCut: Bool = false, into events: inout [FlowEvent]) {
        let key = table.key(of: slot)
        for attempt in table[slot].attempts(key.client, key.vip, within: limits.attemptGap, at: time, isCut: isCut) {
            events.append(.attempt(attempt))
        }
    }

    private mutating func forget(_ slot: Int) {
        // A removed record stays until its place is used again: its memory need not.
        table[slot] = AttemptFacts(.none)
        table.remove(slot)
    }

    // MARK: Time

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            tell(slot, at: deadline, into: &events)
            forget(slot)
        }
    }

    /// The capture ends: attempts that go on are told as they stand, in the order in which they began.
    ///
    /// - Returns: true where there are more of them.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if open == nil { open = table.slots.sorted { table[$1].first.number < table[$0].first.number } }
        while events.count < Correlators.batch, let slot = open?.popLast() { tell(slot, at: time, isCut: true, into: &events) }
        return open?.isEmpty == false
    }
}

extension UserAttempt.Lookup {
    init(_ transaction: DNSTransaction) {
        self.init(
            type: transaction.type, server: transaction.server.address, query: transaction.query, response: transaction.response,
            responseCode: transaction.responseCode, isCut: transaction.isCut)
    }
}
