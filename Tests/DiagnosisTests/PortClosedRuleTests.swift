import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct PortClosedRuleTests {
    private func bench(_ events: FlowEvent...) -> Bench {
        var bench = Bench(.home, [PortClosedRule()])
        bench.consider(events)
        return bench
    }

    private func refused(_ client: Host, at seconds: Double) -> FlowEvent {
        .tcp(Facts.connection([seconds - 0.001], client: client, end: seconds, .refused, .refused, at: seconds), .ended)
    }

    @Test func `a RST in answer to a SYN`() throws {
        let finding = try #require(bench(Facts.refused(at: 1)).findings.first)
        #expect(finding.label == .tcpPortClosed && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https) && finding.frames == [999, 1000])
        #expect(finding.summary.contains("10.0.0.20:40000 is answered by RST after 1.000 ms, from 00:50:56:aa:bb:03 (esxi-2cu-8g-03"))
        #expect(finding.excluded == ["tcp-syn-blackhole", "tcp-icmp-rejected"])
    }

    @Test func `on the wire, and another address's RST is none`() {
        var watch = Watch()
        let talk = Talk()
        watch.see(talk.syn, at: 1)
        watch.see(Datagram(.node, .client).frame(6, talk.fromServer([.rst, .ack], sequence: 0)), at: 1.0005)
        #expect(watch.finding(.tcpPortClosed) == nil)
        watch.see(talk.refusal, at: 1.001)
        #expect(watch.finding(.tcpPortClosed)?.frames == [1, 3])
    }

    // MARK: Look-alikes

    @Test func `a RST after the handshake, another port and another address`() {
        let reset = Facts.connection([1], synACK: 1.001, ack: 1.002, end: 2, .established, .reset, at: 2)
        #expect(bench(.tcp(reset, .ended)).findings.isEmpty)
        #expect(bench(Facts.refused(at: 1, port: Port(rawValue: 8080))).findings.isEmpty)
        let elsewhere = Facts.connection([1], of: Host.bystander.ip, end: 1.001, .refused, .refused, at: 1.001)
        #expect(bench(.tcp(elsewhere, .ended)).findings.isEmpty)
    }

    /// `refusals`, swept: three in a row after a success of the same client; and `backendWindow`.
    @Test func `one refusal among successes is a backend's`() {
        #expect(Thresholds().refusals == 3)
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 2), Facts.established(at: 3), Facts.refused(at: 4)).findings.isEmpty)
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 2), Facts.refused(at: 3)).findings.isEmpty)
        let closed = bench(Facts.established(at: 1), Facts.refused(at: 2), Facts.refused(at: 3), Facts.refused(at: 4))
        #expect(closed.findings.first?.summary.contains("the 3. refusal in a row") == true)
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 61)).findings.isEmpty)
        #expect(bench(Facts.established(at: 1), Facts.refused(at: 61.01)).findings.count == 1)
    }

    @Test func `another client's success is told with it and does not hide it`() {
        var bench = bench(Facts.established(at: 1, client: .other), refused(.client, at: 2))
        #expect(bench.findings.first?.summary.contains("; it works for 10.0.0.21") == true)
        #expect(bench.findings.first?.frames == [1999, 2000, 999])
        bench.consider(Facts.established(at: 3, client: .other))
        #expect(bench.open.count == 1)
        bench.consider(Facts.established(at: 4))
        #expect(bench.open.isEmpty)
    }

    // MARK: Life

    @Test func `it is counted, and another port's success does not end it`() {
        var bench = bench(Facts.refused(at: 1), refused(.other, at: 2), Facts.established(at: 3, port: .http))
        #expect(bench.open.map(\.count) == [2])
        bench.consider(Facts.established(at: 4))
        #expect(bench.open.count == 1, "the other client still fails")
        bench.consider(Facts.established(at: 5, client: .other))
        #expect(bench.open.isEmpty)
    }

    /// `backendWindow`, swept: who has not tried for a minute is not asked.
    @Test(arguments: [(62.0, 1), (62 + tick, 0)])
    func `a client that went away does not keep it open`(_ time: Double, _ open: Int) {
        var bench = bench(refused(.other, at: 2))
        bench.consider(Facts.established(at: time))
        #expect(bench.open.count == open)
    }
}
