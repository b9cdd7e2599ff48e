import Site
import Wire

/// DNS queries joined with their answers (RFC 1035 §7.3), over UDP and TCP.
///
/// A query that nobody asked about is remembered without touching the heap; a message is kept only for transactions that are reported, and
/// read by whoever wants to know.
struct Transactions: ~Copyable {
    struct Key: TableKey {
        var client: Endpoint
        var server: IPAddress
        var id: UInt16
        /// The same port and number may be in use over both.
        var transport: DNSTransaction.Transport
        /// Of the question's name, case folded, and type.
        var question: UInt64
        func hash(into hash: inout KeyedHash) {
            hash.mix(client.address)
            hash.mix(server)
            hash.mix(question ^ UInt64(client.port.rawValue) << 16 ^ UInt64(id))
        }
    }

    private struct Query {
        var frame: FrameReference
        /// Nil where nobody asked for a time-out's event.
        var message: DNSOctets?
        var type: DNSType
        var zone: DNSName?
        /// Where the zones keep the client.
        var asker: Int
        /// The same message again.
        var again: FrameReference?
    }

    private var table: FlowTable<Key, Query>
    private(set) var zones: Zones
    private var http3: HTTP3Hints
    private var upstreams: Upstreams
    private(set) var addresses: NamedAddresses
    private let scope: Scope
    private let hashKey: UInt64
    /// Of the question at hand: here, since to hand it on is to copy it.
    private var name = DNSNameBuffer()
    /// At the end of the capture: queries still to be told, the first one last.
    private var waiting: [Int]?

    init(site: Site, scope: Scope, limits: Limits, hashKey: UInt64) {
        self.scope = scope
        self.hashKey = hashKey
        zones = Zones(site: site, scope: scope, limits: limits, hashKey: hashKey)
        http3 = HTTP3Hints(limits: limits, hashKey: hashKey)
        upstreams = Upstreams(limits: limits, hashKey: hashKey)
        addresses = NamedAddresses(limits: limits, hashKey: hashKey)
        table = FlowTable(limit: limits.queries, hashKey: hashKey, timeOuts: [limits.queryTimeOut])
    }

    /// Queries that had to go before their answer or time-out.
    var evictions: UInt64 { table.evictions }
    /// Servers and promises that had to be forgotten.
    var otherEvictions: UInt64 { zones.evictions + http3.evictions + upstreams.evictions + addresses.evictions }
    var nextDeadline: Timestamp { .earlier(.earlier(table.nextDeadline, zones.nextDeadline), http3.nextDeadline) }

    /// - Returns: an anomaly where the message does not decode.
    mutating func observe(
        _ udp: UDPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, _ stations: inout Stations, into events: inout [FlowEvent]
    ) -> Anomaly? {
        guard let source = packet.source, let destination = packet.destination else { return nil }
        var offset = DNSHeader.length
        do throws(DecodeError) {
            try observe(
                bytes.extracting(packet.payload), .udp, from: Endpoint(source, udp.sourcePort),
                to: Endpoint(destination, udp.destinationPort),
                packet, &stations, failingAt: &offset, into: &events)
            return nil
        } catch {
            return packet.anomaly(in: .dns, at: packet.payload.lowerBound + min(offset, packet.payload.count), error)
        }
    }

    /// A datagram whose fragments came together in this packet.
    mutating func observe(
        datagram: [UInt8], _ packet: borrowing Packet, _ stations: inout Stations, into events: inout [FlowEvent]
    ) -> Anomaly? {
        guard let source = packet.source, let destination = packet.destination else { return nil }
        var cursor = datagram.span
        var offset = 0
        do throws(DecodeError) {
            let udp = try UDPHeader(decoding: &cursor)
            guard udp.sourcePort == .dns || udp.destinationPort == .dns else { return nil }
            try observe(
                cursor, .udp, from: Endpoint(source, udp.sourcePort), to: Endpoint(destination, udp.destinationPort), packet, &stations,
                failingAt: &offset, into: &events)
            return nil
        } catch {
            return packet.anomaly(in: .dns, at: packet.payload.lowerBound, error)
        }
    }

