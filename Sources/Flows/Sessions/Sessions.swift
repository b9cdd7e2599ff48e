import Wire

/// The first octets of TCP connections: TLS handshakes, and plaintext HTTP exchanges.
///
/// A connection is here from its first octets until its handshake and heads are told, or what it carries is known to be neither.
struct Sessions: ~Copyable {
    private var table: FlowTable<FlowKey, Session>
    /// Nil where libcrypto offers no MD5: then nothing is fingerprinted.
    private let fingerprint = try? Fingerprint()
    private let limits: Limits
    /// Octets that wait to become whole, in all sessions.
    private var heldOctets = 0
    /// At the end of the capture: sessions still to be told, the first one last.
    private var open: [Int]?
    /// Sessions that had to go untold.
    private(set) var evictions: UInt64 = 0
    /// Messages in the clear that did not decode, since they were last taken.
    private(set) var failure: DecodeError?

    /// The most expendable first: between two HTTP exchanges nothing is lost.
    private enum Lane {
        static let idle = 0, opening = 1, waiting = 2
    }

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        table = FlowTable(
            limit: limits.sessions, hashKey: hashKey, timeOuts: [limits.transitoryIdle, limits.transitoryIdle, limits.tlsSilence])
    }

    var nextDeadline: Timestamp { table.nextDeadline }

    mutating func takeFailure() -> DecodeError? {
        defer { failure = nil }
        return failure
    }

    /// Takes a segment of a connection that is being read.
    ///
    /// - Parameters:
    ///   - isFirst: no octets have been read before.
    ///   - clientStart: the sequence number of the client's first octet.
    /// - Returns: false where nothing more is to be read of the connection.
    mutating func observe(
        _ key: FlowKey, _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, from side: TCPConnection.Side,
        clientIsLower: Bool,
        isFirst: Bool, clientStart: UInt32, into events: inout [FlowEvent]
    ) -> Bool {
        let found = table.find(key)
        // Octets that came early say nothing of what the connection begins with.
        if found == nil, side == .responder || tcp.sequence == clientStart,
            !SessionReader.mayBegin(with: bytes.extracting(packet.payload), from: side)
        {
            return false
        }
        guard let slot = found ?? (isFirst ? begin(key, tcp, packet, from: side, clientIsLower, clientStart, into: &events) : nil) else {
            return false
        }
        let step = table[slot].take(tcp, packet, in: bytes, from: side)
        heldOctets += step.held
        failure = failure ?? step.failure
        if step.isHello { tell(slot, .hello, at: packet.frame.time, into: &events) }
        if step.isAnswer { tell(slot, .answered, at: packet.frame.time, into: &events) }
        if step.hasAnswered { tellAnswered(slot, at: packet.frame.time, into: &events) }
        if let ending = step.end {
            end(slot, ending, at: packet.frame.time, into: &events)
            return false
        }
        if heldOctets > limits.sessionOctets {
            evictions += 1
            end(slot, table[slot].endUnseen(.eviction), at: packet.frame.time, into: &events)
            return false
        }
        touch(slot, step.state, at: packet.frame.time)
        return true
    }

    /// The connection is known no more: what it carried is told as far as it came.
    mutating func leave(_ key: FlowKey, _ reason: Session.Unseen, at time: Timestamp, into events: inout [FlowEvent]) {
        if let slot = table.find(key) { end(slot, table[slot].endUnseen(reason), at: time, into: &events) }
    }

    private mutating func begin(
        _ key: FlowKey, _ tcp: TCPHeader, _ packet: borrowing Packet, from side: TCPConnection.Side, _ clientIsLower: Bool,
        _ clientStart: UInt32,
        into events: inout [FlowEvent]
    ) -> Int {
        if let victim = table.makeRoom() {
            evictions += 1
            heldOctets -= victim.record.heldOctets
            tell(victim.key, victim.record, victim.record.endUnseen(.eviction), at: packet.frame.time, into: &events)
        }
        // What the client acknowledges with its first octets is where the server's begin.
        let serverStart = side == .originator && tcp.flags.contains(.ack) ? tcp.acknowledgment : nil
        return table.insert(
            key, Session(packet, clientIsLower: clientIsLower, clientStart: clientStart, serverStart: serverStart), lane: Lane.opening,
            at: packet.frame.time)
    }

    private mutating func touch(_ slot: Int, _ state: Session.State, at time: Timestamp) {
        let lane =
            switch state {
            case .idle: Lane.idle
            case .opening: Lane.opening
            case .waiting: Lane.waiting
            }
        if table.lane(of: slot) != lane {
            table.touch(slot, lane: lane, at: time)
        } else if lane != Lane.waiting {
            table.refresh(slot, at: time)
        }
    }

    // MARK: Facts

    private func tell(_ slot: Int, _ change: TLSChange, at time: Timestamp, into events: inout [FlowEvent]) {
        events.append(.tls(table[slot].handshake(table.key(of: slot), nil, nil, at: time), change))
    }

    private mutating func tellAnswered(_ slot: Int, at time: Timestamp, into events: inout [FlowEvent]) {
        let answered = table[slot].takeAnswered()
        let key = table.key(of: slot)
        for (request, response) in answered { events.append(.http(table[slot].exchange(key, request, response, nil, at: time))) }
    }

    private mutating func end(_ slot: Int, _ end: Session.End, at time: Timestamp, into events: inout [FlowEvent]) {
        tell(table.key(of: slot), table[slot], end, at: time, into: &events)
        heldOctets -= table[slot].heldOctets
        // A removed record stays until its place is used again: its memory need not.
        table[slot].release()
        table.remove(slot)
    }

    private func tell(_ key: FlowKey, _ session: Session, _ end: Session.End, at time: Timestamp, into events: inout [FlowEvent]) {
        switch session.reader.kind {
        case .tls: events.append(.tls(session.handshake(key, end, fingerprint, at: time), .ended))
        case .http:
            for request in session.reader.http.pending { events.append(.http(session.exchange(key, request, nil, end, at: time))) }
        case .unknown, .postgreSQL, .other: break
        }
        if let unread = session.unread(key, end, at: time) { events.append(.unread(unread)) }
    }

    // MARK: Time

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            guard table.lane(of: slot) == Lane.waiting else {
                end(slot, table[slot].endUnseen(.timeOut), at: deadline, into: &events)
                continue
            }
            table[slot].isSilenceTold = true
            table.touch(slot, lane: Lane.opening, at: deadline)
            tell(slot, .fellSilent, at: deadline, into: &events)
        }
    }

    /// The capture ends: what goes on is told as it stands, in the order in which it began.
    ///
    /// - Returns: true where there is more.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if open == nil { open = table.slots.sorted { table[$1].first.number < table[$0].first.number } }
        while events.count < Correlators.batch, let slot = open?.popLast() {
            end(slot, table[slot].endUnseen(.endOfCapture), at: time, into: &events)
        }
        return open?.isEmpty == false
    }
}
