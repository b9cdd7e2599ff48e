@testable import Diagnosis
import Testing

struct RuleRegistryTests {
    /// As the catalogue has them.
    private static let severities: [Label: Severity] = [
        .vipNoAnnouncer: .fault, .duplicateAnnouncers: .fault, .icmpUnreachableBenign: .info, .tcpICMPRejected: .fault,
        .tcpSYNBlackhole: .fault,
        .dnsNXDomainAllInternal: .fault, .healthy: .info,
    ]

    @Test func `labels are a public contract`() {
        #expect(
            Label.allCases.map(\.rawValue) == [
                "vip-no-announcer", "duplicate-announcers", "icmp-unreachable-benign", "tcp-icmp-rejected", "tcp-syn-blackhole",
                "dns-nxdomain-all-internal", "healthy",
            ])
    }

    @Test(arguments: Label.allCases)
    func `a label has exactly one rule, and an explanation with every part`(_ label: Label) throws {
        #expect(RuleRegistry.standard.filter { type(of: $0).label == label }.count == 1)
        let explanation = try #require(RuleRegistry.explanation(label))
        #expect(explanation.severity == Self.severities[label])
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

    @Test func `every label but healthy speaks about a layer`() {
        let layers: [LedgerLayer?] = [.l2, .l2, .icmp, .tcp, .tcp, .dns, nil]
        #expect(Label.allCases.map(\.layer) == layers)
    }
}
