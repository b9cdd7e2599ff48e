import Wire

/// What is remembered of a connection while its first octets are read.
struct Session: Sendable {
    let vlan: UInt32
    let clientIsLower: Bool
    let first: FrameReference
    private(set) var last: FrameReference
    private(set) var reader = SessionReader()
    private var client: StreamBuffer
    private var server: StreamBuffer
    private var clientAcknowledged: UInt32?
    private var serverAcknowledged: UInt32?
    /// The sequence number of a side's FIN.
    private var clientFinish: UInt32?
    private var serverFinish: UInt32?
    private var firstFinish: (side: TCPConnection.Side, frame: FrameReference)?
    private var reset: (side: TCPConnection.Side, frame: FrameReference)?
    /// Where the ClientHello ends.
    private var helloEnd: UInt32?
    private(set) var isServerHeard = false
    private var isHelloTold = false
    private var isAnswerTold = false
    var isSilenceTold = false
    /// Octets are missing by the capture's doing.
    private var hasCuts = false
    private var hasExchanges = false

    /// Octets that come early wait, up to so many in either direction.
    static let longestGap = 65_536

    init(_ packet: borrowing Packet, clientIsLower: Bool, clientStart: UInt32, serverStart: UInt32?) {
        vlan = packet.vlan.key
        self.clientIsLower = clientIsLower
        (first, last) = (packet.frame, packet.frame)
        client = StreamBuffer(limit: Self.longestGap)
        server = StreamBuffer(limit: Self.longestGap)
        client.begin(at: clientStart)
        if let serverStart { server.begin(at: serverStart) }
    }

    mutating func release() {
        reader = SessionReader()
        client = StreamBuffer(limit: 0)
        server = StreamBuffer(limit: 0)
    }

    var heldOctets: Int { client.kept + server.kept + reader.tls.heldOctets }

    // MARK: Segments

    /// What a segment brought about: small, because a session is large, and few segments bring anything.
    struct Step {
        /// Octets that are held more than before.
        var held: Int
        var isHello: Bool
        var isAnswer: Bool
        /// Responses wait to be taken.
        var hasAnswered: Bool
        var failure: DecodeError?
        var end: End?
        var state: State
    }

    /// What is waited for.
    enum State { case idle, opening, waiting }

    mutating func take(_ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, from side: TCPConnection.Side) -> Step {
        let held = heldOctets
        read(tcp, packet, in: bytes, from: side)
        let isHello = !isHelloTold && reader.kind == .tls && reader.tls.notes.frames.clientHello != nil
        let isAnswer = !isAnswerTold && reader.kind == .tls && reader.tls.notes.frames.serverHello != nil
        if isHello { isHelloTold = true }
        if isAnswer { isAnswerTold = true }
        return Step(
            held: heldOctets - held, isHello: isHello, isAnswer: isAnswer, hasAnswered: reader.http.hasAnswered,
            failure: reader.tls.notes.takeFailure(), end: end, state: state)
    }

    private var state: State {
        switch reader.kind {
        case .tls: isHelloTold && !isServerHeard && !isSilenceTold ? .waiting : .opening
        case .http: reader.http.isWaiting ? .opening : .idle
        case .unknown, .postgreSQL, .other: .opening
        }
    }

