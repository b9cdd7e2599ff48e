import Wire

/// Tells a packet from its copies: a mirror shows one packet twice, a monitor port shows it before and after a hop.
///
/// The same datagram (addresses, IP identification, transport checksum and numbers) within 1 ms is a mirror's duplicate where the TTL is
/// the same, and a forwarded hop where the TTL is one less and the MACs differ. Later, it is a retransmission.
struct CopyDetector: Sendable {
    enum Kind { case original, duplicate, hop }

    /// The copy that came before a hop.
    struct Hop {
        var identity: UInt64 = 0
        var before = RouteLoop.Pass(frame: .none, source: .zero, destination: .zero, timeToLive: 0)
    }

    private struct Recent {
        var frame = FrameReference.none
        var source = CompactMAC(.zero)
        var destination = CompactMAC(.zero)
        var timeToLive: UInt8 = 0
    }

    /// Pairs of places: where a third identity meets two, the older is forgotten, and none is confused. The lowest bit of a pair's first one says
    /// which was written last. They stand apart from the rest, which is read of copies only: few enough octets to stay in the cache.
    private var identities: ContiguousArray<UInt64>
    private var recent: ContiguousArray<Recent>
    private let window: Interval
    private let hashKey: UInt64
    private(set) var duplicates: UInt64 = 0
    private(set) var hops: UInt64 = 0
    /// What the last hop follows.
    private(set) var lastHop = Hop()

    init(limits: Limits, hashKey: UInt64) {
        window = limits.copyWindow
        self.hashKey = hashKey
        var size = 2
        while size < limits.recentPackets { size *= 2 }
        identities = ContiguousArray(repeating: 0, count: size)
        recent = ContiguousArray(repeating: Recent(), count: size)
    }

    mutating func classify(_ packet: borrowing Packet, in bytes: Span<UInt8>) -> Kind {
        var hash = KeyedHash(key: hashKey)
        switch packet.network {
        case .none: mix(bytes, 0, 64, into: &hash)
        case .ipv4(let header):
            hash.mix(UInt64(header.source.rawValue) << 32 | UInt64(header.destination.rawValue))
            hash.mix(UInt64(header.fragmentOffset) << 32 | UInt64(header.identification) << 16 | UInt64(header.totalLength))
        case .ipv6(let header):
            hash.mix(header.source.low ^ header.destination.high)
            hash.mix(header.destination.low ^ header.source.high)
            hash.mix(UInt64(header.payloadLength))
            if let part = header.fragment { hash.mix(UInt64(part.offset) << 32 | UInt64(part.identification)) }
        }
        // The transport header holds the checksum of what follows; a few octets more tell apart where offload left it unfinished.
        if packet.transportOffset > 0, packet.transportOffset < bytes.count {
            // IPv6 has no identification, and packets whose checksums are right add up to the same: errors about two segments of one
            // length differ only in what they quote, behind two headers.
            let most = if case .icmpv6 = packet.transport { 64 } else { 32 }
            mix(bytes, packet.transportOffset, most, into: &hash)
        }
        let identity = hash.value & ~1
        let pair = Int(truncatingIfNeeded: identity) & (identities.count - 1)
        let index = place(of: identity, in: pair)
        let current = Recent(
            frame: packet.frame, source: CompactMAC(packet.sourceMAC ?? .zero),
            destination: CompactMAC(packet.ethernet?.destination ?? .zero), timeToLive: packet.timeToLive)
        let isKnown = identities[index] & ~1 == identity
        identities[index] = identity
        identities[pair] = identities[pair] & ~1 | UInt64(index - pair)
        guard isKnown else {
            recent[index] = current
            return .original
        }
        let seen = recent[index]
        recent[index] = current
        let now = packet.frame.time
        guard max(now - seen.frame.time, seen.frame.time - now) <= window else { return .original }
        if seen.timeToLive == current.timeToLive {
            // A cooked or loopback capture shows a packet once a side, MACs or not.
            duplicates += 1
            return .duplicate
        }
        // Captured in either order: one hop apart.
        guard abs(Int(current.timeToLive) - Int(seen.timeToLive)) == 1,
            current.source.address != seen.source.address || current.destination.address != seen.destination.address
        else {
            return .original
        }
        hops += 1
        lastHop = Hop(
            identity: identity,
            before: RouteLoop.Pass(
                frame: seen.frame, source: seen.source.address, destination: seen.destination.address, timeToLive: seen.timeToLive))
        return .hop
    }

    /// Where the identity stands in its pair of places, or else the place that was taken less recently.
    @inline(__always)
    private func place(of identity: UInt64, in pair: Int) -> Int {
        if identities[pair] & ~1 == identity { return pair }
        if identities[pair + 1] == identity { return pair + 1 }
        return pair + 1 - Int(truncatingIfNeeded: identities[pair] & 1)
    }

    /// So many octets from a place on, or as many as there are.
    @inline(__always)
    private func mix(_ octets: Span<UInt8>, _ start: Int, _ most: Int, into hash: inout KeyedHash) {
        let end = min(start + most, octets.count)
        var index = start
        while index + 8 <= end {
            // Checked against the span's end; in the machine's byte order, which no event depends on.
            hash.mix(unsafe octets.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        if index < end, end - start >= 8 {
            // The last eight, and how many there are: some stand in the word before, too.
            let last = unsafe octets.bytes.unsafeLoadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            return hash.mix(last ^ UInt64(end - start))
        }
        while index < end {
            hash.mix(UInt64(octets[index]))
            index += 1
        }
    }
}
