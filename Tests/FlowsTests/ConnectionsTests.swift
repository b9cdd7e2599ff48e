import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Set-up and end of connections; `ConnectionTimeTests` has what only time brings about.
struct ConnectionsTests {
    private let talk = Talk()

    @Test func `a handshake is established, and its record holds both sides`() throws {
        var sensor = Sensor()
        #expect(sensor.see(talk.syn, at: 0).isEmpty)
        #expect(sensor.see(talk.synACK, at: 0.01).isEmpty)
        #expect(sensor.see(talk.ack, at: 0.02).changes == [.established])
        #expect(sensor.see(talk.data(100), at: 0.03).isEmpty)
        #expect(sensor.see(talk.serverData(700), at: 0.04).isEmpty)
        let connection = try #require(sensor.finish(at: 1).connections.first)
        #expect(connection.originator == Endpoint(Host.client.address, Port(rawValue: 40_000)))
        #expect(connection.responder == Endpoint(.v4(theVIP), .https))
        #expect(connection.handshake == .established)
        #expect(connection.outcome == .open)
        #expect(connection.endedBy == nil)
        #expect([connection.first, connection.synACK, connection.ack, connection.last].compactMap { $0?.number } == [1, 2, 3, 5])
        #expect(connection.syns.map(\.number) == [1] && connection.synCount == 1)
        #expect(connection.end == nil)
        #expect(connection.originatorMAC == Host.client.mac)
        #expect(connection.nextHopMAC == Host.node.mac)
        #expect(connection.responderMAC == Host.node.mac)
        #expect(connection.originatorTTL == 64 && connection.responderTTL == 63)
        #expect(connection.originatorPackets == 3 && connection.responderPackets == 2)
        #expect(connection.originatorBytes == 100 && connection.responderBytes == 700)
        #expect(connection.time == at(1))
    }

    @Test func `IPv6 connections are followed alike`() throws {
        var site = Site.test
        site.vips = [VIP(address: .v6(v6("fd00::157")))]
        var sensor = Sensor(site)
        func frame(_ datagram: Datagram, _ payload: [UInt8], isBack: Bool) -> [UInt8] {
            var datagram = datagram
            let (client, server) = (IPAddress.v6(v6("fd00::20")), IPAddress.v6(v6("fd00::157")))
            (datagram.source, datagram.destination) = isBack ? (server, client) : (client, server)
            return datagram.frame(6, payload)
        }
        sensor.see(frame(talk.out(), talk.fromClient(.syn, sequence: 1000), isBack: false), at: 0)
        sensor.see(frame(talk.back(), talk.fromServer([.syn, .ack], sequence: 9000), isBack: true), at: 0.01)
        sensor.see(frame(talk.out(), talk.fromClient(.ack), isBack: false), at: 0.02)
        #expect(sensor.events.changes == [.established])
        #expect(sensor.events.connections.last?.responder.address == .v6(v6("fd00::157")))
    }

    /// Snapshot lengths of 54 octets and more reach behind the fixed TCP header and may cut the options.
    @Test(arguments: [54, 58, 64]) func `a SYN whose options the capture cut is tracked`(_ snapshotLength: Int) throws {
        func cut(_ frame: [UInt8], _ sensor: inout Sensor, at seconds: Double) -> [FlowEvent] {
            var frame = frame
            frame[46] = 0xa0  // twenty octets of options
            frame[17] += 20
            return sensor.see(Array((frame + [UInt8](repeating: 1, count: 20)).prefix(snapshotLength)), at: seconds, originalLength: 74)
        }
        var sensor = Sensor()
        #expect(cut(talk.syn, &sensor, at: 0).isEmpty)
        #expect(cut(talk.synACK, &sensor, at: 0.01).isEmpty)
        #expect(cut(talk.ack, &sensor, at: 0.02).changes == [.established])
        let connection = try #require(sensor.finish(at: 1).connections.first)
        #expect(connection.synCount == 1 && connection.handshake == .established && connection.originatorBytes == 0)
        #expect(sensor.correlators.anomalies.total == 3)
    }

