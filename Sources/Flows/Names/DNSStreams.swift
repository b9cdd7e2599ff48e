import Wire

/// DNS over TCP (RFC 7766): messages of connections to port 53 whose beginning was seen, put together and given to the transactions.
struct DNSStreams: ~Copyable {
    private struct Streams {
        var fromClient: StreamBuffer?
        var fromServer: StreamBuffer?
        /// Of the connection that both directions belong to.
        var clientIsLower = false
        var clientStart: UInt32?
        /// The last questions.
        var asked: [Transactions.Key] = []
        var octets: Int { (fromClient?.kept ?? 0) + (fromServer?.kept ?? 0) }
    }

    private var table: FlowTable<FlowKey, Streams>
    private var octets = 0
    private let mostOctets: Int
    /// Of a connection's questions; where more wait for answers, the oldest go on waiting.
    private static let mostAsked = 16

    init(limits: Limits, hashKey: UInt64) {
        mostOctets = limits.dnsStreamOctets
        table = FlowTable(limit: limits.dnsStreams, hashKey: hashKey, timeOuts: [limits.dnsStreamIdle])
    }

    /// Streams that had to go with a part of a message.
    private(set) var evictions: UInt64 = 0
    /// Those that had to go between two messages.
    var otherEvictions: UInt64 { table.evictions - evictions }

    /// - Returns: an anomaly where what is no DNS stands in the stream.
    mutating func observe(
        _ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ transactions: inout Transactions, _ stations: inout Stations,
        into events: inout [FlowEvent]
    ) -> Anomaly? {
        advance(to: packet.frame.time)
        guard let source = packet.source, let destination = packet.destination else { return nil }
        let ends = (source: Endpoint(source, tcp.sourcePort), destination: Endpoint(destination, tcp.destinationPort))
        var sourceIsLower = false
        let key = FlowKey(.tcp, source: ends.source, destination: ends.destination, sourceIsLower: &sourceIsLower)
        if tcp.flags.contains(.syn) { begin(key, tcp, sourceIsLower, at: packet.frame.time) }
        guard let slot = table.find(key) else { return nil }
        let isQuery = table[slot].clientIsLower == sourceIsLower
        if tcp.flags.contains(.rst) {
            remove(slot)
            return nil
        }
        let isCut = packet.payload.count < packet.payloadLength
        guard isCut || !packet.payload.isEmpty else { return nil }
        let before = table[slot].octets
        var failure: DecodeError?
        var asked: [Transactions.Key] = []
        let sequence = tcp.sequence &+ (tcp.flags.contains(.syn) ? 1 : 0)
        func read(_ stream: Span<UInt8>) -> Int {
            do throws(DecodeError) {
                return try DNSStreamFraming.messages(in: stream) { message throws(DecodeError) in
                    var offset = 0
                    do throws(DecodeError) {
                        let key = try transactions.observe(
                            message, .tcp, from: ends.source, to: ends.destination, packet, &stations, failingAt: &offset, into: &events)
                        if let key { asked.append(key) }
                    } catch { failure = error }
                }
            } catch {
                failure = error
                return stream.count
            }
        }
        let octets = bytes.extracting(packet.payload)
        if isQuery { table[slot].fromClient?.take(sequence, octets, read) } else { table[slot].fromServer?.take(sequence, octets, read) }
        self.octets += table[slot].octets - before
        if !asked.isEmpty { table[slot].asked = Array((table[slot].asked + asked).suffix(Self.mostAsked)) }
        if isCut, !isQuery {
            settle(slot, &transactions)
            // A header that is cut is an anomaly already.
            if packet.anomaly == nil, failure == nil { failure = .truncated(needed: packet.payloadLength, available: packet.payload.count) }
        } else {
            table.touch(slot, at: packet.frame.time)
        }
        while self.octets > mostOctets, let oldest = table.oldest {
            evict(oldest)
        }
        return failure.map { packet.anomaly(in: .dns, at: packet.payload.lowerBound, $0) }
    }

    /// What the capture cut was an answer to any of the questions, and leaves nothing to be read of what follows.
    private mutating func settle(_ slot: Int, _ transactions: inout Transactions) {
        for key in table[slot].asked { transactions.isAnswered(key) }
        remove(slot)
    }

    /// The longest message and its length are what a stream may keep.
    private mutating func begin(_ key: FlowKey, _ tcp: TCPHeader, _ sourceIsLower: Bool, at now: Timestamp) {
        // The port tells the client; where both ends have it, who begins.
        let isClient = tcp.sourcePort == tcp.destinationPort ? tcp.isSYN : tcp.destinationPort == .dns
        let start = tcp.sequence &+ 1
        if isClient, let slot = table.find(key) {
            if table[slot].clientStart == start { return }  // the same SYN again
            remove(slot)
        }
        if table.find(key) == nil {
            if let victim = table.victim { evict(victim) }
            table.insert(key, Streams(clientIsLower: isClient == sourceIsLower), lane: 0, at: now)
        }
        guard let slot = table.find(key) else { return }
        var buffer = StreamBuffer(limit: DNSStreamFraming.longestFrame)
        buffer.begin(at: start)
        if isClient {
            table[slot].fromClient = buffer
            table[slot].clientStart = start
        } else if table[slot].fromServer == nil {
            table[slot].fromServer = buffer
        }
    }

    private mutating func evict(_ slot: Int) {
        if table[slot].octets > 0 { evictions += 1 }
        octets -= table[slot].octets
        table[slot] = Streams()
        table.evict(slot)
    }

    private mutating func remove(_ slot: Int) {
        octets -= table[slot].octets
        // The table keeps the record until its place is needed again.
        table[slot] = Streams()
        table.remove(slot)
    }

    mutating func advance(to time: Timestamp) {
        while let (slot, _) = table.nextExpired(before: time) { remove(slot) }
    }
}
