import Wire

/// What is remembered of one TCP connection (RFC 9293 §3.3): small, because there may be many.
struct ConnectionState: Sendable {
    /// The SYN, where one was seen: nothing comes before it.
    var first: FrameReference
    /// The latest segment; once the connection has ended, what ended it.
    var last: FrameReference
    /// The first two retransmissions of the SYN.
    private var secondSYN = FrameReference.none
    private var thirdSYN = FrameReference.none
    /// The SYN-ACK, where one came.
    var answer = FrameReference.none
    /// What completed the handshake.
    var ack = FrameReference.none
    var originatorMAC = MACAddress.zero
    var nextHopMAC = MACAddress.zero
    var responderMAC = MACAddress.zero
    var originatorBytes: UInt64 = 0
    var responderBytes: UInt64 = 0
    var originatorPackets: UInt32 = 0
    var responderPackets: UInt32 = 0
    var synSequence: UInt32 = 0
    var vlan: UInt32
    var hops: UInt16 = 0
    var synCount: UInt8 = 0
    var originatorTTL: UInt8 = 0
    var responderTTL: UInt8 = 0
    var handshake = TCPConnection.Handshake.notSeen
    var outcome: TCPConnection.Outcome?
    var endedBy: TCPConnection.Side?
    var originatorIsLower: Bool
    var originatorFinished = false
    var responderFinished = false
    var reading: Reading

    /// Whether sessions are looked for in what it carries.
    enum Reading: UInt8 {
        /// Nothing came yet.
        case waiting
        case going
        /// All was told, or the beginning was not seen: nobody looks into the rest.
        case over
    }

    /// From the first segment seen: a SYN's or midstream segment's sender is the originator, a SYN-ACK's the responder.
    init(first tcp: TCPHeader, _ packet: Packet, sourceIsLower: Bool) {
        first = packet.frame
        last = packet.frame
        vlan = packet.vlan.key
        originatorIsLower = tcp.isSYNACK ? !sourceIsLower : sourceIsLower
        reading = tcp.isSYN || tcp.isSYNACK ? .waiting : .over
        // It tells where the originator's octets begin.
        if tcp.isSYNACK { synSequence = tcp.acknowledgment &- 1 }
        _ = take(tcp, packet, fromOriginator: !tcp.isSYNACK)
    }

    /// Counts a segment and says which stage it brought the connection to, if any.
    mutating func take(_ tcp: TCPHeader, _ packet: Packet, fromOriginator: Bool) -> TCPChange? {
        guard outcome == nil else { return nil }
        count(packet, fromOriginator: fromOriginator)
        last = packet.frame
        if tcp.isSYN { return fromOriginator ? takeSYN(tcp, packet) : nil }
        if tcp.flags.contains(.rst) { return takeReset(packet, fromOriginator: fromOriginator) }
        if tcp.isSYNACK {
            guard !fromOriginator, handshake == .notSeen || handshake == .unanswered else { return nil }
            handshake = .answered
            answer = packet.frame
            return nil
        }
        if handshake == .answered || handshake == .unanswered, fromOriginator, tcp.flags.contains(.ack) {
            // It acknowledges a SYN-ACK, which a sensor on one leg may never see.
            handshake = .established
            ack = packet.frame
            if tcp.flags.contains(.fin) { _ = takeFinish(packet, fromOriginator: true) }
            return .established
        }
        if tcp.flags.contains(.fin) { return takeFinish(packet, fromOriginator: fromOriginator) }
        return nil
    }

    private mutating func takeSYN(_ tcp: TCPHeader, _ packet: Packet) -> TCPChange? {
        if synCount == 1 { secondSYN = packet.frame }
        if synCount == 2 { thirdSYN = packet.frame }
        if synCount < .max { synCount += 1 }
        synSequence = tcp.sequence
        if handshake == .notSeen { handshake = .unanswered }
        return synCount > 1 && handshake == .unanswered ? .synRetransmitted : nil
    }

    private mutating func takeReset(_ packet: Packet, fromOriginator: Bool) -> TCPChange? {
        if handshake == .unanswered, !fromOriginator {
            handshake = .refused
            outcome = .refused
            endedBy = .responder
            return .ended
        }
        outcome = .reset
        endedBy = fromOriginator ? .originator : .responder
        return .ended
    }

    private mutating func takeFinish(_ packet: Packet, fromOriginator: Bool) -> TCPChange? {
        if !originatorFinished, !responderFinished { endedBy = fromOriginator ? .originator : .responder }
        if fromOriginator { originatorFinished = true } else { responderFinished = true }
        guard originatorFinished, responderFinished else { return nil }
        outcome = .closed
        return .ended
    }

    private mutating func count(_ packet: Packet, fromOriginator: Bool) {
        let octets = UInt64(packet.payloadLength)
        if fromOriginator {
            if originatorPackets == 0, let ethernet = packet.ethernet {
                originatorMAC = ethernet.source
                nextHopMAC = ethernet.destination
            }
            if originatorPackets == 0 { originatorTTL = packet.timeToLive }
            originatorPackets &+= 1
            originatorBytes &+= octets
        } else {
            if responderPackets == 0 {
                responderMAC = packet.sourceMAC ?? .zero
                responderTTL = packet.timeToLive
            }
            responderPackets &+= 1
            responderBytes &+= octets
        }
    }

    /// How it ended where nobody saw it end.
    var outcomeUnseen: TCPConnection.Outcome { handshake == .unanswered ? .unanswered : .idle }

    /// A packet ended it, not the end of patience or of the capture.
    private var isEnded: Bool {
        switch outcome {
        case .closed, .reset, .refused, .rejected: true
        case .open, .unanswered, .idle, .evicted, nil: false
        }
    }

    var syns: FirstFrames {
        guard synCount > 0 else { return [] }
        var syns: FirstFrames = [first]
        if synCount > 1 { syns.append(secondSYN) }
        if synCount > 2 { syns.append(thirdSYN) }
        return syns
    }

    func snapshot(_ key: FlowKey, at time: Timestamp) -> TCPConnection {
        TCPConnection(
            originator: originatorIsLower ? key.lower : key.upper, responder: originatorIsLower ? key.upper : key.lower, vlan: vlan,
            first: first, last: last, syns: syns, synCount: Int(synCount),
            synACK: answer.optional, ack: ack.optional, end: isEnded ? last : nil, handshake: handshake, outcome: outcome ?? .open,
            endedBy: endedBy, originatorMAC: originatorMAC.optional, nextHopMAC: nextHopMAC.optional,
            responderMAC: responderMAC.optional, originatorTTL: originatorPackets > 0 ? originatorTTL : nil,
            responderTTL: responderPackets > 0 ? responderTTL : nil, originatorPackets: originatorPackets,
            responderPackets: responderPackets, originatorBytes: originatorBytes, responderBytes: responderBytes, hops: hops,
            time: time)
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