    @Test func `a segment that no receiver takes is not tracked`() {
        var sensor = Sensor()
        var syn = talk.syn
        syn[46] = 0x40
        sensor.see(syn, at: 0)
        #expect(sensor.finish(at: 1).connections.isEmpty)
        syn[46] = 0xa0  // options beyond the end of the datagram
        sensor.see(syn, at: 2)
        #expect(sensor.finish(at: 3).connections.isEmpty && sensor.correlators.anomalies.total == 2)
    }

    @Test func `each SYN again is told, the first three are kept, and all are counted`() {
        var sensor = Sensor()
        for second in [0.0, 1, 3, 6, 9] { sensor.see(talk.syn, at: second) }
        #expect(sensor.events.changes == [.synRetransmitted, .synRetransmitted, .synRetransmitted, .synRetransmitted])
        #expect(sensor.events.connections.map(\.synCount) == [2, 3, 4, 5])
        #expect(sensor.events.connections.last?.syns.map(\.number) == [1, 2, 3])
        sensor.see(talk.synACK, at: 9.5)
        #expect(sensor.see(talk.ack, at: 9.6).changes == [.established])
    }

    @Test func `a SYN answered by RST is refused`() {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        let events = sensor.see(talk.refusal, at: 0.01)
        #expect(events.changes == [.ended])
        for connection in events.connections {
            #expect(connection.handshake == .refused && connection.outcome == .refused && connection.endedBy == .responder)
            #expect(connection.end?.number == 2)
        }
        #expect(sensor.finish(at: 100).changes.isEmpty, "it is told once")
    }

    @Test func `a client that resets its own SYN was not refused`() {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        let connection = sensor.see(talk.clientReset, at: 0.01).connections.first
        #expect(connection?.handshake == .unanswered)
        #expect(connection?.outcome == .reset && connection?.endedBy == .originator)
    }

    @Test(arguments: [false, true])
    func `a RST after data resets, by the side that sent it`(_ byServer: Bool) {
        var sensor = Sensor()
        for (frame, time) in [(talk.syn, 0.0), (talk.synACK, 0.01), (talk.ack, 0.02), (talk.data(10), 0.03)] { sensor.see(frame, at: time) }
        let events = sensor.see(byServer ? talk.reset : talk.clientReset, at: 1)
        #expect(events.changes == [.ended])
        #expect(events.connections.first?.handshake == .established)
        #expect(events.connections.first?.outcome == .reset)
        #expect(events.connections.first?.endedBy == (byServer ? .responder : .originator))
        #expect(events.connections.first?.end?.number == 5)
    }

    @Test func `FIN both ways closes, and the first FIN says who ended it`() {
        var sensor = Sensor()
        for (frame, time) in [(talk.syn, 0.0), (talk.synACK, 0.01), (talk.ack, 0.02), (talk.serverFin, 0.03)] {
            sensor.see(frame, at: time)
        }
        #expect(sensor.events.changes == [.established], "half closed goes on")
        let events = sensor.see(talk.fin, at: 0.04)
        #expect(events.changes == [.ended])
        #expect(events.connections.first?.outcome == .closed && events.connections.first?.endedBy == .responder)
        #expect(events.connections.first?.end?.number == 5)
        #expect(sensor.see(talk.ack, at: 0.05).isEmpty && sensor.see(talk.reset, at: 0.06).isEmpty, "stray segments change nothing")
        #expect(sensor.finish(at: 100).isEmpty)
    }

    @Test func `a FIN that completes the handshake counts as one`() {
        var sensor = Sensor()
        for (frame, time) in [(talk.syn, 0.0), (talk.synACK, 0.01), (talk.fin, 0.02)] { sensor.see(frame, at: time) }
        #expect(sensor.events.changes == [.established])
        #expect(sensor.see(talk.serverFin, at: 0.03).connections.first?.outcome == .closed)
    }

    @Test func `the same five-tuple with a new sequence number is the next connection`() {
        var sensor = Sensor()
        var next = talk
        next.isn = 777_000
        for (frame, time) in [(talk.syn, 0.0), (talk.synACK, 0.01), (talk.ack, 0.02)] { sensor.see(frame, at: time) }
        let ended = sensor.see(next.syn, at: 5)
        #expect(ended.changes == [.ended])
        #expect(ended.connections.first?.first.number == 1)
        #expect(sensor.see(next.synACK, at: 5.01).isEmpty)
        let begun = sensor.see(next.ack, at: 5.02)
        #expect(begun.changes == [.established] && begun.connections.first?.first.number == 4)
        #expect(sensor.finish(at: 6).connections.count == 1)
    }

