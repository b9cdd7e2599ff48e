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

    /// A forgotten policy: both answer each request, now the one first and now the other.
    @Test func `a worker that answers beside it does not end it`() {
        var site = Site.home
        site.nodes[0].role = .controlPlane
        site.nodes[1].role = .worker
        var bench = Bench(site, [DuplicateAnnouncersRule(), ControlPlaneRule()])
        bench.consider(
            Facts.reply(.node, at: 2), Facts.reply(.second, at: 2.001), Facts.conflict(.node, .second, at: 2), Facts.reply(.second, at: 20),
            Facts.reply(.node, at: 20.001), Facts.conflict(.second, .node, at: 20))
        #expect(bench.open.map(\.label) == [.announcedByControlPlane, .duplicateAnnouncers])
        #expect(bench.changes.filter { $0.finding.label == .announcedByControlPlane }.map(\.action) == [.opened, .updated])
        bench.consider(Facts.reply(.second, at: 40), Facts.reply(.second, at: 60), Facts.reply(.second, at: 61))
        #expect(bench.open.isEmpty, "alone again")
    }

    /// `flappingQuiet`, swept: claims of both within a second are one moment.
    @Test(arguments: [(2.999, Finding.State.open), (3, .resolved)])
    func `a second after the control-plane node's claim`(_ second: Double, _ state: Finding.State) {
        #expect(Thresholds().flappingQuiet == .seconds(1))
        let bench = bench(.controlPlane, Facts.reply(.node, at: 2), Facts.reply(.second, at: second))
        #expect(bench.findings.map(\.state) == [state])
    }
}