    private mutating func read(_ tcp: TCPHeader, _ packet: borrowing Packet, in bytes: Span<UInt8>, from side: TCPConnection.Side) {
        let sequence = tcp.flags.contains(.syn) ? tcp.sequence &+ 1 : tcp.sequence
        let octets = bytes.extracting(packet.payload)
        last = packet.frame
        if packet.isCut { hasCuts = true }
        if side == .originator {
            if tcp.flags.contains(.ack) { clientAcknowledged = tcp.acknowledgment }
            Self.read(&client, sequence, octets, &reader, side, packet.frame)
            if helloEnd == nil, reader.tls.notes.frames.clientHello != nil { helloEnd = client.next }
        } else {
            if !octets.isEmpty { isServerHeard = true }
            if tcp.flags.contains(.ack) {
                serverAcknowledged = tcp.acknowledgment
                if let helloEnd, !tcp.acknowledgment.isBehind(helloEnd) { reader.tls.notes.acknowledged(by: packet.frame) }
            }
            Self.read(&server, sequence, octets, &reader, side, packet.frame)
        }
        if tcp.flags.contains(.rst) {
            reset = reset ?? (side, packet.frame)
        } else if tcp.flags.contains(.fin) {
            let end = sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength)
            if side == .originator { clientFinish = end } else { serverFinish = end }
            firstFinish = firstFinish ?? (side, packet.frame)
        }
    }

    private static func read(
        _ buffer: inout StreamBuffer, _ sequence: UInt32, _ octets: Span<UInt8>, _ reader: inout SessionReader, _ side: TCPConnection.Side,
        _ frame: FrameReference
    ) {
        buffer.take(sequence, octets) { reader.take($0, from: side, frame) }
    }

    mutating func takeAnswered() -> [(HTTPExchange.Request, HTTPExchange.Response)] {
        hasExchanges = true
        return reader.http.takeAnswered()
    }

    // MARK: The end

    struct End {
        var cause: Cause
        var side: TCPConnection.Side?
        var frame: FrameReference

        enum Cause { case complete, alert, notUnderstood, reset, closed, unanswered, cut }
    }

    /// What the segment that was just taken decides, if it decides anything.
    private var end: End? {
        switch reader.kind {
        case .other: return End(cause: .cut, side: nil, frame: last)
        case .tls:
            if reader.tls.notes.isRefused { return End(cause: .alert, side: reader.tls.notes.alert?.side, frame: last) }
            if reader.tls.notes.isNotTLS { return End(cause: .notUnderstood, side: nil, frame: last) }
            if reader.tls.notes.isEstablished { return End(cause: .complete, side: nil, frame: last) }
        case .http:
            if !reader.http.answer.isEmpty { return End(cause: .notUnderstood, side: nil, frame: last) }
            if reader.http.isOver { return End(cause: .cut, side: nil, frame: last) }
        case .unknown, .postgreSQL: break
        }
        if reader.tls.isDamaged || client.isLost || server.isLost { return End(cause: .cut, side: nil, frame: last) }
        if let reset { return End(cause: lacksOctets ? .cut : .reset, side: reset.side, frame: reset.frame) }
        guard let firstFinish else { return nil }
        if clientFinish != nil, serverFinish != nil {
            return End(cause: lacksOctets ? .cut : .closed, side: firstFinish.side, frame: firstFinish.frame)
        }
        // A client may have said all and still wait for its response (RFC 9112 §9.6).
        if reader.kind == .http, serverFinish == nil { return nil }
        return lacksOctets ? nil : End(cause: .closed, side: firstFinish.side, frame: firstFinish.frame)
    }

    /// Why a session ends that no segment ends.
    enum Unseen { case timeOut, endOfCapture, reuse, eviction }

    /// The time is over, or the capture, or the memory. A request may take long: only who waited in full got no answer.
    func endUnseen(_ reason: Unseen) -> End {
        let isUnanswered = reader.kind == .http ? reason == .timeOut && !lacksOctets : isSilent && reason != .eviction
        return End(cause: isUnanswered ? .unanswered : .cut, side: nil, frame: last)
    }

    private var isSilent: Bool { isSilenceTold && !isServerHeard }

    /// Octets came that were not seen: a gap, a FIN that lies ahead, or an acknowledgment of more.
    private var lacksOctets: Bool {
        client.hasGap || server.hasGap || client.lacks(upTo: clientFinish, acknowledged: serverAcknowledged)
            || server.lacks(upTo: serverFinish, acknowledged: clientAcknowledged)
    }

    // MARK: Facts

    /// Nothing that was cut decides anything where the handshake, or an exchange, was read all the same.
    func unread(_ key: FlowKey, _ end: End, at time: Timestamp) -> UnreadSession? {
        let lacksHello = reader.kind == .tls && reader.tls.notes.clientHello == nil
        guard hasCuts, end.cause == .cut || lacksHello, reader.kind != .other, !hasExchanges else { return nil }
        let (client, server) = key.ends(lowerFirst: clientIsLower)
        return UnreadSession(client: client, server: server, first: first, time: time)
    }

    func handshake(_ key: FlowKey, _ end: End?, _ fingerprint: Fingerprint?, at time: Timestamp) -> TLSHandshake {
        let notes = reader.tls.notes
        var frames = notes.frames
        frames.end = end.flatMap { $0.cause == .unanswered || $0.cause == .cut ? nil : $0.frame }
        let (client, server) = key.ends(lowerFirst: clientIsLower)
        return TLSHandshake(
            client: client, server: server, vlan: vlan,
            clientHello: notes.clientHello, serverHello: notes.serverHello, retryGroup: notes.retryGroup, certificate: notes.certificate,
            alert: notes.alert, isShortened: notes.isShortened, answer: notes.answer, isPostgreSQL: reader.isPostgreSQL, first: first,
            last: last, frames: frames,
            stage: notes.stage, outcome: end?.tlsOutcome,
            endedBy: end?.cause == .cut ? nil : end?.side,
            fingerprints: end == nil || notes.isShortened
                ? nil : fingerprint.map { TLSHandshake.Fingerprints(notes.clientHello, notes.serverHello, $0) },
            time: time)
    }

    func exchange(
        _ key: FlowKey, _ request: HTTPExchange.Request, _ response: HTTPExchange.Response?, _ end: End?, at time: Timestamp
    ) -> HTTPExchange {
        let isEnded = end?.cause == .reset || end?.cause == .closed
        let isNotUnderstood = end?.cause == .notUnderstood
        let (client, server) = key.ends(lowerFirst: clientIsLower)
        return HTTPExchange(
            client: client, server: server, vlan: vlan, request: request,
            response: response, answer: isNotUnderstood ? reader.http.answer : [], outcome: end?.httpOutcome ?? .answered,
            endedBy: isEnded ? end?.side : nil, end: isEnded || isNotUnderstood ? end?.frame : nil, time: time)
    }
}