    @Test func `an attempt that had no answer before its five-tuple is used anew ended unanswered`() {
        var sensor = Sensor()
        var next = talk
        next.isn = 777_000
        sensor.see(talk.syn, at: 0)
        let connection = sensor.see(next.syn, at: 5).connections.first
        #expect(connection?.handshake == .unanswered)
        #expect(connection?.outcome == .unanswered)
    }

    @Test func `a SYN from the other end of the five-tuple is the next connection`() {
        var sensor = Sensor()
        for (frame, time) in [(talk.syn, 0.0), (talk.synACK, 0.01), (talk.ack, 0.02)] { sensor.see(frame, at: time) }
        #expect(sensor.see(talk.back().frame(6, talk.fromServer(.syn, sequence: 5)), at: 1).changes == [.ended])
        #expect(sensor.finish(at: 2).connections.first?.originator.address == .v4(theVIP))
    }

    @Test func `a SYN-ACK seen first tells who is who`() {
        var sensor = Sensor()
        #expect(sensor.see(talk.synACK, at: 0).isEmpty, "when it was asked is not known")
        let events = sensor.see(talk.ack, at: 0.01)
        #expect(events.changes == [.established])
        #expect(events.connections.first?.originator.address == Host.client.address)
        #expect(events.connections.first?.synACK?.number == 1)
        #expect(events.connections.first?.syns.isEmpty == true && events.connections.first?.synCount == 0)
    }

    @Test func `a connection met midway has no handshake, and ends as others do`() {
        var sensor = Sensor()
        sensor.see(talk.data(10), at: 0)
        sensor.see(talk.serverData(10), at: 0.01)
        #expect(sensor.events.isEmpty)
        let connection = sensor.see(talk.reset, at: 1).connections.first
        #expect(connection?.handshake == .notSeen && connection?.outcome == .reset && connection?.endedBy == .responder)
        #expect(sensor.see(Talk(sourcePort: 1).reset, at: 2).isEmpty)
        #expect(sensor.finish(at: 3).isEmpty, "a lone RST is no connection")
    }

    /// The announcer never sees the replies (CATALOGUE: direct server return).
    @Test func `where the SYN-ACK passes elsewhere, the client's ACK shows that it came`() {
        var sensor = Sensor()
        sensor.see(talk.syn, at: 0)
        let events = sensor.see(talk.ack, at: 0.01)
        #expect(events.changes == [.established])
        #expect(events.connections.first?.synACK == nil)
        #expect(events.connections.first?.ack?.number == 2)
        #expect(events.connections.first?.responderTTL == nil && events.connections.first?.responderMAC == nil)
    }

    @Test func `copies are no retransmissions, and hops are counted`() {
        var sensor = Sensor()
        let syn = talk.fromClient(.syn, sequence: talk.isn)
        sensor.see(talk.out(id: 5).frame(6, syn), at: 0)
        sensor.see(talk.out(id: 5).frame(6, syn), at: 0.0002)
        sensor.see(talk.out(id: 5).forwarded(from: Host.node.mac, to: Host.second.mac).frame(6, syn), at: 0.0004)
        #expect(sensor.events.isEmpty)
        sensor.see(talk.synACK, at: 0.01)
        let connection = sensor.see(talk.ack, at: 0.02).connections.first
        #expect(connection?.synCount == 1 && connection?.hops == 1)
        #expect(connection?.originatorPackets == 2)
        #expect(connection?.nextHopMAC == Host.node.mac, "the hop's MACs are not the client's")
        #expect(sensor.correlators.counters.duplicates == 1 && sensor.correlators.counters.hops == 1)
    }

    @Test func `flows of nobody's interest are not followed`() {
        var sensor = Sensor()
        let foreign = Talk(.client, Host.other.ip, via: .other)
        for frame in [foreign.syn, foreign.synACK, foreign.ack] { sensor.see(frame, at: Double(sensor.frames)) }
        #expect(sensor.finish(at: 10).isEmpty && sensor.events.isEmpty)
        var all = Sensor(everything: true)
        for frame in [foreign.syn, foreign.synACK, foreign.ack] { all.see(frame, at: Double(all.frames) / 100) }
        #expect(all.events.changes == [.established])
    }
}
