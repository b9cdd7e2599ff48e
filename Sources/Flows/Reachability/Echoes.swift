import Wire

/// Echo requests to watched addresses, joined with their replies (RFC 792, RFC 4443 §4).
struct Echoes: ~Copyable {
    struct Key: TableKey {
        var source: IPAddress
        var destination: IPAddress
        var identifier: UInt16
        var sequence: UInt16
        func hash(into hash: inout KeyedHash) {
            hash.mix(source)
            hash.mix(destination)
            hash.mix(UInt64(identifier) << 16 | UInt64(sequence))
        }
    }

    private struct Request {
        var frame: FrameReference
        /// An ICMP error answered it.
        var isRefused = false
    }

    private var table: FlowTable<Key, Request>
    /// At the end of the capture: requests still to be told, the first one last.
    private var waiting: [Int]?

    init(limits: Limits, hashKey: UInt64) {
        table = FlowTable(limit: limits.echoes, hashKey: hashKey, timeOuts: [limits.echoTimeOut])
    }

    var evictions: UInt64 { table.evictions }
    var nextDeadline: Timestamp { table.nextDeadline }

    mutating func request(_ key: Key, _ frame: FrameReference) {
        guard table.find(key) == nil else { return }
        table.insert(key, Request(frame: frame), lane: 0, at: frame.time)
    }

    mutating func reply(_ key: Key, _ packet: borrowing Packet, into events: inout [FlowEvent]) {
        let slot = table.find(key)
        events.append(
            .echo(exchange(key, request: slot.map { table[$0].frame }, reply: packet.frame, mac: packet.sourceMAC, at: packet.frame.time)))
        if let slot { table.remove(slot) }
    }

    /// The request that an ICMP error quotes. A redirect asks for another way and leaves the request waiting; any other error answers
    /// it, if not as hoped.
    mutating func quoted(_ key: Key, by message: ICMPReport) -> FrameReference? {
        guard let slot = table.find(key) else { return nil }
        if message.meaning != .redirect { table[slot].isRefused = true }
        return table[slot].frame
    }

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            if !table[slot].isRefused {
                events.append(.echo(exchange(table.key(of: slot), request: table[slot].frame, reply: nil, mac: nil, at: deadline)))
            }
            table.remove(slot)
        }
    }

    /// The capture ends: requests whose time was not over are told as they stand.
    ///
    /// - Returns: true where there are more of them.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if waiting == nil { waiting = table.slots.reversed() }
        while events.count < Correlators.batch, let slot = waiting?.popLast() {
            if !table[slot].isRefused {
                var cut = exchange(table.key(of: slot), request: table[slot].frame, reply: nil, mac: nil, at: time)
                cut.isCut = true
                events.append(.echo(cut))
            }
            table.remove(slot)
        }
        return waiting?.isEmpty == false
    }

    private func exchange(
        _ key: Key, request: FrameReference?, reply: FrameReference?, mac: MACAddress?, at time: Timestamp
    ) -> EchoExchange {
        EchoExchange(
            source: key.source, destination: key.destination, identifier: key.identifier, sequence: key.sequence, request: request,
            reply: reply, replyMAC: mac, time: time)
    }
}
