import LAN
import QUICInitial
import Site
import Testing
import Wire

@testable import Flows

/// Attempts on the test LAN: frames in, events out.
private struct Listener: ~Copyable {
    var attempts: QUICAttempts
    var frames: UInt64 = 0
    private var told: [FlowEvent] = []
    private var names: Transactions

    init(_ limits: Limits = Limits()) {
        attempts = QUICAttempts(limits: limits, hashKey: 7)
        names = Transactions(site: Site(), scope: Scope(site: Site(), everything: true), limits: limits, hashKey: 7)
    }

    var events: [(QUICAttempt, QUICChange)] { told.quic }
    var changes: [QUICChange] { events.map(\.1) }

    /// A datagram between the client and the VIP; gives what it brought about, deadlines before it included.
    mutating func see(_ payload: [UInt8], _ side: QUICSide, at seconds: Double, port: UInt16 = 50_000, server: UInt16 = 443) -> [QUICChange]
    {
        let vip = Host(Host.node.mac.rawValue, theVIP.description)
        let frame =
            side == .client
            ? Datagram(.client, vip, ttl: 63).frame(17, udp(port, server, payload))
            : Datagram(vip, .client, ttl: 61).frame(17, udp(server, port, payload))
        return see(frame: frame, at: seconds)
    }

    mutating func see(frame octets: [UInt8], at seconds: Double) -> [QUICChange] {
        let start = told.count
        attempts.advance(to: LAN.at(seconds), into: &told)
        frames += 1
        let reference = FrameReference(number: frames, time: LAN.at(seconds))
        let packet = Dissector().dissect(octets.span, linkType: .ethernet, frame: reference, originalLength: octets.count)
        if case .udp(let udp) = packet.transport { attempts.observe(udp, packet, in: octets.span, &names, into: &told) }
        if packet.transport == .icmpv4, let message = try? packet.decode(ICMPv4Message.self, in: octets.span), let quoted = message.quoted {
            attempts.icmp(quoted: quoted, by: reference, into: &told)
        }
        return Array(told[start...]).quic.map(\.change)
    }

    mutating func advance(to seconds: Double) -> [QUICChange] {
        let start = told.count
        attempts.advance(to: LAN.at(seconds), into: &told)
        return Array(told[start...]).quic.map(\.change)
    }

    mutating func finish(at seconds: Double) -> [QUICChange] {
        let start = told.count
        while attempts.finish(at: LAN.at(seconds), into: &told) {}
        return Array(told[start...]).quic.map(\.change)
    }
}

