package import QUICInitial
package import Wire

/// One QUIC attempt as the wire shows it: fed the UDP payloads of both directions, it opens Initials, follows Retry and Version
/// Negotiation, and puts both hellos together (RFC 9000 §7, §17.2; RFC 9001 §5.2).
///
/// The opener belongs to the owner, who needs one for all conversations.
package struct QUICConversation: Sendable {
    /// Of the client's latest long header.
    package internal(set) var version: QUICVersion
    /// The Destination Connection ID of the client's first packet: what names the attempt.
    package let originalDestination: ConnectionID
    package internal(set) var clientID: ConnectionID
    /// Chosen by the server: in its Retry, then in its Initial.
    package internal(set) var serverID: ConnectionID?
    package internal(set) var client: QUICDirection
    package internal(set) var server: QUICDirection
    /// What a Version Negotiation packet offered.
    package internal(set) var offeredVersions: [QUICVersion] = []
    /// A Retry came, and its tag was right as far as could be told.
    package internal(set) var isRetried = false
    package internal(set) var close: QUICClose?
    /// A packet of the server carried the client's connection ID.
    package internal(set) var isServerSeen = false
    /// The client's Initials are under keys from this connection ID.
    var keyID: ConnectionID
    var failures = 0

    /// Server lists are short; what is beyond is not kept.
    static let mostVersions = 16
    static let longestReason = 256
    /// Packets that open under no key cost two derivations each; after so many the client's own are tried no more.
    static let mostFailures = 16

    /// What a datagram brought about.
    package struct News: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        /// It begins another attempt, and was not taken.
        package static let foreign = Self(rawValue: 1)
        package static let initial = Self(rawValue: 2)
        /// The first packet of the server that answers this client.
        package static let answered = Self(rawValue: 4)
        package static let retry = Self(rawValue: 8)
        package static let versionNegotiation = Self(rawValue: 16)
        package static let closed = Self(rawValue: 32)
        package static let established = Self(rawValue: 64)
        package static let clientHello = Self(rawValue: 128)
        package static let serverHello = Self(rawValue: 256)
    }

    /// Whether a client's datagram may begin an attempt: cheap, because every datagram to the port is asked.
    package static func mayBegin(with datagram: Span<UInt8>) -> Bool {
        guard datagram.count >= 7, datagram[0] & 0xc0 == 0xc0 else { return false }
        let version = QUICVersion(rawValue: datagram.uint32(at: 1))
        guard version != .negotiation else { return false }
        // Clients fill their first datagram (RFC 9000 §14.1), which tells an unknown version from noise.
        return version.isKnown || version.isGrease || version.isGoogle || datagram.count >= 1200
    }

    /// From the client's first datagram, which is to be taken next. Nil where no attempt begins so.
    ///
    /// - Parameter limit: octets of either side's handshake that are kept until its hello is whole.
    package init?(first datagram: Span<UInt8>, limit: Int = 16_384) {
        guard Self.mayBegin(with: datagram) else { return nil }
        var bytes = datagram
        guard let header = try? QUICLongHeader(decoding: &bytes), header.kind != .retry, header.kind != .handshake else { return nil }
        self.init(header, limit: limit)
    }

    private init(_ header: QUICLongHeader, limit: Int) {
        version = header.version
        originalDestination = header.destination
        keyID = header.destination
        clientID = header.source
        client = QUICDirection(limit: limit)
        server = QUICDirection(limit: limit)
    }

    /// The server's Initial came.
    package var isAnswered: Bool { server.opened > 0 }
    /// The server's Initial came and did not open, for the capture cut it or its keys are not known.
    package var isUnread: Bool { isServerSeen && server.initials > 0 && !isAnswered }
    /// The server's Initial came, and more after it.
    package var isEstablished: Bool {
        (isAnswered && (client.others > 0 || server.others > 0)) || (isServerSeen && server.handshakes > 0)
    }
    /// Octets of handshakes that are not whole.
    package var heldOctets: Int { client.heldOctets + server.heldOctets }

    /// Lets go of hellos that are not whole.
    package mutating func abandonHellos() {
        client.abandonCrypto()
        server.abandonCrypto()
    }

    subscript(side: QUICSide) -> QUICDirection {
        get { side == .client ? client : server }
        _modify { if side == .client { yield &client } else { yield &server } }
    }

    // MARK: Datagrams

    /// Takes a UDP payload.
    package mutating func take(
        _ datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener, _ visitor: inout some QUICVisitor
    ) -> News {
        var news: News = []
        var walker = QUICPacketWalker()
        var start = 0
        let (wasSeen, wasUnread, wasEstablished) = (isServerSeen, isUnread, isEstablished)
        do throws(DecodeError) {
            while let packet = try walker.next(in: datagram) {
                take(packet, in: datagram, from: side, &opener, &visitor, &news)
                if news.contains(.foreign) { return news }
                start = walker.offset
            }
        } catch {
            var bytes = datagram.extracting(droppingFirst: start)
            // A capture that cuts a packet leaves its header, which tells what it is.
            if let header = try? QUICLongHeader(decoding: &bytes), header.kind == .initial || header.kind == .handshake {
                if header.kind == .initial { news.insert(.initial) } else { self[side].handshakes &+= 1 }
                if side == .server { noteServer(header) }
            }
            visitor.anomaly(error, at: walker.offset, inPayload: false)
        }
        self[side].datagrams &+= 1
        if news.contains(.initial) { self[side].initials &+= 1 }
        if isServerSeen, !wasSeen || (isUnread && !wasUnread) { news.insert(.answered) }
        if isEstablished, !wasEstablished { news.insert(.established) }
        return news
    }

    /// Where there is no opener there is no conversation.
    mutating func take(
        _ datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener?, _ visitor: inout some QUICVisitor
    ) -> News {
        guard var taken = opener.take() else { return [] }
        let news = take(datagram, from: side, &taken, &visitor)
        opener = consume taken
        return news
    }

    private mutating func take(
        _ packet: QUICPacket, in datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener,
        _ visitor: inout some QUICVisitor, _ news: inout News
    ) {
        switch packet {
        case .protected(let protected) where protected.kind == .initial:
            initial(protected, in: datagram, from: side, &opener, &visitor, &news)
        case .protected(let protected):
            if side == .server {
                noteServer(protected.header)
            } else if protected.header.destination == serverID {
                version = protected.header.version
            }
            if protected.kind == .handshake { self[side].handshakes &+= 1 } else { self[side].zeroRTTs &+= 1 }
            visitor.packet(packet, .noKeys)
        case .retry(let retry):
            let isRight = side == .server ? take(retry, in: datagram, &opener, &news) : nil
            visitor.packet(packet, .verified(isRight))
        case .versionNegotiation(let negotiation):
            if side == .server { take(negotiation, in: datagram, &news) }
            visitor.packet(packet, .plain)
        case .unknown(let header, _):
            if side == .client, self.client.datagrams > 0, header.destination != originalDestination, header.source != clientID {
                news.insert(.foreign)
                return
            }
            if side == .server { noteServer(header) } else { news.insert(.initial) }
            visitor.packet(packet, .noKeys)
        case .short(let firstOctet, let octets):
            // Some clients fill their datagram behind the Initial instead of within it; a short header has its fixed bit set (RFC 9000
            // §17.3.1) wherever an Initial can stand before it.
            if firstOctet & 0x40 != 0 || octets.lowerBound == 0 { self[side].shorts &+= 1 }
            visitor.packet(packet, .noKeys)
        }
    }

    /// It answers where it has the client's connection ID, or the one that only this client's Initials show: Envoy closes so, with an empty
    /// ID for the client.
    mutating func noteServer(_ header: QUICLongHeader) {
        guard header.destination == clientID || header.source == keyID else { return }
        isServerSeen = true
    }

    // MARK: Retry and Version Negotiation

    private mutating func take(
        _ retry: QUICRetry, in datagram: Span<UInt8>, _ opener: inout InitialOpener, _ news: inout News
    ) -> Bool? {
        let isRight = opener.verifies(retry, in: datagram, original: keyID)
        // A client takes one Retry, before any other answer, with an ID of its own (RFC 9000 §17.2.5.2).
        guard isRight != false, !isRetried, !isAnswered, retry.header.destination == clientID, retry.header.source != keyID else {
            return isRight
        }
        isRetried = true
        isServerSeen = true
        serverID = retry.header.source
        follow(version, retry.header.source)
        news.insert(.retry)
        return isRight
    }

    private mutating func take(_ negotiation: QUICVersionNegotiation, in datagram: Span<UInt8>, _ news: inout News) {
        let offered = negotiation.supportedVersions(in: datagram)
        // It echoes both IDs (RFC 8999 §6). A client is to discard a list with its own version (RFC 9000 §6.2), but one that offers grease
        // and meets it in the list goes on with another: what it does next tells.
        guard negotiation.header.destination == clientID, negotiation.header.source == keyID, !isAnswered else { return }
        offeredVersions = Array(offered.prefix(Self.mostVersions))
        isServerSeen = true
        news.insert(.versionNegotiation)
    }

    /// From now on the Initials are under other keys.
    mutating func follow(_ version: QUICVersion, _ id: ConnectionID) {
        self.version = version
        keyID = id
        client.keys = nil
        server.keys = nil
    }
}
