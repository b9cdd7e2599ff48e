import QUICInitial
import Site
package import Wire

/// The endpoint from which a client tries.
private struct QUICClient: TableKey {
    var endpoint: Endpoint

    func hash(into hash: inout KeyedHash) {
        hash.mix(endpoint.address)
        hash.mix(UInt64(endpoint.port.rawValue))
    }
}

/// QUIC attempts over time: who tried, what answered, how it ended.
package struct QUICAttempts: ~Copyable {
    private var table: FlowTable<FlowKey, QUICAttemptState>
    /// Nil where libcrypto lacks what it takes: then nothing is told of QUIC.
    private var opener = try? InitialOpener()
    /// Nil where libcrypto does not offer the digests.
    private let fingerprint = try? Fingerprint()
    private let ports: [Port]
    private let limits: Limits
    /// The last attempt of a client's endpoint: finds what a datagram from another address than the server's may answer.
    private var clients: FlowTable<QUICClient, FlowKey>
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
        self.ports = opener == nil ? [] : ports
        self.limits = limits
        table = FlowTable(
            limit: limits.quicAttempts, hashKey: hashKey,
            timeOuts: [limits.closedLinger, limits.transitoryIdle, limits.quicSilence, limits.quicIdle])
        // No entry outlives its attempt, so that none expires by itself.
        clients = FlowTable(limit: limits.quicAttempts, hashKey: hashKey, timeOuts: [limits.quicIdle])
    }

    /// Of HTTPS, of cloudflared's tunnels, and those that the site's VIPs serve over UDP, without that of DNS, whose datagrams are messages.
    static func ports(of site: Site) -> [Port] {
        var ports = [Port.https, .tunnel]
        for service in site.vips.flatMap(\.services) where service.transport == .udp && !(ports + [.dns]).contains(service.port) {
            ports.append(service.port)
        }
        return ports
    }

    private func serves(_ port: Port) -> Bool { ports.contains { $0 == port } }

    var isEmpty: Bool { table.count == 0 }
    package var nextDeadline: Timestamp { table.nextDeadline }

    /// Takes a UDP datagram. What anomalies its packets hold are `decode`'s to tell: most of a connection cannot be read.
    ///
    /// - Parameter names: what the client's DNS told it; inout, because a borrowed one of its size is put on the stack for each packet (measured).
    mutating func observe(
        _ udp: UDPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ names: inout Transactions, into events: inout [FlowEvent]
    ) {
        let isToServer = serves(udp.destinationPort)
        guard isToServer || serves(udp.sourcePort), let source = packet.source, let destination = packet.destination,
            !packet.isFragment
        else { return }
        var sourceIsLower = false
        let key = FlowKey(
            .udp, source: Endpoint(source, udp.sourcePort), destination: Endpoint(destination, udp.destinationPort),
            sourceIsLower: &sourceIsLower)
        let datagram = bytes.extracting(packet.payload)
        guard let slot = table.find(key) else {
            if isToServer {
                begin(key, packet, datagram, sourceIsLower, &names, into: &events)
            } else {
                noteOtherSource(source, to: Endpoint(destination, udp.destinationPort), from: udp.sourcePort, packet, datagram)
            }
            return
        }
        let side: QUICSide = table[slot].clientIsLower == sourceIsLower ? .client : .server
        let news = take(datagram, slot, from: side)
        if news.contains(.foreign) {
            guard QUICConversation.mayBegin(with: datagram) else { return }
            report(slot, .ended, at: packet.frame.time, into: &events)
            remove(slot)
            begin(key, packet, datagram, sourceIsLower, &names, into: &events)
            return
        }
        if news.contains(.clientHello) { table[slot].tellReason(&names, key, at: packet.frame.time) }
        note(slot, news, packet, from: side, into: &events)
    }

    private mutating func begin(
        _ key: FlowKey, _ packet: borrowing Packet, _ datagram: Span<UInt8>, _ sourceIsLower: Bool, _ names: inout Transactions,
        into events: inout [FlowEvent]
    ) {
        guard let conversation = QUICConversation(first: datagram) else { return }
        if let victim = table.victim {
            evictions += 1
            report(victim, .ended, at: packet.frame.time, isCut: true, into: &events)
            remove(victim)
        }
        let slot = table.insert(
            key, QUICAttemptState(conversation, packet, clientIsLower: sourceIsLower), lane: Lane.waiting, at: packet.frame.time)
        let client = QUICClient(endpoint: sourceIsLower ? key.lower : key.upper)
        if let known = clients.find(client) { clients[known] = key } else { clients.insert(client, key, lane: 0, at: packet.frame.time) }
        let news = take(datagram, slot, from: .client)
        table[slot].tellReason(&names, key, at: packet.frame.time)
        note(slot, news, packet, from: .client, into: &events)
    }

    private mutating func forget(_ client: Endpoint, _ key: FlowKey) {
        if let known = clients.find(QUICClient(endpoint: client)), clients[known] == key { clients.remove(known) }
    }

    private mutating func take(_ datagram: Span<UInt8>, _ slot: Int, from side: QUICSide) -> QUICConversation.News {
        let (news, growth) = table[slot].take(datagram, from: side, &opener, fingerprint)
        heldOctets += growth
        if heldOctets > limits.quicHelloOctets {
            heldOctets -= table[slot].abandonHellos()
            evictions += 1
        }
        return news
    }

    private mutating func note(
        _ slot: Int, _ news: QUICConversation.News, _ packet: borrowing Packet, from side: QUICSide, into events: inout [FlowEvent]
    ) {
        let time = packet.frame.time
        let (changes, stage) = table[slot].note(news, packet, from: side)
        if stage == .over {
            if changes.contains(.closed) { table.touch(slot, lane: Lane.over, at: time) }
        } else if stage == .established {
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

    // MARK: Other sources

    /// Where the client's ID is empty, anybody's datagram may be an answer. Each trial copies the conversation and derives keys.
    private static let mostOtherTrials = 16

    /// Whether a datagram is worth a look: of an attempt that is followed, or from the port that a client tries and waits at. What goes
    /// from or to the port of DNS is a message, also where its other port is a server's of QUIC: resolvers ask from any port.
    ///
    /// Mutating, so that nothing of this one's size is copied for a call.
    mutating func concerns(_ udp: UDPHeader, _ packet: borrowing Packet, _ scope: Scope) -> Bool {
        let isFromServer = serves(udp.sourcePort)
        guard isFromServer || serves(udp.destinationPort), udp.sourcePort != .dns, udp.destinationPort != .dns,
            let source = packet.source, let destination = packet.destination, !packet.isFragment
        else { return false }
        if scope.follows(source, destination) { return true }
        return isFromServer && clients.count > 0 && clients.find(QUICClient(endpoint: Endpoint(destination, udp.destinationPort))) != nil
    }

    /// Somebody whom the client has not tried sends to the endpoint from which it tries: an answer where it carries the client's
    /// connection ID, or opens under the attempt's keys, which says more where that ID is empty.
    private mutating func noteOtherSource(
        _ source: IPAddress, to client: Endpoint, from port: Port, _ packet: borrowing Packet, _ datagram: Span<UInt8>
    ) {
        guard !datagram.isEmpty, datagram[0] & 0x80 != 0, let known = clients.find(QUICClient(endpoint: client)),
            let slot = table.find(clients[known]), !table[slot].isAnswered, table[slot].otherSource == nil
        else { return }
        let key = clients[known]
        guard (key.lower == client ? key.upper : key.lower).port == port else { return }
        // Every answer carries the client's connection ID, which costs no keys to see.
        var bytes = datagram
        guard let header = try? QUICLongHeader(decoding: &bytes), header.destination == table[slot].conversation.clientID,
            table[slot].otherTrials < Self.mostOtherTrials
        else { return }
        table[slot].otherTrials += 1
        var nobody = NoQUICVisitor()
        var trial = table[slot].conversation
        let opened = trial.server.opened
        let news = trial.take(datagram, from: .server, &opener, &nobody)
        guard
            trial.server.opened > opened || news.contains(.retry) || news.contains(.versionNegotiation)
                || (news.contains(.answered) && !trial.clientID.isEmpty)
        else { return }
        table[slot].otherSource = QUICAttempt.OtherSource(address: source, mac: packet.sourceMAC, frame: packet.frame)
    }

    // MARK: ICMP

    /// The client's first datagram, where an ICMP error quotes one of an attempt.
    package func quotedInitial(_ quoted: QuotedDatagram) -> FrameReference? { slot(quoted: quoted).map { table[$0].first } }

    /// An ICMP unreachable quotes the client's datagram. One that comes after an answer is about something else.
    package mutating func icmp(quoted: QuotedDatagram, by frame: FrameReference, into events: inout [FlowEvent]) {
        guard let slot = slot(quoted: quoted), !table[slot].isAnswered, !table[slot].isRejected else { return }
        table[slot].rejection = frame
        table[slot].last = frame
        report(slot, .rejected, at: frame.time, into: &events)
    }

    private func slot(quoted: QuotedDatagram) -> Int? {
        guard quoted.protocol == .udp, let source = quoted.sourcePort, let destination = quoted.destinationPort,
            serves(destination)
        else { return nil }
        var sourceIsLower = false
        let key = FlowKey(
            .udp, source: Endpoint(quoted.source, source), destination: Endpoint(quoted.destination, destination),
            sourceIsLower: &sourceIsLower)
        guard let slot = table.find(key), table[slot].clientIsLower == sourceIsLower else { return nil }
        return slot
    }

    // MARK: Time

    package mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
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
    package mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if open == nil { open = table.slots.sorted { table[$1].first.number < table[$0].first.number } }
        while events.count < Correlators.batch, let slot = open?.popLast() {
            let lane = table.lane(of: slot)
            report(slot, .ended, at: time, isCut: lane == Lane.waiting || lane == Lane.established, into: &events)
        }
        return open?.isEmpty == false
    }

    private mutating func remove(_ slot: Int) {
        let key = table.key(of: slot)
        forget(table[slot].clientIsLower ? key.lower : key.upper, key)
        heldOctets -= table[slot].abandonHellos()
        table.remove(slot)
    }

    private mutating func report(
        _ slot: Int, _ change: QUICChange, at time: Timestamp, isCut: Bool = false, into events: inout [FlowEvent]
    ) {
        events.append(.quic(table[slot].snapshot(table.key(of: slot), at: time, isCut: isCut), change))
    }
}
