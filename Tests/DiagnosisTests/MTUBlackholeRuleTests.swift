import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct MTUBlackholeRuleTests {
    private static let label = Label.mtuBlackhole

    /// A connection whose server's full-size segments are sent again so many times in a row and not acknowledged.
    private func connection(
        _ inARow: Int = 3, largest: Int = 1448, at seconds: Double = 10, _ outcome: TCPConnection.Outcome = .reset,
        _ change: (inout TCPTraffic) -> Void = { _ in }
    ) -> TCPConnection {
        var connection = Facts.connection(
            [1], synACK: 1.001, ack: 1.002, end: outcome == .open ? nil : seconds, .established, outcome, at: seconds)
        var traffic = TCPTraffic()
        traffic.responder.firstData = frame(1.1)
        traffic.responder.lastData = frame(seconds - 1)
        traffic.responder.largestPayload = largest
        traffic.responder.retransmissions = inARow
        traffic.responder.mostInARow = inARow
        traffic.responder.isFullSizeUnacknowledged = true
        traffic.responder.onlySmallerArrived = true
        traffic.originator.reportedGap = true
        change(&traffic)
        connection.shared = Shared(traffic)
        connection.originatorOffer = TCPOffer(window: 64_240, maximumSegmentSize: 1460)
        connection.responderOffer = TCPOffer(window: 64_240, maximumSegmentSize: 1460)
        return connection
    }

    private func bench(_ events: FlowEvent...) -> Bench {
        var bench = Bench(.home, [MTUBlackholeRule()])
        bench.consider(events)
        return bench
    }

    private func tooBig(_ source: UInt16, at seconds: Double) -> FlowEvent {
        let talk = Talk(sourcePort: source)
        return Facts.error(3, 4, from: .router, quotes: talk.back().frame(6, talk.fromServer(.ack)), at: seconds)
    }

    @Test func `full size in vain, small ones acknowledged behind`() throws {
        let finding = try #require(bench(.tcp(connection(), .ended)).findings.first)
        #expect(finding.label == Self.label && finding.severity == .fault && finding.confidence == .proven && finding.arguesFromAbsence)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https, client: Host.client.address))
        #expect(finding.frames == [1001, 9000] && finding.excluded == ["path-mtu-discovery", "dead-peer"])
        #expect(finding.summary.contains("Segments of 1448 octets from TCP 443") && finding.summary.contains("sent again 3 times in a row"))
        #expect(finding.summary.contains("no ICMP error says"))
    }

    @Test func `the client's way is told apart from the server's`() {
        let connection = connection { traffic in swap(&traffic.originator, &traffic.responder) }
        #expect(bench(.tcp(connection, .ended)).findings.first?.summary.contains("from 10.0.0.20:40000 to TCP 443") == true)
    }

    /// `blackholeRetransmissions`, swept: three.
    @Test(arguments: [(2, 0), (3, 1), (9, 1)])
    func `two may be loss`(_ count: Int, _ found: Int) {
        #expect(Thresholds().blackholeRetransmissions == 3)
        #expect(bench(.tcp(connection(count), .ended)).findings.count == found)
    }

    @Test func `an error that the sender ignores, or that quotes another connection, is told`() {
        let own = bench(tooBig(40_000, at: 3), .tcp(connection(), .ended)).findings.first
        #expect(own?.summary.contains("10.0.0.1 says that it is too big (frame 3000), and the sender ignores that") == true)
        #expect(own?.frames == [1001, 9000, 3000])
        let other = bench(tooBig(40_009, at: 3), .tcp(connection(), .ended)).findings.first
        #expect(other?.summary.contains("quotes another connection (frame 3000)") == true)
        let before = bench(tooBig(40_000, at: 0.5), .tcp(connection(), .ended)).findings.first
        #expect(before?.summary.contains("no ICMP error") == true)
    }

    @Test func `a capture that ends first, and a peer that only hangs up, make it likely`() {
        let open = bench(.tcp(connection(at: 10, .open), .ended)).findings.first
        #expect(open?.confidence == .likely && open?.summary.contains("the capture ends") == true)
        var closed = connection { $0.originator.reportedGap = false }
        closed.endedBy = .originator
        #expect(bench(.tcp(closed, .ended)).findings.map(\.confidence) == [.likely])
    }

    // MARK: Look-alikes

    @Test func `a dead peer acknowledges nothing`() {
        #expect(bench(.tcp(connection { $0.originator.reportedGap = false }, .ended)).findings.isEmpty)
        #expect(bench(.tcp(connection { $0.responder.onlySmallerArrived = false }, .ended)).findings.isEmpty)
    }

    @Test func `discovery at work, offload's segments and small ones`() {
        #expect(bench(.tcp(connection { $0.responder.isFullSizeUnacknowledged = false }, .ended)).findings.isEmpty)
        for (octets, count) in [(536, 0), (537, 1), (1460, 1), (1461, 0), (6000, 0)] {
            #expect(bench(.tcp(connection(largest: octets), .ended)).findings.count == count)
        }
    }

    @Test func `before the handshake, and elsewhere`() {
        var half = connection()
        half.handshake = .answered
        #expect(bench(.tcp(half, .ended)).findings.isEmpty && bench(.tcp(connection(), .established)).findings.isEmpty)
        var elsewhere = connection()
        elsewhere.responder.address = Host.bystander.address
        #expect(bench(.tcp(elsewhere, .ended)).findings.isEmpty)
    }

    // MARK: On the wire

    /// 100 octets arrive, 1400 are sent four times, and the client hangs up.
    @Test func `on the wire`() {
        var watch = Watch()
        let talk = Talk()
        func data(_ count: Int, from sequence: UInt32) -> [UInt8] {
            talk.back().frame(6, talk.fromServer([.psh, .ack], sequence: sequence, payload: [UInt8](repeating: 8, count: count)))
        }
        func ack(_ number: UInt32, _ flags: TCPHeader.Flags = .ack) -> [UInt8] {
            talk.out().frame(6, tcp(talk.sourcePort, talk.port, flags, sequence: talk.isn + 1, acknowledgment: number))
        }
        for (index, octets) in [talk.syn, talk.synACK, talk.ack].enumerated() { watch.see(octets, at: 1 + Double(index) / 1000) }
        watch.see(data(100, from: 9001), at: 1.01)
        watch.see(ack(9101), at: 1.02)
        for second in [1.03, 1.23, 1.63, 2.43] { watch.see(data(1400, from: 9101), at: second) }
        watch.see(ack(9101, [.fin, .ack]), at: 4)
        watch.see(talk.back().frame(6, talk.fromServer([.fin, .ack], sequence: 10_501)), at: 4.1)
        let finding = watch.finding(Self.label)
        #expect(finding?.confidence == .likely && finding?.frames == [2, 9])
    }

    // MARK: Life

    @Test func `another of the client's connections on which they arrive ends it`() {
        var bench = bench(.tcp(connection(), .ended))
        bench.consider(
            .tcp(
                connection(at: 20) { traffic in
                    traffic.responder.isFullSizeUnacknowledged = false
                    traffic.responder.onlySmallerArrived = false
                }, .ended))
        #expect(bench.findings.map(\.state) == [.resolved])
    }
}
