import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct AsymmetricReplyRuleTests {
    private static let answer = Facts.reply(.node, at: 0.5)

    private static var bare: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        return site
    }

    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [AsymmetricReplyRule()])
        bench.consider(events)
        return bench
    }

    private func talk(_ near: Host = .node, _ far: Host = .second, at seconds: Double = 1, hops: UInt16 = 0) -> FlowEvent {
        var connection = Facts.connection(
            [seconds - 0.002], synACK: seconds - 0.001, ack: seconds, .established, at: seconds)
        (connection.nextHopMAC, connection.responderMAC, connection.hops) = (near.mac, far.mac, hops)
        return .tcp(connection, .established)
    }

    @Test func `SYNs to the announcer, SYN-ACKs from another node`() throws {
        let finding = try #require(bench(Self.answer, talk()).findings.first)
        #expect(finding.label == .dsrAsymmetricReply && finding.severity == .info && finding.confidence == .proven)
        #expect(finding.frames == [500, 998, 999] && finding.excluded == ["duplicate-announcers"])
        #expect(finding.summary.contains("esxi-2cu-8g-03") && finding.summary.contains("esxi-2cu-8g-04"))
    }

    @Test func `without nodes it is likely, unless a packet was seen on its way`() {
        #expect(bench(Self.answer, talk(), site: Self.bare).findings.map(\.confidence) == [.likely])
        #expect(bench(Self.answer, talk(hops: 1), site: Self.bare).findings.map(\.confidence) == [.proven])
    }

    // MARK: Look-alikes

    @Test func `the announcer itself, one that claims too, a stranger, and one of whom nobody asked`() {
        #expect(bench(Self.answer, talk(.node, .node)).findings.isEmpty)
        #expect(bench(Self.answer, Facts.reply(.second, at: 0.6), talk()).findings.isEmpty)
        #expect(bench(Self.answer, .claim(Facts.claim(.second, at: 0.6, .gratuitousRequest)), talk()).findings.isEmpty)
        #expect(bench(Self.answer, talk(.node, .bystander)).findings.isEmpty)
        #expect(bench(talk()).findings.isEmpty)
    }

    @Test func `virtual MACs and two interfaces of one node`() {
        let virtual = Host(0x0000_5e00_0133, "10.0.0.157")
        #expect(bench(Facts.reply(virtual, at: 0.5), talk(virtual, .node), site: Self.bare).findings.isEmpty)
        var site = Site.home
        site.nodes[0].macs.append(Host.second.mac)
        #expect(bench(Self.answer, talk(), site: site).findings.isEmpty)
    }

    // MARK: Life

    @Test func `it is counted, and over when the announcer answers itself`() {
        var bench = bench(Self.answer, talk(), talk(at: 2))
        #expect(bench.findings.map(\.count) == [2])
        bench.consider(talk(.node, .node, at: 3))
        #expect(bench.findings.map(\.state) == [.resolved])
    }
}