struct QUICAttemptsTests {
    private let ends = QUICEnds()
    private var hello: [UInt8] { ends.initial(.client, crypto(clientHello())) }
    private var flight: [UInt8] { ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server) }

    private func again(_ number: UInt8) -> [UInt8] { ends.initial(.client, number: number, crypto(clientHello())) }

    @Test func anEstablishedAttempt() throws {
        var listener = Listener()
        #expect(listener.see(hello, .client, at: 1).isEmpty)
        #expect(listener.see(flight, .server, at: 1.01) == [.answered, .established])
        #expect(listener.see(ends.short(.client), .client, at: 3).isEmpty)
        #expect(listener.advance(to: 123).isEmpty)
        #expect(listener.advance(to: 123 + tick) == [.ended])
        let attempt = try #require(listener.events.last?.0)
        #expect(attempt.outcome == .established && attempt.time == at(123) && !attempt.isCut)
        #expect(attempt.client == Endpoint(Host.client.address, Port(rawValue: 50_000)) && attempt.server == Endpoint(.v4(theVIP), .https))
        #expect(attempt.serverName?.description == "argocd.laurivan.com" && !attempt.isEncryptedClientHello)
        #expect(attempt.clientHello?.applicationProtocols.map(\.description) == ["h3", "h3-29"])
        #expect(attempt.version == .v1 && attempt.originalDestination == ends.original && attempt.clientID == ends.client)
        #expect(attempt.serverID == ends.server)
        #expect(attempt.first.number == 1 && attempt.answer?.number == 2 && attempt.last.number == 3 && attempt.initialCount == 1)
        #expect(attempt.clientMAC == Host.client.mac && attempt.nextHopMAC == Host.node.mac && attempt.serverMAC == Host.node.mac)
        #expect(attempt.clientTTL == 63 && attempt.serverTTL == 61)
        #expect(attempt.clientPackets.shorts == 1 && attempt.serverPackets.handshakes == 1 && attempt.serverPackets.opened == 1)
        #expect(attempt.end == nil && attempt.close == nil && attempt.retry == nil)
    }

    /// The times of Chromium against a silent drop (two at once, then 0.3, 0.9 and 2.1 s), and its close at 4.0 s.
    @Test func silenceAndTheClientsOwnClose() throws {
        var listener = Listener()
        for (number, time) in [0, 0.0001, 0.3, 0.9, 2.1].enumerated() {
            #expect(listener.see(again(UInt8(number)), .client, at: time).isEmpty)
        }
        let close = ends.initial(.client, number: 5, connectionClose(0, "No recent network activity"))
        #expect(listener.see(close, .client, at: 4) == [.closed])
        #expect(listener.advance(to: 60) == [.ended])
        for (attempt, _) in listener.events {
            #expect(attempt.outcome == .silence && attempt.close?.side == .client && attempt.end?.number == 6)
            #expect(attempt.initialCount == 5 && attempt.initials.map(\.number) == [1, 2, 3] && attempt.lastInitial.number == 5)
            #expect(attempt.answer == nil && attempt.close?.reason == "No recent network activity")
        }
    }

    @Test(arguments: [(4.0, 0), (4 + tick, 1)]) func fellSilentFourSecondsAfterTheLastInitial(_ wait: Double, _ count: Int) {
        var listener = Listener()
        #expect(listener.see(hello, .client, at: 0).isEmpty && listener.see(again(1), .client, at: 3).isEmpty)
        #expect(listener.advance(to: 3 + wait).count == count)
        #expect(listener.events.allSatisfy { $0.1 == .fellSilent && $0.0.time == at(7) && $0.0.outcome == .silence })
    }

    @Test func silenceIsToldOnceAndALateAnswerAfterIt() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(again(1), .client, at: 6) == [.fellSilent])
        #expect(listener.advance(to: 20).isEmpty)
        #expect(listener.see(flight, .server, at: 21) == [.answered, .established])
        #expect(listener.events.last?.0.outcome == .established)
    }

    @Test func withoutAWordMoreItEndsInSilence() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.advance(to: 1000) == [.fellSilent, .ended])
        #expect(listener.events.map(\.0.time) == [at(4), at(244)] && listener.events.allSatisfy { $0.0.outcome == .silence })
    }

    @Test func theServersClose() throws {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(ends.initial(.server, connectionClose(0x178)), .server, at: 0.1) == [.answered, .closed])
        #expect(listener.advance(to: 6) == [.ended])
        let attempt = try #require(listener.events.last?.0)
        #expect(attempt.outcome == .closed && attempt.close?.side == .server && attempt.close?.errorName == "no_application_protocol")
        #expect(attempt.end?.number == 2 && attempt.answer?.number == 2)
    }

    @Test func theClientsCloseAfterAnAnswer() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(ends.initial(.server, [2, 0, 0, 0, 0]), .server, at: 0.1) == [.answered])
        #expect(listener.events.last?.0.outcome == .answered)
        #expect(listener.see(ends.initial(.client, number: 1, connectionClose(1)), .client, at: 0.2) == [.closed])
        #expect(listener.events.last?.0.outcome == .closed)
    }

    @Test func anAnswerAndNothingMore() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        _ = listener.see(ends.initial(.server, crypto(serverHello())), .server, at: 0.1)
        #expect(listener.advance(to: 1000) == [.ended])
        #expect(listener.events.last?.0.outcome == .answered)
    }

    @Test func icmpRejects() throws {
        var listener = Listener()
        let vip = Host(Host.node.mac.rawValue, theVIP.description)
        let initial = Datagram(.client, vip).frame(17, udp(50_000, 443, hello))
        _ = listener.see(frame: initial, at: 0)
        let error = icmpError(3, 3, from: vip, to: .client, quotes: initial)
        #expect(listener.see(frame: error, at: 0.1) == [.rejected])
        #expect(listener.see(frame: error, at: 0.2).isEmpty, "told once")
        #expect(listener.advance(to: 60) == [.ended])
        let attempt = try #require(listener.events.last?.0)
        #expect(attempt.outcome == .icmp && attempt.end?.number == 2 && attempt.time == at(4))
    }

    @Test func icmpThatQuotesSomethingElseChangesNothing() {
        var listener = Listener()
        let vip = Host(Host.node.mac.rawValue, theVIP.description)
        _ = listener.see(hello, .client, at: 0)
        for (from, to, port) in [(vip, Host.client, UInt16(443)), (.client, vip, 444), (.other, vip, 443)] {
            let quoted = Datagram(from, to).frame(17, udp(50_000, port, hello))
            #expect(listener.see(frame: icmpError(3, 3, from: vip, to: .client, quotes: quoted), at: 0.1).isEmpty)
        }
        _ = listener.see(flight, .server, at: 0.2)
        let quoted = Datagram(.client, vip).frame(17, udp(50_000, 443, hello))
        #expect(listener.see(frame: icmpError(3, 3, from: vip, to: .client, quotes: quoted), at: 0.3).isEmpty, "it was answered before")
    }

    @Test func versionNegotiationWithNothingAfter() throws {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(ends.negotiation([0x6b33_43cf]), .server, at: 0.1) == [.answered])
        #expect(listener.finish(at: 1) == [.ended])
        let attempt = try #require(listener.events.last?.0)
        #expect(attempt.outcome == .versionNegotiation && attempt.offeredVersions == [.v2] && attempt.versionNegotiation?.number == 2)
        #expect(attempt.isCut)
    }

    @Test func theNextAttemptOnTheSamePortsIsItsOwn() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(QUICEnds.other(9).initial(.client, crypto(clientHello())), .client, at: 1) == [.ended])
        #expect(listener.finish(at: 2) == [.ended])
        #expect(listener.events.map(\.0.originalDestination) == [ends.original, QUICEnds.other(9).original])
        #expect(listener.events.allSatisfy { $0.0.outcome == .silence })
    }

    /// Other connection IDs: the packet of another conversation does not prolong the wait.
    @Test func aStrangersInitialIsNoAnswer() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0)
        #expect(listener.see(QUICEnds.other(9).initial(.server, crypto(serverHello())), .server, at: 3).isEmpty)
        #expect(listener.advance(to: 5) == [.fellSilent])
        #expect(listener.events.last?.0.time == at(4) && listener.events.last?.0.serverPackets.datagrams == 1)
    }

    @Test func otherPortsAndOtherDatagramsAreNoAttempts() {
        var listener = Listener()
        _ = listener.see(hello, .client, at: 0, server: 444)
        _ = listener.see(ends.short(.client), .client, at: 0)
        _ = listener.see(flight, .server, at: 0)
        _ = listener.see([], .client, at: 0)
        _ = listener.see([UInt8](repeating: 0x16, count: 1200), .client, at: 0)
        #expect(listener.finish(at: 10).isEmpty)
    }

    @Test func stateIsBoundedAndWhatGoesIsToldAndCounted() {
        var limits = Limits()
        limits.quicAttempts = 3
        var listener = Listener(limits)
        for port in 1...5 { _ = listener.see(hello, .client, at: Double(port) * 0.001, port: UInt16(port)) }
        #expect(listener.changes == [.ended, .ended] && listener.attempts.evictions == 2)
        #expect(listener.events.map(\.0.client.port.rawValue) == [1, 2] && listener.events.allSatisfy { $0.0.isCut })
    }

    @Test func hellosThatAreNotWholeHaveABudget() {
        var limits = Limits()
        limits.quicHelloOctets = 2000
        var listener = Listener(limits)
        for port in 1...4 {
            let part = ends.initial(.client, crypto([UInt8](repeating: 1, count: 900), at: 100))
            _ = listener.see(part, .client, at: 0, port: UInt16(port))
        }
        #expect(listener.attempts.evictions == 2)
        _ = listener.see(hello, .client, at: 0, port: 100)
        #expect(listener.finish(at: 1).count == 5)
        #expect(listener.events.last?.0.serverName != nil, "a hello in one datagram needs no room")
    }
}
