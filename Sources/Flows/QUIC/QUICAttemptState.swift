import QUICInitial
import Wire

/// What is remembered of one QUIC attempt.
struct QUICAttemptState: Sendable {
    var conversation: QUICConversation
    var hello: QUICAttempt.Hello?
    let vlan: UInt32
    let clientIsLower: Bool
    var first: FrameReference
    var last: FrameReference
    var initials: FirstFrames = []
    var initialCount: UInt32 = 0
    var lastInitial: FrameReference
    var answer = FrameReference.none
    var retry = FrameReference.none
    var versionNegotiation = FrameReference.none
    var closing = FrameReference.none
    var rejection = FrameReference.none
    var otherSource: QUICAttempt.OtherSource?
    /// Datagrams of others that were tried under the attempt's keys.
    var otherTrials: UInt8 = 0
    var reason = HTTP3Reason.unknown
    var isSilenceTold = false
    var clientMAC = MACAddress.zero
    var nextHopMAC = MACAddress.zero
    var serverMAC = MACAddress.zero
    var clientTTL: UInt8 = 0
    var serverTTL: UInt8 = 0

    init(_ conversation: consuming QUICConversation, _ packet: borrowing Packet, clientIsLower: Bool) {
        self.conversation = conversation
        self.clientIsLower = clientIsLower
        vlan = packet.vlan.key
        (first, last, lastInitial) = (packet.frame, packet.frame, packet.frame)
    }

    // The table calls these where the state lies: to read a part of it there would copy the whole.

    /// - Returns: what the datagram brought about, and by how many octets it made the hellos that are not whole grow.
    mutating func take(
        _ datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener?, _ fingerprint: Fingerprint?
    ) -> (news: QUICConversation.News, growth: Int) {
        let before = conversation.heldOctets
        if hello != nil || side == .server {
            var nobody = NoQUICVisitor()
            let news = conversation.take(datagram, from: side, &opener, &nobody)
            return (news, conversation.heldOctets - before)
        }
        var reader = HelloReader(fingerprint)
        let news = conversation.take(datagram, from: side, &opener, &reader)
        hello = reader.hello
        return (news, conversation.heldOctets - before)
    }

    /// - Returns: the octets of the hellos that it lets go of.
    mutating func abandonHellos() -> Int {
        defer { conversation.abandonHellos() }
        return conversation.heldOctets
    }

    /// The first guess is by the server's address, the last one by the name in the whole hello.
    mutating func tellReason(_ names: inout Transactions, _ key: FlowKey, at time: Timestamp) {
        reason = names.http3Reason(
            of: client(of: key).address, for: hello?.serverName,
            at: (clientIsLower ? key.upper : key.lower).address, now: time)
    }

    enum Stage { case waiting, established, over }

    /// Notes what the conversation made of a packet, and says which changes it brought to the attempt, and where that stands now.
    mutating func note(_ news: QUICConversation.News, _ packet: borrowing Packet, from side: QUICSide) -> (
        changes: [QUICChange], stage: Stage
    ) {
        last = packet.frame
        noteStation(packet, side)
        if side == .client, news.contains(.initial), !news.contains(.closed) {
            initialCount &+= 1
            initials.append(packet.frame)
            lastInitial = packet.frame
        }
        if news.contains(.retry) { retry = packet.frame }
        if news.contains(.versionNegotiation) { versionNegotiation = packet.frame }
        var changes: [QUICChange] = []
        if news.contains(.answered) {
            if answer.optional == nil { answer = packet.frame }
            changes.append(.answered)
        }
        if news.contains(.established) { changes.append(.established) }
        if news.contains(.closed) {
            closing = packet.frame
            changes.append(.closed)
        }
        return (changes, isOver ? .over : conversation.isEstablished ? .established : .waiting)
    }

    private mutating func noteStation(_ packet: borrowing Packet, _ side: QUICSide) {
        if side == .client {
            guard clientTTL == 0 else { return }
            clientTTL = packet.timeToLive
            clientMAC = packet.sourceMAC ?? .zero
            nextHopMAC = packet.ethernet?.destination ?? .zero
        } else if serverTTL == 0 {
            serverTTL = packet.timeToLive
            serverMAC = packet.sourceMAC ?? .zero
        }
    }

    func client(of key: FlowKey) -> Endpoint { clientIsLower ? key.lower : key.upper }
    var isAnswered: Bool { conversation.isServerSeen }
    var isRejected: Bool { rejection.optional != nil }
    /// Nothing is waited for any more.
    var isOver: Bool { conversation.close != nil }

    var outcome: QUICAttempt.Outcome {
        if let close = conversation.close, close.side == .server || isAnswered { return .closed }
        if conversation.isEstablished { return .established }
        if conversation.isAnswered || conversation.isUnread { return .answered }
        if retry.optional != nil { return .retry }
        if versionNegotiation.optional != nil { return .versionNegotiation }
        if isAnswered { return .answered }
        return isRejected ? .icmp : .silence
    }

    /// Mutating, though it changes nothing: so it reads where the state lies.
    mutating func snapshot(_ key: FlowKey, at time: Timestamp, isCut: Bool) -> QUICAttempt {
        let (client, server) = key.ends(lowerFirst: clientIsLower)
        return QUICAttempt(
            client: client, server: server, vlan: vlan,
            version: conversation.version, offeredVersions: conversation.offeredVersions,
            originalDestination: conversation.originalDestination, clientID: conversation.clientID, serverID: conversation.serverID,
            clientHello: hello,
            first: first, last: last, initials: initials,
            initialCount: Int(initialCount), lastInitial: lastInitial, answer: answer.optional, retry: retry.optional,
            versionNegotiation: versionNegotiation.optional, close: conversation.close, closing: closing.optional,
            rejection: rejection.optional, otherSource: otherSource, reason: reason, outcome: outcome,
            clientPackets: QUICAttempt.Packets(conversation.client), serverPackets: QUICAttempt.Packets(conversation.server),
            clientMAC: clientMAC.optional, nextHopMAC: nextHopMAC.optional, serverMAC: serverMAC.optional,
            clientTTL: clientTTL == 0 ? nil : clientTTL, serverTTL: serverTTL == 0 ? nil : serverTTL, isCut: isCut, time: time)
    }
}

/// Reads the first ClientHello of a conversation.
private struct HelloReader: QUICVisitor {
    private let fingerprint: Fingerprint?
    var hello: QUICAttempt.Hello?

    init(_ fingerprint: Fingerprint?) { self.fingerprint = fingerprint }

    mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide) {
        guard hello == nil, side == .client, header.type == .clientHello else { return }
        var bytes = body
        do throws(DecodeError) {
            var whole = try ClientHelloSummary(decoding: &bytes, over: .quic)
            let isShortened = whole.shorten()
            hello = QUICAttempt.Hello(whole, ja4: isShortened ? nil : fingerprint?.octets(whole.ja4))
        } catch {}  // what does not decode tells nothing
    }

    mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening) {}
    mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>) {}
    mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool) {}
}
