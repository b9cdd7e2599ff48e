import LAN
@testable import Flows
import Site
import Testing
import Wire

/// What time and full tables do to connections, and what ICMP does.
struct ConnectionTimeTests {
    private let talk = Talk()

    private func opened(_ frames: [[UInt8]], _ limits: Limits = Limits()) -> Sensor {
        var sensor = Sensor(.test, limits)
        for (index, frame) in frames.enumerated() { sensor.see(frame, at: Double(index) / 100) }
        return sensor
    }

    // MARK: Silence

    @Test func `a repeated SYN fell silent 4 s after the last one`() {
        var sensor = Sensor()
        for second in [0.0, 1, 3] { sensor.see(talk.syn, at: second) }
        #expect(sensor.advance(to: 7).changes.isEmpty)
        let events = sensor.advance(to: 7 + tick)
        #expect(events.changes == [.fellSilent])
        #expect(events.connections.first?.time == at(7), "a deadline has its own time")
        #expect(events.connections.first?.synCount == 3)
        #expect(sensor.see(talk.syn, at: 7.5).changes == [.synRetransmitted], "the client goes on")
    }

    @Test func `a SYN alone falls silent without a word, and ends unanswered`() {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        #expect(sensor.advance(to: 244).isEmpty)
        let events = sensor.advance(to: 244 + tick)
        #expect(events.changes == [.ended])
        #expect(events.connections.first?.outcome == .unanswered && events.connections.first?.time == at(244))
    }

    @Test func `a half-open connection rests for 4 minutes, an established one for 2 hours 4`() {
        var half = opened([talk.syn, talk.synACK])
        #expect(half.advance(to: 240).changes.isEmpty)
        #expect(half.advance(to: 300).connections.first?.outcome == .idle)
        var whole = opened([talk.syn, talk.synACK, talk.ack])
        #expect(whole.advance(to: 7440.02).changes.isEmpty)
        let events = whole.advance(to: 7440.02 + tick)
        #expect(events.connections.first?.outcome == .idle && events.connections.first?.endedBy == nil)
        #expect(events.connections.first?.time == at(7440.02))
    }

    @Test(arguments: [(5.01, 0), (5.01 + tick, 1)])
    func `stray segments within 5 s of the end make no new connection, later ones do`(_ time: Double, _ connections: Int) {
        var sensor = opened([talk.syn, talk.refusal])
        sensor.see(talk.ack, at: time)
        #expect(sensor.finish(at: 16).connections.count == connections)
    }

    @Test func `at the end of the capture open connections are told in the order in which they began`() {
        var sensor = Sensor()
        for port in [UInt16(5), 3, 9] { sensor.see(Talk(sourcePort: port).syn, at: Double(sensor.frames)) }
        sensor.see(Talk(sourcePort: 3).synACK, at: 3)
        let events = sensor.finish(at: 3.5)
        #expect(events.changes == [.ended, .ended, .ended])
        #expect(events.connections.map(\.first.number) == [1, 2, 3])
        #expect(events.connections.map(\.outcome) == [.open, .open, .open])
        #expect(events.connections.map(\.handshake) == [.unanswered, .answered, .unanswered])
        #expect(events.connections.allSatisfy { $0.time == at(3.5) })
    }

    // MARK: Full tables

    @Test func `half-open connections go before established ones, and are told`() {
        var limits = Limits()
        limits.connections = 3
        var sensor = opened([talk.syn, talk.synACK, talk.ack], limits)
        sensor.see(Talk(sourcePort: 1).syn, at: 1)
        sensor.see(Talk(sourcePort: 2).syn, at: 2)
        let events = sensor.see(Talk(sourcePort: 3).syn, at: 3)
        #expect(events.changes == [.ended])
        #expect(events.connections.first?.originator.port == Port(rawValue: 1))
        #expect(events.connections.first?.outcome == .evicted && events.connections.first?.time == at(3))
        #expect(sensor.correlators.counters.evictedConnections == 1)
        #expect(sensor.finish(at: 3.5).connections.map(\.originator.port.rawValue) == [40_000, 2, 3])
    }

    @Test func `what has ended goes first, and without a word`() {
        var limits = Limits()
        limits.connections = 2
        var sensor = Sensor(.test, limits)
        sensor.see(Talk(sourcePort: 1).syn, at: 0)
        sensor.see(talk.syn, at: 1)
        sensor.see(talk.refusal, at: 1.1)
        #expect(sensor.see(Talk(sourcePort: 2).syn, at: 2).isEmpty)
        #expect(sensor.finish(at: 2.5).connections.map(\.originator.port.rawValue) == [1, 2])
    }

    // MARK: ICMP

    @Test(arguments: [(8, UInt8(1)), (8, 3), (20, 3), (20, 13), (40, 10), (8, 0)])
    func `an unreachable that quotes the SYN rejects, with eight octets or with all of it`(_ octets: Int, _ code: UInt8) {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        let events = sensor.see(icmpError(3, code, from: .node, to: .client, quotes: talk.syn, octets: octets), at: 3.06)
        #expect(events.icmpErrors.first?.quotesSYN == true)
        #expect(events.icmpErrors.first?.quotedFrame?.number == 1)
        #expect(events.changes == [.ended])
        #expect(events.connections.first?.handshake == .rejected && events.connections.first?.outcome == .rejected)
        #expect(events.connections.first?.end?.number == 2)
    }

    /// RFC 1191: path-MTU discovery at work; RFC 792: a time that was exceeded refuses nothing.
    @Test(arguments: [(UInt8(3), UInt8(4)), (11, 0), (5, 1), (4, 0), (12, 0)])
    func `other errors do not reject`(_ type: UInt8, _ code: UInt8) {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        let events = sensor.see(icmpError(type, code, from: .node, to: .client, quotes: talk.syn), at: 0.1)
        #expect(events.icmpErrors.count == 1)
        #expect(events.changes.isEmpty)
        sensor.see(talk.synACK, at: 0.2)
        #expect(sensor.see(talk.ack, at: 0.21).changes == [.established])
    }

    @Test func `an error that quotes a later segment does not reject`() {
        var sensor = opened([talk.syn, talk.synACK, talk.ack])
        for octets in [8, 20] {
            let events = sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: talk.data(10), octets: octets), at: 1)
            #expect(events.icmpErrors.first?.quotesSYN == false && events.changes.isEmpty)
        }
        let late = sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: talk.syn), at: 2)
        #expect(late.icmpErrors.first?.quotesSYN == true && late.changes.isEmpty, "it was answered before")
    }

    @Test func `a SYN that was never seen is told by its flags, if they are quoted`() {
        for (octets, isSYN) in [(8, false), (13, false), (14, true), (20, true)] {
            var sensor = Sensor()
            let events = sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: talk.syn, octets: octets), at: 0)
            #expect(events.icmpErrors.first?.quotesSYN == isSYN)
            #expect(events.icmpErrors.first?.quotedFrame == nil)
            #expect(events.changes.isEmpty)
        }
    }

    @Test func `an error about the connection before does not reject this one`() {
        var sensor = Sensor()
        var next = talk
        next.isn = 777_000
        sensor.see(talk.syn, at: 0)
        sensor.see(next.syn, at: 2)
        #expect(sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: talk.syn, octets: 8), at: 3).changes.isEmpty)
        let events = sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: talk.syn, octets: 20), at: 3.1)
        #expect(events.changes.isEmpty)
    }
}
