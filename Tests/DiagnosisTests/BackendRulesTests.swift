import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// `backend-inconsistent` and `backend-varies`.
struct BackendRulesTests {
    private func bench(_ events: [FlowEvent]) -> Bench {
        var bench = Bench(.home, [BackendInconsistentRule(), BackendVariesRule()])
        bench.consider(events)
        return bench
    }

    enum Fate { case works, refused, silent, resets, finishes, ignored, gaveUp, unread }

    /// What a connection from this source port meets, begun at `seconds`.
    private func attempt(
        _ fate: Fate, at seconds: Double, port: UInt16, name: String = "a.laurivan.com", alpn: String = "h2", client: Host = .client,
        window: UInt16 = 65_160, ttl: UInt8 = 64, offer: UInt16 = 1460, of address: IPv4Address = theVIP
    ) -> [FlowEvent] {
        var connection = Facts.connection(
            [seconds], of: address, client: client, synACK: seconds + 0.001, ack: seconds + 0.002, .established, at: seconds + 0.002)
        connection.originator.port = Port(rawValue: port)
        connection.responderTTL = ttl
        connection.originatorOffer = TCPOffer(window: 64_240, maximumSegmentSize: offer)
        connection.responderOffer = TCPOffer(window: window, maximumSegmentSize: 1460)
        var failed = connection
        (failed.synACK, failed.ack, failed.responderOffer) = (nil, nil, nil)
        switch fate {
        case .unread: return [.tcp(connection, .established)]
        case .refused:
            (failed.handshake, failed.outcome, failed.end) = (.refused, .refused, frame(seconds + 0.001))
            return [.tcp(failed, .ended)]
        case .silent:
            (failed.handshake, failed.time) = (.unanswered, at(seconds + 4))
            return [.tcp(failed, .fellSilent)]
        case .works, .resets, .finishes, .ignored, .gaveUp: break
        }
        let octets = clientHello(name)
        var body = octets.span.extracting(droppingFirst: TLSHandshakeHeader.length)
        var hello = try? ClientHello(decoding: &body)
        hello?.applicationProtocols = [TLSName(alpn)]
        var frames = TLSHandshake.Frames()
        (frames.clientHello, frames.acknowledgment) = (frame(seconds + 0.01), frame(seconds + 0.011))
        let wait = fate == .ignored ? 3.0 : fate == .gaveUp ? 1.5 : 0.005
        frames.end = frame(seconds + 0.01 + wait)
        if fate == .works { frames.serverHello = frame(seconds + 0.012) }
        let handshake = TLSHandshake(
            client: connection.originator, server: connection.responder, vlan: 0, clientHello: hello,
            serverHello: nil, retryGroup: nil, certificate: nil, alert: nil, answer: [], isPostgreSQL: false, first: frame(seconds + 0.01),
            last: frame(seconds + 0.012), frames: frames, stage: fate == .works ? .complete : .beforeServerHello,
            outcome: fate == .works ? .established : fate == .ignored ? nil : fate == .resets ? .reset : .closed,
            endedBy: fate == .gaveUp ? .originator : .responder, fingerprints: nil, time: at(seconds + 0.01 + wait))
        return [.tcp(connection, .established), .tls(handshake, fate == .ignored ? .fellSilent : .ended)]
    }

    /// One after the other, a second apart, from ports 40,000 on.
    private func series(_ fates: [Fate], step: Double = 1) -> [FlowEvent] {
        fates.enumerated().flatMap { attempt($1, at: 1 + Double($0) * step, port: UInt16(40_000 + $0)) }
    }

    // MARK: Inconsistent

    @Test(arguments: [Fate.refused, .silent, .resets, .finishes, .ignored, .gaveUp])
    func `works, fails, works, fails`(_ fate: Fate) throws {
        let finding = try #require(bench(series([.works, fate, .works, fate], step: 5)).findings.first)
        #expect(finding.label == .backendInconsistent && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https, client: Host.client.address))
        #expect(finding.evidence.count == 4 && Set(finding.frames).count == 4)
        #expect(finding.summary.contains("2 of 4 connections failed") && finding.summary.contains("40000 works, 40001 "))
        #expect(finding.excluded == ["vip-failover", "tls-sni-no-match"])
    }

