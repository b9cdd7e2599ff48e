import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct SYNBlackholeRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [SYNBlackholeRule()])
        bench.consider(events)
        return bench
    }

    private static let answer = Facts.reply(.node, at: 0.5)

    // MARK: Evidence

    @Test func `SYNs again and again, and nothing back, prove it where ARP is answered`() throws {
        let bench = bench(Self.answer, Facts.silent([1, 2, 4]))
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened])
        #expect(finding.label == .tcpSYNBlackhole && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https))
        #expect(finding.frames == [1000, 2000, 4000, 500])
        #expect(finding.summary.contains("10.0.0.20:40000 sent its SYN 3 times in 3.000 s") && finding.summary.contains("esxi-2cu-8g-03"))
        #expect(finding.arguesFromAbsence)
        #expect(finding.excluded == ["vip-no-announcer", "tcp-port-closed", "tcp-icmp-rejected"])
    }

    @Test func `it says which other ports of the VIP work`() {
        let bench = bench(
            Self.answer, Facts.established(at: 0.8, port: .http), Facts.established(at: 0.9, of: otherVIP), Facts.silent([1, 2, 4]))
        #expect(bench.findings.first?.summary.contains("TCP 80 works") == true)
        #expect(bench.findings.first?.frames == [1000, 2000, 4000, 500, 799])
    }

    /// Linux 6.5 and later repeat the first four times linearly, others double the time.
    @Test(arguments: [([1.0, 2.03, 3.05, 4.07], false), ([1.0, 2, 4, 8], true)])
    func `a repetition proves it as soon as a neighbour's failure would have shown`(_ syns: [Double], _ isFound: Bool) {
        let bench = bench(Self.answer, Facts.retransmitted(syns))
        #expect(bench.findings.isEmpty != isFound)
    }

    /// `neighbourFailure`, swept: 3.5 s after the first SYN.
    @Test(arguments: [(4.5 - tick, 0), (4.5, 1), (4.5 + tick, 1)])
    func `before 3 point 5 s an ICMP error may yet come`(_ last: Double, _ count: Int) {
        #expect(Thresholds().neighbourFailure == .milliseconds(3500))
        #expect(bench(Self.answer, Facts.retransmitted([1, 2, last])).findings.count == count)
    }

    /// `provenSYNs`, swept.
    @Test(arguments: [([1.0, 2], Confidence.likely), ([1, 2, 4], .proven), ([1, 2, 4, 8], .proven)])
    func `one retransmission may be one lost packet`(_ syns: [Double], _ confidence: Confidence) {
        #expect(Thresholds().provenSYNs == 3)
        #expect(bench(Self.answer, Facts.silent(syns)).findings.map(\.confidence) == [confidence])
    }

    @Test func `more SYNs make a likely finding proven, at once`() {
        var bench = bench(Self.answer, Facts.silent([1, 2]))
        let changes = bench.consider(Facts.retransmitted([1, 2, 7]))
        #expect(changes.actions == [.updated] && changes.first?.finding.confidence == .proven)
        #expect(changes.first?.finding.frames == [1000, 2000, 7000, 500])
    }

    @Test func `without the ARP reply it is likely at the most`() {
        let finding = bench(Facts.silent([1, 2, 4])).findings.first
        #expect(finding?.confidence == .likely)
        #expect(finding?.excluded == ["tcp-port-closed", "tcp-icmp-rejected"])
    }

    @Test func `a capture that ends while the client waits makes it likely`() {
        for (end, confidence) in [(2.5, Confidence.likely), (4.4, .likely)] {
            let cut = Facts.connection([1, 2], .unanswered, .open, at: end)
            #expect(bench(Self.answer, .tcp(cut, .ended)).findings.map(\.confidence) == [confidence])
        }
        let three = Facts.connection([1, 2, 3.9], .unanswered, .open, at: 4.4)
        #expect(bench(Self.answer, .tcp(three, .ended)).findings.map(\.confidence) == [.likely])
        let one = Facts.connection([1], .unanswered, .open, at: 60)
        #expect(bench(Self.answer, .tcp(one, .ended)).findings.isEmpty)
        let evicted = Facts.connection([1, 2, 3], .unanswered, .evicted, at: 4)
        #expect(bench(Self.answer, .tcp(evicted, .ended)).findings.isEmpty, "nobody waited for its answer any more")
    }

    // MARK: Look-alikes

    @Test func `where ARP is unanswered no SYN could have been`() {
        var bench = Bench(.home)
        bench.consider(Facts.run(), Facts.silent([5, 6, 8]))
        #expect(bench.findings.map(\.label) == [.vipNoAnnouncer])
    }

    @Test func `one SYN, a lost one, and a port that is not served are nothing`() {
        #expect(bench(Self.answer, Facts.silent([1])).findings.isEmpty)
        #expect(bench(Self.answer, Facts.retransmitted([1, 2]), Facts.established(at: 2.1)).findings.isEmpty)
        #expect(bench(Self.answer, Facts.silent([1, 2, 4], port: Port(rawValue: 8080))).findings.isEmpty)
        #expect(bench(Self.answer, Facts.silent([1, 2, 4], of: Host.bystander.ip)).findings.isEmpty)
        #expect(
            bench(Self.answer, Facts.silent([1, 2, 4], port: Port(rawValue: 8080), of: otherVIP)).findings.count == 1,
            "no port is listed there")
    }

    /// The bystander sees SYNs only, flooded: rule 3 proves it still.
    @Test func `one direction alone is enough`() {
        var watch = Watch()
        for second in [0.0, 1, 3] { watch.see(Talk().syn, at: second) }
        watch.advance(to: 8)
        #expect(watch.finding(.tcpSYNBlackhole)?.confidence == .likely)
        watch.see(isAt(theVIP, Host.node.mac, tells: .client), at: 9)
        watch.see(Talk().syn, at: 10)
        #expect(watch.finding(.tcpSYNBlackhole)?.confidence == .proven)
    }

    // MARK: Life

    @Test func `each port is a finding; more clients are counted`() {
        let bench = bench(Self.answer, Facts.silent([1, 2, 4]), Facts.silent([1, 2, 4], port: .http), Facts.silent([21, 22, 24]))
        #expect(bench.findings.map(\.subject.port) == [.https, .http] && bench.findings.map(\.count) == [2, 1])
    }

    @Test func `any answer resolves it`() {
        let refusal = Facts.connection([20], end: 20.1, .refused, .refused, at: 20.1)
        let rejection = Facts.connection([20], end: 20.2, .rejected, .rejected, at: 20.2)
        let answers: [(FlowEvent, UInt64)] = [
            (Facts.established(at: 20), 19_999), (.tcp(refusal, .ended), 20_100), (.tcp(rejection, .ended), 20_200),
        ]
        for (event, last) in answers {
            var bench = bench(Self.answer, Facts.silent([1, 2, 4]))
            #expect(bench.consider(event).actions == [.resolved])
            #expect(bench.findings.first?.frames.last == last)
            #expect(bench.consider(Facts.silent([31, 32, 34])).actions == [.opened])
        }
    }

    @Test func `another port's success does not resolve it`() {
        var bench = bench(Self.answer, Facts.silent([1, 2, 4]))
        bench.consider(Facts.established(at: 20, port: .http), Facts.established(at: 21, of: otherVIP))
        #expect(bench.open.count == 1)
    }
}
