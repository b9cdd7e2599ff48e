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

/// A station on the LAN, as far as it is known.
package struct Station: Hashable, Sendable {
    package var mac: MACAddress
    /// The address that it claims as its own in ARP or Neighbor Discovery, other than a VIP.
    package var address: IPAddress?

    package init(mac: MACAddress, address: IPAddress? = nil) {
        self.mac = mac
        self.address = address
    }
}

/// A host says that an address is its own (CATALOGUE: "claim"; RFC 826, RFC 5227, RFC 4861 §7.2).
package struct Claim: Hashable, Sendable {
    package var vlan: UInt32
    package var address: IPAddress
    package var station: Station
    package var means: Means
    package var frame: FrameReference
    /// The asker whose request it answers, and that request, where it was seen.
    package var asker: Station?
    package var request: FrameReference?
    /// The asker's last question for an address that is no VIP, and another station's answer: how quick this LAN is for that asker.
    package var otherExchange: OtherExchange?
    /// Caches take it over an address that they hold (RFC 4861 §7.2.4); advertisements of proxies and anycast addresses do not ask for that.
    package var overrides = true
    /// Answers of the station for addresses that nobody watches: one for each address, as far as eight.
    package var otherAnswers: [FrameReference] = []
    /// It asked whether the address was free before it claimed it (RFC 5227 §2.1).
    package var probe: FrameReference?

    package struct OtherExchange: Hashable, Sendable {
        package var request: FrameReference
        package var reply: FrameReference
        package var station: MACAddress
    }

    package enum Means: String, Hashable, Sendable, CaseIterable {
        case reply
        /// A request whose sender address is the claimed one.
        case request
        case gratuitousRequest = "gratuitous_request"
        case gratuitousReply = "gratuitous_reply"
        /// A VRRP advertisement that lists the address.
        case vrrp
        /// A neighbor advertisement that answers a solicitation (RFC 4861 §4.4).
        case neighborAdvertisement = "neighbour_advertisement"
        /// One that nobody asked for (RFC 4861 §7.2.6), or that defends the address (RFC 4862 §5.4.3).
        case unsolicitedAdvertisement = "unsolicited_neighbour_advertisement"
        /// A neighbor solicitation whose source is the claimed address.
        case neighborSolicitation = "neighbour_solicitation"

        package var isGratuitous: Bool { self == .gratuitousRequest || self == .gratuitousReply || self == .unsolicitedAdvertisement }
        /// It answers somebody's question.
        package var isAnswer: Bool { self == .reply || self == .neighborAdvertisement }
    }
}

package struct Announcement: Hashable, Sendable {
    package var claim: Claim
    package var action: Action
    /// The announcer before, in a move or a conflict.
    package var previous: Claim?

    package enum Action: String, Hashable, Sendable, CaseIterable {
        case first, moved, renewed, conflict
    }
}

/// A run of ARP requests, or neighbor solicitations, by one asker that no visible reply answered.
package struct UnansweredRequest: Hashable, Sendable {
    package var vlan: UInt32
    package var address: IPAddress
    package var asker: Asker
    /// The first requests of the run.
    package var requests: [FrameReference]
    /// All requests of the run so far.
    package var count: Int
    package var basis: Basis
    /// The capture ended before the answer's time was over.
    package var isCut: Bool
    package var time: Timestamp
    /// The last gratuitous claim on the address, where there was one: announced is not resolvable.
    package var announced: Claim?
    /// The ICMP error in which the asker says that it found nobody.
    package var gaveUp: FrameReference?

    /// Why silence means something here (CATALOGUE: vantage, rules 2, 3 and 4).
    package enum Basis: String, Hashable, Sendable {
        /// Unicast from and to the asker is visible to this sensor.
        case visible
        /// The asker repeats itself as ARP retransmission does.
        case retransmission
        /// The asker says so itself: it is a router that tells others that the host is unreachable.
        case gaveUp = "gave_up"
    }
}