    @Test func `what was one failed handshake turns out to be one backend's, and is over`() throws {
        var bench = Bench(.home)
        bench.consider(series([.works, .resets]))
        #expect(bench.open.map(\.label) == [.tlsHandshakeFailed])
        bench.consider(attempt(.works, at: 3, port: 40_002))
        #expect(bench.open.map(\.label) == [.backendInconsistent])
        let lone = try #require(bench.finding(.tlsHandshakeFailed))
        #expect(lone.causedBy == "backend-inconsistent/10.0.0.157/443/10.0.0.20" && lone.frames.last == 3012)
        #expect(lone.summary.contains("for a.laurivan.com it works and fails by turns"))
        bench.consider(attempt(.resets, at: 4, port: 40_003))
        #expect(bench.open.map(\.label) == [.backendInconsistent], "and stays over")
        bench.consider(attempt(.resets, at: 5, port: 40_004, name: "b.laurivan.com"))
        #expect(bench.open.map(\.label) == [.backendInconsistent, .tlsHandshakeFailed], "another name's trouble may be its own")
    }

    @Test func `one failure between successes is likely, and so is one success between failures`() {
        #expect(bench(series([.works, .resets, .works])).findings.map(\.confidence) == [.likely])
        #expect(bench(series([.resets, .works, .resets])).findings.map(\.confidence) == [.likely])
    }

    @Test func `an outage and its end, an outage that begins, all that fail, all that work`() {
        for fates: [Fate] in [
            [.resets, .resets, .works, .works], [.works, .works, .resets, .resets], Array(repeating: .resets, count: 5),
            Array(repeating: .works, count: 5), [.refused, .works, .works],
        ] {
            #expect(bench(series(fates)).findings.isEmpty)
        }
    }

    @Test func `a failure that depends on the name, the offer or the client is another matter`() {
        let (works, fails) = (Fate.works, Fate.resets)
        let names = [works, fails, works, fails].enumerated().flatMap {
            attempt($1, at: 1 + Double($0), port: UInt16(40_000 + $0), name: $1 == .works ? "a.laurivan.com" : "b.laurivan.com")
        }
        #expect(bench(names).findings.isEmpty)
        let offers = [works, fails, works, fails].enumerated().flatMap {
            attempt($1, at: 1 + Double($0), port: UInt16(40_000 + $0), alpn: $1 == .works ? "h2" : "h3")
        }
        #expect(bench(offers).findings.isEmpty)
        let clients = [works, fails, works, fails].enumerated().flatMap {
            attempt($1, at: 1 + Double($0), port: UInt16(40_000 + $0), client: $1 == .works ? .client : .other)
        }
        #expect(bench(clients).findings.isEmpty)
    }

    @Test func `a move or a conflict in between takes what was before`() {
        let claim = Facts.claim(.second, at: 2.5, .gratuitousRequest)
        let move = FlowEvent.handover(
            Handover(address: .v4(theVIP), vlan: 0, previous: Facts.claim(.node, at: 0.5), claim: claim, time: at(2.5)), .moved)
        let events = series([.works, .resets, .works])
        #expect(bench(Array(events[..<4]) + [move] + Array(events[4...])).findings.isEmpty)
        #expect(bench(Array(events[..<4]) + [Facts.conflict(.node, .second, at: 2.5)] + Array(events[4...])).findings.isEmpty)
    }

    /// `backendWindow`, swept: a minute from the first to the judgement.
    @Test(arguments: [(58.988, 1), (58.988 + 2 * tick, 0)])
    func `within a minute`(_ last: Double, _ count: Int) {
        #expect(Thresholds().backendWindow == .seconds(60))
        let events =
            attempt(.works, at: 0, port: 1) + attempt(.resets, at: 1, port: 2) + attempt(.works, at: last + 0.997, port: 3)
        #expect(bench(events).findings.count == count)
    }

