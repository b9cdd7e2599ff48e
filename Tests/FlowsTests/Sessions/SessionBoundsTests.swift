import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Nothing that arrives traps, and nothing grows without bound.
struct SessionBoundsTests {
    private static let hello = Array(tlsClientHello.prefix(100))

    private func opened(_ sensor: inout Sensor, _ port: UInt16, at time: Double, _ octets: [UInt8]) {
        let talk = Talk(sourcePort: port)
        sensor.see(talk.syn, at: time)
        sensor.see(talk.out(id: port).frame(6, talk.fromClient([.psh, .ack], payload: octets)), at: time)
    }

    @Test func `the oldest session has to go, and is told`() {
        var limits = Limits()
        limits.sessions = 4
        var sensor = Sensor(.test, limits)
        for port in 1...6 as ClosedRange<UInt16> { opened(&sensor, port, at: Double(port), Self.hello) }
        #expect(sensor.events.handshakes.map(\.client.port.rawValue) == [1, 2])
        #expect(sensor.events.handshakes.allSatisfy { $0.outcome == .cut })
        #expect(sensor.correlators.counters.evictedOthers == 2)
        // What comes of it later is not looked at.
        let talk = Talk(sourcePort: 1)
        sensor.see(
            talk.out(id: 99).frame(
                6, talk.fromClient([.psh, .ack], sequence: talk.isn + 101, payload: Array(tlsClientHello.dropFirst(100)))), at: 8)
        #expect(sensor.events.stages == [.ended, .ended])
    }

    @Test func `octets that wait are bounded in all sessions together`() {
        var limits = Limits()
        limits.sessionOctets = 350
        var sensor = Sensor(.test, limits)
        for port in 1...6 as ClosedRange<UInt16> { opened(&sensor, port, at: Double(port), Self.hello) }
        #expect(sensor.events.handshakes.map(\.client.port.rawValue) == [4, 5, 6])
        sensor.finish(at: 10)
        #expect(sensor.events.handshakes.count == 6)
    }

    @Test func `the five-tuple is used again`() {
        var sensor = Sensor(.test)
        opened(&sensor, 7, at: 1, Self.hello)
        var talk = Talk(sourcePort: 7)
        talk.isn = 777_777
        sensor.see(talk.syn, at: 2)
        sensor.see(talk.out(id: 8).frame(6, talk.fromClient([.psh, .ack], payload: tlsClientHello)), at: 3)
        #expect(sensor.events.stages == [.ended, .hello])
    }

    /// Its connection had to go, or the next one has its five-tuple: nothing that comes could belong to it.
    @Test func `a session does not outlive its connection`() {
        var limits = Limits()
        limits.connections = 1
        var sensor = Sensor(.test, limits)
        opened(&sensor, 7, at: 1, Self.hello)
        let evicting = sensor.see(Talk(sourcePort: 8).syn, at: 2)
        #expect(evicting.handshakes.map(\.outcome) == [.cut] && evicting.connections.map(\.outcome) == [.evicted])
        opened(&sensor, 9, at: 3, Array("GET / HTTP/1.1\r\n\r\n".utf8))
        var talk = Talk(sourcePort: 9)
        talk.isn = 777_777
        let reusing = sensor.see(talk.syn, at: 3.5)
        #expect(reusing.exchanges.map(\.outcome) == [.cut] && reusing.exchanges.map(\.time) == [at(3.5)])
        sensor.finish(at: 1000)
        #expect(sensor.events.handshakes.count == 1 && sensor.events.exchanges.count == 1)
    }

    @Test func `what nobody ends is forgotten`() {
        var sensor = Sensor(.test)
        opened(&sensor, 7, at: 1, Self.hello)
        opened(&sensor, 8, at: 1, Array("GET / HTTP/1.1\r\n\r\n".utf8))
        sensor.advance(to: 300)
        #expect(sensor.events.handshakes.map(\.outcome) == [.cut] && sensor.events.exchanges.map(\.outcome) == [.unanswered])
        sensor.finish(at: 301)
        #expect(sensor.events.handshakes.count == 1 && sensor.events.exchanges.count == 1)
    }

