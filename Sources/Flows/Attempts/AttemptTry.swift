import Wire

/// One try of a client to speak to a watched address: a QUIC attempt, or a TCP connection with what it carries.
struct AttemptTry: Sendable {
    /// The client's port, the server's, and the protocol: what tells tries of one client apart that go on at one time.
    struct ID: Equatable, Sendable {
        var transport: IPProtocol
        var client: Port
        var server: Port
    }

    let id: ID
    var name: DNSName?
    var first: FrameReference
    /// The last frame up to what decided it: what a connection carries later is none of the attempt's.
    var last: FrameReference
    var quic: QUICAttempt.Outcome?
    var established: FrameReference?
    var tcp: UserAttempt.TCP?
    var tls: UserAttempt.TLS?
    var http: UserAttempt.HTTP?
    /// Its time was over, or it was refused.
    private var hasFailed = false

    init(_ id: ID, _ first: FrameReference) {
        self.id = id
        (self.first, last) = (first, first)
    }

    private mutating func reaches(_ frame: FrameReference?) {
        if let frame, frame > last { last = frame }
    }

    // MARK: Facts

    mutating func take(_ attempt: QUICAttempt, _ change: QUICChange) {
        if change == .established { established = attempt.last }
        // It may go on for long, and end as it likes.
        guard established == nil || change == .established else { return }
        quic = attempt.outcome
        name = name ?? attempt.serverName.flatMap { DNSName(host: $0.description) }
        hasFailed =
            switch change {
            case .closed, .rejected, .fellSilent: true
            case .ended: !attempt.isCut && attempt.outcome != .answered
            case .answered, .established: false
            }
        reaches(attempt.end ?? attempt.last)
    }

    mutating func take(_ connection: TCPConnection, _ change: TCPChange) {
        let isDone = tcp?.handshake == .established
        tcp = UserAttempt.TCP(
            count: 1, handshake: connection.handshake, port: connection.responder.port, syn: connection.first, synACK: connection.synACK,
            ack: connection.ack)
        if connection.first < first { first = connection.first }
        guard !isDone else { return }
        hasFailed = change == .fellSilent || change == .ended && [.refused, .rejected, .unanswered].contains(connection.outcome)
        reaches(connection.last)
    }

    mutating func take(_ handshake: TLSHandshake, _ change: TLSChange) {
        name = name ?? handshake.serverName.flatMap { DNSName(host: $0.description) }
        tls = UserAttempt.TLS(
            outcome: handshake.outcome ?? (change == .fellSilent ? .unanswered : nil), clientHello: handshake.frames.clientHello,
            serverHello: handshake.frames.serverHello, offered: handshake.clientHello?.applicationProtocols ?? [],
            chosen: handshake.serverHello?.applicationProtocol, version: handshake.serverHello?.version)
        reaches(handshake.frames.serverHello ?? handshake.frames.clientHello)
        reaches(handshake.frames.end)
    }

    /// The first exchange that was answered counts, else the last.
    mutating func take(_ exchange: HTTPExchange) {
        guard http?.response == nil else { return }
        name = name ?? exchange.request.domain.flatMap(DNSName.init(host:))
        http = UserAttempt.HTTP(
            outcome: exchange.outcome, status: exchange.response?.status, request: exchange.request.frame,
            response: exchange.response?.frame)
        reaches(exchange.request.frame)
        reaches(exchange.response?.frame ?? exchange.end)
    }

    // MARK: Outcome

    struct Answer {
        var outcome: UserAttempt.Outcome
        var frame: FrameReference

        /// An encrypted session is what the user waits for; a redirect to it, or an open port, is only the way there.
        private var rank: Int {
            switch outcome {
            case .http3, .tls: 0
            case .http: 1
            default: 2
            }
        }

        func isBefore(_ other: Self) -> Bool { (rank, frame) < (other.rank, other.frame) }
    }

    /// What it got, where it got anything.
    var answer: Answer? {
        if let established { return Answer(outcome: .http3, frame: established) }
        if let tls { return tls.isFailed ? nil : tls.serverHello.map { Answer(outcome: .tls, frame: $0) } }
        if let http { return http.response.map { Answer(outcome: .http, frame: $0) } }
        guard let tcp, tcp.handshake == .established, let frame = tcp.synACK ?? tcp.ack else { return nil }
        return Answer(outcome: .tcp, frame: frame)
    }

    var isFailed: Bool {
        if let tls { return tls.isFailed }
        if let http { return http.response == nil && http.outcome != .cut }
        return hasFailed
    }
}

extension UserAttempt.TLS {
    fileprivate var isFailed: Bool {
        switch outcome {
        case .alert, .reset, .closed, .unanswered, .notTLS: true
        case .established, .cut, nil: false
        }
    }
}

extension DNSName {
    /// A host's name; an address is none.
    fileprivate init?(host: String) {
        guard !host.mayBeAddress || IPAddress(host) == nil, !host.hasPrefix("[") else { return nil }
        self.init(host)
    }
}

extension String {
    /// An address ends with a digit, or has colons: to look is quicker than to parse, and nearly every host has a name.
    fileprivate var mayBeAddress: Bool { utf8.last.map { (0x30...0x39).contains($0) } ?? false || utf8.contains(0x3a) }
}
