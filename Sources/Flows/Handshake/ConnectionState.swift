import Wire

/// What is remembered of every TCP connection (RFC 9293 §3.3): small, because there may be many, and a flood of them is bound by the cache.
///
/// Data and trouble stand in records of their own, for those connections that have them.
struct ConnectionState: Sendable {
    struct Pools {
        var traffic: SidePool<ConnectionTraffic>
        var trouble: SidePool<ConnectionTrouble>
    }

    /// The SYN, where one was seen: nothing comes before it.
    let first: FrameReference
    private var lastOffset: FrameOffset
    private var originatorPackets: UInt32 = 0
    private var responderPackets: UInt32 = 0
    private(set) var synSequence: UInt32 = 0
    private let vlan: UInt32
    private var traffic: UInt32 = 0
    private var trouble: UInt16 = 0
    private var originatorMAC = CompactMAC(.zero)
    private var nextHopMAC = CompactMAC(.zero)
    private var responderMAC = CompactMAC(.zero)
    private var originatorOffer = TCPOffer(window: 0)
    private var responderOffer = TCPOffer(window: 0)
    /// The SYN-ACK, where one came.
    private var answer = HandshakeOffset.none
    private(set) var synCount: UInt8 = 0
    private var originatorTTL: UInt8 = 0
    private var responderTTL: UInt8 = 0
    private var flags: Flags
    var handshake = TCPConnection.Handshake.notSeen
    var outcome: TCPConnection.Outcome?
    var endedBy: TCPConnection.Side?

    private struct Flags: OptionSet {
        var rawValue: UInt8
        static let originatorIsLower = Self(rawValue: 1), originatorFinished = Self(rawValue: 2), responderFinished = Self(rawValue: 4)
        /// The last segment that was no empty ACK held data of this side.
        static let originatorData = Self(rawValue: 8), responderData = Self(rawValue: 16)
        /// Sets of several are numbers: a literal of them would go through the heap for every segment.
        static let finished = Self(rawValue: 6), data = Self(rawValue: 24)
    }

    var originatorIsLower: Bool { flags.contains(.originatorIsLower) }

    /// From the first segment seen: a SYN's or midstream segment's sender is the originator, a SYN-ACK's the responder.
    init(first tcp: TCPHeader, _ packet: Packet, in bytes: Span<UInt8>, sourceIsLower: Bool, _ pools: inout Pools) {
        first = packet.frame
        lastOffset = .none
        vlan = packet.vlan.key
        flags = (tcp.isSYNACK ? !sourceIsLower : sourceIsLower) ? .originatorIsLower : []
        _ = take(tcp, packet, in: bytes, fromOriginator: !tcp.isSYNACK, &pools)
    }

    /// The latest segment; once the connection has ended, what ended it.
    private(set) var last: FrameReference {
        get { lastOffset.frame(from: first) ?? first }
        set { lastOffset = FrameOffset(newValue, from: first) ?? lastOffset }
    }

    /// Whether a frame can be told from others by its distance to the first one.
    func reaches(_ frame: FrameReference) -> Bool { FrameOffset(frame, from: first) != nil }

    /// Gives back what it has in other tables.
    func release(_ pools: inout Pools) {
        pools.traffic.remove(traffic)
        pools.trouble.remove(UInt32(trouble))
    }

    // MARK: Segments

    /// Counts a segment and says which stage it brought the connection to, if any.
    mutating func take(
        _ tcp: TCPHeader, _ packet: Packet, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
    ) -> TCPChange? {
        guard outcome == nil else { return nil }
        count(packet, fromOriginator: fromOriginator)
        let length = packet.payloadLength
        if length > 0, traffic == 0 { begin(&pools) }
        let change = stage(tcp, packet, in: bytes, fromOriginator: fromOriginator, &pools)
        if traffic != 0 { follow(tcp, packet, length, in: bytes, fromOriginator: fromOriginator, &pools) }
        last = packet.frame
        return change
    }

