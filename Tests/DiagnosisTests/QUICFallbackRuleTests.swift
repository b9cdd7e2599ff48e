import LAN
@testable import Diagnosis
import Flows
import QUICInitial
import Site
import Testing
import Wire

/// QUIC without an answer, and TCP that takes its place or does not.
struct QUICFallbackRuleTests {
    private let quic = QUICTry()
    private let times = [10.0, 10.3, 10.9]

    // MARK: quic-blackhole-fallback

    @Test func `Initials without an answer, and TCP in their place`() throws {
        let bench = watched([quic.initials(times), page(at: 10.005)], until: 30)
        #expect(bench.labels == [.quicBlackholeFallback])
        let finding = try #require(bench.finding(.quicBlackholeFallback))
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.arguesFromAbsence)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https))
        #expect(finding.frames == [1, 8, 2, 3, 6], "first and last Initial, SYN, SYN-ACK, ServerHello")
        #expect(finding.summary.contains("10.0.0.20:50000 sent 3 Initials for argocd.laurivan.com in 900.000 ms"))
        #expect(finding.summary.contains("begun 5.000 ms after the first Initial"))
        #expect(finding.summary.contains("is answered by TLS 9.000 ms after that Initial"))
        #expect(finding.excluded == ["quic-icmp-fallback", "quic-handshake-failed", "quic-no-fallback-failure"])
        #expect(bench.ledger()?.line(.quic).status == .warning)
    }

    @Test func `a VIP that answers is no black hole, however the race ends`() {
        #expect(watched([quic.established(at: 10), page(at: 10.0005)], until: 30).labels == [.quicOK])
        let refused = watched([[quic.initial(at: 10), quic.refusal(at: 10.001)], page(at: 10.005)], until: 30)
        #expect(refused.labels == [.quicHandshakeFailed])
    }

    @Test func `Initials to another address are nothing`() {
        #expect(watched([QUICTry(address: Host.bystander.ip).initials(times), page(at: 10.005)], until: 30).labels.isEmpty)
    }

    @Test func `where the replies pass elsewhere, the client goes on`() {
        #expect(watched([quic.initials(times), [quic.handshake(at: 10.91)], page(at: 10.005)], until: 30).labels.isEmpty)
    }

    @Test func `TCP for another name is no fallback`() {
        #expect(watched([quic.initials(times), page(name: "git.laurivan.com", at: 10.005)], until: 30).labels.isEmpty)
    }

    /// Who sees nothing of the VIP's needs the client's repetition.
    @Test(arguments: [(0.1 - tick, false), (0.1, true)])
    func `quicRepetition: 100 ms after the first`(_ gap: Double, _ isFound: Bool) {
        #expect(Thresholds().quicRepetition == .milliseconds(100))
        let bench = watched([quic.initials([10, 10 + gap]), page(at: 10.005, isServerSeen: false)], until: 30)
        #expect((bench.finding(.quicBlackholeFallback) != nil) == isFound)
    }

    @Test(arguments: [(9.0 - tick, false), (9, true)])
    func `tcpBeforeQUIC: 1 s`(_ begin: Double, _ isFound: Bool) {
        #expect(Thresholds().tcpBeforeQUIC == .seconds(1))
        #expect((watched([quic.initials(times), page(at: begin)], until: 30).finding(.quicBlackholeFallback) != nil) == isFound)
    }

    @Test(arguments: [(20.9, [Label.quicBlackholeFallback]), (20.9 + tick, [.quicNoFallbackFailure])])
    func `tcpAfterQUIC: 10 s after the last Initial`(_ begin: Double, _ labels: [Label]) {
        #expect(Thresholds().tcpAfterQUIC == .seconds(10))
        #expect(watched([quic.initials(times), page(at: begin)], until: 40).labels == labels)
    }

    @Test func `a capture that ends while an ICMP error may yet come makes it likely`() {
        let bench = watched([quic.initials(times), [quic.close(at: 11)], page(at: 10.005)], until: 13)
        #expect(bench.finding(.quicBlackholeFallback)?.confidence == .likely)
        #expect(bench.finding(.quicBlackholeFallback)?.summary.contains("the capture ends") == true)
    }

    @Test func `an attempt that the end of the capture cuts short is nothing`() {
        #expect(watched([[quic.initial(at: 10)], page(at: 10.005)], until: 10.02).labels.isEmpty)
    }

    @Test func `each attempt counts once, and an answer resolves it`() {
        let second = QUICTry(ends: .other(2), port: 50_001)
        let frames = [
            quic.initials(times), page(at: 10.005), second.initials([30, 30.3]), [second.close(at: 31)],
            page(Talk(sourcePort: 40_001), at: 30.1),
        ]
        #expect(watched(frames, until: 60).finding(.quicBlackholeFallback)?.count == 2)
        let answered = QUICTry(ends: .other(3), port: 50_002).established(at: 70)
        #expect(watched(frames + [answered], until: 80).finding(.quicBlackholeFallback)?.state == .resolved)
    }

    // MARK: quic-icmp-fallback

    @Test func `an ICMP error for the Initial, and TCP in its place`() throws {
        let initial = quic.initial(at: 10)
        let bench = watched([[initial, quic.rejection(of: initial, at: 10.0002)], page(at: 10.004)], until: 30)
        #expect(bench.labels == [.quicICMPFallback])
        let finding = try #require(bench.finding(.quicICMPFallback))
        #expect(finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.frames == [1, 2, 3, 4, 7])
        #expect(finding.summary.contains("ICMP unreachable came 0.200 ms after the first"))
        #expect(finding.excluded.contains("icmp-unreachable-benign"))
    }

    /// A node that finds no neighbour says so after 3.06 s, when the browser has given up.
    @Test func `a late error is still the answer`() {
        let initial = quic.initial(at: 10)
        let bench = watched(
            [[initial, quic.initial(1, at: 10.3), quic.close(at: 11), quic.rejection(of: initial, at: 13.06)], page(at: 10.004)], until: 30)
        #expect(bench.labels == [.quicICMPFallback])
    }

    @Test func `an error for a ping says nothing of QUIC`() {
        let error: TimedFrame = (icmpError(3, 1, from: .node, to: .client, quotes: ping(.client, Facts.service)), 10.2)
        #expect(watched([quic.initials(times), [error], page(at: 10.005)], until: 30).labels == [.quicBlackholeFallback])
    }

    @Test func `an error that comes after an answer is about something else`() {
        let initial = quic.initial(at: 10)
        let bench = watched([quic.established(at: 10), [quic.rejection(of: initial, at: 11)], page(at: 10.005)], until: 30)
        #expect(bench.labels == [.quicOK])
    }

    // MARK: quic-no-fallback-failure

    @Test func `without TCP the client fails`() throws {
        let bench = watched([quic.initials(times), [quic.close(at: 14)]], until: 40)
        #expect(bench.labels == [.quicNoFallbackFailure])
        let finding = try #require(bench.finding(.quicNoFallbackFailure))
        #expect(finding.severity == .fault && finding.arguesFromAbsence)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https, client: Host.client.address))
        #expect(finding.frames == [1, 3, 4])
        #expect(finding.summary.contains("it gave up 4.000000 s after the first"))
        #expect(bench.ledger()?.line(.quic).status == .fault && bench.ledger()?.verdict == .fault)
    }

    @Test(arguments: [(300.002 - tick, Confidence.likely), (300.002, .proven)])
    func `keptConnection: a connection from before the capture may serve for 5 minutes`(_ begin: Double, _ confidence: Confidence) {
        #expect(Thresholds().keptConnection == .seconds(300))
        let bench = watched([page(Talk(.other), at: 0), quic.initials([begin, begin + 1, begin + 3])], until: 400)
        #expect(bench.finding(.quicNoFallbackFailure)?.confidence == confidence)
    }

    @Test func `a capture without TCP may be a filter's`() {
        let reply: TimedFrame = (isAt(theVIP, Host.node.mac, tells: .client), 0)
        let bench = watched([[reply], quic.initials([400, 401, 403])], until: 500)
        #expect(bench.finding(.quicNoFallbackFailure)?.confidence == .likely)
        #expect(bench.finding(.quicNoFallbackFailure)?.summary.contains("no TCP at all was seen") == true)
    }

    @Test func `a capture that ends first makes it likely`() {
        let bench = watched([page(Talk(.other), at: 0), quic.initials([400, 401, 403])], until: 409)
        #expect(bench.finding(.quicNoFallbackFailure)?.confidence == .likely)
        #expect(bench.finding(.quicNoFallbackFailure)?.summary.contains("the capture ends") == true)
    }

    @Test func `a connection that the client had, or one to another port, may serve it`() {
        #expect(watched([page(at: 2), quic.initials(times)], until: 40).labels.isEmpty)
        #expect(watched([page(Talk(port: 80), at: 9.5), quic.initials(times)], until: 40).labels.isEmpty)
        let refused = [(Talk().syn, 10.01), (Talk().refusal, 10.011)]
        #expect(watched([refused, quic.initials(times)], until: 40).finding(.quicNoFallbackFailure) == nil, "TCP was tried")
    }

    @Test func `a page that is closed before the second try proves nothing`() {
        #expect(watched([[quic.initial(at: 10), quic.close(at: 10.05)]], until: 40).labels.isEmpty)
    }

    @Test func `an answer, TCP, or a connection from before the capture resolve it`() {
        let old = Talk(sourcePort: 39_999)
        let later: [[TimedFrame]] = [
            QUICTry(ends: .other(2), port: 50_001).established(at: 50), page(at: 50),
            [(old.data(10), 9), (old.serverData(10), 50), (old.fin, 51), (old.serverFin, 51.1), (old.reset, 51.2)],
        ]
        for frames in later {
            let bench = watched(
                [quic.initials(times), [(whoHas(theVIP, asks: .client), 30)], frames, [(Talk(port: 80).syn, 45)]], until: 600)
            #expect(bench.finding(.quicNoFallbackFailure)?.state != .open)
        }
    }

    @Test func `names and clients made up by a scanner leave room`() {
        var limit = FirstFew<Finding.Subject>()
        let names = (0...FirstFew<Finding.Subject>.usual).map { Finding.Subject(name: "\($0)") }
        let first = names.map { limit.admits($0) }
        #expect(first == Array(repeating: true, count: FirstFew<Finding.Subject>.usual) + [false])
        let again = limit.admits(names[0])
        #expect(again, "those that are known go on")
    }
}
