import Flows
import LAN
import QUICInitial
import Site
import Testing
import Wire

/// What floods and endless clients may cost.
struct AttemptBoundsTests {
    @Test func `of many tries the first are kept, and one that was answered`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        for index in 0..<20 as Range<UInt16> { user.isRefused(40_000 + index, at: 1.1 + Double(index) * 0.1) }
        user.connects(41_000, at: 4)
        user.greets(AttemptUser.name, 41_000, at: 4.1)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.isShortened && attempt.tcp?.count == 16 && attempt.outcome == .tls)
        #expect(attempt.wait?.answer == attempt.tls?.serverHello)
    }

    @Test func `of many lookups the first are kept`() {
        var user = AttemptUser()
        for index in 0..<20 { user.looksUp(at: 1 + Double(index) * 0.1) }
        user.asks(at: 4)
        let attempts = user.attempts()
        #expect(attempts.map(\.lookups.count) == [12] && attempts.map(\.isShortened) == [true])
    }

    @Test func `SYNs and Initials that stand alone take no room from users`() {
        var limits = Limits()
        limits.attempts = 2
        limits.connections = 64
        limits.quicAttempts = 64
        var user = AttemptUser(AttemptUser.zoned, limits)
        user.looksUp(at: 1)
        user.asks(at: 1.1)
        for index in 0..<500 as Range<UInt32> {
            let spoofed = Host(0x0200_0000_0099, IPv4Address(rawValue: 0xc0a8_0000 + index).description)
            user.sensor.see(Talk(spoofed).syn, at: 1.2 + Double(index) * 0.001)
            let initial = QUICEnds.other(UInt8(truncatingIfNeeded: index)).initial(.client, crypto(clientHello()))
            user.sensor.see(
                Datagram(spoofed, Host(Host.node.mac.rawValue, theVIP.description)).frame(17, udp(50_000, 443, initial)),
                at: 1.2005 + Double(index) * 0.001)
        }
        user.connects(at: 2)
        let attempts = user.attempts()
        #expect(attempts.count == 1 && attempts.first?.lookups.count == 1 && attempts.first?.tcp?.count == 1)
    }

    @Test func `a full table lets facts go that have nothing to join, and tells attempts that must go`() {
        var limits = Limits()
        limits.attempts = 2
        var user = AttemptUser(AttemptUser.zoned, limits)
        let clients = (1...4).map { Host(0x0200_0000_0100 + $0, "10.0.0.\(100 + $0)") }
        func visits(_ client: Host, at time: Double) {
            user.connects(at: time, as: client)
            user.greets(at: time + 0.01, as: client)
        }
        visits(clients[0], at: 1)
        user.connects(at: 1.1, as: clients[1])
        visits(clients[2], at: 1.2)
        #expect(user.sensor.events.attempts.isEmpty)
        visits(clients[3], at: 1.3)
        #expect(user.sensor.events.attempts.map(\.client) == [clients[0].address] && user.sensor.events.attempts.map(\.isCut) == [true])
        #expect(user.sensor.correlators.counters.evictedOthers == 2)
        user.sensor.finish(at: 2)
        #expect(user.sensor.events.attempts.map(\.client) == [clients[0], clients[2], clients[3]].map(\.address))
    }

    @Test func `at the end of the capture attempts are told as they stand, behind all that belongs to them`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.triesQUIC(at: [1.1, 1.4])
        user.sensor.see(Talk().syn, at: 1.5)
        user.sensor.finish(at: 2)
        guard case .attempt(let attempt)? = user.sensor.events.last else {
            Issue.record("no attempt at the end")
            return
        }
        #expect(attempt.isCut && attempt.outcome == .unknown && attempt.wait == nil && attempt.time == at(2))
        #expect(attempt.quic?.outcome == .silence && attempt.tcp?.handshake == .unanswered && attempt.tcp?.count == 1)
    }
}
