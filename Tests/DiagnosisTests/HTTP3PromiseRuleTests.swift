import LAN
@testable import Diagnosis
import Flows
import QUICInitial
import Site
import Testing
import Wire

/// Who promised HTTP/3 that the VIP does not speak.
struct HTTP3PromiseRuleTests {
    private let quic = QUICTry()

    // MARK: https-rr-h3-mismatch

    /// Priority 1, no target of its own, these protocols and addresses (RFC 9460 §2.2).
    private func record(_ protocols: [String], hints: [IPv4Address] = []) -> AnswerRecord {
        let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        var data = big16(1) + [0] + big16(1) + big16(UInt16(list.count)) + list
        if !hints.isEmpty { data += big16(4) + big16(UInt16(4 * hints.count)) + hints.flatMap { big32($0.rawValue) } }
        return AnswerRecord(type: .https, data: data)
    }

    private func lookUp(_ record: AnswerRecord?, name: String = "argocd.laurivan.com", at seconds: Double) -> [TimedFrame] {
        let lookup = Lookup(name, .https, client: .client, server: .resolver)
        return [(lookup.query, seconds), (lookup.answer(record.map { [$0] } ?? []), seconds + 0.001)]
    }

    @Test func `a record that promises h3, and QUIC that is refused`() throws {
        let bench = watched(
            [lookUp(record(["h3", "h2"], hints: [theVIP]), at: 9), [quic.initial(at: 10), quic.refusal(at: 10.001)]], until: 30)
        #expect(bench.labels == [.httpsRRH3Mismatch, .quicHandshakeFailed])
        let finding = try #require(bench.finding(.httpsRRH3Mismatch))
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [2, 3, 4])
        #expect(finding.subject.name == "argocd.laurivan.com" && finding.subject.port == .https)
        #expect(finding.summary.contains("10.0.0.53 gave an HTTPS record (alpn h3,h2; hints 10.0.0.157; no ech)"))
        #expect(!finding.summary.contains("torn"))
        #expect(bench.finding(.quicHandshakeFailed)?.causedBy == finding.id)
        #expect(bench.ledger()?.line(.dns).status == .warning)
    }

    @Test func `public hints beside the VIP's address: the split horizon is torn`() {
        let hints = [v4("104.16.132.229"), v4("104.16.133.229")]
        let bench = watched([lookUp(record(["h3"], hints: hints), at: 9), quic.initials([10, 10.3])], until: 30)
        #expect(bench.finding(.httpsRRH3Mismatch)?.summary.contains("the split horizon is torn") == true)
        #expect(bench.finding(.quicNoFallbackFailure)?.causedBy == bench.finding(.httpsRRH3Mismatch)?.id)
    }

    @Test func `it explains the fallback`() {
        let bench = watched([lookUp(record(["h3"]), at: 9), quic.initials([10, 10.3]), page(at: 10.001)], until: 30)
        #expect(bench.labels == [.httpsRRH3Mismatch, .quicBlackholeFallback])
        #expect(bench.finding(.quicBlackholeFallback)?.causedBy == bench.finding(.httpsRRH3Mismatch)?.id)
    }

    @Test func `records without h3, for another name, or of yesterday promise nothing`() {
        let failing = quic.initials([10, 10.3])
        for promise in [lookUp(record(["h2"]), at: 9), lookUp(nil, at: 9), lookUp(record(["h3"]), name: "git.laurivan.com", at: 9)] {
            #expect(watched([promise, failing], until: 30).finding(.httpsRRH3Mismatch) == nil)
        }
        let old = watched([lookUp(record(["h3"]), at: 9), QUICTry().initials([90_000, 90_001])], until: 90_030)
        #expect(old.finding(.httpsRRH3Mismatch) == nil)
    }

    @Test func `a VIP that speaks QUIC keeps the promise, and a handshake resolves a broken one`() {
        #expect(watched([lookUp(record(["h3"]), at: 9), quic.established(at: 10)], until: 30).labels == [.quicOK])
        let later = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched([lookUp(record(["h3"]), at: 9), quic.initials([10, 10.3]), later.established(at: 20)], until: 30)
        #expect(bench.finding(.httpsRRH3Mismatch)?.state == .resolved)
    }

    @Test func `the server that promised takes it back, another cannot`() {
        let broken = [lookUp(record(["h3"]), at: 9), quic.initials([10, 10.3])]
        for (answer, state) in [
            (lookUp(record(["h2"]), at: 40), Finding.State.resolved), (lookUp(nil, at: 40), .resolved),
            (lookUp(record(["h3", "h2"]), at: 40), .open), (lookUp(record(["h2"]), name: "git.laurivan.com", at: 40), .open),
        ] {
            #expect(watched(broken + [answer], until: 60).finding(.httpsRRH3Mismatch)?.state == state)
        }
        let other = Lookup("argocd.laurivan.com", .https, client: .client, server: .authority)
        let elsewhere = watched(broken + [[(other.query, 40), (other.answer([record(["h2"])]), 40.001)]], until: 60)
        #expect(elsewhere.finding(.httpsRRH3Mismatch)?.state == .open)
        let finding = watched(broken + [lookUp(nil, at: 40)], until: 60).finding(.httpsRRH3Mismatch)
        #expect(finding?.summary.contains("10.0.0.53 answers argocd.laurivan.com HTTPS without h3") == true)
    }

    @Test func `where two servers promised, both must take it back`() {
        let other = Lookup("argocd.laurivan.com", .https, client: .client, server: .authority)
        let second: [TimedFrame] = [(other.query, 19), (other.answer([record(["h3"])]), 19.001)]
        let broken = [lookUp(record(["h3"]), at: 9), quic.initials([10, 10.3]), second, QUICTry(port: 50_001).initials([20, 20.3])]
        let one = broken + [lookUp(record(["h2"]), at: 40)]
        #expect(watched(one, until: 60).finding(.httpsRRH3Mismatch)?.state == .open)
        let both = one + [[(other.query, 41), (other.answer([record(["h2"])]), 41.001)]]
        #expect(watched(both, until: 60).finding(.httpsRRH3Mismatch)?.state == .resolved)
    }

    @Test func `a promise that the client has forgotten, or that was kept since, holds nothing open`() {
        let other = Lookup("argocd.laurivan.com", .https, client: .client, server: .authority)
        func second(_ protocols: [String], at time: Double) -> [TimedFrame] {
            [(other.query, time), (other.answer([record(protocols)]), time + 0.001)]
        }
        let first = [lookUp(record(["h3"]), at: 9), quic.initials([10, 10.3])]
        // The answers may be kept for 300 s.
        let late = first + [second(["h3"], at: 399), QUICTry(port: 50_001).initials([400, 400.3]), second(["h2"], at: 420)]
        #expect(watched(late, until: 440).finding(.httpsRRH3Mismatch)?.state == .resolved)
        let works = QUICTry(ends: .other(2), port: 50_002).established(at: 30)
        let kept = first + [works, second(["h3"], at: 39), QUICTry(port: 50_001).initials([40, 40.3]), second(["h2"], at: 70)]
        #expect(watched(kept, until: 90).finding(.httpsRRH3Mismatch)?.state == .resolved)
    }

    /// Somebody makes up resolvers.
    @Test func `of a name that many servers promise only the last few are kept`() {
        var frames = [lookUp(record(["h3"]), at: 1), quic.initials([2, 2.3])]
        for index in 0..<20 {
            let server = Host(0x0200_0000_1000 + UInt64(index), "10.0.9.\(index)")
            let lookup = Lookup("argocd.laurivan.com", .https, client: .client, server: server)
            let time = 10 + Double(index) * 2
            frames.append([(lookup.query, time), (lookup.answer([record(["h3"])]), time + 0.001)])
            frames.append(QUICTry(port: UInt16(50_100 + index)).initials([time + 0.1, time + 0.4]))
        }
        for index in 12..<20 {
            let server = Host(0x0200_0000_1000 + UInt64(index), "10.0.9.\(index)")
            let lookup = Lookup("argocd.laurivan.com", .https, client: .client, server: server)
            frames.append([(lookup.query, 60 + Double(index)), (lookup.answer([record(["h2"])]), 60.001 + Double(index))])
        }
        #expect(watched(frames, until: 100).finding(.httpsRRH3Mismatch)?.state == .resolved)
    }

    @Test func `silence proves nothing where neither a repetition nor the VIP is seen`() {
        #expect(watched([lookUp(record(["h3"]), at: 9), [quic.initial(at: 10), quic.close(at: 10.05)]], until: 30).labels.isEmpty)
        let bench = watched([lookUp(record(["h3"]), at: 9), [quic.initial(at: 10), quic.close(at: 10.05)], page(at: 10.001)], until: 30)
        #expect(bench.finding(.httpsRRH3Mismatch)?.confidence == .likely)
    }

    // MARK: alt-svc-h3-mismatch

    private func plain(_ header: String, at seconds: Double, host: String = "home.laurivan.com") -> [TimedFrame] {
        let talk = Talk(port: 80, sourcePort: 41_000)
        let request = Array("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 200 OK\r\n\(header)Content-Length: 0\r\n\r\n".utf8)
        let frames = [
            talk.syn, talk.synACK, talk.ack, talk.out(id: 1).frame(6, talk.fromClient([.psh, .ack], payload: request)),
            talk.back(id: 1).frame(6, talk.fromServer([.psh, .ack], payload: answer)),
        ]
        return frames.enumerated().map { ($1, seconds + Double($0) / 1000) }
    }

    @Test func `a header that promises h3, and QUIC that is refused`() throws {
        let bench = watched(
            [plain("Alt-Svc: h3=\":443\"; ma=86400\r\n", at: 5), [quic.initial(at: 10), quic.refusal(at: 10.001)]], until: 30)
        #expect(bench.labels == [.altSvcH3Mismatch, .quicHandshakeFailed])
        let finding = try #require(bench.finding(.altSvcH3Mismatch))
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [5, 6, 7])
        #expect(finding.summary.contains("promises h3 on UDP 443 by Alt-Svc"))
        #expect(bench.finding(.quicHandshakeFailed)?.causedBy == finding.id)
        #expect(bench.ledger()?.line(.http).status == .warning)
    }

    @Test func `the promise may come after the failure`() {
        let bench = watched([[quic.initial(at: 10), quic.refusal(at: 10.001)], plain("Alt-Svc: h3=\":443\"\r\n", at: 12)], until: 30)
        #expect(bench.finding(.altSvcH3Mismatch)?.count == 1)
    }

    @Test(arguments: [
        "", "Alt-Svc: h2=\":443\"\r\n", "Alt-Svc: h3=\":8443\"\r\n", "Alt-Svc: h3=\"cdn.example.net:443\"\r\n", "Alt-Svc: clear\r\n",
    ])
    func `other promises are not about this port`(_ header: String) {
        let bench = watched([plain(header, at: 5), [quic.initial(at: 10), quic.refusal(at: 10.001)]], until: 30)
        #expect(bench.finding(.altSvcH3Mismatch) == nil)
    }

    @Test func `a promise that nobody tries, or that is kept, is none of its business`() {
        let header = "Alt-Svc: h3=\":443\"\r\n"
        #expect(watched([plain(header, at: 5)], until: 30).labels.isEmpty)
        #expect(watched([plain(header, at: 5), quic.established(at: 10)], until: 30).labels == [.quicOK])
        let later = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched(
            [plain(header, at: 5), [quic.initial(at: 10), quic.refusal(at: 10.001)], later.established(at: 20)], until: 30)
        #expect(bench.finding(.altSvcH3Mismatch)?.state == .resolved)
    }
}
