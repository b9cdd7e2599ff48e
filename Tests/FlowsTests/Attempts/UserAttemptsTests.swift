import Flows
import LAN
import QUICInitial
import Site
import Testing
import Wire

/// What belongs to one attempt, and what does not.
struct UserAttemptsTests {
    private func interval(_ milliseconds: Int64) -> Interval { .milliseconds(milliseconds) }

    @Test func `lookups of all types, ARP, TCP and TLS are one attempt with the wait that the user felt`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.looksUp(.aaaa, at: 1.002, [])
        user.looksUp(.https, at: 1.004, [])
        user.asks(at: 1.010)
        user.connects(at: 1.020)
        user.greets(at: 1.030)
        #expect(user.attempts(until: 11).isEmpty)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1)
        #expect(attempt.client == Host.client.address && attempt.vip == .v4(theVIP) && attempt.name == name(AttemptUser.name))
        #expect(
            attempt.lookups.map(\.type) == [.a, .aaaa, .https] && attempt.lookups.map(\.wait) == [interval(1), interval(1), interval(1)])
        #expect(attempt.lookups.allSatisfy { $0.server == Host.resolver.address && $0.responseCode == .noError && !$0.isCut })
        #expect(
            attempt.resolution?.asked.number == 7 && attempt.resolution?.answered?.number == 8 && attempt.resolution?.wait == interval(1))
        #expect(attempt.tcp?.count == 1 && attempt.tcp?.handshake == .established && attempt.tcp?.port == .https)
        #expect([attempt.tcp?.syn, attempt.tcp?.synACK, attempt.tcp?.ack].map { $0?.number } == [9, 10, 11])
        #expect(attempt.tls?.version == .tls13 && attempt.tls?.offered.map(\.description) == ["h3", "h3-29"] && attempt.tls?.chosen == nil)
        #expect(attempt.tls?.clientHello?.number == 12 && attempt.tls?.serverHello?.number == 13)
        #expect(attempt.outcome == .tls && attempt.quic == nil && attempt.http == nil && !attempt.isCut && !attempt.isShortened)
        #expect(attempt.first.number == 1 && attempt.last.number == 13)
        let wait = try #require(attempt.wait)
        #expect(wait.total == interval(31) && wait.answer.number == 13)
        #expect(wait.dns == interval(5) && wait.arp == interval(1) && wait.tcp == interval(1) && wait.tls == interval(1))
        #expect(wait.quic == nil && wait.http == nil)
        // Ten seconds behind its last fact, and as much as the silence of a query takes to be known.
        #expect(attempt.time == at(1.031 + 15))
    }

    @Test func `QUIC in vain, and TCP instead: the user waited for both`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.triesQUIC(at: [1.010, 1.3, 1.9])
        user.connects(at: 2)
        user.greets(at: 2.010)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.outcome == .tls)
        #expect(attempt.quic?.count == 1 && attempt.quic?.outcome == .silence)
        #expect(attempt.quic?.first.number == 3 && attempt.quic?.last.number == 5 && attempt.quic?.wait == interval(890))
        #expect(attempt.wait?.total == interval(1011) && attempt.wait?.quic == interval(990) && attempt.wait?.tcp == interval(1))
    }

    @Test func `QUIC that is established is what the user waited for`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.triesQUIC(at: [1.010], isAnswered: true)
        user.connects(at: 1.2)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.outcome == .http3 && attempt.quic?.outcome == .established)
        #expect(attempt.wait?.total == interval(11) && attempt.wait?.quic == interval(1) && attempt.wait?.tcp == nil)
        #expect(attempt.tcp?.handshake == .established)
    }

    @Test func `a plaintext page, and the redirect to TLS that outranks it`() throws {
        var user = AttemptUser()
        user.connects(40_001, 80, at: 1)
        user.asksPage("\(AttemptUser.name):80", at: 1.010, status: "301 Moved")
        var told = user.attempts(until: 30)
        var attempt = try #require(told.last)
        #expect(attempt.outcome == .http && attempt.http?.status == 301 && attempt.name == name(AttemptUser.name))
        #expect(attempt.wait?.total == interval(11) && attempt.wait?.tcp == interval(1) && attempt.wait?.http == interval(1))
        #expect(attempt.http?.request.number == 4 && attempt.http?.response?.number == 5 && attempt.http?.outcome == .answered)

        user.connects(40_002, 80, at: 31)
        user.says(
            Array("GET / HTTP/1.1\r\nHost: \(AttemptUser.name)\r\n\r\n".utf8), Array("HTTP/1.1 301 x\r\ncontent-length: 0\r\n\r\n".utf8),
            40_002, 80, at: 31.01)
        user.connects(40_003, at: 31.020)
        user.greets(AttemptUser.name, 40_003, at: 31.030)
        told = user.attempts()
        attempt = try #require(told.last)
        #expect(told.count == 2 && attempt.outcome == .tls && attempt.http?.status == 301 && attempt.tcp?.count == 2)
        #expect(attempt.tcp?.port == .https && attempt.wait?.total == interval(31) && attempt.wait?.tcp == interval(1))
    }

    @Test func `a request to an address has no name, and an open port is all that some wait for`() throws {
        var user = AttemptUser()
        user.asks(at: 1)
        user.connects(40_001, 80, at: 1.1)
        user.asksPage("10.0.0.157", at: 1.2)
        user.asks(at: 40)
        user.connects(40_002, 22, at: 40.1)
        let attempts = user.attempts()
        #expect(attempts.map(\.outcome) == [.http, .tcp] && attempts.map(\.name) == [nil, nil])
        #expect(attempts.map { $0.wait?.total } == [interval(201), interval(101)])
    }

    @Test func `who tries again after the clock was set back makes an attempt of its own`() throws {
        var user = AttemptUser()
        user.looksUp(at: 100)
        user.connects(40_001, at: 100.02)
        user.looksUp(at: 40)
        user.connects(40_002, at: 40.02)
        let attempts = user.attempts()
        #expect(attempts.map(\.first.number) == [1, 6] && attempts.map { $0.wait?.total } == [interval(21), interval(21)])
    }

    // MARK: Failures

    @Test func `all that was tried failed`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.triesQUIC(at: [1.010, 1.3])
        user.isRefused(at: 1.5)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.outcome == .failed && attempt.wait == nil)
        #expect(attempt.tcp?.handshake == .refused && attempt.quic?.outcome == .silence && attempt.last.number == 6)
    }

    @Test func `a handshake that ends in an alert is none that the user waited for`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.connects(at: 1.1)
        user.says(tlsClientHello, tlsAlert(2, 112), at: 1.2)
        let attempts = user.attempts()
        #expect(attempts.map(\.outcome) == [.failed] && attempts.first?.tls?.outcome == .alert && attempts.first?.wait == nil)
    }

    @Test(arguments: [true, false])
    func `a question who has the address goes unanswered`(_ isCut: Bool) throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        for second in 2...4 { user.asks(at: Double(second), isAnswered: false) }
        if isCut { user.sensor.finish(at: 4.5) }
        let attempts = isCut ? user.sensor.events.attempts : user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.outcome == (isCut ? .unknown : .failed) && attempt.isCut == isCut)
        #expect(attempt.resolution?.asked.number == 3 && attempt.resolution?.answered == nil && attempt.resolution?.isUnanswered == !isCut)
    }

    @Test func `silence is told late, and still belongs to the attempt`() throws {
        var user = AttemptUser()
        user.looksUp(.aaaa, at: 1, code: nil)
        user.looksUp(at: 1.5)
        user.sensor.see(Talk().syn, at: 2)
        user.sensor.see(Talk().out(id: 9).frame(6, Talk().fromClient(.syn, sequence: 1000)), at: 3)
        user.sensor.see(Talk().out(id: 10).frame(6, Talk().fromClient(.syn, sequence: 1000)), at: 5)
        user.sensor.see(Talk().out(id: 11).frame(6, Talk().fromClient(.syn, sequence: 1000)), at: 9)
        let attempts = user.attempts()
        let attempt = try #require(attempts.first)
        #expect(attempts.count == 1 && attempt.outcome == .failed && attempt.tcp?.handshake == .unanswered)
        #expect(attempt.lookups.map(\.type) == [.aaaa, .a] && attempt.lookups.map(\.responseCode) == [nil, .noError])
        #expect(attempt.first.number == 1)
    }

    // MARK: What belongs together

    @Test func `a lookup without the address belongs to the attempt that follows within five seconds`() {
        for (delay, types) in [(4.9, [DNSType.https]), (5.1, [])] {
            var user = AttemptUser()
            user.looksUp(.https, at: 1, [])
            user.connects(at: 1.001 + delay)
            user.greets(at: 1.001 + delay + 0.01)
            #expect(user.attempts().map { $0.lookups.map(\.type) } == [types], "\(delay)")
        }
    }

    @Test func `facts ten seconds apart are one attempt, and later ones the next`() {
        for (gap, count) in [(9.9, 1), (10.1, 2)] {
            var user = AttemptUser()
            for (index, start) in [1, 1.011 + gap].enumerated() {
                user.connects(40_000 + UInt16(index), at: start)
                user.greets(AttemptUser.name, 40_000 + UInt16(index), at: start + 0.01)
            }
            #expect(user.attempts().count == count, "\(gap)")
        }
    }

    @Test func `who tries again and again has made an attempt after a minute`() {
        var user = AttemptUser()
        for index in 0..<20 as Range<UInt16> {
            user.connects(40_000 + index, at: Double(index) * 5)
            user.greets(AttemptUser.name, 40_000 + index, at: Double(index) * 5 + 0.01)
        }
        let attempts = user.attempts()
        #expect(attempts.map { $0.tcp?.count } == [13, 7] && attempts.map(\.isShortened) == [false, false])
    }

    @Test func `two names at one address are two attempts, and what has no name belongs to the last`() throws {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.looksUp(of: "grafana.laurivan.com", at: 1.1)
        user.asks(at: 1.2)
        user.connects(at: 1.3)
        user.connects(40_001, at: 1.31)
        user.greets("GRAFANA.laurivan.com", 40_000, at: 1.4)
        user.greets(AttemptUser.name, 40_001, at: 1.5)
        let attempts = user.attempts()
        #expect(attempts.map(\.name) == [name(AttemptUser.name), name("grafana.laurivan.com")])
        #expect(attempts.map(\.lookups.count) == [1, 1] && attempts.map { $0.tcp?.syn.number } == [10, 7])
        #expect(attempts.map { $0.resolution == nil } == [true, false] && attempts.map(\.outcome) == [.tls, .tls])
    }

    @Test func `each client has its own`() {
        var user = AttemptUser()
        for (index, client) in [Host.client, .other].enumerated() {
            let start = 1 + Double(index) * 0.1
            user.looksUp(at: start, as: client)
            user.connects(at: start + 0.01, as: client)
            user.greets(at: start + 0.02, as: client)
        }
        #expect(user.attempts().map(\.client) == [Host.client.address, Host.other.address])
    }

    // MARK: What is none

    @Test func `one kind of fact is none: it has its own record`() {
        var user = AttemptUser()
        user.looksUp(at: 1)
        user.connects(at: 20)
        user.asks(at: 40)
        user.triesQUIC(at: [60, 60.3])
        #expect(user.attempts().isEmpty)
    }

    @Test func `without VIPs there are none`() {
        var user = AttemptUser(Site())
        user.looksUp(at: 1)
        user.connects(at: 1.1)
        user.greets(at: 1.2)
        #expect(user.attempts().isEmpty)
    }

    @Test func `a resolver's own questions are nobody's attempt`() {
        var site = AttemptUser.zoned
        site.dns.resolvers = [Host.client.address]
        var user = AttemptUser(site)
        user.looksUp(at: 1)
        user.asks(at: 1.1)
        #expect(user.attempts().isEmpty)
    }
}
