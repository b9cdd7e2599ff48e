import LAN
@testable import Flows
import Site
import Testing
import Wire

struct ReachabilityTests {
    private static let server = Host(Host.node.mac.rawValue, theVIP.description)
    private let request = ping(.client, server)

    // MARK: Errors

    @Test(arguments: [(UInt8(3), UInt8(1)), (3, 3), (3, 9), (3, 10), (3, 13), (11, 0), (5, 1), (5, 0), (12, 0)])
    func `an error that quotes an echo request is joined to it`(_ type: UInt8, _ code: UInt8) throws {
        var sensor = Sensor()
        #expect(sensor.see(request, at: 0).isEmpty)
        let error = try #require(sensor.see(icmpError(type, code, from: .node, to: .client, quotes: request), at: 3.06).icmpErrors.first)
        #expect(error.message.type == type && error.message.code == code)
        #expect(error.quotedFrame?.number == 1)
        #expect(!error.quotesSYN)
        #expect(error.source == Host.node.address && error.destination == Host.client.address && error.sourceMAC == Host.node.mac)
        #expect(error.quoted.destination == .v4(theVIP) && error.quoted.icmpSequence == 1)
    }

    @Test func `an error about an echo request that was not seen stands alone`() {
        var sensor = Sensor()
        let errors = sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: request), at: 0).icmpErrors
        #expect(errors.count == 1 && errors.first?.quotedFrame == nil)
    }

    @Test func `errors that quote UDP are told, too`() {
        var sensor = Sensor()
        let query = Datagram(.client, Self.server).frame(17, udp(5000, 443, [1, 2, 3]))
        let error = sensor.see(icmpError(3, 3, from: .node, to: .client, quotes: query), at: 0).icmpErrors.first
        #expect(error?.quoted.destinationPort == .https && error?.quotesSYN == false)
    }

    @Test func `an error is of interest by its source, and by either end of what it quotes`() {
        var sensor = Sensor()
        let fromVIP = Datagram(Self.server, .client).frame(6, Talk().fromServer(.ack))
        #expect(sensor.see(icmpError(3, 1, from: .router, to: .node, quotes: fromVIP), at: 0).icmpErrors.count == 1)
        let foreign = ping(.client, .other)
        #expect(sensor.see(icmpError(3, 1, from: Self.server, to: .client, quotes: foreign), at: 1).icmpErrors.count == 1)
        #expect(sensor.see(icmpError(3, 1, from: .router, to: .client, quotes: foreign), at: 2).icmpErrors.isEmpty)
    }

    @Test func `an error that quotes too little says nothing`() {
        var sensor = Sensor()
        #expect(sensor.see(Datagram(.node, .client).frame(1, icmp(3, 1, 0, [0x45, 0, 0])), at: 0).isEmpty)
        #expect(sensor.correlators.anomalies.total == 0)
    }

    @Test func `what does not decode is counted`() {
        var sensor = Sensor()
        #expect(sensor.see(Datagram(.node, Self.server).frame(1, [8, 0, 1]), at: 0).isEmpty)
        #expect(sensor.correlators.anomalies.entries == [AnomalyCounts.Entry(layer: .icmpv4, kind: .truncated, count: 1)])
    }

    // MARK: Echo

    @Test func `a reply is joined to its request, and its time is known`() throws {
        var sensor = Sensor()
        sensor.see(request, at: 0)
        let exchange = try #require(sensor.see(pong(Self.server, .client), at: 0.25).echoes.first)
        let reply = try #require(exchange.reply)
        #expect(exchange.request.map { reply.time - $0.time } == .milliseconds(250))
        #expect(exchange.source == Host.client.address && exchange.destination == .v4(theVIP))
        #expect(exchange.identifier == 77 && exchange.sequence == 1)
        #expect(exchange.replyMAC == Host.node.mac)
        #expect(sensor.advance(to: 100).isEmpty, "it is told once")
    }

    @Test func `other numbers are other echoes`() {
        var sensor = Sensor()
        sensor.see(request, at: 0)
        for (index, reply) in [
            pong(Self.server, .client, id: 78), pong(Self.server, .client, sequence: 2), pong(Self.server, .other),
        ].enumerated() {
            #expect(sensor.see(reply, at: Double(index + 1) / 10).echoes.map(\.request) == [nil])
        }
        #expect(sensor.advance(to: 11).echoes.first?.reply == nil)
    }

    @Test(arguments: [(10.0, 0), (10 + tick, 1)])
    func `a request without a reply is told after 10 s, with its deadline as its time`(_ time: Double, _ count: Int) {
        var sensor = Sensor()
        sensor.see(request, at: 0)
        let echoes = sensor.advance(to: time).echoes
        #expect(echoes.count == count)
        #expect(echoes.allSatisfy { $0.time == at(10) && $0.reply == nil && $0.request?.number == 1 })
    }

    @Test func `a request that an error answered does not time out as well`() {
        var sensor = Sensor()
        sensor.see(request, at: 0)
        sensor.see(icmpError(3, 1, from: .node, to: .client, quotes: request), at: 3)
        #expect(sensor.advance(to: 60).echoes.isEmpty)
    }

    /// RFC 792: the gateway that redirects forwards the datagram nevertheless.
    @Test func `a redirect is no answer`() {
        var sensor = Sensor()
        sensor.see(request, at: 0)
        sensor.see(icmpError(5, 1, rest: theVIP.rawValue, from: .node, to: .client, quotes: request), at: 0.001)
        let echoes = sensor.advance(to: 60).echoes
        #expect(echoes.count == 1)
    }

    @Test func `a copy on its way to the next hop is no second request`() {
        var sensor = Sensor()
        let datagram = Datagram(.client, Self.server, id: 9)
        let payload = icmp(8, 0, 77 << 16 | 1)
        sensor.see(datagram.frame(1, payload), at: 0)
        sensor.see(datagram.forwarded(from: Host.node.mac, to: Host.second.mac).frame(1, payload), at: 0.0001)
        #expect(sensor.advance(to: 20).echoes.count == 1)
        #expect(sensor.correlators.counters.hops == 1)
    }

    @Test func `echoes of nobody's interest, other types and fragments are left alone`() {
        var sensor = Sensor()
        var fragment = Datagram(.client, Self.server)
        fragment.moreFragments = true
        sensor.see(ping(.client, .other), at: 0)
        sensor.see(pong(.other, .client), at: 0.1)
        sensor.see(Datagram(.client, Self.server).frame(1, icmp(13, 0, 0)), at: 0.2)
        sensor.see(fragment.frame(1, icmp(8, 0, 77 << 16 | 3)), at: 0.3)
        #expect(sensor.advance(to: 60).isEmpty && sensor.events.isEmpty)
    }

    @Test func `too many echoes drop the oldest, and are counted`() {
        var limits = Limits()
        limits.echoes = 2
        var sensor = Sensor(.test, limits)
        for sequence in 1...3 { sensor.see(ping(.client, Self.server, sequence: UInt16(sequence)), at: Double(sequence)) }
        #expect(sensor.advance(to: 60).echoes.map(\.sequence) == [2, 3])
        #expect(sensor.correlators.counters.evictedOthers == 1)
    }
}
