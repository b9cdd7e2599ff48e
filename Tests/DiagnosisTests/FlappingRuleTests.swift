import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct FlappingRuleTests {
    private static let label = Label.announcerFlapping

    /// Gratuitous claims of the two nodes by turns, at these times.
    private func watch(_ times: [Double], until end: Double? = nil) -> Watch {
        var watch = Watch()
        for (index, time) in times.enumerated() {
            watch.see(gratuitousRequest(theVIP, index % 2 == 0 ? Host.node.mac : Host.second.mac), at: time)
        }
        if let end { watch.finish(at: end) }
        return watch
    }

    @Test func `three moves with quiet after each`() throws {
        let watch = watch([1, 5, 10, 15], until: 30)
        let found = watch.finding(Self.label)
        let finding = try #require(found)
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [2, 3, 4])
        #expect(finding.summary.contains("moved 3 times within 10.000000 s: to 00:50:56:aa:bb:04 (esxi-2cu-8g-04, 10.0.0.148)"))
        #expect(finding.summary.contains(", 5.000000 s later to"))
        #expect(finding.excluded == ["duplicate-announcers", "vip-failover"])
    }

    /// `flappingMoves`, swept: a failover and its way back are two.
    @Test(arguments: [([1.0, 5, 10], false), ([1.0, 5, 10, 15], true), ([1.0, 5, 10, 15, 20], true)])
    func `there and back is no flapping`(_ times: [Double], _ isFound: Bool) {
        #expect(Thresholds().flappingMoves == 3)
        #expect((watch(times, until: 100).finding(Self.label) != nil) == isFound)
    }

    /// `flappingWindow`, swept: from the first to the third move.
    @Test(arguments: [(65.0, true), (65 + tick, false)])
    func `three moves within a minute`(_ last: Double, _ isFound: Bool) {
        #expect(Thresholds().flappingWindow == .seconds(60))
        #expect((watch([1, 5, 30, last], until: 100).finding(Self.label) != nil) == isFound)
    }

    /// `flappingQuiet`, swept: a second after each.
    @Test(arguments: [(11.0, true), (11 - tick, false)])
    func `claims of both within a second are no move`(_ rival: Double, _ isFound: Bool) {
        #expect(Thresholds().flappingQuiet == .seconds(1))
        #expect((watch([1, 5, 10, rival], until: 100).finding(Self.label) != nil) == isFound)
    }

    @Test(arguments: [(16.0, true), (16 - tick, false)])
    func `the last move counts when its second is over`(_ end: Double, _ isFound: Bool) {
        #expect((watch([1, 5, 10, 15], until: end).finding(Self.label) != nil) == isFound)
    }

    /// The claims that follow each move are the new announcer's own.
    @Test func `without a site file`() {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        var watch = Watch(site)
        for (index, time) in [1.0, 5, 10, 15].enumerated() {
            for delay in [0, 0.3, 1.2] {
                watch.see(gratuitousRequest(theVIP, index % 2 == 0 ? Host.node.mac : Host.second.mac), at: time + delay)
            }
        }
        #expect(watch.finding(Self.label)?.confidence == .proven)
    }

    // MARK: Look-alikes

    @Test func `one node's interfaces and virtual MACs do not flap`() {
        var site = Site.home
        site.nodes[0].macs.append(Host.second.mac)
        var watch = Watch(site)
        for (index, time) in [1.0, 5, 10, 15, 20].enumerated() {
            watch.see(gratuitousRequest(theVIP, index % 2 == 0 ? Host.node.mac : Host.second.mac), at: time)
        }
        watch.finish(at: 60)
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `periodic claims of one announcer are no moves`() {
        var watch = Watch()
        for second in 1...20 { watch.see(gratuitousRequest(theVIP, Host.node.mac), at: Double(second) * 2) }
        watch.finish(at: 100)
        #expect(watch.finding(Self.label) == nil)
    }

    // MARK: Life

    @Test(arguments: [(75.0, Finding.State.open), (75 + tick, .resolved)])
    func `it explains the moves, goes on, and is over a minute after the last`(_ second: Double, _ state: Finding.State) {
        var watch = watch([1, 5, 10, 15])
        watch.see(gratuitousRequest(theVIP, Host.second.mac), at: 17)
        #expect(watch.finding(.vipFailover)?.causedBy == "announcer-flapping/10.0.0.157")
        watch.see(gratuitousRequest(theVIP, Host.second.mac), at: second)
        #expect(watch.finding(Self.label)?.state == state)
    }
}
