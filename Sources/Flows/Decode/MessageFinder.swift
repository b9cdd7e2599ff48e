import QUICInitial
package import Wire

/// The messages that each packet completes: those that stand alone, and those of streams and connections that earlier packets began.
///
/// What `decode` shows. Bounded as the correlators are: what finds no room is shown without what came before it.
package struct MessageFinder: ~Copyable {
    private let registry: MessageRegistry
    private let fingerprint = try? Fingerprint()
    private var streams: FlowTable<FlowKey, Streams>
    private var conversations: FlowTable<FlowKey, Conversation>
    /// Nil where libcrypto lacks what it takes: then QUIC shows its long headers alone.
    private var opener = try? InitialOpener()
    private let opensQUIC: Bool
    /// Octets that streams and connections keep, in all.
    package private(set) var kept = 0
    private let mostOctets: Int

    private struct Streams {
        var fromLower = StreamContent()
        var fromUpper = StreamContent()

        subscript(isLower: Bool) -> StreamContent {
            get { isLower ? fromLower : fromUpper }
            _modify { if isLower { yield &fromLower } else { yield &fromUpper } }
        }
    }

    private struct Conversation {
        var conversation: QUICConversation
        var clientIsLower: Bool
        /// What either side last called itself, and is called by the other since.
        var clientID: ConnectionID?
        var serverID: ConnectionID?

        /// - Returns: the octets that it lets go of.
        mutating func abandonHellos() -> Int {
            defer { conversation.abandonHellos() }
            return conversation.heldOctets
        }

        mutating func note(_ content: QUICContent, from side: QUICSide) {
            guard let header = content.packets.last(where: { $0.packet.longHeader != nil })?.packet.longHeader else { return }
            if side == .client { clientID = header.source } else { serverID = header.source }
        }
    }

    private static let mostFlows = 65_536
    private static let idle = Interval.seconds(7_440)

    /// - Parameter mostOctets: kept at the most.
    package init(registry: MessageRegistry = .standard, mostOctets: Int = 256 << 20) {
        self.registry = registry
        self.mostOctets = mostOctets
        opensQUIC = opener != nil
        streams = FlowTable(limit: Self.mostFlows, hashKey: 0, timeOuts: [Self.idle])
        conversations = FlowTable(limit: Self.mostFlows, hashKey: 0, timeOuts: [Self.idle])
    }

    /// The messages of a packet, and the first anomaly. `bytes` are the captured frame.
    package mutating func messages(of packet: borrowing Packet, in bytes: Span<UInt8>) -> (messages: [any Describable], anomaly: Anomaly?) {
        advance(to: packet.frame.time)
        switch packet.transport {
        case .tcp(let header) where !packet.isFragment: return segment(header, packet, bytes)
        case .udp(let header):
            guard packet.anomaly == nil else { return ([], packet.anomaly) }
            do throws(Anomaly) {
                if let message = try registry.message(of: packet, in: bytes) { return ([message], nil) }
            } catch { return ([], error) }
            return packet.isFragment ? ([], nil) : datagram(header, packet, bytes)
        default:
            guard packet.anomaly == nil else { return ([], packet.anomaly) }
            do throws(Anomaly) { return (try registry.message(of: packet, in: bytes).map { [$0] } ?? [], nil) } catch { return ([], error) }
        }
    }

    /// What rests for too long is read no further.
    private mutating func advance(to time: Timestamp) {
        while let (slot, _) = streams.nextExpired(before: time) {
            kept -= streams[slot].fromLower.kept + streams[slot].fromUpper.kept
            // A removed record stays until its place is used again: its memory need not.
            streams[slot] = Streams()
            streams.remove(slot)
        }
        while let (slot, _) = conversations.nextExpired(before: time) {
            kept -= conversations[slot].abandonHellos()
            conversations.remove(slot)
        }
    }

    // MARK: TCP

    private mutating func segment(
        _ header: TCPHeader, _ packet: borrowing Packet, _ bytes: Span<UInt8>
    ) -> (messages: [any Describable], anomaly: Anomaly?) {
        guard packet.anomaly == nil, let source = packet.source, let destination = packet.destination else { return ([], packet.anomaly) }
        var sourceIsLower = false
        let key = FlowKey(
            .tcp, source: Endpoint(source, header.sourcePort), destination: Endpoint(destination, header.destinationPort),
            sourceIsLower: &sourceIsLower)
        let isSYN = header.flags.contains(.syn)
        guard isSYN || !packet.payload.isEmpty || streams.find(key) != nil else { return ([], nil) }
        let slot = slot(key, at: packet.frame.time)
        kept -= streams[slot][sourceIsLower].kept
        var found = SegmentMessages(fingerprint: fingerprint)
        let isDNS = header.sourcePort == .dns || header.destinationPort == .dns
        if isSYN { streams[slot][sourceIsLower].begin(at: header.sequence &+ 1) }
        let payload = bytes.extracting(packet.payload)
        streams[slot][sourceIsLower].take(isSYN ? header.sequence &+ 1 : header.sequence, payload, isDNS: isDNS, into: &found)
        if packet.payloadLength > payload.count {
            // The snapshot length took octets away: what follows is read for itself.
            streams[slot][sourceIsLower].begin(
                at: header.sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength + (isSYN ? 1 : 0)))
        }
        if kept + streams[slot][sourceIsLower].kept > mostOctets { streams[slot][sourceIsLower] = StreamContent() }
        kept += streams[slot][sourceIsLower].kept
        let anomaly = found.failure.map { packet.anomaly(in: $0.layer, at: packet.payload.lowerBound, $0.error) }
        return (found.messages, anomaly)
    }

    private mutating func slot(_ key: FlowKey, at now: Timestamp) -> Int {
        if let slot = streams.find(key) {
            streams.refresh(slot, at: now)
            return slot
        }
        if let victim = streams.makeRoom() { kept -= victim.record.fromLower.kept + victim.record.fromUpper.kept }
        return streams.insert(key, Streams(), lane: 0, at: now)
    }

    // MARK: QUIC

    private mutating func datagram(
        _ header: UDPHeader, _ packet: borrowing Packet, _ bytes: Span<UInt8>
    ) -> (messages: [any Describable], anomaly: Anomaly?) {
        guard let source = packet.source, let destination = packet.destination, !packet.payload.isEmpty else { return ([], nil) }
        let datagram = bytes.extracting(packet.payload)
        var sourceIsLower = false
        let key = FlowKey(
            .udp, source: Endpoint(source, header.sourcePort), destination: Endpoint(destination, header.destinationPort),
            sourceIsLower: &sourceIsLower)
        var collector = QUICCollector(datagram, fingerprint)
        let mayBegin = Self.mayBegin(header, datagram)
        if let slot = conversations.find(key) {
            conversations.refresh(slot, at: packet.frame.time)
            let side: QUICSide = conversations[slot].clientIsLower == sourceIsLower ? .client : .server
            let news = take(datagram, slot, from: side, &collector)
            if news.contains(.foreign) {
                // Something else may share the ports (RFC 7983): only what begins a connection ends the one before.
                collector = QUICCollector(datagram, fingerprint)
                if mayBegin, QUICConversation(first: datagram) != nil {
                    kept -= conversations[slot].abandonHellos()
                    conversations.remove(slot)
                    begin(key, sourceIsLower, packet, datagram, &collector)
                }
            } else {
                conversations[slot].note(collector.content, from: side)
                let id = side == .client ? conversations[slot].serverID : conversations[slot].clientID
                collector.content.nameShortHeader(id, in: datagram)
            }
        } else if mayBegin {
            begin(key, sourceIsLower, packet, datagram, &collector)
        }
        if collector.content.packets.isEmpty, packet.isCut { collector.content.takeHeader(of: datagram) }
        guard !collector.content.packets.isEmpty else { return ([], nil) }
        let anomaly = (collector.failure ?? collector.content.handshakes.compactMap(\.error).first.map { (0, $0) }).map {
            packet.anomaly(in: .quic, at: packet.payload.lowerBound + $0.offset, $0.error)
        }
        return ([collector.content], anomaly)
    }

    private mutating func take(
        _ datagram: Span<UInt8>, _ slot: Int, from side: QUICSide, _ collector: inout QUICCollector
    ) -> QUICConversation.News {
        let before = conversations[slot].conversation.heldOctets
        let news = conversations[slot].conversation.take(datagram, from: side, &opener, &collector)
        kept += conversations[slot].conversation.heldOctets - before
        if kept > mostOctets { kept -= conversations[slot].abandonHellos() }
        return news
    }

    /// Off the port of HTTPS a version that we do not know is taken for noise.
    private static func mayBegin(_ header: UDPHeader, _ datagram: Span<UInt8>) -> Bool {
        guard datagram.count >= 5, datagram[0] & 0x80 != 0 else { return false }
        if header.destinationPort == .https || header.sourcePort == .https { return true }
        let version = QUICVersion(rawValue: datagram.uint32(at: 1))
        return datagram[0] & 0x40 != 0 && (version.isKnown || version.isGrease)
    }

    private mutating func begin(
        _ key: FlowKey, _ sourceIsLower: Bool, _ packet: borrowing Packet, _ datagram: Span<UInt8>, _ collector: inout QUICCollector
    ) {
        if opensQUIC, let conversation = QUICConversation(first: datagram) {
            if let victim = conversations.makeRoom() { kept -= victim.record.conversation.heldOctets }
            let entry = Conversation(conversation: conversation, clientIsLower: sourceIsLower)
            let slot = conversations.insert(key, entry, lane: 0, at: packet.frame.time)
            _ = take(datagram, slot, from: .client, &collector)
            conversations[slot].note(collector.content, from: .client)
            return
        }
        // Later packets of a connection that began before the capture did show their long headers.
        guard QUICVersion(rawValue: datagram.uint32(at: 1)).isKnown || datagram.uint32(at: 1) == 0 else { return }
        var walker = QUICPacketWalker()
        while let packet = try? walker.next(in: datagram) { collector.packet(packet, .noKeys) }
    }
}
