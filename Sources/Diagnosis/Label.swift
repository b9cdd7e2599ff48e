/// What vipscope may conclude: a public contract, so a label never changes its meaning.
package enum Label: String, Hashable, Sendable, CaseIterable {
    case vipNoAnnouncer = "vip-no-announcer"
    case duplicateAnnouncers = "duplicate-announcers"
    case announcedByControlPlane = "announced-by-control-plane"
    case icmpUnreachableBenign = "icmp-unreachable-benign"
    case tcpICMPRejected = "tcp-icmp-rejected"
    case tcpSYNBlackhole = "tcp-syn-blackhole"
    case dnsNXDomainAllInternal = "dns-nxdomain-all-internal"
    case quicBlackholeFallback = "quic-blackhole-fallback"
    case quicICMPFallback = "quic-icmp-fallback"
    case quicNoFallbackFailure = "quic-no-fallback-failure"
    case quicReplyWrongSource = "quic-reply-wrong-source"
    case quicHandshakeFailed = "quic-handshake-failed"
    case quicVersionNegotiated = "quic-version-negotiated"
    case quicVersionMismatch = "quic-version-mismatch"
    case quicOK = "quic-ok"
    case httpsRRH3Mismatch = "https-rr-h3-mismatch"
    case altSvcH3Mismatch = "alt-svc-h3-mismatch"
    case tlsVersionMismatch = "tls-version-mismatch"
    case tlsALPNMismatch = "tls-alpn-mismatch"
    case tlsSNINoMatch = "tls-sni-no-match"
    case tlsHandshakeFailed = "tls-handshake-failed"
    case tlsPlaintextOnTLSPort = "tls-plaintext-on-tls-port"
    case tlsCertificateExpired = "tls-certificate-expired"
    case tlsCertificateNameMismatch = "tls-certificate-name-mismatch"
    case tlsCertificateUntrusted = "tls-certificate-untrusted"
    case tlsCertificateExpiring = "tls-certificate-expiring"
    case httpUpstreamError = "http-upstream-error"
    case httpRedirectLoop = "http-redirect-loop"
    case httpRouteMissing = "http-route-missing"
    case announcedNotServed = "announced-not-served"
    case ipConflictWithHost = "ip-conflict-with-host"
    case vipFailover = "vip-failover"
    case staleARPAfterFailover = "stale-arp-after-failover"
    case announcerFlapping = "announcer-flapping"
    case vipRouteLoop = "vip-route-loop"
    case announcedByUnknownHost = "announced-by-unknown-host"
    case tcpPortClosed = "tcp-port-closed"
    case mtuBlackhole = "mtu-blackhole"
    case backendInconsistent = "backend-inconsistent"
    case backendVaries = "backend-varies"
    case dsrAsymmetricReply = "dsr-asymmetric-reply"
    case idleConnectionReset = "idle-connection-reset"
    case tcpHandshakeSlow = "tcp-handshake-slow"
    case dnsSingleNameMissing = "dns-single-name-missing"
    case dnsNegativeCacheStale = "dns-negative-cache-stale"
    case dnsTypeInconsistent = "dns-type-inconsistent"
    case dnsForwardingMissing = "dns-forwarding-missing"
    case dnsSplitHorizonLeak = "dns-split-horizon-leak"
    case dnsAuthorityTimeout = "dns-authority-timeout"
    case dnsAuthorityNoAnnouncer = "dns-authority-no-announcer"
    case dnsAuthorityPortClosed = "dns-authority-port-closed"
    case dnsAuthorityServfail = "dns-authority-servfail"
    case dnsAuthorityRefused = "dns-authority-refused"
    case dnsWrongAddress = "dns-wrong-address"
    case crossClusterBlocked = "cross-cluster-blocked"
    case crossClusterOpen = "cross-cluster-open"
    case clientWrongPrefix = "client-wrong-prefix"
    case hairpinThroughPublic = "hairpin-through-public"
    case tunnelCloudflaredQUIC = "tunnel-cloudflared-quic"
    case tunnelQUICBlocked = "tunnel-quic-blocked"
    case meshHBONE = "mesh-hbone"
    case overlayWireGuard = "overlay-wireguard"
    case healthy

    /// The layer of the ledger that the finding speaks about.
    package var layer: LedgerLayer? {
        switch self {
        case .vipNoAnnouncer, .duplicateAnnouncers, .announcedByControlPlane: .l2
        case .icmpUnreachableBenign: .icmp
        case .tcpICMPRejected, .tcpSYNBlackhole: .tcp
        case .dnsNXDomainAllInternal: .dns
        case .quicBlackholeFallback, .quicICMPFallback, .quicNoFallbackFailure, .quicReplyWrongSource, .quicHandshakeFailed: .quic
        case .quicVersionNegotiated, .quicVersionMismatch, .quicOK: .quic
        // What promises it is at fault, or what does not keep the promise: the ledger shows the failure under `quic`.
        case .httpsRRH3Mismatch: .dns
        case .altSvcH3Mismatch: .http
        case .tlsVersionMismatch, .tlsALPNMismatch, .tlsSNINoMatch, .tlsHandshakeFailed, .tlsPlaintextOnTLSPort: .tls
        case .tlsCertificateExpired, .tlsCertificateNameMismatch, .tlsCertificateUntrusted, .tlsCertificateExpiring: .tls
        case .httpUpstreamError, .httpRedirectLoop, .httpRouteMissing: .http
        case .announcedNotServed, .ipConflictWithHost, .vipFailover, .staleARPAfterFailover, .announcerFlapping, .vipRouteLoop,
            .announcedByUnknownHost:
            .l2
        case .mtuBlackhole: .icmp
        case .tcpPortClosed, .backendInconsistent, .backendVaries, .dsrAsymmetricReply, .idleConnectionReset, .tcpHandshakeSlow: .tcp
        case .dnsSingleNameMissing, .dnsNegativeCacheStale, .dnsTypeInconsistent, .dnsForwardingMissing, .dnsSplitHorizonLeak: .dns
        case .dnsAuthorityTimeout, .dnsAuthorityNoAnnouncer, .dnsAuthorityPortClosed, .dnsAuthorityServfail, .dnsAuthorityRefused: .dns
        case .dnsWrongAddress, .hairpinThroughPublic: .dns
        case .clientWrongPrefix: .l2
        case .crossClusterBlocked, .crossClusterOpen, .tunnelCloudflaredQUIC, .tunnelQUICBlocked, .meshHBONE, .overlayWireGuard: nil
        case .healthy: nil
        }
    }
}

package enum Severity: String, Hashable, Sendable, CaseIterable {
    /// Clients fail.
    case fault
    /// Clients suffer, or will.
    case warning
    /// Worth knowing; nothing is wrong.
    case info
    /// A change, judged by its measured effect.
    case event
}

package enum Confidence: String, Hashable, Sendable, CaseIterable {
    /// The packets leave no other reading.
    case proven
    /// Another reading needs an unlikely event, or the capture ends inside the window.
    case likely
}