    @Test func `what tells the failing from the working ones, and how long it took`() {
        let events =
            attempt(.works, at: 1, port: 40_000) + attempt(.resets, at: 2, port: 40_001, window: 64_240, ttl: 62)
            + attempt(.works, at: 3, port: 40_002) + attempt(.resets, at: 4, port: 40_001, window: 64_240, ttl: 62)
        let summary = bench(events).findings.first { $0.label == .backendInconsistent }?.summary
        #expect(
            summary?.contains("the failing ones differ: TTL 62 against TTL 64 and SYN-ACK window 64240 against SYN-ACK window 65160")
                == true)
        #expect(summary?.contains("the same source ports fail again") == true)
        #expect(summary?.contains("it took 1.012 s until one worked again") == true)
        #expect(summary?.contains("all for a.laurivan.com") == true)
    }

    @Test func `a losing racer and a client that hangs up at once did not fail`() {
        var events = series([.works, .gaveUp, .works])
        for case (let index, .tls(var handshake, let change)) in events.enumerated() where handshake.endedBy == .originator {
            handshake.time = handshake.frames.clientHello.map { $0.time + .milliseconds(999) } ?? handshake.time
            events[index] = .tls(handshake, change)
        }
        #expect(bench(events).findings.isEmpty)
    }

    @Test func `it is over when nothing has failed for the window`() {
        var bench = bench(series([.works, .resets, .works, .resets]))
        bench.consider((0..<2).flatMap { attempt(.works, at: 70 + Double($0), port: UInt16(41_000 + $0)) })
        #expect(bench.open.count == 1)
        bench.consider(attempt(.works, at: 72, port: 41_002))
        #expect(bench.open.isEmpty)
    }

    @Test func `the port's own findings leave it to this one`() {
        var bench = Bench(.home)
        bench.consider(Facts.reply(.node, at: 0.5))
        bench.consider(series([.works, .refused, .works, .refused, .works, .refused, .refused, .refused, .refused]))
        #expect(bench.open.map(\.label) == [.backendInconsistent])
    }

    // MARK: Varies

    /// Connections that all work, whose SYN-ACKs have these windows.
    private func windows(_ windows: [UInt16], step: Double = 1) -> [FlowEvent] {
        windows.enumerated().flatMap { attempt(.unread, at: 1 + Double($0) * step, port: UInt16(40_000 + $0), window: $1) }
    }

    @Test func `another backend, and the first again`() throws {
        let finding = try #require(bench(windows([65_160, 64_240, 65_160])).findings.first)
        #expect(finding.label == .backendVaries && finding.severity == .info && finding.confidence == .proven)
        #expect(finding.frames == [1001, 2001, 3001])
        #expect(finding.summary.contains("SYN-ACK window 64240 against SYN-ACK window 65160"))
    }

    @Test func `one change is a replacement, and none is none`() {
        #expect(bench(windows([65_160, 65_160, 64_240, 64_240])).findings.isEmpty)
        #expect(bench(windows([65_160, 65_160, 65_160])).findings.isEmpty)
    }

    @Test func `another kind of SYN gets another answer`() {
        let events = [1460, 1400, 1460].enumerated().flatMap {
            attempt(.unread, at: 1 + Double($0), port: UInt16(40_000 + $0), window: $1 == 1460 ? 65_160 : 64_240, offer: UInt16($1))
        }
        #expect(bench(events).findings.isEmpty)
    }

    @Test func `a move in between, and a minute, take what was before`() {
        let move = FlowEvent.handover(
            Handover(
                address: .v4(theVIP), vlan: 0, previous: Facts.claim(.node, at: 0.5), claim: Facts.claim(.second, at: 2.5), time: at(2.5)),
            .moved)
        let events = windows([65_160, 64_240, 65_160])
        #expect(bench(Array(events[..<2]) + [move] + Array(events[2...])).findings.isEmpty)
        #expect(bench(windows([65_160, 64_240, 65_160], step: 30)).findings.count == 1)
        #expect(bench(windows([65_160, 64_240, 65_160], step: 30.1)).findings.isEmpty)
    }

    @Test func `where some fail it is the other finding`() {
        var bench = bench(windows([65_160, 64_240, 65_160]))
        bench.consider(attempt(.refused, at: 5, port: 41_000))
        #expect(bench.findings.first?.state == .resolved)
    }
}
