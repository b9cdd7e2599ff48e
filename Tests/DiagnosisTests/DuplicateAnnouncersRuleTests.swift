import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct DuplicateAnnouncersRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [DuplicateAnnouncersRule()])
        bench.consider(events)
        return bench
    }

    /// No nodes are listed, so nothing tells a host from an announcer.
    private static var noNodes: Site {
        var site = Site.home
        site.nodes = []
        return site
    }

    // MARK: Evidence

    @Test func `two answers to one request prove it, each MAC with its node and address`() throws {
        let bench = bench(Facts.conflict(.node, .second, at: 5))
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened])
        #expect(finding.label == .duplicateAnnouncers && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP)))
        #expect(finding.frames == [4999, 5000, 5003])
        for text in ["00:50:56:aa:bb:03", "esxi-2cu-8g-03", "10.0.0.147", "00:50:56:aa:bb:04", "esxi-2cu-8g-04", "10.0.0.148"] {
            #expect(finding.summary.contains(text))
        }
        #expect(finding.summary.contains("1.000 ms") && finding.summary.contains("4.000 ms"))
        #expect(finding.excluded == ["vip-failover", "vrrp"])
        #expect(finding.remedy.contains { $0.contains("ip -br addr | grep 10.0.0.157") })
    }

    @Test func `answers by turns prove it, with the three that show it`() throws {
        let finding = try #require(bench(Facts.turns(.node, .second, at: 5)).findings.first)
        #expect(finding.frames == [5000, 7000, 9000])
        #expect(finding.confidence == .proven && finding.summary.contains("by turns"))
    }

    @Test func `a station that no node owns is named by its MAC and address`() {
        let finding = bench(Facts.conflict(.node, .bystander, at: 5), site: Self.noNodes).findings.first
        #expect(finding?.summary.contains("02:00:00:00:00:1e (10.0.0.30)") == true)
    }

    // MARK: Look-alikes

    @Test(arguments: [UInt64(0x0000_5e00_0133), 0x0000_5e00_0201])
    func `virtual MACs of VRRP belong to no one station`(_ mac: UInt64) {
        let router = Host(mac, theVIP.description)
        #expect(bench(Facts.conflict(router, .node, at: 5)).findings.isEmpty)
        #expect(bench(Facts.conflict(.node, router, at: 5)).findings.isEmpty)
        #expect(
            bench(Facts.conflict(Host(0x0000_5e00_0533, "10.0.0.1"), .node, at: 5), site: Self.noNodes).findings.count == 1, "almost one")
    }

    @Test func `two interfaces of one node are one station`() {
        var site = Site.home
        site.nodes[0].macs.append(Host.other.mac)
        #expect(bench(Facts.conflict(.node, .other, at: 5), Facts.turns(.other, .node, at: 9), site: site).findings.isEmpty)
        let twin = Host(Host.bystander.mac.rawValue, Host.other.ip.description)
        #expect(bench(Facts.conflict(twin, .other, at: 5)).findings.isEmpty, "by their own address")
        #expect(bench(Facts.conflict(Host(7, "10.0.0.40"), Host(8, "10.0.0.41"), at: 5)).findings.count == 1)
    }

    @Test func `another address than a VIP is another matter`() {
        #expect(bench(Facts.conflict(.node, .second, at: 5, of: Host.bystander.ip)).findings.isEmpty)
    }

    @Test func `moves, however many, are no conflict to this rule`() {
        let events = (0..<6).flatMap { [Facts.reply($0 % 2 == 0 ? .node : .second, at: 1 + Double($0) * 5)] }
        #expect(bench(events[0], events[1], events[2], events[3], events[4], events[5]).findings.isEmpty)
    }

    // MARK: Life

    @Test func `it is counted, and the first proof stays`() {
        let bench = bench(Facts.conflict(.node, .second, at: 5), Facts.conflict(.second, .node, at: 8))
        #expect(bench.findings.map(\.count) == [2] && bench.findings.first?.frames == [4999, 5000, 5003])
        #expect(bench.changes.actions == [.opened])
    }

    /// RFC 5227 §2.4: 10 s, swept. The last conflict is at 5.003.
    @Test(arguments: [(15.003 - tick, false), (15.003, true), (20, true)])
    func `two requests in a row that one alone answers resolve it, 10 s after the last conflict`(_ time: Double, _ isResolved: Bool) throws
    {
        var bench = bench(Facts.conflict(.node, .second, at: 5))
        bench.consider(Facts.reply(.node, at: time))
        #expect(bench.open.count == 1, "the other's answer may yet come")
        bench.consider(Facts.reply(.node, at: time + 0.5))
        let finding = try #require(bench.findings.first)
        #expect((finding.state == .resolved) == isResolved)
        if isResolved { #expect(finding.evidence.last?.frame.time == at(time) && finding.evidence.count == 4) }
    }

    @Test func `answers by turns, unasked ones and those of other VIPs do not resolve it`() {
        var bench = bench(Facts.conflict(.node, .second, at: 5))
        bench.consider(Facts.reply(.node, at: 20), Facts.reply(.second, at: 25), Facts.reply(.node, at: 30), Facts.reply(.second, at: 35))
        var unasked = Facts.claim(.second, at: 40)
        unasked.request = nil
        bench.consider(.claim(unasked), .claim(Facts.claim(.second, at: 41, .gratuitousReply)))
        bench.consider(Facts.reply(.node, at: 50, of: otherVIP), Facts.reply(.node, at: 55, of: otherVIP))
        bench.consider(Facts.established(at: 60))
        #expect(bench.open.count == 1)
    }

    @Test func `two answers to one request by one station are one`() {
        var bench = bench(Facts.conflict(.node, .second, at: 5))
        bench.consider(Facts.reply(.node, at: 20, request: 19), Facts.reply(.node, at: 20.1, request: 19))
        #expect(bench.open.count == 1)
    }

    @Test func `a conflict after that opens it again`() {
        var bench = bench(Facts.conflict(.node, .second, at: 5), Facts.reply(.node, at: 20), Facts.reply(.node, at: 30))
        #expect(bench.open.isEmpty)
        #expect(bench.consider(Facts.conflict(.node, .second, at: 40)).actions == [.opened])
        #expect(bench.findings.first?.count == 2 && bench.findings.first?.frames == [39_999, 40_000, 40_003])
    }

    @Test func `a change is told in the order of time`() {
        let bench = bench(Facts.conflict(.node, .second, at: 5), Facts.reply(.node, at: 20), Facts.reply(.node, at: 30))
        #expect(bench.changes.last?.time == at(30))
    }
}
