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
    var lastOffset: FrameOffset
    var originatorPackets: UInt32 = 0
    var responderPackets: UInt32 = 0
    private(set) var synSequence: UInt32 = 0
    let vlan: UInt32
    var traffic: UInt32 = 0
    var trouble: UInt16 = 0
    var originatorMAC = CompactMAC(.zero)
    var nextHopMAC = CompactMAC(.zero)
    var responderMAC = CompactMAC(.zero)
    var originatorOffer = TCPOffer(window: 0)
    var responderOffer = TCPOffer(window: 0)
    /// The SYN-ACK, where one came.
    var answer = HandshakeOffset.none
    private(set) var synCount: UInt8 = 0
    var originatorTTL: UInt8 = 0
    var responderTTL: UInt8 = 0
    var flags: Flags
    var handshake = TCPConnection.Handshake.notSeen
    var outcome: TCPConnection.Outcome?
    var endedBy: TCPConnection.Side?

    struct Flags: OptionSet {
        var rawValue: UInt8
        static let originatorIsLower = Self(rawValue: 1), originatorFinished = Self(rawValue: 2), responderFinished = Self(rawValue: 4)
        /// The last segment that was no empty ACK held data of this side.
        static let originatorData = Self(rawValue: 8), responderData = Self(rawValue: 16)
        /// Sets of several are numbers: a literal of them would go through the heap for every segment.
        static let finished = Self(rawValue: 6), data = Self(rawValue: 24)
        static let isRead = Self(rawValue: 32), isNotRead = Self(rawValue: 64), reading = Self(rawValue: 96)
        /// A RST came that no closed port sends.
        static let doubtfulReset = Self(rawValue: 128)
    }

    /// Whether sessions are looked for in what it carries.
    enum Reading {
        /// Nothing came yet.
        case waiting
        case going
        /// All was told, or the beginning was not seen: nobody looks into the rest.
        case over
    }

    var reading: Reading {
        get { flags.contains(.isNotRead) ? .over : flags.contains(.isRead) ? .going : .waiting }
        set {
            flags.subtract(.reading)
            switch newValue {
            case .waiting: break
            case .going: flags.insert(.isRead)
            case .over: flags.insert(.isNotRead)
            }
        }
    }

    var mayBeRead: Bool { !flags.contains(.isNotRead) }

    var originatorIsLower: Bool { flags.contains(.originatorIsLower) }

    /// From the first segment seen: a SYN's or midstream segment's sender is the originator, a SYN-ACK's the responder.
    init(first tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, sourceIsLower: Bool, _ pools: inout Pools) {
        first = packet.frame
        lastOffset = .none
        vlan = packet.vlan.key
        flags = (tcp.isSYNACK ? !sourceIsLower : sourceIsLower) ? .originatorIsLower : []
        reading = tcp.isSYN || tcp.isSYNACK ? .waiting : .over
        // It tells where the originator's octets begin.
        if tcp.isSYNACK { synSequence = tcp.acknowledgment &- 1 }
        _ = take(tcp, packet, packet.payloadLength, in: bytes, fromOriginator: !tcp.isSYNACK, &pools)
    }

    /// The latest segment; once the connection has ended, what ended it.
    private(set) var last: FrameReference {
        get { lastOffset.frame(from: first) ?? first }
        set { lastOffset = FrameOffset(newValue, from: first) ?? lastOffset }
    }

    /// Whether a frame can be told from others by its distance to the first one.
    @inline(__always)
    func reaches(_ frame: FrameReference) -> Bool { FrameOffset(frame, from: first) != nil }

    /// Gives back what it has in other tables.
    func release(_ pools: inout Pools) {
        pools.traffic.remove(traffic)
        pools.trouble.remove(UInt32(trouble))
    }

    // MARK: Segments

    /// Counts a segment of so many octets and says which stage it brought the connection to, if any.
    mutating func take(
        _ tcp: TCPHeader, _ packet: borrowing Packet, _ length: Int, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
    ) -> TCPChange? {
        guard outcome == nil else { return nil }
        if isDoubtfulReset(tcp, fromOriginator: fromOriginator) { return noteDoubtfulReset(packet) }
        count(packet, fromOriginator: fromOriginator)
        if length > 0, traffic == 0 { begin(&pools) }
        let change = stage(tcp, packet, in: bytes, fromOriginator: fromOriginator, &pools)
        if traffic != 0 { follow(tcp, packet, length, in: bytes, fromOriginator: fromOriginator, &pools) }
        last = packet.frame
        return change
    }

    private mutating func stage(
        _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
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

    private mutating func takeSYN(_ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ pools: inout Pools) -> TCPChange? {
        if synCount == 0 {
            originatorOffer = TCPOffer(tcp, packet, in: bytes)
        } else if synCount < 3, addTrouble(&pools), let offset = FrameOffset(packet.frame, from: first) {
            if synCount == 1 { pools.trouble[UInt32(trouble)].secondSYN = offset }
            if synCount == 2 { pools.trouble[UInt32(trouble)].thirdSYN = offset }
        }
        if synCount < .max { synCount += 1 }
        synSequence = tcp.sequence
        if handshake == .notSeen { handshake = .unanswered }
        return synCount > 1 && isUnanswered ? .synRetransmitted : nil
    }

    /// A closed port's RST has no window and acknowledges the SYN and what it carried (CATALOGUE: `tcp-port-closed`; RFC 9293 §3.10.7.1). Another
    /// one is a middlebox's, or forged, and clients that see through it go on.
    @inline(__always)
    private func isDoubtfulReset(_ tcp: TCPHeader, fromOriginator: Bool) -> Bool {
        if !tcp.flags.contains(.rst) || fromOriginator || handshake != .unanswered { return false }
        return tcp.window != 0 || !tcp.flags.contains(.ack) || !(1...0xffff).contains(tcp.acknowledgment &- synSequence)
    }

    /// It refuses nothing and says nothing of the server; but from now on silence proves nothing, either.
    private mutating func noteDoubtfulReset(_ packet: borrowing Packet) -> TCPChange? {
        flags.insert(.doubtfulReset)
        if responderPackets < .max { responderPackets += 1 }
        last = packet.frame
        return nil
    }

    /// Nothing at all came back.
    var isUnanswered: Bool { handshake == .unanswered && !flags.contains(.doubtfulReset) }

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

    private mutating func count(_ packet: borrowing Packet, fromOriginator: Bool) {
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
    mutating func hop(_ packet: borrowing Packet, fromOriginator: Bool, _ pools: inout Pools) {
        if addTrouble(&pools) { pools.trouble[UInt32(trouble)].hop(packet.ethernet, fromOriginator: fromOriginator) }
    }
}

extension TCPOffer {
    fileprivate init(_ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>) {
        let options = packet.options(tcp, in: bytes)
        self.init(
            window: tcp.window, maximumSegmentSize: options.maximumSegmentSize, windowScale: options.windowScale,
            sackPermitted: options.sackPermitted, hasTimestamps: options.hasTimestamps)
    }
}

extension Packet {
    func options(_ tcp: TCPHeader, in bytes: Span<UInt8>) -> TCPOptionScan {
        let start = transportOffset + TCPHeader.minimumLength
        let end = min(transportOffset + tcp.headerLength, bytes.count)
        return TCPOptionScan(start < end ? bytes.extracting(start..<end) : Span(), acknowledgment: tcp.acknowledgment)
    }

    /// Cheap: an ordinary segment has twelve octets of options, with timestamps behind two octets of padding.
    func hasSACK(_ tcp: TCPHeader, in bytes: Span<UInt8>) -> Bool {
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
