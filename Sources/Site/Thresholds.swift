package import Wire

/// What a finding's proof is measured by. Each value has its reason here, and the site file may give another.
///
/// Time-outs and sizes of the correlators stand in `Limits`.
package struct Thresholds: Hashable, Sendable {
    // MARK: Announcers

    /// One MAC alone answers for this long after the last conflict: the rival is gone (RFC 5227 §2.4: DEFEND_INTERVAL).
    package var soleAnnouncer = Interval.seconds(10)
    /// A service gap in a failover that users notice: browsers and HTTP clients have sent their second SYN by then (RFC 6298 §2.1).
    package var failoverGap = Interval.seconds(2)
    /// A client acts on a gratuitous claim at once; frames to the old MAC beyond this are no race.
    package var staleAfterClaim = Interval.seconds(1)
    /// Frames to the old MAC that prove it: one may have been under way.
    package var staleFrames = 2
    /// Moves within the window that are no failover with its fail-back.
    package var flappingMoves = 3
    package var flappingWindow = Interval.seconds(60)
    /// Between two moves only the new announcer claims; claims of both within this are a conflict.
    package var flappingQuiet = Interval.seconds(1)
    /// Other addresses that a claimant answers for: nodes answer for their own and for VIPs, proxies for everybody's.
    package var proxyAddresses = 3
    /// Passes of one datagram: a forwarded hop makes two.
    package var loopPasses = 3

    // MARK: TCP

    /// A node that finds no neighbour says so 3.06 s after the first packet (three requests, RFC 4861 §10: MAX_MULTICAST_SOLICIT and
    /// RETRANS_TIMER): before that, silence may yet be broken.
    package var neighbourFailure = Interval.milliseconds(3500)
    /// A client's second SYN comes 1 s after its first (RFC 6298 §2.1), less the slack of its timer: one that follows sooner is a scanner's.
    package var synRetransmission = Interval.milliseconds(900)
    /// SYNs in all for a proof: one retransmission may be one lost packet.
    package var provenSYNs = 3
    /// Refusals in a row of a client that had been served: one or two may be a broken backend's among several.
    package var refusals = 3
    /// Connections of one client within this meet the same state of the service: longer, and it may have been repaired meanwhile.
    package var backendWindow = Interval.seconds(60)
    /// Full-size segments sent again: fewer may be loss (RFC 8899 §5.1.2: MAX_PROBES 3).
    package var blackholeRetransmissions = 3
    /// Rest before a reset that makes it an idle time-out: longer than keep-alive pauses inside an exchange.
    package var idleSilence = Interval.seconds(5)
    /// Idle times that die at one value make that value a setting, not chance.
    package var idleCluster = 5
    /// Handshakes that a median is taken of.
    package var slowHandshakes = 20
    /// A median beyond this, and beyond ten times the LAN's own, is no switch's delay.
    package var slowHandshake = Interval.milliseconds(50)
    package var slowFactor = 10

    // MARK: DNS

    /// Denied names that make it likely, and prove, that the zone is empty: one or two may be typing errors.
    package var likelyNames = 2
    package var provenNames = 3
    /// Resolvers ask again, or elsewhere, after this (dnsmasq and unbound: 0.4 to 2 s; measured).
    package var authoritySilence = Interval.seconds(2)
    /// An authority's answers are set against each other for this long. k8s-gateway's records and denials live for a minute, so that names in use
    /// are asked for again well within it, and what was true before says little of a server that has lost its watch since.
    package var zoneMemory = Interval.seconds(600)
    /// Data for one type and a denial for another, this close together, are one state of the name and no change of it.
    package var sameMinute = Interval.seconds(60)
    /// No cache keeps a denial longer (RFC 2308 §5: one to three hours have been found to work well).
    package var negativeCache = Interval.seconds(10_800)
    /// An answer that takes this long comes from beyond the router: a router's own takes less than 1 ms, and access networks take 3 ms and more.
    package var outsideAnswer = Interval.milliseconds(3)

    // MARK: QUIC

    /// TCP belongs to the try if it begins between this long before the first Initial and that long after the last: browsers race, and give
    /// up on QUIC after 4 to 10 s (measured).
    package var tcpBeforeQUIC = Interval.seconds(1)
    package var tcpAfterQUIC = Interval.seconds(10)
    /// An Initial this long after the first is a repetition: an unanswered hello is sent again after 0.2 to 1 s (RFC 9002 §6.2.2; measured), and
    /// the parts of one hello leave within milliseconds.
    package var quicRepetition = Interval.milliseconds(100)
    /// A connection from before the capture may rest unseen for this long and still serve (Chromium keeps idle ones for 5 minutes).
    package var keptConnection = Interval.seconds(300)
    /// cloudflared gives up on QUIC for TCP after this at the latest: five retries that wait 1 to 16 s, each with a handshake's time-out of 5 s,
    /// make a minute, and its edges are tried in turn.
    package var tunnelFallback = Interval.seconds(300)

    // MARK: TLS and HTTP

    /// Connections with one server name that must fail.
    package var refusedNames = 2
    /// Time that renewal by ACME has left, which begins 30 days before the end: something is wrong with it.
    package var certificateLeft = Interval.seconds(14 * 86_400)
    /// Certificates made for less have no 14 days to begin with, and are renewed by the clock (CA/Browser Forum, Baseline Requirements 1.6.1:
    /// a short-lived certificate is valid for 7 days at most, both ends counted).
    package var shortLivedCertificate = Interval.seconds(7 * 86_400)
    /// Redirects to one URL within the window: 80 to 443 makes one, a log-in two.
    package var redirects = 3
    package var redirectWindow = Interval.seconds(10)

    package init() {}

    /// Names in the site file: a duration, or a count.
    package static let durations: [(name: String, path: any WritableKeyPath<Self, Interval> & Sendable)] = [
        ("sole_announcer", \.soleAnnouncer), ("failover_gap", \.failoverGap), ("stale_after_claim", \.staleAfterClaim),
        ("flapping_window", \.flappingWindow), ("flapping_quiet", \.flappingQuiet), ("neighbour_failure", \.neighbourFailure),
        ("syn_retransmission", \.synRetransmission),
        ("idle_silence", \.idleSilence), ("slow_handshake", \.slowHandshake), ("authority_silence", \.authoritySilence),
        ("tcp_before_quic", \.tcpBeforeQUIC), ("tcp_after_quic", \.tcpAfterQUIC), ("certificate_left", \.certificateLeft),
        ("short_lived_certificate", \.shortLivedCertificate),
        ("redirect_window", \.redirectWindow), ("quic_repetition", \.quicRepetition), ("kept_connection", \.keptConnection),
        ("backend_window", \.backendWindow),
        ("zone_memory", \.zoneMemory), ("same_minute", \.sameMinute),
        ("negative_cache", \.negativeCache), ("outside_answer", \.outsideAnswer),
        ("tunnel_fallback", \.tunnelFallback),
    ]
    package static let counts: [(name: String, path: any WritableKeyPath<Self, Int> & Sendable)] = [
        ("stale_frames", \.staleFrames), ("flapping_moves", \.flappingMoves), ("proxy_addresses", \.proxyAddresses),
        ("loop_passes", \.loopPasses), ("proven_syns", \.provenSYNs), ("blackhole_retransmissions", \.blackholeRetransmissions),
        ("idle_cluster", \.idleCluster), ("slow_handshakes", \.slowHandshakes), ("slow_factor", \.slowFactor),
        ("likely_names", \.likelyNames), ("proven_names", \.provenNames), ("refused_names", \.refusedNames), ("redirects", \.redirects),
        ("refusals", \.refusals),
    ]
}
