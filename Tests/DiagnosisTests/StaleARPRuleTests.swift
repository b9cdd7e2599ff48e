import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct StaleARPRuleTests {
    private static let label = Label.staleARPAfterFailover

    /// The VIP moves at 10; before that the client was answered, unless this sensor sees no unicast.
    private func moved(answered: Bool = true, _ client: Host = .client) -> Watch {
        var watch = Watch()
        watch.see(gratuitousRequest(theVIP, Host.node.mac), at: 1)
        let talk = Talk(client)
        if answered {
            watch.see(talk.syn, at: 2)
            watch.see(talk.synACK, at: 2.001)
        }
        watch.see(gratuitousRequest(theVIP, Host.second.mac), at: 10)
        return watch
    }

    @Test func `a client that repeats itself proves it, even where only floods are seen`() throws {
        var watch = moved(answered: false)
        for second in [11.5, 12.5] { watch.see(Talk(sourcePort: 40_001).syn, at: second) }
        let found = watch.finding(Self.label)
        let finding = try #require(found)
        #expect(finding.severity == .fault && finding.confidence == .proven && finding.frames == [2, 3, 4])
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), client: Host.client.address))
        #expect(finding.summary.contains("frames 1.500000 s and 2.500000 s after") && finding.summary.contains("esxi-2cu-8g-03"))
    }

    @Test func `two questions prove it where answers were visible`() {
        for (answered, count) in [(true, 1), (false, 0)] {
            var watch = moved(answered: answered)
            watch.see(Talk(sourcePort: 40_001).syn, at: 11.5)
            watch.see(Talk(sourcePort: 40_002).syn, at: 12)
            #expect(watch.bench.findings.filter { $0.label == Self.label }.count == count)
        }
    }

    /// `staleFrames` and `staleAfterClaim`, swept: two, later than a second.
    @Test(arguments: [([12.0], false), ([11.0, 12], false), ([11.0 + tick, 12], true), ([11.5, 12, 13], true)])
    func `one frame may have been under way`(_ times: [Double], _ isFound: Bool) {
        #expect(Thresholds().staleFrames == 2 && Thresholds().staleAfterClaim == .seconds(1))
        var watch = moved()
        for time in times { watch.see(Talk(sourcePort: 40_001).syn, at: time) }
        #expect((watch.finding(Self.label) != nil) == isFound)
    }

    // MARK: Look-alikes

    @Test func `an old announcer that still answers is not stale`() {
        var watch = moved()
        for second in [11.5, 12.5, 13.5] {
            let talk = Talk(sourcePort: UInt16(40_000 + Int(second)))
            watch.see(talk.syn, at: second)
            watch.see(talk.synACK, at: second + 0.001)
        }
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `bare acknowledgements and resets ask for nothing`() {
        var watch = moved()
        for second in [11.5, 12.5, 13.5] {
            watch.see(Talk().ack, at: second)
            watch.see(Talk().clientReset, at: second + 0.1)
        }
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `frames to the new announcer, or to a third, are not to the old one`() {
        var watch = moved()
        for second in [11.5, 12.5] { watch.see(Talk(via: .second, sourcePort: 40_001).syn, at: second) }
        for second in [14.5, 15.5] { watch.see(Talk(via: .router, sourcePort: 40_002).syn, at: second) }
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `two announcers are another matter`() {
        var watch = moved()
        watch.see(whoHas(theVIP, asks: .other), at: 10.5)
        watch.see(isAt(theVIP, Host.node.mac, tells: .other), at: 10.501)
        watch.see(isAt(theVIP, Host.second.mac, tells: .other), at: 10.502)
        for second in [12.0, 13] { watch.see(Talk(sourcePort: 40_001).syn, at: second) }
        #expect(watch.finding(Self.label) == nil && watch.finding(.duplicateAnnouncers) != nil)
    }

    @Test func `a router that sends for others is blamed itself`() {
        var watch = moved(answered: false)
        watch.see(whoHas(Host.node.ip, asks: .router), at: 10.1)
        let remote = Host(Host.router.mac.rawValue, "192.0.2.7")
        let talk = Talk(remote, sourcePort: 40_001)
        for second in [11.5, 12.5] { watch.see(talk.out(ttl: 57).frame(6, talk.fromClient(.syn, sequence: 1)), at: second) }
        let finding = watch.finding(Self.label)
        #expect(finding?.subject.client == Host.router.address)
        #expect(finding?.summary.contains("The router 02:00:00:00:00:01 (10.0.0.1), for 192.0.2.7,") == true)
    }

    // MARK: Life

    @Test func `it is over when the client is answered through the new announcer`() {
        var watch = moved()
        for second in [11.5, 12.5] { watch.see(Talk(sourcePort: 40_001).syn, at: second) }
        let talk = Talk(via: .second, sourcePort: 40_002)
        watch.see(talk.syn, at: 55)
        #expect(watch.finding(Self.label)?.state == .open)
        watch.see(talk.synACK, at: 55.001)
        #expect(watch.finding(Self.label)?.state == .resolved)
    }

    @Test func `each client is a finding`() {
        var watch = moved(answered: false)
        for second in [11.5, 12.5] {
            for client in [Host.client, .other] { watch.see(Talk(client, sourcePort: 40_001).syn, at: second) }
        }
        #expect(watch.bench.findings.filter { $0.label == Self.label }.map(\.subject.client) == [Host.client.address, Host.other.address])
    }

    @Test func `lost frames weaken it`() {
        var watch = moved(answered: false)
        for second in [11.5, 12.5] { watch.see(Talk(sourcePort: 40_001).syn, at: second) }
        #expect(watch.finding(Self.label)?.arguesFromAbsence == true)
    }
}
