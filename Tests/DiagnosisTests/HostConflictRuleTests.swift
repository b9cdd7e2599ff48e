import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct HostConflictRuleTests {
    private static let label = Label.ipConflictWithHost

    private static var noNodes: Site {
        var site = Site.home
        site.nodes = []
        return site
    }

    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [HostConflictRule(), DuplicateAnnouncersRule()])
        bench.consider(events)
        return bench
    }

    /// Two answers to one request; the first station answers for so many others, the second probed.
    private func conflict(_ one: Host, _ other: Host, others: Int = 0, probe: Double? = nil) -> FlowEvent {
        var first = Facts.claim(one, at: 5)
        first.otherAnswers = (0..<others).map { frame(1 + Double($0) / 10) }
        var second = Facts.claim(other, at: 5.003, request: 4.999)
        second.probe = probe.map { frame($0) }
        return .conflict(
            ClaimConflict(address: .v4(theVIP), vlan: 0, first: first, second: second, earlier: nil, time: at(5.003)))
    }

    // MARK: Evidence

    @Test func `a claimant that is no node is a host`() throws {
        let bench = bench(Facts.conflict(.node, .bystander, at: 5))
        let finding = try #require(bench.findings.first)
        #expect(bench.findings.count == 1 && finding.label == Self.label)
        #expect(finding.severity == .fault && finding.confidence == .proven && finding.frames == [4999, 5000, 5003])
        #expect(finding.summary.contains("The host 02:00:00:00:00:1e (10.0.0.30)") && finding.summary.contains("no node of the site file"))
        #expect(finding.excluded == ["duplicate-announcers", "vip-failover"])
        #expect(finding.id == "ip-conflict-with-host/10.0.0.157")
    }

    /// `proxyAddresses`, swept: three.
    @Test(arguments: [(2, Label.duplicateAnnouncers), (3, .ipConflictWithHost), (8, .ipConflictWithHost)])
    func `one that answers for three others is a proxy`(_ count: Int, _ label: Label) {
        #expect(Thresholds().proxyAddresses == 3)
        let bench = bench(conflict(.bystander, .other, others: count), site: Self.noNodes)
        #expect(bench.findings.map(\.label) == [label])
        if label == Self.label { #expect(bench.findings.first?.frames == [4999, 5000, 5003, 1000, 1100, 1200]) }
    }

    @Test func `one that asked first whether the address was free has it for its own`() {
        let bench = bench(conflict(.other, .bystander, probe: 3), site: Self.noNodes)
        #expect(bench.findings.map(\.label) == [Self.label] && bench.findings.first?.frames == [4999, 5000, 5003, 3000])
        #expect(bench.findings.first?.summary.contains("2.003 s before") == true)
    }

    @Test func `a proxy on the wire`() {
        var watch = Watch(Self.noNodes)
        for (index, address) in ["10.0.0.40", "10.0.0.41", "10.0.0.42"].enumerated() {
            watch.see(isAt(v4(address), Host.router.mac, tells: .client), at: Double(index) / 10)
        }
        watch.see(whoHas(theVIP, asks: .client), at: 1)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.001)
        watch.see(isAt(theVIP, Host.router.mac, tells: .client), at: 1.002)
        #expect(watch.finding(Self.label)?.frames == [4, 5, 6, 1, 2, 3])
        #expect(watch.finding(.duplicateAnnouncers) == nil)
    }

    @Test func `a probe on the wire`() {
        var watch = Watch(Self.noNodes)
        watch.see(probe(theVIP, Host.bystander.mac), at: 0)
        watch.see(whoHas(theVIP, asks: .client), at: 1)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.001)
        watch.see(isAt(theVIP, Host.bystander.mac, tells: .client), at: 1.002)
        #expect(watch.finding(Self.label)?.frames == [2, 3, 4, 1])
    }

    // MARK: Look-alikes

    @Test func `two nodes, two strangers and two proxies are two announcers`() {
        #expect(bench(Facts.conflict(.node, .second, at: 5)).findings.map(\.label) == [.duplicateAnnouncers])
        #expect(bench(Facts.conflict(.other, .bystander, at: 5)).findings.map(\.label) == [.duplicateAnnouncers])
        #expect(bench(Facts.conflict(.node, .bystander, at: 5), site: Self.noNodes).findings.map(\.label) == [.duplicateAnnouncers])
    }

    @Test func `a listed node never is a host, whatever it answers for`() {
        #expect(bench(conflict(.node, .second, others: 8, probe: 1)).findings.map(\.label) == [.duplicateAnnouncers])
    }

    @Test func `a node without MACs in the site file may be the other claimant`() {
        var site = Site.home
        site.nodes[1].macs = []
        #expect(bench(Facts.conflict(.node, .second, at: 5), site: site).findings.map(\.label) == [.duplicateAnnouncers])
        site.nodes[1].address = nil
        #expect(bench(Facts.conflict(.node, .bystander, at: 5), site: site).findings.map(\.label) == [.duplicateAnnouncers])
    }

    @Test func `virtual MACs and interfaces of one station are no conflict`() {
        #expect(bench(Facts.conflict(.node, Host(0x0000_5e00_0133, "10.0.0.99"), at: 5)).findings.isEmpty)
        #expect(bench(Facts.conflict(.node, .bystander, at: 5, of: Host.client.ip)).findings.isEmpty)
    }

    // MARK: Life

    @Test func `two announcers of which one turns out to be a host`() {
        let bench = bench(Facts.conflict(.other, .bystander, at: 4), conflict(.other, .bystander, probe: 3), site: Self.noNodes)
        #expect(bench.open.map(\.label) == [Self.label])
        #expect(bench.findings.first { $0.label == .duplicateAnnouncers }?.state == .resolved)
    }

    /// `soleAnnouncer`, swept: 10 s after the last conflict.
    @Test(arguments: [(15.003 - tick, 1), (15.003, 0)])
    func `one that alone answers two requests in a row ends it`(_ time: Double, _ open: Int) {
        var bench = bench(Facts.conflict(.node, .bystander, at: 5))
        bench.consider(Facts.reply(.node, at: time), Facts.reply(.node, at: time + 1))
        #expect(bench.open.count == open)
    }
}
