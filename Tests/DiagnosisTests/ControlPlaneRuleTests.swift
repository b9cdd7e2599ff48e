import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct ControlPlaneRuleTests {
    private func bench(_ role: Node.Role?, _ events: FlowEvent...) -> Bench {
        var site = Site.home
        site.nodes[0].role = role
        site.nodes[1].role = .worker
        var bench = Bench(site, [ControlPlaneRule()])
        bench.consider(events)
        return bench
    }

    @Test(arguments: Claim.Means.allCases) func `any claim by a control-plane node proves it`(_ means: Claim.Means) throws {
        let finding = try #require(bench(.controlPlane, .claim(Facts.claim(.node, at: 2, means))).findings.first)
        #expect(finding.label == .announcedByControlPlane && finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.id == "announced-by-control-plane/10.0.0.157")
        #expect(finding.frames == [2000])
        #expect(finding.summary.contains("esxi-2cu-8g-03"))
    }

    @Test(arguments: [Node.Role.worker, nil]) func `a worker and a node of unknown role are none`(_ role: Node.Role?) {
        #expect(bench(role, Facts.reply(.node, at: 2)).findings.isEmpty)
    }

    @Test func `a station that is no node is none`() {
        #expect(bench(.controlPlane, Facts.reply(.client, at: 2)).findings.isEmpty)
    }

    @Test func `a worker's claim resolves it`() throws {
        let bench = bench(.controlPlane, Facts.reply(.node, at: 2), Facts.reply(.second, at: 8))
        #expect(try #require(bench.findings.first).state == .resolved)
        #expect(bench.changes.actions == [.opened, .resolved])
    }
}
