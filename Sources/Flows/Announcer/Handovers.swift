import Wire

/// Moves of watched addresses over time, as their clients see them: through whom each had its last answer, and what it does after the move.
///
/// Only packets from and to a watched address come here, and nothing is kept before somebody announces it.
struct Handovers: ~Copyable {
    private struct ClientKey: TableKey {
        var vlan: UInt32
        var address: IPAddress
        var client: IPAddress
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(address)
            hash.mix(client)
            hash.mix(UInt64(vlan))
        }
    }

    /// Who announces an address, and the last move to it.
    private struct Holder {
        var claim: Claim
        var previous: Claim?
        /// The claim that moved it.
        var first: Claim
        /// Tells moves apart.
        var number: UInt32 = 0
    }

    private struct Client {
        /// Where its last frame went, and where the one that was answered last had gone.
        var via = MACAddress.zero
        var answeredVia = MACAddress.zero
        var answered = FrameReference.none
        /// The first frame since then that asks for an answer.
        var asked = FrameReference.none
        var move: UInt32 = 0
        var firstFrame = FrameReference.none
        var attempt = FrameReference.none
        var isDone = false
        var stale = FirstFrames()
        var staleCount = 0
        var lastStale: UInt64 = 0
        var repeatsItself = false
    }

    private var holders: FlowTable<Neighbours.AddressKey, Holder>
    private var clients: FlowTable<ClientKey, Client>
    private let staleAfterClaim: Interval

    init(staleAfterClaim: Interval, limits: Limits, hashKey: UInt64) {
        self.staleAfterClaim = staleAfterClaim
        holders = FlowTable(limit: limits.addresses, hashKey: hashKey, timeOuts: [limits.memory])
        clients = FlowTable(limit: limits.clients, hashKey: hashKey, timeOuts: [limits.memory])
    }

    /// Nobody has announced a watched address: what its clients do is not followed.
    var isEmpty: Bool { holders.count == 0 }

    /// Clients that had to go; addresses go where their bindings do.
    var evictions: UInt64 { clients.evictions }

    // MARK: Claims

    /// Facts about claims that were just stated.
    mutating func note(_ facts: ArraySlice<FlowEvent>) -> [FlowEvent] {
        var moves: [FlowEvent] = []
        let isConflict = facts.contains { if case .conflict = $0 { true } else { false } }
        for case .claim(let claim) in facts {
            if let handover = take(claim, isConflict: isConflict) { moves.append(.handover(handover, .moved)) }
        }
        return moves
    }

    private mutating func take(_ claim: Claim, isConflict: Bool) -> Handover? {
        let key = Neighbours.AddressKey(vlan: claim.vlan, address: claim.address)
        guard let slot = holders.find(key) else {
            if claim.means.announces { holders.insert(key, Holder(claim: claim, first: claim), lane: 0, at: claim.frame.time) }
            return nil
        }
        holders.refresh(slot, at: claim.frame.time)
        if holders[slot].claim.station.mac == claim.station.mac {
            holders[slot].claim = claim
            return nil
        }
        guard claim.means.announces, !isConflict else { return nil }
        let previous = holders[slot].claim
        holders[slot] = Holder(claim: claim, previous: previous, first: claim, number: holders[slot].number &+ 1)
        return Handover(address: claim.address, vlan: claim.vlan, previous: previous, claim: claim, time: claim.frame.time)
    }

    // MARK: Packets

    /// A client's packet to a watched address.
    ///
    /// - Parameter question: tells what asks for an answer from its repetition and from others; nil for what asks for none.
    mutating func sent(
        _ packet: borrowing Packet, from client: IPAddress, to address: IPAddress, question: UInt64?, _ stations: borrowing Stations,
        into events: inout [FlowEvent]
    ) {
        guard let ethernet = packet.ethernet, !ethernet.destination.isMulticast,
            let holder = holders.find(Neighbours.AddressKey(vlan: packet.vlan.key, address: address))
        else { return }
        let now = packet.frame.time
        let key = ClientKey(vlan: packet.vlan.key, address: address, client: client)
        let slot = clients.find(key) ?? clients.insert(key, Client(), lane: 0, at: now)
        clients.refresh(slot, at: now)
        begin(slot, holders[holder].number)
        clients[slot].via = ethernet.destination
        if let question {
            follow(slot, holder, ethernet.destination, question, packet.frame)
            if clients[slot].asked.optional == nil { clients[slot].asked = packet.frame }
            let count = clients[slot].staleCount
            // The second proves it; the longer it goes on, the less a further one says.
            if count > 1, ethernet.destination != holders[holder].claim.station.mac, count & (count - 1) == 0,
                clients[slot].repeatsItself || clients[slot].answered.optional != nil
            {
                events.append(.handover(handover(slot, holder, key, ethernet.source, stations, at: now), .stale))
            }
        }
    }

    /// What the address sent to a client.
    mutating func answered(
        _ packet: borrowing Packet, from address: IPAddress, to client: IPAddress, _ stations: borrowing Stations,
        into events: inout [FlowEvent]
    ) {
        let vlan = packet.vlan.key
        guard let ethernet = packet.ethernet, let slot = clients.find(ClientKey(vlan: vlan, address: address, client: client)),
            let holder = holders.find(Neighbours.AddressKey(vlan: vlan, address: address))
        else { return }
        begin(slot, holders[holder].number)
        let isNew = clients[slot].firstFrame.optional != nil
        if isNew, !clients[slot].isDone {
            // What was under way when the address moved.
            if ethernet.source == holders[holder].previous?.station.mac { return }
            clients[slot].isDone = true
            var handover = handover(
                slot, holder, ClientKey(vlan: vlan, address: address, client: client), ethernet.destination, stations, at: packet.frame.time
            )
            handover.client?.firstAnswer = packet.frame
            events.append(.handover(handover, .resumed))
        }
        clients[slot].answered = packet.frame
        clients[slot].answeredVia = clients[slot].via
        clients[slot].asked = .none
        clients[slot].stale = []
        clients[slot].staleCount = 0
    }

    /// What is known of the client begins anew with a move.
    private mutating func begin(_ slot: Int, _ number: UInt32) {
        guard clients[slot].move != number else { return }
        var client = Client()
        (client.via, client.answeredVia) = (clients[slot].via, clients[slot].answeredVia)
        (client.answered, client.asked, client.move) = (clients[slot].answered, clients[slot].asked, number)
        clients[slot] = client
    }

    private mutating func follow(_ slot: Int, _ holder: Int, _ destination: MACAddress, _ question: UInt64, _ frame: FrameReference) {
        guard let previous = holders[holder].previous else { return }
        let first = holders[holder].first
        if destination == first.station.mac {
            guard clients[slot].firstFrame.optional == nil else { return }
            clients[slot].firstFrame = frame
            clients[slot].attempt = clients[slot].asked
        } else if destination == previous.station.mac, frame.time - first.frame.time > staleAfterClaim {
            clients[slot].stale.append(frame)
            clients[slot].staleCount += 1
            if clients[slot].lastStale == question { clients[slot].repeatsItself = true }
            clients[slot].lastStale = question
        }
    }

    private func handover(
        _ slot: Int, _ holder: Int, _ key: ClientKey, _ sender: MACAddress, _ stations: borrowing Stations, at time: Timestamp
    ) -> Handover {
        let client = clients[slot]
        let holder = holders[holder]
        let isThroughPrevious = client.answeredVia == holder.previous?.station.mac
        return Handover(
            address: key.address, vlan: key.vlan, previous: holder.previous ?? holder.first, claim: holder.first,
            client: Handover.Client(
                address: key.client, sender: stations.station(sender), isForwarded: stations.forwards(sender),
                lastAnswer: isThroughPrevious ? client.answered.optional : nil, attempt: client.attempt.optional,
                firstFrame: client.firstFrame.optional, firstAnswer: nil, stale: client.stale, staleCount: client.staleCount,
                repeatsItself: client.repeatsItself),
            time: time)
    }

    mutating func advance(to time: Timestamp) {
        while let expired = holders.nextExpired(before: time) { holders.remove(expired.slot) }
        while let expired = clients.nextExpired(before: time) { clients.remove(expired.slot) }
    }
}

extension Claim.Means {
    /// It tells others, or answers them; a request's sender address only betrays what the sender thinks of itself.
    package var announces: Bool {
        switch self {
        case .reply, .gratuitousRequest, .gratuitousReply, .vrrp, .neighborAdvertisement, .unsolicitedAdvertisement: true
        case .request, .neighborSolicitation: false
        }
    }
}

extension TCPHeader {
    /// What it asks with, as a number that its repetition has, too: SYNs, data and FINs want an answer, bare ACKs and RSTs do not.
    @inline(__always)
    func question(_ packet: borrowing Packet) -> UInt64? {
        if flags.contains(.rst) || (!flags.contains(.syn) && !flags.contains(.fin) && packet.payloadLength == 0) { return nil }
        return UInt64(sourcePort.rawValue) << 48 | UInt64(destinationPort.rawValue) << 32 | UInt64(sequence)
    }
}
