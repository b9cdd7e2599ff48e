import Wire

/// What is known of a connection, as a fact.
extension ConnectionState {
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
        let (originator, responder) = key.ends(lowerFirst: originatorIsLower)
        return TCPConnection(
            originator: originator, responder: responder, vlan: vlan,
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
