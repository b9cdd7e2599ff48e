import Wire

/// Data of a connection: what is sent, sent again, acknowledged and missing.
extension ConnectionState {
    mutating func begin(_ pools: inout Pools) {
        traffic = pools.traffic.add(ConnectionTraffic())
        if traffic != 0, synCount > 0 { pools.traffic[traffic].begin(at: synSequence &+ 1, true) }
    }

    mutating func addTrouble(_ pools: inout Pools) -> Bool {
        if trouble == 0 { trouble = UInt16(truncatingIfNeeded: pools.trouble.add(ConnectionTrouble())) }
        return trouble != 0
    }

    mutating func follow(
        _ tcp: TCPHeader, _ packet: borrowing Packet, _ length: Int, in bytes: Span<UInt8>, fromOriginator: Bool, _ pools: inout Pools
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
}
