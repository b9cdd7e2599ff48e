import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct TCPRejectedRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [TCPRejectedRule()])
        bench.consider(events)
        return bench
    }

    private func error(_ code: UInt8 = 3, port: UInt16 = 443, octets: Int = 8, from host: Host = .node, at seconds: Double = 5) -> FlowEvent
    {
        Facts.error(3, code, from: host, quotes: Talk(port: port).syn, octets: octets, at: seconds, quotedAt: seconds - 1)
    }

    @Test(arguments: [UInt8(0), 1, 2, 3, 5, 9, 10, 13, 15])
    func `an unreachable that quotes the SYN proves it`(_ code: UInt8) throws {
        let bench = bench(error(code))
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened])
        #expect(finding.label == .tcpICMPRejected && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https) && finding.id == "tcp-icmp-rejected/10.0.0.157/443")
        #expect(finding.frames == [4000, 5000])
        #expect(finding.summary.contains("10.0.0.20:40000") && finding.summary.contains("after 1.000"))
        #expect(finding.excluded == ["tcp-syn-blackhole", "icmp-unreachable-benign"])
        #expect(!finding.arguesFromAbsence)
    }

    @Test func `a long quote proves it though the SYN was not seen`() {
        let unseen = Facts.error(3, 3, quotes: Talk().syn, octets: 20, at: 5)
        #expect(bench(unseen).findings.map(\.frames) == [[5000]])
        let short = Facts.error(3, 3, quotes: Talk().syn, octets: 8, at: 5)
        #expect(bench(short).findings.isEmpty, "eight octets of a segment that was not seen may be any")
    }

    @Test func `it does not matter who sends the error`() {
        for host in [Host.node, .router, Facts.service] { #expect(bench(error(from: host)).findings.count == 1) }
    }

    // MARK: Look-alikes

    @Test func `fragmentation needed is path-MTU discovery at work`() {
        #expect(bench(error(4)).findings.isEmpty)
    }

    @Test func `other errors, and quotes of other packets, say nothing`() {
        #expect(bench(Facts.error(11, 0, quotes: Talk().syn, octets: 20, at: 5)).findings.isEmpty)
        for quoted in [
            Talk().data(4), Talk().ack, ping(.client, Facts.service), Datagram(.client, Facts.service).frame(17, udp(1, 443, [])),
        ] {
            #expect(bench(Facts.error(3, 3, quotes: quoted, octets: 20, at: 5)).findings.isEmpty)
        }
        #expect(bench(Facts.error(3, 3, quotes: Talk(.client, Host.bystander.ip).syn, octets: 20, at: 5)).findings.isEmpty)
    }

    @Test func `a port that the VIP does not serve may be rejected`() {
        #expect(bench(error(port: 8080)).findings.isEmpty)
        var site = Site.home
        site.vips[0].services = []
        #expect(bench(error(port: 8080), site: site).findings.count == 1, "where none is listed, every port counts")
        site.vips[0].services = [Service(transport: .udp, port: .https)]
        #expect(bench(error(), site: site).findings.isEmpty)
    }

    // MARK: Life

    @Test func `each port is a finding, and more errors are counted`() {
        let bench = bench(error(), error(port: 80, at: 6), error(at: 7), error(1, from: .router, at: 8))
        #expect(bench.findings.map(\.subject.port) == [.https, .http])
        #expect(bench.findings.map(\.count) == [3, 1])
        #expect(bench.findings.first?.frames == [4000, 5000], "the first proof stays")
    }

    @Test func `a handshake on that port resolves it, and another error opens it again`() {
        var bench = bench(error())
        #expect(bench.consider(Facts.established(at: 9, port: .http)).isEmpty)
        #expect(bench.consider(Facts.established(at: 10, of: otherVIP)).isEmpty)
        #expect(bench.consider(Facts.established(at: 11)).actions == [.resolved])
        #expect(bench.findings.first?.frames == [4000, 5000, 10_999])
        #expect(bench.consider(error(at: 20)).actions == [.opened])
        #expect(bench.findings.first?.frames == [19_000, 20_000] && bench.findings.first?.count == 2)
    }
}
