package import Wire

/// What happened, as a correlator states it: facts, never conclusions.
///
/// Facts are large and handed on often, so each stands apart in memory.
package indirect enum FlowEvent: Sendable {
    /// A watched address changed hands, or was claimed for the first time or again.
    case announcement(Announcement)
    /// Any claim on a watched address.
    case claim(Claim)
    /// A request for a watched address got no answer, as far as the asker's behaviour or this sensor's view shows.
    case unanswered(UnansweredRequest)
    /// Two stations claim one address at one time.
    case conflict(ClaimConflict)
    case tcp(TCPConnection, TCPChange)
    /// Many connections that failed alike.
    case flood(ConnectionFlood)
    case icmpError(ICMPError)
    case echo(EchoExchange)
    case dns(DNSTransaction)
    case quic(QUICAttempt, QUICChange)
    case tls(TLSHandshake, TLSChange)
    case http(HTTPExchange)
    case handover(Handover, HandoverChange)
    case loop(RouteLoop)
    /// Somebody uses a way around: a tunnel, a mesh, an overlay, a public address.
    case sighting(Sighting)
    /// What a client did to reach a watched address, all of it, once its time is over.
    case attempt(UserAttempt)
    /// The capture cut what a connection began with.
    case unread(UnreadSession)

    /// What kind of fact it is, for those who care about some kinds only.
    package struct Kinds: OptionSet, Sendable {
        package var rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        package static let announcement = Self(rawValue: 1 << 0)
        package static let claim = Self(rawValue: 1 << 1)
        package static let unanswered = Self(rawValue: 1 << 2)
        package static let conflict = Self(rawValue: 1 << 3)
        package static let tcp = Self(rawValue: 1 << 4)
        package static let icmpError = Self(rawValue: 1 << 5)
        package static let echo = Self(rawValue: 1 << 6)
        package static let dns = Self(rawValue: 1 << 7)
        package static let quic = Self(rawValue: 1 << 8)
        package static let tls = Self(rawValue: 1 << 9)
        package static let http = Self(rawValue: 1 << 10)
        package static let handover = Self(rawValue: 1 << 11)
        package static let loop = Self(rawValue: 1 << 12)
        package static let sighting = Self(rawValue: 1 << 13)
        package static let attempt = Self(rawValue: 1 << 14)
        package static let flood = Self(rawValue: 1 << 15)
        package static let unread = Self(rawValue: 1 << 16)
    }

    package var kind: Kinds {
        switch self {
        case .announcement: .announcement
        case .claim: .claim
        case .unanswered: .unanswered
        case .conflict: .conflict
        case .tcp: .tcp
        case .flood: .flood
        case .icmpError: .icmpError
        case .echo: .echo
        case .dns: .dns
        case .quic: .quic
        case .tls: .tls
        case .http: .http
        case .handover: .handover
        case .loop: .loop
        case .sighting: .sighting
        case .attempt: .attempt
        case .unread: .unread
        }
    }

    /// When it happened: a packet's time, or a deadline.
    package var time: Timestamp {
        switch self {
        case .announcement(let event): event.claim.frame.time
        case .claim(let event): event.frame.time
        case .unanswered(let event): event.time
        case .conflict(let event): event.time
        case .tcp(let event, _): event.time
        case .flood(let event): event.time
        case .icmpError(let event): event.frame.time
        case .echo(let event): event.time
        case .dns(let event): event.time
        case .quic(let event, _): event.time
        case .tls(let event, _): event.time
        case .http(let event): event.time
        case .handover(let event, _): event.time
        case .loop(let event): event.passes.last?.frame.time ?? .distantPast
        case .sighting(let event): event.last.time
        case .attempt(let event): event.time
        case .unread(let event): event.time
        }
    }
}