    /// A whole message.
    ///
    /// - Parameter offset: where in the message decoding failed, if it did.
    /// - Returns: the key of a question.
    @inline(__always)
    @discardableResult
    mutating func observe(
        _ message: Span<UInt8>, _ transport: DNSTransaction.Transport, from source: Endpoint, to destination: Endpoint,
        _ packet: borrowing Packet, _ stations: inout Stations, failingAt offset: inout Int, into events: inout [FlowEvent]
    ) throws(DecodeError) -> Key? {
        var cursor = message
        offset = DNSHeader.length
        let header = try DNSHeader(decoding: &cursor)
        // Everything else (updates, notifications, more questions than one) is no lookup.
        guard header.opcode == 0, header.questionCount == 1 else { return nil }
        try name.read(message, at: &offset)
        let questionType = offset
        var rest = message.extracting(droppingFirst: offset)
        let type = DNSType(rawValue: try rest.read())
        var hash = KeyedHash(key: hashKey)
        name.hash(into: &hash)
        hash.mix(UInt64(type.rawValue))
        if header.isResponse {
            guard source.port == .dns else { return nil }
            let key = Key(client: destination, server: source.address, id: header.id, transport: transport, question: hash.value)
            if let mac = packet.sourceMAC { stations.answersQuery(mac, at: packet.frame.time) }
            do throws(DecodeError) {
                try response(key, header, type, questionType, packet, message, into: &events)
            } catch {
                if packet.isCut { isAnswered(key) }
                throw error
            }
            return nil
        } else {
            guard destination.port == .dns else { return nil }
            if let mac = packet.sourceMAC { stations.asksQuery(mac, at: packet.frame.time) }
            let key = Key(client: source, server: destination.address, id: header.id, transport: transport, question: hash.value)
            try query(key, header, type, questionType, packet.frame, message, into: &events)
            return key
        }
    }

    /// What the capture cut was an answer all the same.
    mutating func isAnswered(_ key: Key) {
        guard let slot = table.find(key) else { return }
        zones.isAnswered(key.client.address, at: table[slot].asker)
        table.remove(slot)
    }

    private mutating func query(
        _ key: Key, _ header: DNSHeader, _ type: DNSType, _ questionType: Int, _ frame: FrameReference,
        _ message: Span<UInt8>, into events: inout [FlowEvent]
    ) throws(DecodeError) {
        let asker = zones.asks(key.client.address, at: frame.time)
        // The same question again before its time-out is a retransmission: the first one counts, and the second gives it time.
        if let slot = table.find(key) {
            guard table[slot].again == nil else { return }
            table[slot].again = frame
            table.touch(slot, at: frame.time)
            return
        }
        let zone = zones.zone(of: name)
        if zone != nil {
            let passedOn = Upstreams.Key(resolver: key.client.address, question: key.question)
            upstreams.asks(passedOn, key.server, zones.role(of: key.server), frame)
        }
        let isReported = scope.everything || zone != nil || zones.role(of: key.server) == .authority
        let octets = isReported ? try DNSOctets(decoding: message, header, questionType: questionType) : nil
        let query = Query(frame: frame, message: octets, type: type, zone: zone, asker: asker)
        if let victim = table.makeRoom(), let transaction = unanswered(victim.key, victim.record, at: frame.time) {
            events.append(.dns(transaction))
        }
        table.insert(key, query, lane: 0, at: frame.time)
    }

