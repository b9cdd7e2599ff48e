package import Wire

/// Puts the fragments of IP datagrams together (RFC 791 §3.2, RFC 815; RFC 8200 §4.5), within bounds, by packet time.
///
/// Where fragments overlap, IPv4 takes the copy that came last, as RFC 791 says; IPv6 gives the datagram up with what is still to come of
/// it (RFC 5722 §4), but for exact copies, which a mirror makes.
package struct FragmentBuffer: ~Copyable {
    private struct Key: TableKey {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        /// Zero in IPv6, whose fragments may name different ones.
        var `protocol`: UInt8
        var vlan: UInt32

        func hash(into hash: inout KeyedHash) {
            hash.mix(source)
            hash.mix(destination)
            hash.mix(UInt64(identification) << 8 | UInt64(`protocol`))
            hash.mix(UInt64(vlan))
        }
    }

    /// A fragment: the octets of the datagram that it holds, and of the frame.
    private struct Fragment {
        var key: Key
        var isIPv6: Bool
        var `protocol`: IPProtocol
        var offset: Int
        var isLast: Bool
        var octets: Range<Int>
    }

    package struct Counters: Hashable, Sendable {
        package var completed: UInt64 = 0
        package var timedOut: UInt64 = 0
        /// Datagrams that contradict themselves, and fragments that are cut, empty or of an odd length.
        package var discarded: UInt64 = 0
        /// Given up for want of room, though their beginning had come.
        package var evicted: UInt64 = 0
    }

    package private(set) var counters = Counters()
    private var table: FlowTable<Key, PartialDatagram>
    private var octets = 0
    private let mostOctets: Int

    /// The most expendable first: nobody knows yet what a datagram without its beginning carries.
    private enum Lane {
        static func of(_ fragment: Fragment, isBegun: Bool) -> Int { (isBegun ? 2 : 0) + (fragment.isIPv6 ? 1 : 0) }
        static let timeOuts: [Interval] = [.seconds(30), .seconds(60), .seconds(30), .seconds(60)]
    }

    /// - Parameters:
    ///   - datagrams: incomplete ones at the most.
    ///   - octets: of all their fragments at the most.
    package init(datagrams: Int = 1024, octets: Int = 4 << 20, hashKey: UInt64) {
        mostOctets = octets
        // RFC 8200 §4.5 says 60 s; for IPv4 Linux's ipfrag_time.
        table = FlowTable(limit: datagrams, hashKey: hashKey, timeOuts: Lane.timeOuts)
    }

    package var count: Int { table.count }

    /// Some fragments of the same datagram came before.
    package func awaits(_ packet: borrowing Packet) -> Bool {
        count > 0 && Self.fragment(packet).map { table.find($0.key) != nil } ?? false
    }

    /// Takes a fragment in. Where it is the last that was missing, `body` gets what the datagram carries, and the
    /// octets of that.
    package mutating func observe(
        _ packet: borrowing Packet, in bytes: Span<UInt8>, _ body: (IPProtocol, Span<UInt8>) -> Void
    ) {
        let now = packet.frame.time
        advance(to: now)
        guard let fragment = Self.fragment(packet) else { return }
        guard fragment.octets.upperBound <= bytes.count, fragment.offset + fragment.octets.count <= 0xffff, !fragment.octets.isEmpty,
            fragment.isLast || fragment.octets.count % 8 == 0
        else {
            counters.discarded += 1
            return
        }
        let slot = table.find(fragment.key) ?? insert(fragment, at: now)
        // The identification is in use again, by a datagram that is wanted.
        if fragment.offset == 0, table[slot].isRefused { table[slot] = PartialDatagram() }
        guard !table[slot].isDiscarded else { return }
        let before = table[slot].cost
        let fits = table[slot].add(
            bytes.extracting(fragment.octets), at: fragment.offset, isLast: fragment.isLast, mayOverlap: !fragment.isIPv6)
        if fragment.offset == 0 {
            table[slot].isBegun = true
            table[slot].protocol = fragment.protocol
            let lane = Lane.of(fragment, isBegun: true)
            // Its time goes on from the fragment that came first.
            if table.lane(of: slot) != lane { table.touch(slot, lane: lane, at: table.lastTouch(of: slot)) }
        }
        if !fits {
            table[slot].discard()
            counters.discarded += 1
        }
        octets += table[slot].cost - before
        if table[slot].isBegun, let whole = table[slot].whole {
            counters.completed += 1
            let upper = table[slot].protocol
            remove(slot)
            body(upper, whole.span)
        } else {
            while octets > mostOctets, let oldest = table.oldest {
                if table[oldest].isBegun { counters.evicted += 1 }
                remove(oldest)
            }
        }
    }

    /// A first fragment shows that nobody wants the datagram: what is still to come of it is known, and not kept.
    package mutating func refuse(_ packet: borrowing Packet) {
        advance(to: packet.frame.time)
        guard let fragment = Self.fragment(packet), fragment.offset == 0 else { return }
        let slot = table.find(fragment.key) ?? insert(fragment, isBegun: false, at: packet.frame.time)
        octets -= table[slot].cost
        table[slot].refuse()
        octets += table[slot].cost
    }

    /// Gives up what did not come in time.
    package mutating func advance(to time: Timestamp) {
        while let (slot, _) = table.nextExpired(before: time) {
            if !table[slot].isDiscarded { counters.timedOut += 1 }
            remove(slot)
        }
    }

    private mutating func insert(_ fragment: Fragment, isBegun: Bool? = nil, at now: Timestamp) -> Int {
        if let (_, evicted) = table.makeRoom() {
            octets -= evicted.cost
            if evicted.isBegun { counters.evicted += 1 }
        }
        octets += PartialDatagram().cost
        let lane = Lane.of(fragment, isBegun: isBegun ?? (fragment.offset == 0))
        return table.insert(fragment.key, PartialDatagram(), lane: lane, at: now)
    }

    private mutating func remove(_ slot: Int) {
        octets -= table[slot].cost
        // The table keeps the record until its place is needed again.
        table[slot] = PartialDatagram()
        table.remove(slot)
    }

    /// Where the octets stand follows from the network header alone, for a first fragment's transport header is octets of the datagram.
    private static func fragment(_ packet: borrowing Packet) -> Fragment? {
        guard let source = packet.source, let destination = packet.destination else { return nil }
        func key(_ identification: UInt32, _ protocol: UInt8) -> Key {
            Key(source: source, destination: destination, identification: identification, protocol: `protocol`, vlan: packet.vlan.key)
        }
        switch packet.network {
        case .ipv4(let header) where header.isFragment && header.totalLength != 0:
            let start = packet.networkOffset + header.headerLength
            return Fragment(
                key: key(UInt32(header.identification), header.protocol.rawValue), isIPv6: false, protocol: header.protocol,
                offset: header.fragmentOffset, isLast: !header.moreFragments,
                octets: start..<(packet.networkOffset + Int(header.totalLength)))
        case .ipv6(let header):
            guard let part = header.fragment, part.offset > 0 || part.moreFragments else { return nil }
            let start = packet.networkOffset + IPv6Header.length + part.end
            let end = packet.networkOffset + IPv6Header.length + Int(header.payloadLength)
            guard end >= start else { return nil }
            return Fragment(
                key: key(part.identification, 0), isIPv6: true, protocol: part.nextHeader, offset: part.offset,
                isLast: !part.moreFragments, octets: start..<end)
        case .none, .ipv4: return nil
        }
    }
}
