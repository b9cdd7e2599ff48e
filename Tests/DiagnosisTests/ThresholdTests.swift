import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Every named threshold on which a finding hangs, swept from frames to findings: just below gives nothing, just above gives the finding.
struct ThresholdTests {
    private func watch(until end: Double = 100, _ frames: [([UInt8], Double)]) -> Watch {
        var watch = Watch(.home)
        for (octets, time) in frames { watch.see(octets, at: time) }
        watch.advance(to: end)
        return watch
    }

    private func questions(_ times: [Double], by asker: Host = .client) -> [([UInt8], Double)] {
        times.map { (whoHas(theVIP, asks: asker), $0) }
    }

    /// A mirror's view of the client, until this time.
    private func visible(at seconds: Double) -> [([UInt8], Double)] {
        [
            (ping(.client, .resolver), seconds), (pong(.resolver, .client), seconds), (ping(.other, .router), seconds),
            (pong(.router, .other), seconds),
        ]
    }

    // MARK: vip-no-announcer

    @Test(arguments: [(0.9 - tick, false), (0.9, true), (1.3, true), (1.3 + tick, false)])
    func `arpRetransmission: 0 point 9 to 1 point 3 s`(_ gap: Double, _ isFound: Bool) {
        #expect(Limits().arpRetransmission == .milliseconds(900) ... .milliseconds(1300))
        let finding = watch(questions([1, 1 + gap, 1 + 2 * gap])).finding(.vipNoAnnouncer)
        #expect((finding != nil) == isFound)
        if isFound { #expect(finding?.confidence == .proven) }
    }

    @Test(arguments: [(1, false), (2, false), (3, true), (4, true)])
    func `arpRequestsInARow: three`(_ count: Int, _ isFound: Bool) {
        #expect(Limits().arpRequestsInARow == 3)
        #expect((watch(questions((1...count).map(Double.init))).finding(.vipNoAnnouncer) != nil) == isFound)
    }

    @Test(arguments: [(10.0, true), (10 + tick, false)])
    func `visibility: unicast seen within 10 s`(_ gap: Double, _ isFound: Bool) {
        #expect(Limits().visibility == .seconds(10))
        let finding = watch(visible(at: 1) + questions([gap, 1 + gap])).finding(.vipNoAnnouncer)
        #expect((finding != nil) == isFound)
        if isFound { #expect(finding?.confidence == .proven) }
    }

    /// An asker of which nothing is visible but the bystander's own talk with it.
    @Test func `a bystander never concludes from silence alone`() {
        let own = [Host.client, .router].flatMap { [(ping(.bystander, $0), 1.0), (pong($0, .bystander), 1.0)] }
        #expect(watch(own + questions([2])).bench.findings.isEmpty)
        #expect(watch(own + questions([2, 3, 4])).finding(.vipNoAnnouncer)?.confidence == .proven, "the asker's own repetition proves it")
    }

    // MARK: duplicate-announcers

    @Test(arguments: [(1.0, true), (1 + tick, false)])
    func `sameRequestAnswers: two answers within 1 s of one request`(_ gap: Double, _ isFound: Bool) {
        #expect(Limits().sameRequestAnswers == .seconds(1))
        let frames =
            questions([1]) + [
                (isAt(theVIP, Host.node.mac, tells: .client), 1.5), (isAt(theVIP, Host.second.mac, tells: .client), 1 + gap),
            ]
        #expect((watch(frames).finding(.duplicateAnnouncers) != nil) == isFound)
    }

    @Test(arguments: [(1.0, true), (1 - tick, false)])
    func `sameRequestAnswers: answers by turns, 1 s or more after the other's`(_ gap: Double, _ isFound: Bool) {
        let turns = (0..<4).map { (isAt(theVIP, $0 % 2 == 0 ? Host.node.mac : Host.second.mac, tells: .client), 1 + Double($0) * gap) }
        #expect((watch(turns).finding(.duplicateAnnouncers) != nil) == isFound)
    }

    @Test(arguments: [(60.0, true), (60 + tick, false)])
    func `claimSilence: who is back after a minute has moved`(_ round: Double, _ isFound: Bool) {
        #expect(Limits().claimSilence == .seconds(60))
        let turns = (0..<4).map {
            (isAt(theVIP, $0 % 2 == 0 ? Host.node.mac : Host.second.mac, tells: .client), 1 + Double($0) * round / 2)
        }
        #expect((watch(until: 500, turns).finding(.duplicateAnnouncers) != nil) == isFound)
    }

    @Test(arguments: [(10 - tick, Finding.State.open), (10, .resolved)])
    func `soleAnnouncer: 10 s in which one alone answers`(_ gap: Double, _ state: Finding.State) {
        #expect(Thresholds().soleAnnouncer == .seconds(10))
        let (one, other) = (isAt(theVIP, Host.node.mac, tells: .client), isAt(theVIP, Host.second.mac, tells: .client))
        let end = 1.002 + gap
        let frames =
            questions([1]) + [(one, 1.001), (other, 1.002)] + questions([end - 0.5]) + [(one, end)] + questions([end + 1]) + [
                (one, end + 1)
            ]
        #expect(watch(frames).finding(.duplicateAnnouncers)?.state == state)
    }

    // MARK: tcp-syn-blackhole

    private static let answered: [([UInt8], Double)] = [
        (whoHas(theVIP, asks: .client), 0.5), (isAt(theVIP, Host.node.mac, tells: .client), 0.501),
    ]

    /// The SYN again shows it as soon as 3.5 s are over; else silence does, 4 s after the last.
    @Test(arguments: [(4.5 - tick, false), (4.5, true)])
    func `neighbourFailure: 3 point 5 s after the first SYN`(_ last: Double, _ isFound: Bool) {
        let frames = Self.answered + [1, 2, last].map { (Talk().syn, $0) }
        let early = watch(until: 5, frames)
        #expect((early.finding(.tcpSYNBlackhole)?.confidence == .proven) == isFound)
    }

    @Test(arguments: [([1.0], nil), ([1.0, 2], Confidence.likely), ([1, 2, 4], .proven)])
    func `provenSYNs: three`(_ syns: [Double], _ confidence: Confidence?) {
        #expect(watch(Self.answered + syns.map { (Talk().syn, $0) }).finding(.tcpSYNBlackhole)?.confidence == confidence)
    }

    @Test(arguments: [(0.9 - tick, false), (0.9, true)])
    func `synRetransmission: 0 point 9 s after the first`(_ gap: Double, _ isFound: Bool) {
        #expect(Thresholds().synRetransmission == .milliseconds(900))
        let frames = Self.answered + [1, 1 + gap / 2, 1 + gap].map { (Talk().syn, $0) }
        #expect((watch(frames).finding(.tcpSYNBlackhole) != nil) == isFound)
    }

    @Test(arguments: [(6.0, false), (6 + tick, true)])
    func `synSilence: 4 s after the last SYN`(_ end: Double, _ isFound: Bool) {
        #expect(Limits().synSilence == .seconds(4))
        #expect((watch(until: end, Self.answered + [(Talk().syn, 1), (Talk().syn, 2)]).finding(.tcpSYNBlackhole) != nil) == isFound)
    }

    /// The kernel's own error comes 3.06 s after the first SYN, and is an answer.
    @Test func `an ICMP error in its time is no black hole`() {
        let frames =
            Self.answered + [1, 2, 4].map { (Talk().syn, $0) } + [(icmpError(3, 1, from: .node, to: .client, quotes: Talk().syn), 4.06)]
        #expect(watch(frames).bench.findings.map(\.label) == [.tcpICMPRejected])
    }

    @Test(arguments: [(0.001, Confidence.likely), (0.001 + tick, .proven)])
    func `copyWindow: a copy within 1 ms is no retransmission`(_ gap: Double, _ confidence: Confidence) {
        #expect(Limits().copyWindow == .milliseconds(1))
        let frames = Self.answered + [1, 1 + gap, 4.6].map { (Talk().syn, $0) }
        #expect(watch(frames).finding(.tcpSYNBlackhole)?.confidence == confidence)
    }

    // MARK: dns-nxdomain-all-internal

    @Test(arguments: [(1, nil), (2, Confidence.likely), (3, .proven)])
    func `likelyNames and provenNames: two and three`(_ count: Int, _ confidence: Confidence?) {
        let frames = (0..<count).flatMap { index in
            let lookup = Lookup("n\(index).laurivan.com", client: .resolver, server: .authority)
            return [(lookup.query, Double(index)), (lookup.answer(code: 3), Double(index) + 0.01)]
        }
        #expect(watch(frames).finding(.dnsNXDomainAllInternal)?.confidence == confidence)
    }

    // MARK: Told again

    @Test(arguments: [(14.0 - tick, 0), (14, 1)])
    func `updateInterval: a finding that goes on is told every 10 s`(_ last: Double, _ updates: Int) {
        // The fourth request, at 4 s, opens it; each one more counts it.
        let watch = watch(until: last, questions([1, 2, 3, 4, 5, last - 3, last - 2, last - 1, last]))
        #expect(watch.bench.changes.actions == [.opened] + [FindingBook.Action](repeating: .updated, count: updates))
    }
}
