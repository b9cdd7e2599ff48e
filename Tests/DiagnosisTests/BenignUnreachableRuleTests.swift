import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct BenignUnreachableRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [BenignUnreachableRule()])
        bench.consider(events)
        return bench
    }

    private static let answer = Facts.reply(.node, at: 1)
    private static let works = Facts.established(at: 2)

    // MARK: Evidence

    @Test(arguments: [(UInt8(3), UInt8(1)), (3, 3), (3, 9), (3, 10), (3, 13), (5, 0), (5, 1)])
    func `an error about a ping, from the announcer, while TCP works`(_ type: UInt8, _ code: UInt8) throws {
        let bench = bench(Self.answer, Self.works, Facts.error(type, code, at: 5))
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened])
        #expect(finding.label == .icmpUnreachableBenign && finding.severity == .info && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP)))
        #expect(finding.frames == [5000, 1000, 1999])
        #expect(
            finding.summary.contains("Ping is no test") && finding.summary.contains("curl") && finding.summary.contains("TCP 443 works"))
        #expect(finding.summary.contains("10.0.0.147 (esxi-2cu-8g-03)"))
        #expect(finding.excluded == ["vip-no-announcer", "tcp-icmp-rejected"])
        #expect(!finding.arguesFromAbsence)
    }

    @Test func `without a handshake it is likely, says what to try, and is proven by the first one`() {
        var bench = bench(Self.answer, Facts.error(at: 5))
        #expect(bench.findings.first?.confidence == .likely && bench.findings.first?.frames == [5000, 1000])
        #expect(bench.findings.first?.summary.contains("try curl") == true)
        #expect(bench.consider(Facts.established(at: 6, port: Port(rawValue: 8443))).isEmpty, "that is no service port")
        #expect(bench.findings.first?.confidence == .likely)
        let changes = bench.consider(Facts.established(at: 7))
        #expect(changes.actions == [.updated] && changes.first?.finding.confidence == .proven)
        #expect(changes.first?.finding.frames == [5000, 1000, 6999])
        #expect(bench.consider(Facts.established(at: 8)).isEmpty)
    }

    @Test func `a redirect and an unreachable together are one finding`() {
        let bench = bench(Self.answer, Self.works, Facts.error(5, 1, at: 5), Facts.error(3, 1, at: 8))
        #expect(bench.findings.map(\.frames) == [[5000, 8000, 1000, 1999]])
        #expect(["redirect for host", "host unreachable"].allSatisfy { bench.findings.first?.summary.contains($0) == true })
        #expect(bench.findings.first?.count == 2)
    }

    @Test func `the source may be the VIP itself`() {
        #expect(bench(Self.answer, Self.works, Facts.error(3, 3, from: Facts.service, at: 5)).findings.count == 1)
    }

    @Test func `where the announcer's own address is unknown, its MAC suffices`() {
        var site = Site.home
        site.nodes = []
        var claim = Facts.claim(.node, at: 1)
        claim.station.address = nil
        #expect(bench(.claim(claim), Self.works, Facts.error(at: 5), site: site).findings.count == 1)
    }

    @Test func `the ARP reply may come after the error`() {
        let bench = bench(Facts.error(at: 0.5), Self.answer, Self.works)
        #expect(bench.findings.count == 1)
    }

    // MARK: Look-alikes

    @Test(arguments: [(UInt8(3), UInt8(0)), (3, 2), (3, 4), (11, 0), (12, 0)])
    func `other errors mean something else`(_ type: UInt8, _ code: UInt8) {
        #expect(bench(Self.answer, Self.works, Facts.error(type, code, at: 5)).findings.isEmpty)
    }

    @Test func `an error from another MAC than the announcer's does`() {
        #expect(bench(Self.answer, Self.works, Facts.error(from: .router, at: 5)).findings.isEmpty)
        #expect(bench(Self.works, Facts.error(at: 5)).findings.isEmpty, "nobody answered ARP")
        #expect(
            bench(.claim(Facts.claim(.node, at: 1, .gratuitousRequest)), Self.works, Facts.error(at: 5)).findings.isEmpty,
            "announced is no answer")
        let strange = Host(Host.node.mac.rawValue, "10.0.0.99")
        #expect(
            bench(Self.answer, Self.works, Facts.error(from: strange, at: 5)).findings.isEmpty, "neither the node's address nor the VIP")
    }

    @Test func `an error that quotes no ping does`() {
        let query = Datagram(.client, Facts.service).frame(17, udp(5000, 443, [1]))
        for quoted in [Talk().syn, query, pong(.client, Facts.service)] {
            #expect(bench(Self.answer, Self.works, Facts.error(quotes: quoted, at: 5)).findings.isEmpty)
        }
        let elsewhere = ping(.client, .bystander)
        #expect(bench(Self.answer, Self.works, Facts.error(quotes: elsewhere, at: 5)).findings.isEmpty)
    }

    // MARK: Life

    @Test func `errors of the same kind are counted`() {
        var bench = bench(Self.answer, Self.works, Facts.error(at: 5))
        bench.consider(Facts.error(at: 6), Facts.error(at: 7))
        #expect(bench.findings.map(\.count) == [3] && bench.findings.first?.frames == [5000, 1000, 1999])
        #expect(bench.changes.actions == [.opened])
    }

    @Test func `an echo reply resolves it, and the next error opens it again`() {
        var bench = bench(Self.answer, Self.works, Facts.error(at: 5))
        #expect(bench.consider(Facts.echoReply(at: 6, of: otherVIP)).isEmpty)
        #expect(bench.consider(Facts.echoReply(at: 7)).actions == [.resolved])
        #expect(bench.findings.first?.frames.last == 7000)
        #expect(bench.consider(Facts.error(at: 9)).actions == [.opened])
        #expect(bench.findings.first?.frames == [9000, 1000, 1999])
    }

    @Test func `where connections fail too, ping's failure is one symptom of many`() {
        #expect(bench(Self.answer, Facts.refused(at: 2), Facts.error(at: 5)).findings.isEmpty)
        let late = bench(Self.answer, Facts.error(at: 5), Facts.refused(at: 6))
        #expect(late.open.first?.summary.contains("no TCP connection was seen") != true)
    }
}