    @Test func `copies and hops are not read`() {
        var sensor = Sensor(.test)
        let talk = Talk()
        sensor.see(talk.syn, at: 1)
        let datagram = talk.out(id: 5)
        let hello = datagram.frame(6, talk.fromClient([.psh, .ack], payload: tlsClientHello))
        sensor.see(hello, at: 1.1)
        sensor.see(hello, at: 1.1)
        sensor.see(
            datagram.forwarded(from: Host.node.mac, to: Host.second.mac).frame(6, talk.fromClient([.psh, .ack], payload: tlsClientHello)),
            at: 1.1)
        #expect(sensor.events.stages == [.hello])
    }

    @Test func `a hidden connection is not looked at`() {
        var sensor = Sensor(.test)
        let talk = Talk(.client, v4("10.0.0.77"))
        sensor.see(talk.syn, at: 1)
        sensor.see(talk.out(id: 5).frame(6, talk.fromClient([.psh, .ack], payload: tlsClientHello)), at: 1.1)
        #expect(sensor.events.isEmpty)
    }

    @Test func `a server that only this sensor hears is not read for ever`() {
        var stream = Stream()
        stream.client(tlsClientHello)
        stream.server(tlsServerHello13)
        for _ in 0..<105 { stream.server(sealed(1400)) }
        #expect(stream.handshake?.outcome == .cut && stream.handshake?.stage == .afterServerHello)
    }

    @Test func `a connection's state stays small`() {
        #expect(MemoryLayout<ConnectionState>.stride <= 256)
    }

    private static let flights: [([UInt8], [UInt8], [UInt8])] = [
        (tlsClientHello, tlsServerHello13 + changeCipherSpec + sealed(40), changeCipherSpec + sealed(53)),
        (tlsClientHello, tlsRecord(22, serverHello12() + [14, 0, 0, 0]) + tlsAlert(2, 40), tlsAlert(2, 42)),
        (
            Array("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8),
            Array("HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nContent-Length: 4\r\n\r\nabcd".utf8), Array("GET /b HTTP/1.1\r\n\r\n".utf8)
        ),
    ]

    @Test(arguments: 0..<3)
    func `damage of any kind ends in facts`(_ index: Int) {
        let (first, answer, second) = Self.flights[index]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<400 {
            var pieces = [first, answer, second]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let piece = Int.random(in: 0..<3, using: &random)
                let position = Int.random(in: 0..<pieces[piece].count, using: &random)
                pieces[piece][position] = UInt8.random(in: 0...255, using: &random)
            }
            var stream = Stream()
            stream.client(pieces[0], inPiecesOf: Int.random(in: 20...200, using: &random))
            if Bool.random(using: &random) { stream.loseServer(3) }
            stream.server(pieces[1], inPiecesOf: Int.random(in: 20...200, using: &random))
            stream.client(pieces[2])
            stream.client([], Bool.random(using: &random) ? .rst : [.fin, .ack])
            stream.server([], [.fin, .ack])
            stream.finish()
            // No session is told twice, and none goes on.
            #expect(stream.sensor.events.handshakes.count <= 1, "\(pieces)")
            #expect(stream.exchanges.count <= 3)
        }
    }

    @Test(arguments: 0..<3)
    func `every prefix of a conversation is told once`(_ index: Int) {
        let (first, answer, _) = Self.flights[index]
        for end in 1..<first.count {
            var stream = Stream()
            stream.client(Array(first.prefix(end)))
            stream.server([], [.rst, .ack])
            stream.finish()
            #expect(stream.sensor.events.handshakes.count + stream.exchanges.count <= 1)
        }
        for end in 1..<answer.count {
            var stream = Stream()
            stream.client(first)
            stream.server(Array(answer.prefix(end)))
            stream.server([], [.rst, .ack])
            stream.finish()
            #expect(stream.sensor.events.handshakes.count + stream.exchanges.count == 1)
        }
    }
}