extension Session.End {
    var tlsOutcome: TLSHandshake.Outcome {
        switch cause {
        case .complete: .established
        case .alert: .alert
        case .notUnderstood: .notTLS
        case .reset: .reset
        case .closed: .closed
        case .unanswered: .unanswered
        case .cut: .cut
        }
    }

    var httpOutcome: HTTPExchange.Outcome {
        switch cause {
        case .notUnderstood: .notHTTP
        case .reset: .reset
        case .closed: .closed
        case .unanswered: .unanswered
        case .complete, .alert, .cut: .cut
        }
    }
}

extension TLSHandshake.Fingerprints {
    fileprivate init(_ clientHello: ClientHello?, _ serverHello: ServerHello?, _ fingerprint: Fingerprint) {
        ja3 = clientHello.map(fingerprint.ja3)
        ja3s = serverHello.map(fingerprint.ja3s)
        ja4 = clientHello.map { fingerprint.ja4($0, over: .tcp) }
    }
}

extension StreamBuffer {
    /// A FIN takes one number behind the last octet (RFC 9293 §3.4).
    fileprivate func lacks(upTo finish: UInt32?, acknowledged: UInt32?) -> Bool {
        guard let next else { return false }
        if let finish, next.isBehind(finish) { return true }
        return acknowledged.map { (next &+ (finish == nil ? 0 : 1)).isBehind($0) } ?? false
    }
}

extension UInt32 {
    /// Of two sequence numbers, this one comes first.
    fileprivate func isBehind(_ other: UInt32) -> Bool { Int32(bitPattern: other &- self) > 0 }
}