    private mutating func response(
        _ key: Key, _ header: DNSHeader, _ type: DNSType, _ questionType: Int, _ packet: borrowing Packet,
        _ message: Span<UInt8>, into events: inout [FlowEvent]
    ) throws(DecodeError) {
        // An answer that does not decode is none: the query goes on waiting.
        let namesVIP = try scope.watchedAddress(in: message, header)
        let concernsVIP = namesVIP != nil || (type == .https && scope.isHinted(in: message, header))
        if concernsVIP { zones.ties(name.name) }
        let zone = zones.zone(of: name)
        let role = zones.answered(by: key.server, to: key.client.address, header, inZone: zone != nil, at: packet.frame.time)
        let slot = table.find(key)
        let asked = slot.map { table[$0].frame }
        if let slot { zones.isAnswered(key.client.address, at: table[slot].asker) }
        let isReported = scope.everything || zone != nil || role == .authority || concernsVIP
        let answer = isReported ? try DNSOctets(decoding: message, header, questionType: questionType) : nil
        if let slot { table.remove(slot) }
        if type == .https { http3.note(message, header, name, to: key.client.address, by: key.server, packet.frame) }
        guard let answer else { return }
        var transaction = DNSTransaction(
            client: key.client, server: Endpoint(key.server, .dns), id: key.id, type: type,
            query: asked, response: packet.frame, message: answer, role: role, zone: zone,
            namesVIP: namesVIP, time: packet.frame.time, transport: key.transport)
        transaction.responseTTL = packet.timeToLive
        if zone != nil {
            let passedOn = Upstreams.Key(resolver: key.client.address, question: key.question)
            upstreams.isAnswered(passedOn, by: key.server, answer.responseCode, packet.frame)
            addresses.note(answer, to: key.client.address, packet.frame)
            join(&transaction, key.question)
        }
        events.append(.dns(consume transaction))
    }

    /// What the resolver asked others about the same question.
    private func join(_ transaction: inout DNSTransaction, _ question: UInt64) {
        transaction.clientResolves = zones.isResolver(transaction.client.address)
        let isAsked = zones.isResolver(transaction.server.address)
        guard isAsked || transaction.clientResolves else { return }
        let resolver = isAsked ? transaction.server.address : transaction.client.address
        // What was asked before the client's own question belongs to somebody else's.
        let start = isAsked ? transaction.query : nil
        transaction.upstream = upstreams.asked(Upstreams.Key(resolver: resolver, question: question), since: start)
    }

    /// Why a client tried HTTP/3, as far as its DNS tells.
    ///
    /// - Parameter name: nil where the hello is not whole, or names nobody.
    func http3Reason(of client: IPAddress, for name: TLSName?, at server: IPAddress, now: Timestamp) -> HTTP3Reason {
        if let promise = http3.promise(to: client, for: name, at: server, now: now) {
            return HTTP3Reason(kind: .httpsRecord, promise: promise)
        }
        return name != nil && zones.seesAnswers(to: client) ? HTTP3Reason(kind: .remembered) : .unknown
    }

    mutating func advance(to time: Timestamp, into events: inout [FlowEvent]) {
        zones.advance(to: time)
        http3.advance(to: time)
        while events.count < Correlators.batch, let (slot, deadline) = table.nextExpired(before: time) {
            tell(slot, at: deadline, into: &events)
        }
    }

    /// The capture ends: queries whose time was not over are told as they stand.
    ///
    /// - Returns: true where there are more of them.
    mutating func finish(at time: Timestamp, into events: inout [FlowEvent]) -> Bool {
        if waiting == nil { waiting = table.slots.reversed() }
        while events.count < Correlators.batch, let slot = waiting?.popLast() { tell(slot, at: time, isCut: true, into: &events) }
        return waiting?.isEmpty == false
    }

    private mutating func tell(_ slot: Int, at time: Timestamp, isCut: Bool = false, into events: inout [FlowEvent]) {
        if var transaction = unanswered(table.key(of: slot), table[slot], at: time) {
            transaction.isCut = isCut
            events.append(.dns(transaction))
        }
        table.remove(slot)
    }

    private func unanswered(_ key: Key, _ query: Query, at time: Timestamp) -> DNSTransaction? {
        guard let message = query.message else { return nil }
        var transaction = DNSTransaction(
            client: key.client, server: Endpoint(key.server, .dns), id: key.id, type: query.type, query: query.frame,
            response: nil, message: message, role: zones.role(of: key.server), zone: query.zone, namesVIP: nil, time: time,
            transport: key.transport)
        transaction.again = query.again
        if query.zone != nil { join(&transaction, key.question) }
        return transaction
    }
}
