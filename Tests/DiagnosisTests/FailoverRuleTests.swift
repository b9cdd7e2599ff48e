import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// A VIP that moves, from frames to findings.
struct FailoverRuleTests {
    private static let label = Label.vipFailover

    /// A handshake of a client with the VIP through a station.
    private func talk(_ watch: inout Watch, _ client: Host = .client, via station: Host, at second: Double, _ sourcePort: UInt16 = 40_000) {
        let talk = Talk(client, via: station, sourcePort: sourcePort)
        watch.see(talk.syn, at: second)
        watch.see(talk.synACK, at: second + 0.001)
        watch.see(talk.ack, at: second + 0.002)
    }

    /// The client has its last answer at `last`, the second node claims at 10 and the client is back at `back`, answered 1 ms later.
    private func moved(last: Double = 9.9, back: Double = 10.1, asks: Double? = nil, _ site: Site = .home) -> Watch {
        var watch = Watch(site)
        watch.see(whoHas(theVIP, asks: .client), at: 1)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.001)
        talk(&watch, via: .node, at: last - 0.001)
        if let asks { watch.see(Talk(sourcePort: 40_001).syn, at: asks) }
        watch.see(gratuitousRequest(theVIP, Host.second.mac), at: 10)
        talk(&watch, via: .second, at: back, 40_002)
        return watch
    }

    @Test func `the move and its gap, split in three`() throws {
        let watch = moved()
        let found = watch.finding(Self.label)
        let finding = try #require(found)
        #expect(finding.severity == .event && finding.confidence == .proven && finding.state == .open)
        #expect(finding.frames == [2, 6, 4, 7, 8])
        #expect(
            finding.summary
                == """
                10.0.0.157 (envoy-internal) moved from 00:50:56:aa:bb:03 (esxi-2cu-8g-03, 10.0.0.147) to 00:50:56:aa:bb:04 (esxi-2cu-8g-04, \
                10.0.0.148) (gratuitous ARP request, 8.999000 s after the old one's last claim); 10.0.0.20 had no answer for 201.000 ms: 100.000 ms \
                until the claim, 100.000 ms until it used the new announcer, 1.000 ms until that was answered
                """)
        #expect(finding.excluded == ["duplicate-announcers"])
    }

    /// `failoverGap`, swept: more than 2 s, last answer to first answer.
    @Test(arguments: [(11.899, Severity.event), (11.899 + tick, .warning)])
    func `users notice two seconds`(_ back: Double, _ severity: Severity) {
        #expect(Thresholds().failoverGap == .seconds(2))
        #expect(moved(back: back).finding(Self.label)?.severity == severity)
    }

    @Test func `where nobody asked in between, a long gap is likely only`() {
        let idle = moved(back: 13).finding(Self.label)
        #expect(idle?.severity == .warning && idle?.confidence == .likely && idle?.summary.contains("asked nothing in between") == true)
        let tried = moved(back: 13, asks: 9.95).finding(Self.label)
        #expect(tried?.confidence == .proven && tried?.summary.contains("asked in vain since 3.050 s before") == true)
        #expect(tried?.frames == [2, 7, 4, 8, 9, 6])
    }

    @Test func `the worst of several clients leads`() {
        var watch = Watch()
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 1)
        for (index, client) in [Host.client, .other, .bystander, .resolver].enumerated() {
            talk(&watch, client, via: .node, at: 9 + Double(index) / 10)
        }
        watch.see(gratuitousReply(theVIP, Host.second.mac), at: 10)
        for (index, client) in [Host.client, .other, .bystander, .resolver].enumerated() {
            talk(&watch, client, via: .second, at: 10.5 + Double(index) / 20, 40_002)
        }
        let finding = watch.finding(Self.label)
        #expect(finding?.summary.contains("10.0.0.20 had no answer for 1.500 s") == true)
        #expect(finding?.summary.contains("; 10.0.0.21 1.450 s; 10.0.0.30 1.400 s; 1 more clients waited less") == true)
    }

    /// A client that rested a minute before the move.
    @Test(arguments: [(70.0, true), (70 + tick, false)])
    func `a client that rested for a minute tells nothing of the gap`(_ claim: Double, _ isMeasured: Bool) {
        var watch = Watch()
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 1)
        talk(&watch, via: .node, at: 9.999)
        watch.see(gratuitousRequest(theVIP, Host.second.mac), at: claim)
        talk(&watch, via: .second, at: claim + 1, 40_002)
        #expect(watch.finding(Self.label)?.summary.contains("had no answer for") == isMeasured)
    }

    @Test func `an answer of the old announcer that was under way is none of the new one`() {
        var watch = moved(back: 20)
        #expect(watch.bench.findings.filter { $0.label == Self.label }.count == 1)
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 30)
        let talk = Talk(via: .node, sourcePort: 40_005)
        watch.see(talk.syn, at: 30.5)
        watch.see(Talk(via: .second, sourcePort: 40_002).serverData(10), at: 30.501)
        #expect(watch.finding(Self.label)?.summary.contains("had no answer") == false)
        watch.see(talk.synACK, at: 30.6)
        #expect(watch.finding(Self.label)?.summary.contains("10.0.0.20 had no answer for 10.599 s") == true)
    }

    // MARK: Look-alikes

    @Test func `a first claim and the same MAC's next are no move`() {
        var watch = Watch()
        for second in [1.0, 5, 60] { watch.see(gratuitousRequest(theVIP, Host.node.mac), at: second) }
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 61)
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `two answers to one request are a conflict`() {
        var watch = Watch()
        watch.see(whoHas(theVIP, asks: .client), at: 1)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.001)
        watch.see(isAt(theVIP, Host.second.mac, tells: .client), at: 1.002)
        #expect(watch.finding(Self.label) == nil && watch.finding(.duplicateAnnouncers) != nil)
    }

    @Test func `a conflict later on takes it back`() {
        var watch = moved()
        for second in [12.0, 14, 16, 18] {
            watch.see(whoHas(theVIP, asks: .client), at: second)
            watch.see(
                isAt(theVIP, second.truncatingRemainder(dividingBy: 4) == 0 ? Host.node.mac : Host.second.mac, tells: .client),
                at: second + 0.001)
        }
        #expect(watch.finding(.duplicateAnnouncers) != nil)
        #expect(watch.finding(Self.label)?.state == .resolved)
    }

    @Test func `a request with the VIP for its sender, VRRP's MAC and one node's interfaces are no move`() {
        var watch = Watch()
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 1)
        watch.see(whoHas(Host.client.ip, asks: Host(Host.second.mac.rawValue, theVIP.description)), at: 2)
        watch.see(gratuitousRequest(theVIP, MACAddress(rawValue: 0x0000_5e00_0133)), at: 3)
        #expect(watch.finding(Self.label) == nil)
        var site = Site.home
        site.nodes[0].macs.append(Host.second.mac)
        #expect(moved(site).finding(Self.label) == nil)
        #expect(moved().finding(Self.label, otherVIP) == nil)
    }

    @Test func `moves in two VLANs are two addresses' matters`() {
        var watch = Watch()
        watch.see(gratuitousRequest(theVIP, Host.node.mac, vlan: [10]), at: 1)
        watch.see(gratuitousRequest(theVIP, Host.second.mac, vlan: [20]), at: 2)
        #expect(watch.finding(Self.label) == nil)
    }

    // MARK: Life

    /// `soleAnnouncer`: 10 s of service through the new announcer.
    @Test(arguments: [(19.998 - tick, Finding.State.open), (19.998, .resolved)])
    func `a warning is over when the new announcer has served for 10 s`(_ second: Double, _ state: Finding.State) {
        var watch = moved(last: 5)
        #expect(watch.finding(Self.label)?.severity == .warning)
        talk(&watch, via: .second, at: second, 40_009)
        #expect(watch.finding(Self.label)?.state == state)
    }

    @Test func `the way back is the same finding, counted`() {
        var watch = moved()
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 30)
        let finding = watch.finding(Self.label)
        #expect(finding?.summary.contains("moved from 00:50:56:aa:bb:04") == true && (finding?.count ?? 0) > 1)
        #expect(watch.bench.findings.filter { $0.label == Self.label }.count == 1)
    }
}