    private mutating func stage(
        _ tcp: TCPHeader, _ packet: Packet, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
    ) -> TCPChange? {
        if tcp.isSYN { return fromOriginator ? takeSYN(tcp, packet, in: bytes, &pools) : nil }
        if tcp.flags.contains(.rst) { return takeReset(fromOriginator: fromOriginator, &pools) }
        if tcp.isSYNACK {
            guard !fromOriginator, handshake == .notSeen || handshake == .unanswered else { return nil }
            handshake = .answered
            answer = HandshakeOffset(packet.frame, from: first)
            responderOffer = TCPOffer(tcp, packet, in: bytes)
            return nil
        }
        if handshake == .answered || handshake == .unanswered, fromOriginator, tcp.flags.contains(.ack) {
            // It acknowledges a SYN-ACK, which a sensor on one leg may never see.
            handshake = .established
            if traffic == 0 { begin(&pools) }
            if traffic != 0 {
                pools.traffic[traffic].ack = HandshakeOffset(packet.frame, from: first)
                pools.traffic[traffic].begin(at: tcp.acknowledgment, false)
            }
            if tcp.flags.contains(.fin) { _ = takeFinish(fromOriginator: true) }
            return .established
        }
        return tcp.flags.contains(.fin) ? takeFinish(fromOriginator: fromOriginator) : nil
    }

    private mutating func takeSYN(_ tcp: TCPHeader, _ packet: Packet, in bytes: Span<UInt8>, _ pools: inout Pools) -> TCPChange? {
        if synCount == 0 {
            originatorOffer = TCPOffer(tcp, packet, in: bytes)
        } else if synCount < 3, addTrouble(&pools), let offset = FrameOffset(packet.frame, from: first) {
            if synCount == 1 { pools.trouble[UInt32(trouble)].secondSYN = offset }
            if synCount == 2 { pools.trouble[UInt32(trouble)].thirdSYN = offset }
        }
        if synCount < .max { synCount += 1 }
        synSequence = tcp.sequence
        if handshake == .notSeen { handshake = .unanswered }
        return synCount > 1 && handshake == .unanswered ? .synRetransmitted : nil
    }

    private mutating func takeReset(fromOriginator: Bool, _ pools: inout Pools) -> TCPChange? {
        let isRefusal = handshake == .unanswered && !fromOriginator
        if isRefusal { handshake = .refused }
        outcome = isRefusal ? .refused : .reset
        endedBy = fromOriginator ? .originator : .responder
        // Whoever has closed its end resets what still comes: no fault of the other side.
        let hadFinished = flags.contains(fromOriginator ? .originatorFinished : .responderFinished)
        if !hadFinished, flags.contains(fromOriginator ? .responderData : .originatorData), addTrouble(&pools) {
            pools.trouble[UInt32(trouble)].isResetAfterData = true
        }
        return .ended
    }

    private mutating func takeFinish(fromOriginator: Bool) -> TCPChange? {
        if flags.isDisjoint(with: .finished) { endedBy = fromOriginator ? .originator : .responder }
        flags.insert(fromOriginator ? .originatorFinished : .responderFinished)
        guard flags.isSuperset(of: .finished) else { return nil }
        outcome = .closed
        return .ended
    }

    private mutating func count(_ packet: Packet, fromOriginator: Bool) {
        if fromOriginator {
            if originatorPackets == 0 {
                if let ethernet = packet.ethernet {
                    originatorMAC = CompactMAC(ethernet.source)
                    nextHopMAC = CompactMAC(ethernet.destination)
                }
                originatorTTL = packet.timeToLive
            }
            originatorPackets &+= 1
        } else {
            if responderPackets == 0 {
                responderMAC = CompactMAC(packet.sourceMAC ?? .zero)
                responderTTL = packet.timeToLive
            }
            responderPackets &+= 1
        }
    }

    /// An ICMP error says that its SYN was rejected.
    mutating func reject(by frame: FrameReference) {
        handshake = .rejected
        outcome = .rejected
        last = frame
    }

    /// A copy of one of its packets on the way to a next hop.
    mutating func hop(_ packet: Packet, fromOriginator: Bool, _ pools: inout Pools) {
        if addTrouble(&pools) { pools.trouble[UInt32(trouble)].hop(packet.ethernet, fromOriginator: fromOriginator) }
    }

    // MARK: Data

    private mutating func begin(_ pools: inout Pools) {
        traffic = pools.traffic.add(ConnectionTraffic())
        if traffic != 0, synCount > 0 { pools.traffic[traffic].begin(at: synSequence &+ 1, true) }
    }

    private mutating func addTrouble(_ pools: inout Pools) -> Bool {
        if trouble == 0 { trouble = UInt16(truncatingIfNeeded: pools.trouble.add(ConnectionTrouble())) }
        return trouble != 0
    }

