import Wire

/// Who uses a mesh, an overlay, a tunnel or a public address. Only SYNs and WireGuard's handshakes are looked at, so that traffic that nobody
/// asked about costs nothing.
struct Sightings: ~Copyable {
    struct Key: TableKey {
        var client: IPAddress
        var server: IPAddress
        var kind: Sighting.Kind
        @inline(__always)
        func hash(into hash: inout KeyedHash) {
            hash.mix(client)
            hash.mix(server)
            hash.mix(UInt64(kind.rawValue))
        }
    }

    private struct Record {
        var sighting: Sighting
        /// What a SYN-ACK acknowledges, or the index that a WireGuard response carries.
        var expected: UInt32
    }

    private var table: FlowTable<Key, Record>
    private let copyWindow: Interval

    init(limits: Limits, hashKey: UInt64) {
        copyWindow = limits.copyWindow
        // The same two are told again after a while: no packet makes it longer.
        table = FlowTable(limit: limits.sightings, hashKey: hashKey, timeOuts: [limits.sightingMemory])
    }

    var evictions: UInt64 { table.evictions }

    /// A segment that is of interest whatever DNS said.
    @inline(__always)
    static func concerns(_ tcp: TCPHeader) -> Bool {
        let port = tcp.flags.contains(.ack) ? tcp.sourcePort : tcp.destinationPort
        return port == .hbone || port == .tunnel
    }

    /// A segment with SYN that concerns us, or that a name may have led to.
    mutating func observe(_ tcp: TCPHeader, _ packet: borrowing Packet, _ names: borrowing NamedAddresses, into events: inout [FlowEvent]) {
        let isAnswer = tcp.flags.contains(.ack)
        let port = isAnswer ? tcp.sourcePort : tcp.destinationPort
        guard !tcp.flags.contains(.rst), let source = packet.source, let destination = packet.destination else { return }
        let (client, server) = isAnswer ? (destination, source) : (source, destination)
        let kind: Sighting.Kind
        var name: NamedAddress?
        if port == .hbone {
            kind = .mesh
        } else if port == .tunnel {
            kind = .tunnel
        } else if server.isGlobal, let known = names[server, at: packet.frame.time] {
            (kind, name) = (.publicAddress, known)
        } else {
            return
        }
        let key = Key(client: client, server: server, kind: kind)
        if isAnswer {
            answer(key, tcp.acknowledgment, packet.frame, into: &events)
        } else {
            let sighting = Sighting(
                kind: kind, client: Endpoint(client, tcp.sourcePort), server: Endpoint(server, port), vlan: packet.vlan.key,
                first: packet.frame, name: name)
            begin(key, sighting, expected: tcp.sequence &+ 1, into: &events)
        }
    }

    /// A datagram that may be one of WireGuard's handshake: by its length and type.
    mutating func observe(_ udp: UDPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, into events: inout [FlowEvent]) {
        var message = bytes.extracting(packet.payload)
        guard !packet.isFragment, WireGuardMessage.recognizes(message), let source = packet.source, let destination = packet.destination,
            let handshake = try? WireGuardMessage(decoding: &message)
        else { return }
        switch (handshake.type, handshake.sender, handshake.receiver) {
        case (.initiation, let sender?, _):
            let sighting = Sighting(
                kind: .wireguard, client: Endpoint(source, udp.sourcePort), server: Endpoint(destination, udp.destinationPort),
                vlan: packet.vlan.key, first: packet.frame)
            begin(Key(client: source, server: destination, kind: .wireguard), sighting, expected: sender, into: &events)
        case (.response, _, let receiver?):
            answer(Key(client: destination, server: source, kind: .wireguard), receiver, packet.frame, into: &events)
        default: return
        }
    }

    private mutating func begin(_ key: Key, _ sighting: Sighting, expected: UInt32, into events: inout [FlowEvent]) {
        while let (slot, _) = table.nextExpired(before: sighting.first.time) { table.remove(slot) }
        guard let slot = table.find(key) else {
            table.insert(key, Record(sighting: sighting, expected: expected), lane: 0, at: sighting.first.time)
            events.append(.sighting(sighting))
            return
        }
        // The next try takes the place of one without an answer; a mirror's copy is none.
        let isCopy = table[slot].expected == expected && sighting.first.time - table[slot].sighting.first.time <= copyWindow
        if table[slot].sighting.answer == nil, !isCopy { table[slot] = Record(sighting: sighting, expected: expected) }
    }

    private mutating func answer(_ key: Key, _ number: UInt32, _ frame: FrameReference, into events: inout [FlowEvent]) {
        guard let slot = table.find(key), table[slot].sighting.answer == nil, table[slot].expected == number else { return }
        table[slot].sighting.answer = frame
        events.append(.sighting(table[slot].sighting))
    }
}
