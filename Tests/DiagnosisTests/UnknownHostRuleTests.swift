import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct UnknownHostRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [UnknownHostRule()])
        bench.consider(events)
        return bench
    }

    @Test func `a claim by no node`() throws {
        let finding = try #require(bench(Facts.reply(.bystander, at: 5)).findings.first)
        #expect(finding.label == .announcedByUnknownHost && finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.frames == [5000] && finding.subject == Finding.Subject(vip: .v4(theVIP)))
        #expect(finding.summary.contains("02:00:00:00:00:1e (10.0.0.30), which is no node") && finding.summary.contains("1.000 ms"))
    }

    @Test(arguments: Claim.Means.allCases)
    func `only what tells or answers others announces`(_ means: Claim.Means) {
        let isFound = means != .request && means != .neighborSolicitation
        #expect(bench(.claim(Facts.claim(.bystander, at: 5, means))).findings.count == (isFound ? 1 : 0))
    }

    @Test func `nodes, virtual MACs, and what the site file does not say`() {
        #expect(bench(Facts.reply(.node, at: 5)).findings.isEmpty)
        #expect(bench(Facts.reply(Host(0x0200_0000_7777, "10.0.0.148"), at: 5)).findings.isEmpty, "a node by its address")
        #expect(bench(Facts.reply(Host(0x0000_5e00_0133, "10.0.0.99"), at: 5)).findings.isEmpty)
        #expect(bench(Facts.reply(.bystander, at: 5, of: Host.client.ip)).findings.isEmpty)
        var site = Site.home
        site.nodes = []
        #expect(bench(Facts.reply(.bystander, at: 5), site: site).findings.isEmpty)
        site = .home
        site.nodes[0].macs = []
        site.nodes[0].address = nil
        #expect(bench(Facts.reply(.bystander, at: 5), site: site).findings.isEmpty, "it may be that one")
        site.nodes[0].address = Host.node.address
        #expect(bench(Facts.reply(.bystander, at: 5), site: site).findings.count == 1, "it has another address")
    }

    @Test func `it is counted, and over when only a node claims the VIP`() {
        var bench = bench(Facts.reply(.bystander, at: 5), Facts.reply(.bystander, at: 6))
        #expect(bench.findings.map(\.count) == [2])
        bench.consider(Facts.reply(.node, at: 16 - tick))
        #expect(bench.open.count == 1, "both may claim it: soleAnnouncer, 10 s")
        bench.consider(Facts.reply(.node, at: 16))
        #expect(bench.findings.map(\.state) == [.resolved] && bench.findings.first?.frames == [5000, 16_000])
    }
}
