import LAN
@testable import Flows
import Testing
import Wire

/// A flood of connections that fail alike: the first of each second are told one by one, the rest by their number.
struct ConnectionFloodTests {
    private static var limits: Limits {
        var limits = Limits()
        limits.failuresPerSecond = 3
        return limits
    }

    /// So many clients are refused, 10 ms apart.
    private func refused(_ count: UInt16, port: UInt16 = 443, from start: Double = 0, by sensor: inout Sensor) {
        for index in 0..<count {
            let talk = Talk(port: port, sourcePort: 1000 + UInt16(start) * 100 + index)
            sensor.see(talk.syn, at: start + Double(index) / 100)
            sensor.see(talk.refusal, at: start + Double(index) / 100 + 0.001)
        }
    }

    @Test func `as many failures as a second admits are told one by one`() {
        var sensor = Sensor(.test, Self.limits)
        refused(3, by: &sensor)
        sensor.finish(at: 10)
        #expect(sensor.events.changes == [.ended, .ended, .ended] && sensor.events.floods.isEmpty)
        #expect(sensor.correlators.counters.floodedConnections == 0)
    }

    @Test func `one more is counted, and told when its second is over`() throws {
        var sensor = Sensor(.test, Self.limits)
        refused(5, by: &sensor)
        #expect(sensor.advance(to: 1.001).floods.isEmpty)
        let flood = try #require(sensor.advance(to: 1.001 + tick).floods.first)
        #expect(flood.responder == Endpoint(.v4(theVIP), .https) && flood.handshake == .refused && flood.outcome == .refused)
        #expect(flood.connections == 2 && flood.packets == 4)
        #expect(flood.first.number == 7 && flood.last.number == 10)
        #expect(flood.time == at(1.001), "a deadline has its own time")
        #expect(sensor.events.connections.map(\.first.number) == [1, 3, 5])
        #expect(sensor.correlators.counters.floodedConnections == 2)
    }

    @Test func `the next second begins anew`() {
        var sensor = Sensor(.test, Self.limits)
        refused(4, by: &sensor)
        refused(4, from: 1.1, by: &sensor)
        sensor.finish(at: 10)
        #expect(sensor.events.connections.count == 6 && sensor.events.floods.map(\.connections) == [1, 1])
    }

    @Test func `services and ways to fail have a count each`() {
        var sensor = Sensor(.test, Self.limits)
        refused(4, by: &sensor)
        refused(3, port: 80, by: &sensor)
        for port in UInt16(0)..<5 { sensor.see(Talk(sourcePort: 5000 + port).syn, at: 0.5) }
        sensor.finish(at: 0.6)
        #expect(sensor.events.floods.map(\.outcome) == [.refused, .open])
        #expect(sensor.events.floods.map(\.connections) == [1, 2])
        #expect(sensor.events.floods.last?.handshake == .unanswered && sensor.events.floods.last?.time == at(0.6))
        #expect(sensor.events.connections.count == 3 + 3 + 3)
    }

    @Test func `who is served is told, however many there are`() {
        var sensor = Sensor(.test, Self.limits)
        for index in UInt16(0)..<10 {
            let talk = Talk(sourcePort: 1000 + index)
            for (step, frame) in [talk.syn, talk.synACK, talk.ack, talk.reset].enumerated() {
                sensor.see(frame, at: Double(index) / 100 + Double(step) / 1000)
            }
        }
        sensor.finish(at: 1)
        #expect(sensor.events.changes.count { $0 == .ended } == 10 && sensor.events.floods.isEmpty)
    }

    @Test func `with everything reported nothing is only counted`() {
        var sensor = Sensor(.test, everything: true, Self.limits)
        refused(9, by: &sensor)
        #expect(sensor.events.connections.count == 9 && sensor.finish(at: 5).floods.isEmpty)
    }

    @Test func `a scan of more services than are counted at one time loses no connection`() {
        var limits = Self.limits
        limits.floodedServices = 2
        limits.failuresPerSecond = 1
        var sensor = Sensor(.test, limits)
        for port in UInt16(1)...20 { refused(3, port: port, by: &sensor) }
        sensor.finish(at: 5)
        let counted = sensor.events.floods.reduce(0) { $0 + $1.connections }
        #expect(counted + UInt64(sensor.events.connections.count) == 60 && counted == 40)
    }

    @Test func `who sends a SYN again waits for an answer, and is told`() {
        var sensor = Sensor(.test, Self.limits)
        for index in UInt16(0)..<6 { sensor.see(Talk(sourcePort: 1000 + index).syn, at: 0) }
        for index in UInt16(0)..<5 { sensor.see(Talk(sourcePort: 1000 + index).syn, at: 1) }
        sensor.finish(at: 2)
        #expect(sensor.events.changes.count { $0 == .ended } == 6, "five that wait, and one of those that do not")
        #expect(sensor.correlators.counters.floodedConnections == 0)
    }

    @Test func `the packets are the first and the last of all`() throws {
        var sensor = Sensor(.test, Self.limits)
        for index in UInt16(0)..<5 { sensor.see(Talk(sourcePort: 1000 + index).syn, at: Double(index) / 100) }
        sensor.see(Talk(sourcePort: 1004).synACK, at: 0.4)
        sensor.see(Talk(sourcePort: 1003).synACK, at: 0.5)
        for index in UInt16(0)..<3 { sensor.see(Talk(sourcePort: 1000 + index).synACK, at: 0.6) }
        sensor.finish(at: 0.7)
        let flood = try #require(sensor.events.floods.first)
        #expect(flood.handshake == .answered && flood.connections == 2)
        #expect(flood.first.number == 4 && flood.last.number == 7)
    }

    @Test func `floods of many ports that are due at once come in order, a batch a call`() {
        var limits = Self.limits
        limits.failuresPerSecond = 1
        var sensor = Sensor(.test, limits)
        for port in UInt16(1)...600 {
            for client in UInt16(0)..<2 {
                let talk = Talk(port: port, sourcePort: 1000 + client)
                sensor.see(talk.syn, at: Double(port) / 1000)
                sensor.see(talk.refusal, at: Double(port) / 1000)
            }
        }
        sensor.advance(to: 30)
        #expect(sensor.events.floods.count == 600)
        #expect(zip(sensor.events, sensor.events.dropFirst()).allSatisfy { $0.time <= $1.time })
    }

    @Test func `seconds that find no room are told early, and counted as such`() {
        var limits = Self.limits
        (limits.floodedServices, limits.failuresPerSecond) = (2, 1)
        var sensor = Sensor(.test, limits)
        for port in UInt16(1)...3 { refused(2, port: port, by: &sensor) }
        #expect(sensor.events.floods.count == 1 && sensor.correlators.counters.evictedOthers == 1)
    }

    @Test func `connections that never carried anything and those that did are told apart`() {
        var sensor = Sensor(.test, Self.limits)
        for index in UInt16(0)..<6 {
            let talk = Talk(sourcePort: 1000 + index)
            for frame in [talk.syn, talk.data(10), talk.reset] { sensor.see(frame, at: Double(index) / 100) }
        }
        sensor.finish(at: 1)
        #expect(sensor.events.changes.count { $0 == .ended } == 6 && sensor.events.floods.isEmpty)
    }
}

extension [FlowEvent] {
    fileprivate var floods: [ConnectionFlood] {
        compactMap { if case .flood(let flood) = $0 { flood } else { nil } }
    }
}
