import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Connections that are only counted: what rules may not argue from any more.
struct FloodTests {
    private let quic = QUICTry()

    private func flood(of address: IPv4Address = theVIP, at seconds: Double) -> FlowEvent {
        .flood(
            ConnectionFlood(
                responder: Endpoint(.v4(address), .https), vlan: 0, handshake: .refused, outcome: .refused, connections: 9, packets: 18,
                first: frame(seconds), last: frame(seconds), time: at(seconds)))
    }

    private func silence(at start: Double) -> Finding {
        var finding = Finding(
            .quicNoFallbackFailure, .fault, Finding.Subject(vip: .v4(theVIP), port: .https, client: Host.client.address), .proven,
            at: at(start), summary: "no TCP", evidence: [Evidence(frame(start), "Initial")])
        finding.arguesFromAbsence = true
        return finding
    }

    /// The client's connection may be among those that were counted.
    @Test func `that a client does not try TCP is not proven in a flood`() throws {
        var book = FindingBook()
        book.note(.flooded(.v4(theVIP)), at: at(400))
        book.state(silence(at: 401), at: at(410))
        let finding = try #require(book.findings.first)
        #expect(finding.confidence == .likely && finding.summary.contains("connections of a flood were only counted"))
    }

    @Test func `a flood that is told later takes the proof away`() throws {
        var book = FindingBook()
        book.state(silence(at: 1), at: at(10))
        _ = book.takeChanges()
        book.note(.flooded(.v4(otherVIP)), at: at(11))
        #expect(book.findings.first?.confidence == .proven, "another VIP's")
        book.note(.flooded(.v4(theVIP)), at: at(12))
        #expect(book.findings.first?.confidence == .likely)
        #expect(book.takeChanges().map(\.action) == [.updated])
    }

    @Test(arguments: [(60.0, Confidence.likely), (60 + tick, .proven)])
    func `it is forgotten like lost frames`(_ later: Double, _ confidence: Confidence) {
        var book = FindingBook()
        book.note(.flooded(.v4(theVIP)), at: at(100))
        book.state(silence(at: 100 + later), at: at(200))
        #expect(book.findings.first?.confidence == confidence)
    }

    @Test func `silence in answer to ARP is not touched by it`() throws {
        var bench = Bench()
        bench.consider(flood(at: 0.5), Facts.run())
        #expect(bench.finding(.vipNoAnnouncer)?.confidence == .proven)
    }

    @Test func `a row of successes may have had failures between`() {
        var bench = Bench()
        for second in 0..<2 {
            bench.consider(Facts.established(at: Double(4 * second) + 4), Facts.refused(at: Double(4 * second) + 6))
        }
        let before = bench.finding(.backendInconsistent)
        #expect(before?.state == .open)
        bench.consider(flood(at: 12))
        for second in 13..<15 { bench.consider(Facts.established(at: Double(second))) }
        #expect(bench.finding(.backendInconsistent)?.state == .open, "two are no row")
    }

    // MARK: Who is told

    private struct Watching: Rule {
        static let label = Label.tcpSYNBlackhole
        static let kinds: FlowEvent.Kinds = [.tcp, .dns]
        static let explanation = Explanation(severity: .fault, title: "", meaning: "", proof: "", lookAlikes: [], remedy: [])

        mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
            book.state(
                Finding(Self.label, .info, Finding.Subject(vip: .v4(theVIP)), .proven, at: event.time, summary: "", evidence: []),
                at: event.time)
        }
    }

    private struct Curious: Rule {
        static let label = Label.tcpPortClosed
        static let kinds: FlowEvent.Kinds = [.tcp, .dns]
        static let considersOthers = true
        static let explanation = Explanation(severity: .fault, title: "", meaning: "", proof: "", lookAlikes: [], remedy: [])

        mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
            book.state(
                Finding(Self.label, .info, Finding.Subject(vip: .v4(theVIP)), .proven, at: event.time, summary: "", evidence: []),
                at: event.time)
        }
    }

    @Test func `what concerns no VIP and no watched zone goes to the rules that ask for it`() {
        var bench = Bench(.home, [Watching(), Curious()])
        let stranger = v4("198.51.100.7")
        guard case .dns(var foreign) = Facts.answer("example.org", .a, [.a(stranger)], role: .resolver, at: 2) else { return }
        foreign.zone = nil
        bench.consider(Facts.established(at: 1, of: stranger), .dns(foreign))
        #expect(bench.findings.map(\.label) == [.tcpPortClosed] && bench.findings.first?.count == 2)
        bench.consider(Facts.established(at: 3), Facts.denial("a.laurivan.com", at: 4))
        #expect(bench.findings.map(\.label) == [.tcpPortClosed, .tcpSYNBlackhole])
        #expect(bench.findings.map(\.count) == [4, 2])
    }
}
