import Wire

/// ARP and Neighbor Discovery over time: who claims an address, who asks for it, and who gets no answer. State is kept per VLAN.
struct Neighbours: ~Copyable {
    struct AddressKey: TableKey {
        var vlan: UInt32
        var address: IPAddress
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(address)
            hash.mix(UInt64(vlan))
        }
    }

    private var bindings: FlowTable<AddressKey, Binding>
    private var runs: RequestRuns
    /// For which addresses a station answers that nobody watches: the first few.
    private var proxied: FlowTable<Stations.Key, [(address: IPv4Address, frame: FrameReference)]>
    private static let mostProxied = 8
    /// What each station asks beside the watched addresses, one question at a time, and how soon the last was answered.
    private var questions: FlowTable<Stations.Key, Question>

    private struct Question {
        var address: IPv4Address
        /// Nil where it was asked again: whose answer comes then cannot be told.
        var frame: FrameReference?
        var answered: Claim.OtherExchange?
    }

    /// Who sent last from a watched address, and by whom one to it was received: most packets say the same again.
    private var lastPassage: (from: Passage?, to: Passage?)

    private struct Passage {
        var key: AddressKey
        var mac: MACAddress
        var slot: Int
    }

    private let limits: Limits
    /// At the end of the capture: runs still to be told, the first one last.
    private var waiting: [(RequestRuns.Key, RequestRuns.Silence)]?

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        bindings = FlowTable(limit: limits.addresses, hashKey: hashKey, timeOuts: [limits.memory])
        runs = RequestRuns(limits: limits, hashKey: hashKey)
        proxied = FlowTable(limit: limits.stations, hashKey: hashKey, timeOuts: [limits.memory])
        questions = FlowTable(limit: limits.stations, hashKey: hashKey, timeOuts: [limits.memory])
    }

    var evictions: UInt64 { bindings.evictions + runs.evictions + proxied.evictions + questions.evictions }
    var nextDeadline: Timestamp { .earlier(runs.nextDeadline, bindings.nextDeadline) }

    mutating func observe(
        _ arp: ARPPacket, _ packet: borrowing Packet, _ stations: inout Stations, _ scope: Scope, _ names: borrowing NamedAddresses,
        into events: inout [FlowEvent]
    ) {
        guard arp.operation == .request || arp.operation == .reply else { return }
        let now = packet.frame.time
        let sender = IPAddress.v4(arp.senderProtocol)
        if arp.senderProtocol != .any {
            if scope.follows(sender) {
                claim(arp, packet, &stations, into: &events)
            }
            // A reply may be for any address that the station answers for; who asks, asks for itself.
            if arp.operation == .request, !arp.isAnnouncement, !scope.isVIP(sender) { stations.own(arp.senderHardware, sender, at: now) }
        }
        if arp.operation == .reply, !arp.isAnnouncement, !scope.isVIP(sender) { noteAnswer(arp, packet.frame) }
        let target = IPAddress.v4(arp.targetProtocol)
        if arp.isProbe, scope.isVIP(target) {
            let slot = binding(AddressKey(vlan: packet.vlan.key, address: target), at: now)
            bindings[slot].note(probe: packet.frame, by: arp.senderHardware)
        }
        // Of an address that nobody watches, all that matters is whether it is answered for.
        if arp.operation == .reply, !scope.follows(sender) {
            runs.resolved(RequestRuns.Key(vlan: packet.vlan.key, address: sender, asker: arp.targetHardware))
        }
        if !scope.isVIP(target), !scope.isVIP(sender), !arp.isProbe, !arp.isAnnouncement, isBroadcast(packet) || arp.operation == .reply {
            arp.operation == .request ? note(question: arp, packet.frame) : answer(arp, packet.frame)
        }
        if arp.operation == .request, !arp.isProbe, !arp.isAnnouncement, isBroadcast(packet),
            scope.follows(target) || scope.isForeign(target, to: sender) || names[target, at: now] != nil
        {
            let key = RequestRuns.Key(vlan: packet.vlan.key, address: target, asker: arp.senderHardware)
            ask(key, packet.frame, stations, into: &events)
        }
    }

    private mutating func noteAnswer(_ arp: ARPPacket, _ frame: FrameReference) {
        let key = Stations.Key(mac: arp.senderHardware)
        let slot = proxied.find(key) ?? proxied.insert(key, [], lane: 0, at: frame.time)
        proxied.refresh(slot, at: frame.time)
        guard proxied[slot].count < Self.mostProxied, !proxied[slot].contains(where: { $0.address == arp.senderProtocol }) else { return }
        proxied[slot].append((arp.senderProtocol, frame))
    }

    private mutating func note(question arp: ARPPacket, _ frame: FrameReference) {
        let key = Stations.Key(mac: arp.senderHardware)
        guard let slot = questions.find(key) else {
            questions.insert(key, Question(address: arp.targetProtocol, frame: frame), lane: 0, at: frame.time)
            return
        }
        questions.refresh(slot, at: frame.time)
        let isAgain = questions[slot].address == arp.targetProtocol && questions[slot].answered?.request != questions[slot].frame
        questions[slot].frame = isAgain ? nil : frame
        questions[slot].address = arp.targetProtocol
    }

    private mutating func answer(_ arp: ARPPacket, _ frame: FrameReference) {
        guard let slot = questions.find(Stations.Key(mac: arp.targetHardware)), questions[slot].address == arp.senderProtocol,
            let request = questions[slot].frame, questions[slot].answered?.request != request
        else { return }
        questions[slot].answered = Claim.OtherExchange(request: request, reply: frame, station: arp.senderHardware)
    }

    /// An ICMP error says that a host is unreachable: whoever asked for it had no answer.
    mutating func gaveUp(_ error: ICMPError, _ stations: borrowing Stations, into events: inout [FlowEvent]) {
        guard error.message.meaning == .hostUnreachable, let mac = error.sourceMAC else { return }
        let key = RequestRuns.Key(vlan: error.vlan, address: error.quoted.destination, asker: mac)
        guard let run = runs.gaveUp(key, at: error.frame.time) else { return }
        var fact = unanswered(run, key, stations, at: error.frame.time)
        fact.gaveUp = error.frame
        events.append(.unanswered(fact))
    }

    private mutating func ask(
        _ key: RequestRuns.Key, _ frame: FrameReference, _ stations: borrowing Stations, into events: inout [FlowEvent]
    ) {
        guard let run = runs.request(key, frame) else { return }
        events.append(.unanswered(unanswered(run, key, stations, at: frame.time)))
    }

    /// Neighbor Discovery (RFC 4861 §7.2): solicitations ask, advertisements answer or announce. A solicitation without a source address
    /// only probes whether an address is free (RFC 4862 §5.4.2).
    mutating func observe(
        _ message: NDPMessage, _ packet: borrowing Packet, _ stations: inout Stations, _ scope: Scope, into events: inout [FlowEvent]
    ) {
        // What a router forwarded is none (RFC 4861 §7.1).
        guard packet.timeToLive == 255, let source = packet.source, let sender = packet.sourceMAC else { return }
        switch message.content {
        case .neighborSolicitation(let target):
            guard source != .v6(.unspecified) else { return }
            let mac = message.sourceLinkLayer ?? sender
            if scope.follows(source) {
                let claim = Claim(
                    vlan: packet.vlan.key, address: source, station: stations.station(mac, isIPv6: true), means: .neighborSolicitation,
                    frame: packet.frame)
                take(claim, rival: nil, into: &events)
            }
            if !scope.isVIP(source) { stations.own(mac, source, at: packet.frame.time) }
            guard scope.follows(.v6(target)), isMulticast(packet) else { return }
            ask(RequestRuns.Key(vlan: packet.vlan.key, address: .v6(target), asker: mac), packet.frame, stations, into: &events)
        case .neighborAdvertisement(let advertisement):
            guard scope.follows(.v6(advertisement.target)) else { return }
            claim(advertisement, message.targetLinkLayer ?? sender, packet, &stations, into: &events)
        case .routerSolicitation, .routerAdvertisement, .redirect: return
        }
    }

    private mutating func claim(
        _ advertisement: NDPMessage.NeighborAdvertisement, _ mac: MACAddress, _ packet: borrowing Packet, _ stations: inout Stations,
        into events: inout [FlowEvent]
    ) {
        var claim = Claim(
            vlan: packet.vlan.key, address: .v6(advertisement.target), station: stations.station(mac, isIPv6: true),
            means: .unsolicitedAdvertisement, frame: packet.frame, overrides: advertisement.overrides)
        var rival: ClaimConflict?
        // One to all nodes answers nobody, whatever its flag says (RFC 4861 §7.1.2).
        if advertisement.isSolicited, !isMulticast(packet), let destination = packet.destination {
            claim.means = .neighborAdvertisement
            if let ethernet = packet.ethernet {
                claim.asker = Station(mac: ethernet.destination, address: destination)
                let key = RequestRuns.Key(vlan: claim.vlan, address: claim.address, asker: ethernet.destination)
                let answered = runs.answered(key, by: claim)
                claim.request = answered.request
                // Two that answer without override have an anycast address, or are proxies for it (RFC 4861 §7.2.7, §7.2.8).
                if let other = answered.otherAnswer, claim.overrides || other.overrides {
                    rival = ClaimConflict(
                        address: claim.address, vlan: claim.vlan, first: other, second: claim, time: claim.frame.time)
                }
            }
        }
        take(claim, rival: rival, into: &events)
    }

    /// A question to all who may have the address, not one that tests a cache entry (RFC 4861 §7.2.2, §7.3.3).
    private func isMulticast(_ packet: borrowing Packet) -> Bool {
        if case .v6(let destination)? = packet.destination { return destination.isMulticast }
        return false
    }

    /// A station claims an address by other means than ARP.
    mutating func claim(_ claim: Claim, into events: inout [FlowEvent]) { take(claim, rival: nil, into: &events) }

    /// A packet came from a watched address: whoever sent it may be its announcer, and its questions prove nothing.
    mutating func sent(from address: IPAddress, by mac: MACAddress, vlan: UInt32, at now: Timestamp) {
        let key = AddressKey(vlan: vlan, address: address)
        if let last = lastPassage.from, last.mac == mac, last.key == key { return bindings.refresh(last.slot, at: now) }
        let slot = binding(key, at: now)
        bindings[slot].note(sender: mac)
        lastPassage.from = Passage(key: key, mac: mac, slot: slot)
    }

    /// A packet goes to a watched address: its sender had an answer, and holds the receiving station for the announcer.
    mutating func sent(to address: IPAddress, by mac: MACAddress, via receiver: MACAddress, vlan: UInt32, at now: Timestamp) {
        runs.resolved(RequestRuns.Key(vlan: vlan, address: address, asker: mac))
        let key = AddressKey(vlan: vlan, address: address)
        if let last = lastPassage.to, last.mac == receiver, last.key == key { return bindings.refresh(last.slot, at: now) }
        let slot = binding(key, at: now)
        bindings[slot].note(receiver: receiver)
        lastPassage.to = Passage(key: key, mac: receiver, slot: slot)
    }

    // MARK: Claims

    private mutating func claim(
        _ arp: ARPPacket, _ packet: borrowing Packet, _ stations: inout Stations, into events: inout [FlowEvent]
    ) {
        let vlan = packet.vlan.key
        let address = IPAddress.v4(arp.senderProtocol)
        var claim = Claim(
            vlan: vlan, address: address, station: stations.station(arp.senderHardware), means: means(of: arp), frame: packet.frame)
        var rival: ClaimConflict?
        if claim.means == .reply {
            claim.asker = Station(mac: arp.targetHardware, address: .v4(arp.targetProtocol))
            // A node that answers for the VIP answers for itself as slowly.
            let exchange = questions.find(Stations.Key(mac: arp.targetHardware)).flatMap { questions[$0].answered }
            claim.otherExchange = exchange?.station == arp.senderHardware ? nil : exchange
            let key = RequestRuns.Key(vlan: vlan, address: address, asker: arp.targetHardware)
            let answered = runs.answered(key, by: claim)
            claim.request = answered.request
            // A broadcast reply to nobody's question is an announcement (RFC 5227 §2.6).
            if answered.request == nil, isBroadcast(packet) { claim.means = .gratuitousReply }
            if let other = answered.otherAnswer {
                rival = ClaimConflict(address: address, vlan: vlan, first: other, second: claim, time: claim.frame.time)
            }
        }
        take(claim, rival: rival, into: &events)
    }

    private mutating func take(_ claim: Claim, rival: ClaimConflict?, into events: inout [FlowEvent]) {
        let slot = binding(AddressKey(vlan: claim.vlan, address: claim.address), at: claim.frame.time)
        let claim = described(claim, slot)
        var rival = rival
        rival?.second = claim
        if let first = rival?.first { rival?.first = described(first, slot) }
        let change = bindings[slot].take(claim, answeringSameRequest: rival, limits)
        events.append(.claim(claim))
        if let announcement = change.announcement { events.append(.announcement(announcement)) }
        if let conflict = change.conflict { events.append(.conflict(conflict)) }
    }

    /// With what else its station does.
    private func described(_ claim: Claim, _ slot: Int) -> Claim {
        var claim = claim
        claim.probe = bindings[slot].probe(by: claim.station.mac)
        if let others = proxied.find(Stations.Key(mac: claim.station.mac)) { claim.otherAnswers = proxied[others].map(\.frame) }
        return claim
    }

    private func means(of arp: ARPPacket) -> Claim.Means {
        if arp.isAnnouncement { return arp.operation == .reply ? .gratuitousReply : .gratuitousRequest }
        return arp.operation == .reply ? .reply : .request
    }

    private mutating func binding(_ key: AddressKey, at now: Timestamp) -> Int {
        if let slot = bindings.find(key) {
            bindings.refresh(slot, at: now)
            return slot
        }
        lastPassage = (nil, nil)
        return bindings.insert(key, Binding(), lane: 0, at: now)
    }

    /// Retransmissions are broadcast; a unicast request only tests a cache entry (RFC 1122 §2.3.2.1).
    private func isBroadcast(_ packet: borrowing Packet) -> Bool {
        if let ethernet = packet.ethernet { return ethernet.destination == .broadcast }
        // What a cooked capture calls outgoing was asked by the sensor's own host: an answer would have come to it.
        return packet.cooked.map { $0.packetType == .broadcast || $0.packetType == .outgoing } ?? false
    }

    // MARK: Silence

    private func unanswered(
        _ run: RequestRuns.Silence, _ key: RequestRuns.Key, _ stations: borrowing Stations, at time: Timestamp
    ) -> UnansweredRequest {
        let binding = bindings.find(AddressKey(vlan: key.vlan, address: key.address)).map { bindings[$0] }
        let asker = Asker(
            station: stations.station(key.asker, isIPv6: key.isIPv6), claimedIt: binding?.claimed(by: key.asker) ?? false,
            sentFromIt: binding?.sent(by: key.asker) ?? false, receivesIt: binding?.received(by: key.asker) ?? false,
            forwards: stations.forwards(key.asker), resolves: stations.resolves(key.asker))
        return UnansweredRequest(
            vlan: key.vlan, address: key.address, asker: asker, requests: run.requests, count: run.count, basis: run.basis,
            isCut: run.isCut, time: time, announced: binding?.lastGratuitous)
    }

    mutating func advance(to time: Timestamp, _ stations: borrowing Stations, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (key, run, deadline) = runs.nextSilence(before: time, stations) {
            events.append(.unanswered(unanswered(run, key, stations, at: deadline)))
        }
        while let expired = bindings.nextExpired(before: time) {
            lastPassage = (nil, nil)
            bindings.remove(expired.slot)
        }
        while let expired = proxied.nextExpired(before: time) { proxied.remove(expired.slot) }
        while let expired = questions.nextExpired(before: time) { questions.remove(expired.slot) }
    }

    /// The capture ends: what still waits for an answer is told, and marked as cut.
    ///
    /// - Returns: true where there are more of them.
    mutating func finish(at time: Timestamp, _ stations: borrowing Stations, into events: inout [FlowEvent]) -> Bool {
        if waiting == nil { waiting = runs.waiting(stations).reversed() }
        while events.count < Correlators.batch, let (key, run) = waiting?.popLast() {
            events.append(.unanswered(unanswered(run, key, stations, at: time)))
        }
        return waiting?.isEmpty == false
    }
}