/// Who asks, and what else it does on this LAN: what decides whether its question counts.
package struct Asker: Hashable, Sendable {
    package var station: Station
    /// It claimed the address itself.
    package var claimedIt: Bool
    /// Packets from the address came from its MAC.
    package var sentFromIt: Bool
    /// Packets to the address go to its MAC.
    package var receivesIt = false
    /// It forwards packets of other hosts.
    package var forwards: Bool
    /// It answers DNS queries of other hosts.
    package var resolves: Bool
}

/// The stage that a connection has just reached.
package enum TCPChange: String, Hashable, Sendable {
    case synRetransmitted, established
    /// The client sent its SYN again and waited in vain.
    case fellSilent
    /// It is over, refused and rejected ones included: the record of the whole connection.
    case ended
}

package struct TCPConnection: Hashable, Sendable {
    package var originator: Endpoint
    package var responder: Endpoint
    package var vlan: UInt32
    package var first: FrameReference
    package var last: FrameReference
    /// The SYN and its retransmissions, as far as the first three.
    package var syns: FirstFrames
    package var synCount: Int
    package var synACK: FrameReference?
    /// What completed the handshake.
    package var ack: FrameReference?
    /// The RST or ICMP error that refused it, or the segment that ended it.
    package var end: FrameReference?
    package var handshake: Handshake
    package var outcome: Outcome
    package var endedBy: Side?
    package var originatorMAC: MACAddress?
    /// Where the originator's frames go.
    package var nextHopMAC: MACAddress?
    package var responderMAC: MACAddress?
    package var originatorTTL: UInt8?
    package var responderTTL: UInt8?
    package var originatorPackets: UInt32
    package var responderPackets: UInt32
    /// Payload octets, retransmitted ones included.
    package var originatorBytes: UInt64
    package var responderBytes: UInt64
    /// Copies of its packets seen on their way to a next hop.
    package var hops: UInt16
    package var time: Timestamp
    /// The SYN's window and options, and the SYN-ACK's.
    package var originatorOffer: TCPOffer?
    package var responderOffer: TCPOffer?
    var shared: Shared<TCPTraffic>?

    /// What became of its data, and what went wrong with it; nil where there is nothing to tell of either.
    package var traffic: TCPTraffic? { shared?.value }

    package enum Handshake: UInt8, Hashable, Sendable, CaseIterable {
        case notSeen, unanswered, answered, established, refused, rejected

        package var name: StaticString {
            switch self {
            case .notSeen: "not_seen"
            case .unanswered: "unanswered"
            case .answered: "answered"
            case .established: "established"
            case .refused: "refused"
            case .rejected: "rejected"
            }
        }
    }

    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        case open, closed, reset, refused, rejected, unanswered, idle, evicted
    }

    package enum Side: String, Hashable, Sendable, CaseIterable { case originator, responder }
}

/// A DNS query and its answer, or its time-out.
package struct DNSTransaction: Hashable, Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var id: UInt16
    package var type: DNSType
    package var query: FrameReference?
    /// Nil where no answer came.
    package var response: FrameReference?
    /// The answer, or the query where none came.
    package var message: DNSOctets
    package var role: ServerRole
    /// The watched zone that the name is in.
    package var zone: DNSName?
    /// A watched VIP is among the answers.
    package var namesVIP: IPAddress?
    /// The capture ended before the answer's time was over.
    package var isCut = false
    package var time: Timestamp
    package var transport = Transport.udp
    /// The TTL, or hop limit, that the answer came with.
    package var responseTTL: UInt8?
    /// Of one without an answer: the same message again.
    package var again: FrameReference?
    /// The client asks for others.
    package var clientResolves = false
    /// Of a question about a name of a watched zone: all that the resolver which was asked, or which asks, put to other servers about it, from
    /// the client's question on or within ten seconds.
    package var upstream: [UpstreamQuestion] = []

    package enum Transport: UInt8, Hashable, Sendable, CaseIterable { case udp, tcp }

    package enum ServerRole: String, Hashable, Sendable, CaseIterable {
        case authority, resolver, `public`, unknown
    }

    /// The name asked for, as the message spells it.
    package var name: DNSName { message.name }
    package var responseCode: DNSResponseCode? { response == nil ? nil : message.responseCode }
}
