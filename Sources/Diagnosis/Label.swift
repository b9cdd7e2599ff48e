/// What vipscope may conclude: a public contract, so a label never changes its meaning.
package enum Label: String, Hashable, Sendable, CaseIterable {
    case vipNoAnnouncer = "vip-no-announcer"
    case duplicateAnnouncers = "duplicate-announcers"
    case announcedByControlPlane = "announced-by-control-plane"
    case icmpUnreachableBenign = "icmp-unreachable-benign"
    case tcpICMPRejected = "tcp-icmp-rejected"
    case tcpSYNBlackhole = "tcp-syn-blackhole"
    case dnsNXDomainAllInternal = "dns-nxdomain-all-internal"
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
