import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct NotServedRuleTests {
    private static let answer = Facts.reply(.node, at: 0.5)

    private func bench(_ events: FlowEvent..., rules: [any Rule] = [NotServedRule()]) -> Bench {
        var bench = Bench(.home, rules)
        bench.consider(events)
        return bench
    }

    @Test func `an announcer that answers, and two ports that fail`() throws {
        let bench = bench(Self.answer, Facts.refused(at: 1, port: .http), Facts.silent([2, 3, 5]))
        let finding = try #require(bench.findings.first)
        #expect(finding.label == .announcedNotServed && finding.severity == .fault && finding.frames == [500, 1000, 5000])
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP)) && finding.excluded == ["vip-no-announcer"])
        #expect(finding.summary.contains("TCP 80 is refused by RST") && finding.summary.contains("TCP 443 is silent"))
        #expect(finding.summary.contains("answers ARP (after 1.000 ms)"))
    }

    @Test func `refusals alone prove it; silence that may end makes it likely`() {
        #expect(bench(Self.answer, Facts.refused(at: 1, port: .http), Facts.refused(at: 2)).findings.map(\.confidence) == [.proven])
        #expect(bench(Self.answer, Facts.refused(at: 1, port: .http), Facts.silent([2, 3])).findings.map(\.confidence) == [.likely])
    }

    /// `neighbourFailure`, swept: 3.5 s after the first SYN. Clients that give up after 5 s never fall silent before.
    @Test(arguments: [(6.5 - tick, 0), (6.5, 1)])
    func `repetition is enough, as soon as a neighbour's failure would have shown`(_ last: Double, _ count: Int) {
        #expect(Thresholds().neighbourFailure == .milliseconds(3500))
        let bench = bench(Self.answer, Facts.retransmitted([2, 3, 5.6], port: .http), Facts.retransmitted([3, 4, last]))
        #expect(bench.findings.map(\.confidence) == Array(repeating: .likely, count: count))
    }

    @Test func `the announcer may answer later`() {
        #expect(bench(Facts.refused(at: 1, port: .http), Facts.refused(at: 2)).findings.isEmpty)
        #expect(bench(Facts.refused(at: 1, port: .http), Facts.refused(at: 2), Facts.reply(.node, at: 3)).findings.count == 1)
    }

    @Test func `each port's finding points to it and stays`() {
        let bench = bench(
            Self.answer, Facts.refused(at: 1, port: .http), Facts.refused(at: 2), rules: RuleRegistry.standard)
        #expect(bench.open.map(\.label).filter { $0 == .tcpPortClosed }.count == 2)
        #expect(bench.open.filter { $0.label == .tcpPortClosed }.allSatisfy { $0.causedBy == "announced-not-served/10.0.0.157" })
        #expect(bench.ledger()?.line(.l2).status == .fault)
    }

    // MARK: Look-alikes

    @Test func `one port, a port that is not served, another VIP's, and two of which one works`() {
        #expect(bench(Self.answer, Facts.refused(at: 1), Facts.refused(at: 2)).findings.isEmpty)
        #expect(bench(Self.answer, Facts.refused(at: 1), Facts.refused(at: 2, port: Port(rawValue: 8080))).findings.isEmpty)
        #expect(bench(Facts.reply(.node, at: 0.5, of: otherVIP), Facts.refused(at: 1), Facts.refused(at: 2, port: .http)).findings.isEmpty)
        #expect(bench(Self.answer, Facts.refused(at: 1), Facts.established(at: 1.5, port: .http), Facts.refused(at: 2)).findings.isEmpty)
    }

    @Test func `a third port that works for anybody speaks against it`() {
        let other = Facts.established(at: 0.8, port: .http, client: .other)
        #expect(bench(Self.answer, other, Facts.refused(at: 1), Facts.silent([2, 3, 5], port: Port(rawValue: 22))).findings.isEmpty)
    }

    @Test func `where nobody answers ARP, that is the cause`() {
        let bench = bench(Self.answer, Facts.run(.client, [10, 11, 12]), rules: [NoAnnouncerRule(), NotServedRule()])
        #expect(bench.findings.map(\.label) == [.vipNoAnnouncer])
    }

    // MARK: Life

    @Test func `one handshake ends it, and the ports have to fail anew`() {
        var bench = bench(Self.answer, Facts.refused(at: 1, port: .http), Facts.refused(at: 2))
        #expect(bench.consider(Facts.established(at: 3)).actions == [.resolved])
        bench.consider(Facts.refused(at: 4))
        #expect(bench.open.isEmpty)
    }

    /// `backendWindow`: a success longer ago says nothing of now.
    @Test(arguments: [(61.001, 0), (61.001 + tick, 1)])
    func `a port that worked within the last minute and was not tried since may still work`(_ second: Double, _ count: Int) {
        #expect(Thresholds().backendWindow == .seconds(60))
        var site = Site.home
        site.vips[0].services = []
        var bench = Bench(site, [NotServedRule()])
        bench.consider(Self.answer, Facts.established(at: 1, port: Port(rawValue: 22)))
        bench.consider(Facts.refused(at: second, port: .http), Facts.refused(at: second + 1))
        #expect(bench.findings.count == count)
    }
}
