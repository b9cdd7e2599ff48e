import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct HealthyRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home, end: Double = 60) -> Bench {
        var bench = Bench(site)
        bench.consider(events)
        bench.finish(at: end)
        return bench
    }

    @Test func `one announcer and a handshake, at the end`() throws {
        let bench = bench(Facts.reply(.node, at: 1), Facts.established(at: 2))
        let finding = try #require(bench.finding(.healthy))
        #expect(bench.changes.actions == [.opened])
        #expect(finding.severity == .info && finding.confidence == .proven && finding.subject == Finding.Subject(vip: .v4(theVIP)))
        #expect(finding.frames == [1000, 1999])
        #expect(finding.summary.contains("10.0.0.157 (envoy-internal) is healthy") && finding.summary.contains("TCP 443 works"))
        #expect(finding.lastSeen == at(60))
        #expect(bench.finding(.healthy, otherVIP) == nil, "nobody used the other one")
    }

    @Test func `none needs to be known where clients reach the VIP without asking`() {
        #expect(bench(Facts.established(at: 2)).finding(.healthy)?.frames == [1999])
    }

    /// Direct server return: the SYN-ACK passes elsewhere.
    @Test func `what completed the handshake is named as what it is`() {
        let connection = Facts.connection([1], ack: 1.2, .established, at: 1.2)
        let evidence = bench(.tcp(connection, .established)).finding(.healthy)?.evidence
        #expect(evidence?.map(\.frame.number) == [1200])
        #expect(evidence?.first?.note.hasPrefix("SYN-ACK") == false)
    }

    @Test func `it is told at the end only`() {
        var bench = Bench()
        bench.consider(Facts.reply(.node, at: 1), Facts.established(at: 2))
        #expect(bench.findings.isEmpty)
    }

    // MARK: Look-alikes

    @Test func `a VIP that nobody used, or only on another port, is not judged`() {
        #expect(bench().findings.isEmpty)
        #expect(bench(Facts.reply(.node, at: 1), Facts.echoReply(at: 2)).findings.isEmpty)
        #expect(bench(Facts.established(at: 1, port: Port(rawValue: 8080))).findings.isEmpty)
    }

    @Test func `an open fault or warning speaks against it, an info does not`() {
        #expect(bench(Facts.established(at: 1), Facts.conflict(.node, .second, at: 5)).finding(.healthy) == nil)
        #expect(bench(Facts.established(at: 1), Facts.run(.client, [5, 6, 7])).finding(.healthy) == nil)
        #expect(bench(Facts.reply(.node, at: 1), Facts.established(at: 2), Facts.error(at: 5)).finding(.healthy) != nil)
        #expect(bench(Facts.established(at: 1, of: otherVIP), Facts.conflict(.node, .second, at: 5)).finding(.healthy, otherVIP) != nil)
    }

    @Test func `a resolved fault does not`() {
        let bench = bench(Facts.run(), Facts.reply(.node, at: 10), Facts.established(at: 11))
        #expect(bench.finding(.healthy) != nil && bench.finding(.vipNoAnnouncer)?.state == .resolved)
    }

    @Test func `a fault of the zone that holds the VIP's names does`() {
        let denials = ["a", "b", "c"].enumerated().map { Facts.denial("\($1).laurivan.com", at: Double($0 + 5)) }
        #expect(bench(Facts.established(at: 1), denials[0], denials[1], denials[2]).finding(.healthy) == nil)
    }

    @Test func `a service port that fails does, until it works`() {
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 2, port: .http)).finding(.healthy) == nil)
        #expect(bench(Facts.refused(at: 1), Facts.established(at: 2)).finding(.healthy) != nil)
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 2, port: Port(rawValue: 8080))).finding(.healthy) != nil)
    }

    /// CATALOGUE: the ledger's verdict says the same.
    @Test func `finding and verdict agree`() {
        let cases: [[FlowEvent]] = [
            [], [Facts.established(at: 1)], [Facts.reply(.node, at: 1)], [Facts.established(at: 1), Facts.conflict(.node, .second, at: 5)],
            [Facts.established(at: 1), Facts.silent([5, 6, 8], port: .http)], [Facts.established(at: 1), Facts.run(.client, [5, 6, 7])],
        ]
        for events in cases {
            var bench = Bench()
            bench.consider(events)
            bench.finish(at: 60)
            #expect((bench.finding(.healthy) != nil) == (bench.ledger()?.verdict == .healthy))
        }
        let refused = bench(Facts.established(at: 1), Facts.refused(at: 2, port: .http))
        #expect((refused.finding(.healthy) != nil) == (refused.ledger()?.verdict == .healthy))
    }
}
