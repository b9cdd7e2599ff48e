import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct SlowHandshakeRuleTests {
    private static let label = Label.tcpHandshakeSlow

    /// Handshakes with these delays, one a second, each acknowledged after 0.1 ms.
    private func handshakes(_ delays: [Double], from second: Double = 1, ack: Double = 0.0001, syns: Int = 1) -> [FlowEvent] {
        delays.enumerated().map { index, delay in
            let start = second + Double(index)
            let frames = (0..<syns).map { start - Double(syns - 1 - $0) / 10 }
            return .tcp(
                Facts.connection(
                    frames, synACK: start + delay, ack: start + delay + ack, .established, at: start + delay + ack), .established)
        }
    }

    private func bench(_ events: [FlowEvent]) -> Bench {
        var bench = Bench(.home, [SlowHandshakeRule()])
        bench.consider(events)
        return bench
    }

    private static let arp = Facts.reply(.node, at: 0.5)

    @Test func `twenty handshakes whose median is far above the LAN's own`() throws {
        let finding = try #require(bench([Self.arp] + handshakes((0..<20).map { 0.1 + Double($0) / 1000 })).findings.first)
        #expect(finding.label == Self.label && finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https))
        #expect(finding.frames == [10_000, 10_109])
        #expect(finding.summary.contains("take 109.000 ms (the median of 20), and the LAN itself 1.000 ms"))
    }

    /// `slowHandshakes`, swept: twenty.
    @Test(arguments: [(19, 0), (20, 1), (21, 1)])
    func `fewer than twenty say nothing`(_ count: Int, _ found: Int) {
        #expect(Thresholds().slowHandshakes == 20)
        #expect(bench([Self.arp] + handshakes(Array(repeating: 0.1, count: count))).findings.count == found)
    }

    /// `slowHandshake`, swept: more than 50 ms.
    @Test(arguments: [(0.05, 0), (0.05 + tick, 1)])
    func `fifty milliseconds are no switch's delay`(_ delay: Double, _ found: Int) {
        #expect(Thresholds().slowHandshake == .milliseconds(50))
        #expect(bench([Self.arp] + handshakes(Array(repeating: delay, count: 20))).findings.count == found)
    }

    /// `slowFactor`, swept: more than ten times the LAN's own, here 10 ms.
    @Test(arguments: [(0.1, 0), (0.101, 1)])
    func `a slow LAN is slow for all`(_ delay: Double, _ found: Int) {
        #expect(Thresholds().slowFactor == 10)
        let own = Facts.reply(.node, at: 0.5, request: 0.49)
        #expect(bench([own] + handshakes(Array(repeating: delay, count: 20))).findings.count == found)
    }

    @Test func `without ARP the clients' own acknowledgements tell`() {
        #expect(bench(handshakes(Array(repeating: 0.1, count: 20))).findings.count == 1)
        #expect(bench(handshakes(Array(repeating: 0.1, count: 20), ack: 0.02)).findings.isEmpty)
        #expect(bench([Facts.echoReply(at: 0.5)] + handshakes(Array(repeating: 0.1, count: 20), ack: 0.02)).findings.count == 1)
    }

    /// What another station took to answer the same asker.
    private func asked(_ delay: Double, other: Double?) -> FlowEvent {
        var claim = Facts.claim(.node, at: 0.5, request: 0.5 - delay)
        claim.otherExchange = other.map { Claim.OtherExchange(request: frame(0.1), reply: frame(0.1 + $0), station: Host.second.mac) }
        return .claim(claim)
    }

    @Test func `a node whose uplink is full answers ARP late, too: others tell what the LAN takes`() throws {
        let slow = handshakes(Array(repeating: 0.08, count: 20))
        #expect(bench([asked(0.286, other: nil)] + slow).findings.isEmpty, "the asker's own way may be slow")
        let finding = try #require(bench([asked(0.286, other: 0.001)] + slow).findings.first)
        #expect(finding.summary.contains("take 80.000 ms (the median of 20), and the LAN itself 1.000 ms"))
        #expect(finding.frames.suffix(2) == [100, 101])
        #expect(bench([asked(0.001, other: 0.06)] + slow).findings.isEmpty, "all stations are slow for this asker")
    }

    // MARK: Look-alikes

    @Test func `a first resolution and lost SYNs`() {
        #expect(bench([Self.arp] + handshakes([2] + Array(repeating: 0.001, count: 30))).findings.isEmpty)
        #expect(bench([Self.arp] + handshakes(Array(repeating: 0.1, count: 30), syns: 2)).findings.isEmpty)
    }

    @Test func `half of the handshakes may be slow`() {
        let mixed = Array(repeating: 0.001, count: 10) + Array(repeating: 0.1, count: 10)
        #expect(bench([Self.arp] + handshakes(mixed)).findings.isEmpty)
        #expect(bench([Self.arp] + handshakes(mixed + [0.1])).findings.count == 1, "the first one is forgotten")
    }

    // MARK: Life

    @Test func `it is over when the median falls`() {
        var bench = bench([Self.arp] + handshakes(Array(repeating: 0.1, count: 20)))
        bench.consider(handshakes(Array(repeating: 0.001, count: 9), from: 100))
        #expect(bench.open.count == 1)
        bench.consider(handshakes(Array(repeating: 0.001, count: 2), from: 200))
        #expect(bench.open.isEmpty)
    }
}