    private mutating func follow(
        _ tcp: TCPHeader, _ packet: Packet, _ length: Int, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
    ) {
        let isEnd = tcp.flags.contains(.fin) || tcp.flags.contains(.rst)
        if tcp.flags.contains(.ack), !tcp.flags.contains(.rst) {
            pools.traffic[traffic].acknowledge(tcp.acknowledgment, !fromOriginator)
            if trouble != 0 { pools.trouble[UInt32(trouble)][!fromOriginator].acknowledged(tcp.acknowledgment) }
            if tcp.window == 0 || pools.traffic[traffic].isClosed(fromOriginator) {
                pools.traffic[traffic].window(tcp.window, fromOriginator)
                if tcp.window == 0, addTrouble(&pools) { pools.trouble[UInt32(trouble)][fromOriginator].hadZeroWindow = true }
            }
            // Timestamps alone take twelve octets; a SACK block more, or else it stands where they would.
            if tcp.headerLength > TCPHeader.minimumLength, packet.hasSACK(tcp, in: bytes),
                packet.options(tcp, in: bytes).hasGap, addTrouble(&pools)
            {
                pools.trouble[UInt32(trouble)][fromOriginator].reportedGap = true
            }
        }
        guard length > 0 || isEnd else { return }
        let isFirstEnd = isEnd && (tcp.flags.contains(.rst) || flags.contains(.originatorFinished) != flags.contains(.responderFinished))
        if isFirstEnd { pools.traffic[traffic].idle(packet.frame.time - last.time, beforeEnd: true) }
        flags.subtract(.data)
        guard length > 0 else { return advance(tcp, 0, fromOriginator, &pools) }
        if pools.traffic[traffic].isProbe(tcp.sequence, length, fromOriginator) { return }
        flags.insert(fromOriginator ? .originatorData : .responderData)
        pools.traffic[traffic].idle(packet.frame.time - last.time, beforeEnd: false)
        pools.traffic[traffic][fromOriginator].bytes &+= UInt64(length)
        advance(tcp, length, fromOriginator, &pools)
        let offset = FrameOffset(packet.frame, from: first) ?? .none
        if pools.traffic[traffic][fromOriginator].largest == 0 { pools.traffic[traffic][fromOriginator].first = offset }
        pools.traffic[traffic][fromOriginator].last = offset
        pools.traffic[traffic].took(UInt16(clamping: length), fromOriginator)
    }

    /// Octets sent again, or behind some that were not seen.
    private mutating func advance(_ tcp: TCPHeader, _ length: Int, _ fromOriginator: Bool, _ pools: inout Pools) {
        if tcp.flags.contains(.rst) { return }
        let sequence = tcp.sequence &+ (tcp.flags.contains(.syn) ? 1 : 0)
        let octets = UInt32(clamping: length)
        let largest = pools.traffic[traffic][fromOriginator].largest
        switch pools.traffic[traffic].advance(from: sequence, by: octets &+ (tcp.flags.contains(.fin) ? 1 : 0), fromOriginator) {
        case .new: return
        case .gap(let start):
            if addTrouble(&pools) { pools.trouble[UInt32(trouble)][fromOriginator].missed(from: start, to: sequence) }
        case .old:
            guard length > 0 else { return }
            let mayBeNew =
                trouble != 0 && pools.trouble[UInt32(trouble)][fromOriginator].isInGap(sequence, octets)
                && !pools.traffic[traffic].isAcknowledged(sequence &+ octets, fromOriginator)
            if !mayBeNew, addTrouble(&pools) {
                pools.trouble[UInt32(trouble)][fromOriginator].retransmitted(
                    sequence, UInt16(clamping: length), isLargest: length >= Int(largest))
            }
        }
    }

    // MARK: Facts

    /// How it ended where nobody saw it end.
    var outcomeUnseen: TCPConnection.Outcome { handshake == .unanswered ? .unanswered : .idle }

    /// A packet ended it, not the end of patience or of the capture.
    private var isEnded: Bool {
        switch outcome {
        case .closed, .reset, .refused, .rejected: true
        case .open, .unanswered, .idle, .evicted, nil: false
        }
    }

    private func syns(_ pools: borrowing Pools) -> FirstFrames {
        guard synCount > 0 else { return [] }
        var syns: FirstFrames = [first]
        guard synCount > 1, trouble != 0 else { return syns }
        if let second = pools.trouble[UInt32(trouble)].secondSYN.frame(from: first) { syns.append(second) }
        if let third = pools.trouble[UInt32(trouble)].thirdSYN.frame(from: first) { syns.append(third) }
        return syns
    }

