import QUICInitial
package import Wire

/// QUIC attempts over time: who tried, what answered, how it ended.
package struct QUICAttempts: ~Copyable {
    private var table: FlowTable<FlowKey, QUICAttemptState>
    private var opener = InitialOpener()
    private let ports: [Port]
    private let limits: Limits
    /// Octets of hellos that are not whole, in all conversations.
    private var heldOctets = 0
    /// At the end of the capture: attempts still to be told, the first one last.
    private var open: [Int]?
    /// Attempts that had to go untold, and hellos that were let go for want of room.
    package private(set) var evictions: UInt64 = 0

    /// The most expendable first: an attacker's Initials go before a user's established connection.
    private enum Lane {
        static let over = 0, stale = 1, waiting = 2, established = 3
    }

    /// - Parameter ports: of servers; datagrams from and to others are not looked at.
    package init(ports: [Port] = [.https], limits: Limits, hashKey: UInt64) {
        self.ports = ports
        self.limits = limits
        table = FlowTable(
            limit: limits.quicAttempts, hashKey: hashKey,
            timeOuts: [limits.closedLinger, limits.transitoryIdle, limits.quicSilence, limits.quicIdle])
    }

    package var nextDeadline: Timestamp { table.nextDeadline }

    /// Takes a UDP datagram. What anomalies its packets hold are `decode`'s to tell: most of a connection cannot be read.
    package mutating func observe(
        _ udp: UDPHeader, _ packet: Packet, in bytes: Span<UInt8>, into events: inout [(QUICAttempt, QUICChange)]
    ) {
        let isToServer = ports.contains(udp.destinationPort)
        guard isToServer || ports.contains(udp.sourcePort), let source = packet.source, let destination = packet.destination,
            !packet.isFragment
        else { return }
        var sourceIsLower = false
        let key = FlowKey(
            .udp, source: Endpoint(source, udp.sourcePort), destination: Endpoint(destination, udp.destinationPort),
            sourceIsLower: &sourceIsLower)
        let datagram = bytes.extracting(packet.payload)
        guard let slot = table.find(key) else {
            if isToServer { begin(key, packet, datagram, sourceIsLower, into: &events) }
            return
        }
        let side: QUICSide = table[slot].clientIsLower == sourceIsLower ? .client : .server
        let news = take(datagram, slot, from: side)
        if news.contains(.foreign) {
            guard QUICConversation.mayBegin(with: datagram) else { return }
            report(slot, .ended, at: packet.frame.time, into: &events)
            remove(slot)
            begin(key, packet, datagram, sourceIsLower, into: &events)
            return
        }
        note(slot, news, packet, from: side, into: &events)
    }

    private mutating func begin(
        _ key: FlowKey, _ packet: Packet, _ datagram: Span<UInt8>, _ sourceIsLower: Bool, into events: inout [(QUICAttempt, QUICChange)]
    ) {
        guard let conversation = QUICConversation(first: datagram) else { return }
        if let victim = table.makeRoom() {
            evictions += 1
            heldOctets -= victim.record.conversation.heldOctets
            events.append((victim.record.snapshot(victim.key, at: packet.frame.time, isCut: true), .ended))
        }
        let state = QUICAttemptState(conversation, packet, clientIsLower: sourceIsLower)
        let slot = table.insert(key, state, lane: Lane.waiting, at: packet.frame.time)
        note(slot, take(datagram, slot, from: .client), packet, from: .client, into: &events)
    }

    private mutating func take(_ datagram: Span<UInt8>, _ slot: Int, from side: QUICSide) -> QUICConversation.News {
        var nobody = NoQUICVisitor()
        heldOctets -= table[slot].conversation.heldOctets
        let news = table[slot].conversation.take(datagram, from: side, &opener, &nobody)
        heldOctets += table[slot].conversation.heldOctets
        if heldOctets > limits.quicHelloOctets {
            heldOctets -= table[slot].conversation.heldOctets
            table[slot].conversation.abandonHellos()
            evictions += 1
        }
        return news
    }

    private mutating func note(
        _ slot: Int, _ news: QUICConversation.News, _ packet: Packet, from side: QUICSide, into events: inout [(QUICAttempt, QUICChange)]
    ) {
        let time = packet.frame.time
        let changes = table[slot].note(news, packet, from: side)
        if table[slot].isOver {
            if changes.contains(.closed) { table.touch(slot, lane: Lane.over, at: time) }
        } else if table[slot].conversation.isEstablished {
            if table.lane(of: slot) == Lane.established {
                table.refresh(slot, at: time)
            } else {
                table.touch(slot, lane: Lane.established, at: time)
            }
        } else if side == .client && news.contains(.initial) || changes.contains(.answered) {
            table.touch(slot, lane: Lane.waiting, at: time)
        }
        for change in changes { report(slot, change, at: time, into: &events) }
    }

    // MARK: ICMP

    /// The client's first datagram, where an ICMP error quotes one of an attempt.
    package func quotedInitial(_ quoted: QuotedDatagram) -> FrameReference? { slot(quoted: quoted).map { table[$0].first } }

    /// An ICMP unreachable quotes the client's datagram. One that comes after an answer is about something else.
    package mutating func icmp(quoted: QuotedDatagram, by frame: FrameReference, into events: inout [(QUICAttempt, QUICChange)]) {
        guard let slot = slot(quoted: quoted), !table[slot].isAnswered, !table[slot].isRejected, !table[slot].isOver else { return }
        table[slot].isRejected = true
        table[slot].end = frame
        table[slot].last = frame
        report(slot, .rejected, at: frame.time, into: &events)
    }

    private func slot(quoted: QuotedDatagram) -> Int? {
        guard quoted.protocol == .udp, let source = quoted.sourcePort, let destination = quoted.destinationPort,
            ports.contains(destination)
        else { return nil }
        var sourceIsLower = false
        let key = FlowKey(
            .udp, source: Endpoint(quoted.source, source), destination: Endpoint(quoted.destination, destination),
            sourceIsLower: &sourceIsLower)
        guard let slot = table.find(key), table[slot].clientIsLower == sourceIsLower else { return nil }
        return slot
    }

    // MARK: Time

    package mutating func advance(to time: Timestamp, into events: inout [(QUICAttempt, QUICChange)]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            // Who waits without an answer may try again; who was refused or answered in part has had its time.
            if table.lane(of: slot) == Lane.waiting, !table[slot].isRejected {
                table.touch(slot, lane: Lane.stale, at: deadline)
                guard !table[slot].isAnswered, !table[slot].isSilenceTold else { continue }
                table[slot].isSilenceTold = true
                report(slot, .fellSilent, at: deadline, into: &events)
                continue
            }
            report(slot, .ended, at: deadline, into: &events)
            remove(slot)
        }
    }

    /// The capture ends: attempts that go on are told as they stand, in the order in which they began.
    ///
    /// - Returns: true where there are more of them.
    package mutating func finish(at time: Timestamp, into events: inout [(QUICAttempt, QUICChange)]) -> Bool {
        if open == nil { open = table.slots.sorted { table[$0].first.number > table[$1].first.number } }
        while events.count < Correlators.batch, let slot = open?.popLast() {
            let lane = table.lane(of: slot)
            report(slot, .ended, at: time, isCut: lane == Lane.waiting || lane == Lane.established, into: &events)
        }
        return open?.isEmpty == false
    }

    private mutating func remove(_ slot: Int) {
        heldOctets -= table[slot].conversation.heldOctets
        table.remove(slot)
    }

    private func report(
        _ slot: Int, _ change: QUICChange, at time: Timestamp, isCut: Bool = false, into events: inout [(QUICAttempt, QUICChange)]
    ) {
        events.append((table[slot].snapshot(table.key(of: slot), at: time, isCut: isCut), change))
    }
}
