import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct IdleResetRuleTests {
    private static let label = Label.idleConnectionReset

    private func bench(_ events: FlowEvent...) -> Bench {
        var bench = Bench(.home, [IdleResetRule()])
        bench.consider(events)
        return bench
    }

    /// It ends at `seconds`, after its last data and a pause before that.
    private func connection(
        idle: Interval, at seconds: Double, _ outcome: TCPConnection.Outcome = .reset, _ change: (inout TCPTraffic) -> Void = { _ in }
    ) -> FlowEvent {
        var connection = Facts.connection([1], synACK: 1.001, ack: 1.002, end: seconds, .established, outcome, at: seconds)
        (connection.originatorBytes, connection.responderBytes, connection.endedBy) = (100, 100, .responder)
        var traffic = TCPTraffic()
        traffic.originator.firstData = frame(1.1)
        traffic.originator.lastData = frame(seconds - 0.001)
        traffic.responder.lastData = frame(1.2)
        traffic.idleBeforeData = idle
        traffic.isResetAfterData = outcome == .reset
        change(&traffic)
        connection.shared = Shared(traffic)
        return .tcp(connection, .ended)
    }

    @Test func `data after a pause is answered by RST`() throws {
        let finding = try #require(bench(connection(idle: .seconds(300), at: 302)).findings.first)
        #expect(finding.label == Self.label && finding.severity == .warning && finding.frames == [301_999, 302_000])
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https))
        #expect(
            finding.summary.contains(
                "rested for 300.000 s, and the client's next data was answered by RST from the server's side after 1.000 ms"))
    }

    /// `idleSilence`, swept: 5 s.
    @Test(arguments: [(Interval.milliseconds(4999), 0), (.seconds(5), 1)])
    func `a pause of five seconds`(_ idle: Interval, _ count: Int) {
        #expect(Thresholds().idleSilence == .seconds(5))
        #expect(bench(connection(idle: idle, at: 20)).findings.count == count)
    }

    /// `idleCluster`, swept: five that died at one value.
    @Test(arguments: [(4, false), (5, true)])
    func `five at one value are a setting`(_ count: Int, _ isSetting: Bool) {
        #expect(Thresholds().idleCluster == 5)
        var bench = bench()
        for index in 0..<count { bench.consider(connection(idle: .milliseconds(300_000 + Int64(index) * 100), at: 400 + Double(index))) }
        let summary = bench.findings.first?.summary
        #expect(summary?.contains("\(count) died so, after 300.000 s to 300.\(count - 1)00 s") == true)
        #expect(summary?.contains("5 of them at 300.000 s: that is a setting") == isSetting)
    }

    @Test func `shorter rests that lived are told`() {
        let bench = bench(
            connection(idle: .seconds(20), at: 30, .closed), connection(idle: .seconds(60), at: 90, .closed),
            connection(idle: .seconds(300), at: 400))
        #expect(bench.findings.first?.summary.contains("shorter rests lived (20.000 s to 60.000 s)") == true)
    }

    // MARK: Look-alikes

    @Test func `a RST that closes a finished exchange, and one without data before`() {
        #expect(bench(connection(idle: .seconds(300), at: 302) { $0.isResetAfterData = false }).findings.isEmpty)
        #expect(bench(connection(idle: .seconds(300), at: 302) { $0.originator.firstData = $0.originator.lastData }).findings.isEmpty)
        #expect(bench(connection(idle: .seconds(300), at: 302) { $0.idleBeforeData = nil }).findings.isEmpty)
    }

    @Test func `a longer rest that lived speaks against it, before or after`() {
        #expect(bench(connection(idle: .seconds(400), at: 500, .closed), connection(idle: .seconds(300), at: 600)).findings.isEmpty)
        let later = bench(connection(idle: .seconds(300), at: 400), connection(idle: .seconds(400), at: 900, .closed))
        #expect(later.findings.map(\.state) == [.resolved])
    }

    @Test func `what was evicted or had trouble did not live`() {
        let evicted = connection(idle: .seconds(400), at: 500, .evicted)
        let troubled = connection(idle: .seconds(400), at: 500, .closed) { $0.originator.retransmissions = 1 }
        #expect(bench(evicted, troubled, connection(idle: .seconds(300), at: 600)).findings.count == 1)
    }

    // MARK: On the wire

    @Test func `on the wire`() {
        var watch = Watch()
        let talk = Talk()
        func data(_ sequence: UInt32) -> [UInt8] {
            talk.out().frame(6, talk.fromClient([.psh, .ack], sequence: sequence, payload: [1, 2, 3, 4]))
        }
        for (index, octets) in [talk.syn, talk.synACK, talk.ack, data(1001), talk.serverData(10)].enumerated() {
            watch.see(octets, at: 1 + Double(index) / 100)
        }
        watch.see(data(1005), at: 61.04)
        watch.see(talk.reset, at: 61.05)
        #expect(watch.finding(Self.label)?.frames == [6, 7])
        #expect(watch.finding(Self.label)?.summary.contains("rested for 60.000 s") == true)
    }
}