    func snapshot(_ key: FlowKey, at time: Timestamp, _ pools: borrowing Pools) -> TCPConnection {
        let last = last
        return TCPConnection(
            originator: originatorIsLower ? key.lower : key.upper, responder: originatorIsLower ? key.upper : key.lower, vlan: vlan,
            first: first, last: last, syns: syns(pools), synCount: Int(synCount),
            synACK: answer.frame(from: first), ack: traffic == 0 ? nil : pools.traffic[traffic].ack.frame(from: first),
            end: isEnded ? last : nil, handshake: handshake, outcome: outcome ?? .open,
            endedBy: endedBy, originatorMAC: originatorMAC.address.optional, nextHopMAC: nextHopMAC.address.optional,
            responderMAC: responderMAC.address.optional, originatorTTL: originatorPackets > 0 ? originatorTTL : nil,
            responderTTL: responderPackets > 0 ? responderTTL : nil, originatorPackets: originatorPackets,
            responderPackets: responderPackets, originatorBytes: traffic == 0 ? 0 : pools.traffic[traffic].originator.bytes,
            responderBytes: traffic == 0 ? 0 : pools.traffic[traffic].responder.bytes,
            hops: trouble == 0 ? 0 : pools.trouble[UInt32(trouble)].hopCount, time: time,
            originatorOffer: synCount > 0 ? originatorOffer : nil,
            responderOffer: answer.frame(from: first) == nil ? nil : responderOffer, shared: facts(pools))
    }

    private func facts(_ pools: borrowing Pools) -> Shared<TCPTraffic>? {
        guard traffic != 0 || trouble != 0 else { return nil }
        var facts = TCPTraffic()
        if traffic != 0 {
            (facts.idleBeforeData, facts.idleBeforeEnd) = pools.traffic[traffic].idle
            facts.originator.take(pools.traffic[traffic], isOriginator: true, from: first)
            facts.responder.take(pools.traffic[traffic], isOriginator: false, from: first)
        }
        if trouble != 0 {
            let trouble = pools.trouble[UInt32(trouble)]
            facts.isResetAfterData = trouble.isResetAfterData
            facts.hops = trouble.hopList
            facts.originator.take(trouble.originator)
            facts.responder.take(trouble.responder)
            if traffic != 0 {
                let data = pools.traffic[traffic]
                if trouble.responder.reportedGap, !data.hasLargestArrived(true) { facts.originator.onlySmallerArrived = true }
                if trouble.originator.reportedGap, !data.hasLargestArrived(false) { facts.responder.onlySmallerArrived = true }
            }
        }
        return Shared(facts)
    }
}

extension TCPTraffic.Side {
    fileprivate mutating func take(_ data: ConnectionTraffic, isOriginator: Bool, from first: FrameReference) {
        let side = isOriginator ? data.originator : data.responder
        firstData = side.first.frame(from: first)
        lastData = side.last.frame(from: first)
        largestPayload = Int(side.largest)
        onlySmallerArrived = data.hasArrived(isOriginator) && !data.hasLargestArrived(isOriginator)
    }

    fileprivate mutating func take(_ trouble: ConnectionTrouble.Side) {
        retransmissions = Int(trouble.retransmissions)
        mostInARow = Int(trouble.mostInARow)
        isFullSizeUnacknowledged = trouble.largestIsLost
        hadZeroWindow = trouble.hadZeroWindow
        reportedGap = trouble.reportedGap
    }
}

extension TCPOffer {
    fileprivate init(_ tcp: TCPHeader, _ packet: Packet, in bytes: Span<UInt8>) {
        let options = packet.options(tcp, in: bytes)
        self.init(
            window: tcp.window, maximumSegmentSize: options.maximumSegmentSize, windowScale: options.windowScale,
            sackPermitted: options.sackPermitted, hasTimestamps: options.hasTimestamps)
    }
}

extension Packet {
    fileprivate func options(_ tcp: TCPHeader, in bytes: Span<UInt8>) -> TCPOptionScan {
        let start = transportOffset + TCPHeader.minimumLength
        let end = min(transportOffset + tcp.headerLength, bytes.count)
        return TCPOptionScan(start < end ? bytes.extracting(start..<end) : Span(), acknowledgment: tcp.acknowledgment)
    }

    /// Cheap: an ordinary segment has twelve octets of options, with timestamps behind two octets of padding.
    fileprivate func hasSACK(_ tcp: TCPHeader, in bytes: Span<UInt8>) -> Bool {
        let third = transportOffset + TCPHeader.minimumLength + 2
        return tcp.headerLength != TCPHeader.minimumLength + 12 || (third < bytes.count && bytes[third] != 8)
    }
}

extension FrameReference {
    /// No frame; a quarter smaller than an optional in a table of many.
    static let none = FrameReference(number: 0, time: .distantPast)
    var optional: FrameReference? { number == 0 ? nil : self }
}

extension MACAddress {
    var optional: MACAddress? { self == .zero ? nil : self }
}
