import LAN
@testable import Diagnosis
import Testing

struct RuleRegistryTests {
    /// The whole catalogue: labels are a public contract, and so are their severities.
    private static let catalogue: [Severity: [String]] = [
        .fault: [
            "vip-no-announcer", "announced-not-served", "duplicate-announcers", "ip-conflict-with-host", "stale-arp-after-failover",
            "vip-route-loop", "tcp-icmp-rejected", "mtu-blackhole", "dns-nxdomain-all-internal", "dns-forwarding-missing",
            "dns-authority-timeout", "dns-authority-no-announcer", "dns-authority-port-closed", "dns-authority-servfail",
            "dns-authority-refused", "quic-no-fallback-failure", "quic-handshake-failed", "tcp-port-closed", "tcp-syn-blackhole",
            "backend-inconsistent", "tls-version-mismatch", "tls-alpn-mismatch", "tls-sni-no-match", "tls-handshake-failed",
            "tls-plaintext-on-tls-port", "tls-certificate-expired", "tls-certificate-name-mismatch", "tls-certificate-untrusted",
            "client-wrong-prefix",
        ],
        .warning: [
            "announcer-flapping", "announced-by-control-plane", "announced-by-unknown-host", "dns-single-name-missing",
            "dns-negative-cache-stale", "dns-type-inconsistent", "dns-split-horizon-leak", "dns-wrong-address", "quic-blackhole-fallback",
            "quic-icmp-fallback", "quic-reply-wrong-source", "quic-version-mismatch", "https-rr-h3-mismatch", "alt-svc-h3-mismatch",
            "idle-connection-reset", "tcp-handshake-slow", "tls-certificate-expiring", "http-upstream-error", "http-redirect-loop",
            "cross-cluster-open", "hairpin-through-public", "tunnel-quic-blocked",
        ],
        .info: [
            "icmp-unreachable-benign", "quic-version-negotiated", "quic-ok", "backend-varies", "dsr-asymmetric-reply", "http-route-missing",
            "cross-cluster-blocked", "tunnel-cloudflared-quic", "mesh-hbone", "overlay-wireguard", "healthy",
        ],
        .event: ["vip-failover"],
    ]

    @Test func `every label is the catalogue's`() {
        let labels = Self.catalogue.values.flatMap(\.self)
        #expect(Set(labels).count == labels.count)
        #expect(Label.allCases.allSatisfy { labels.contains($0.rawValue) })
    }

    @Test(arguments: Label.allCases)
    func `a label has exactly one rule, and an explanation with every part`(_ label: Label) throws {
        #expect(RuleRegistry.standard.filter { type(of: $0).label == label }.count == 1)
        let explanation = try #require(RuleRegistry.explanation(label))
        #expect(Self.catalogue[explanation.severity]?.contains(label.rawValue) == true)
        for part in [explanation.title, explanation.meaning, explanation.proof] + explanation.lookAlikes + explanation.remedy {
            #expect(part.count > 10 && !part.hasPrefix(" ") && !part.hasSuffix(" ") && !part.contains("  \n"))
        }
        #expect(!explanation.title.contains("\n") && !explanation.title.hasSuffix("."))
        #expect(!explanation.lookAlikes.isEmpty)
        #expect(explanation.remedy.isEmpty == (label == .healthy), "what is wrong can be looked into")
    }

    @Test func `there is no rule without a label, and healthy is judged last`() {
        #expect(RuleRegistry.standard.count == Label.allCases.count)
        #expect(RuleRegistry.standard.last is HealthyRule)
    }

    @Test func `labels speak about their layer, and healthy about none`() {
        let layers: [(Label, LedgerLayer?)] = [
            (.vipNoAnnouncer, .l2), (.duplicateAnnouncers, .l2), (.icmpUnreachableBenign, .icmp), (.tcpICMPRejected, .tcp),
            (.tcpSYNBlackhole, .tcp), (.dnsNXDomainAllInternal, .dns), (.healthy, nil),
            (.quicBlackholeFallback, .quic), (.quicOK, .quic), (.httpsRRH3Mismatch, .dns), (.altSvcH3Mismatch, .http),
            (.tlsSNINoMatch, .tls), (.tlsCertificateExpiring, .tls), (.httpUpstreamError, .http),
        ]
        for (label, layer) in layers { #expect(label.layer == layer) }
    }
}
