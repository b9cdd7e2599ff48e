import LAN
@testable import Flows
import Testing
import Wire

/// What becomes of a connection's data: retransmissions, sizes, windows, pauses, ends.
struct ConnectionDataTests {
    private let talk = Talk()

    /// A segment with numbers relative to both sides' SYNs.
    private func segment(
        _ isClient: Bool, _ flags: TCPHeader.Flags = [.ack], at offset: UInt32 = 1, acknowledging: UInt32 = 1, count: Int = 0,
        window: UInt16 = 500, options: [UInt8] = [], talk: Talk? = nil
    ) -> [UInt8] {
        let talk = talk ?? self.talk
        let (own, other) = isClient ? (talk.isn, talk.serverISN) : (talk.serverISN, talk.isn)
        let ports = isClient ? (talk.sourcePort, talk.port) : (talk.port, talk.sourcePort)
        let acknowledgment = flags.contains(.ack) ? other &+ acknowledging : 0
        let header =
            big16(ports.0) + big16(ports.1) + big32(own &+ offset) + big32(acknowledgment)
            + [UInt8((20 + options.count) / 4) << 4, UInt8(flags.rawValue)] + big16(window) + [0, 0, 0, 0] + options
        return (isClient ? talk.out() : talk.back()).frame(6, header + [UInt8](repeating: 7, count: count))
    }

    private func established(_ talk: Talk? = nil) -> Sensor {
        var sensor = Sensor()
        sensor.see(segment(true, .syn, at: 0, talk: talk), at: 0)
        sensor.see(segment(false, [.syn, .ack], at: 0, talk: talk), at: 0.01)
        sensor.see(segment(true, talk: talk), at: 0.02)
        return sensor
    }

    private func traffic(_ sensor: inout Sensor) throws -> TCPTraffic {
        let time = Double(sensor.frames) + 100
        let connection = try #require((sensor.events + sensor.finish(at: time)).connections.last)
        return try #require(connection.traffic)
    }

    @Test func `octets sent again are retransmissions, by the side that sends them`() throws {
        var sensor = established()
        for second in [1.0, 1.2, 1.6] { sensor.see(segment(true, at: 1, count: 100), at: second) }
        sensor.see(segment(false, at: 1, acknowledging: 101, count: 10), at: 2)
        sensor.see(segment(false, at: 1, acknowledging: 101, count: 20), at: 3)
        let traffic = try traffic(&sensor)
        #expect(traffic.originator.retransmissions == 2 && traffic.originator.mostInARow == 2)
        #expect(traffic.responder.retransmissions == 1, "it overlaps, though it says more")
        #expect(traffic.retransmissions == 3)
        #expect(traffic.originator.firstData?.number == 4 && traffic.originator.lastData?.number == 6)
        #expect(traffic.responder.firstData?.number == 7 && traffic.responder.lastData?.number == 8)
        #expect(traffic.originator.largestPayload == 100 && traffic.responder.largestPayload == 20)
    }

    /// RFC 9293 §3.4: sequence numbers are compared modulo 2^32.
    @Test func `sequence numbers wrap around`() throws {
        var high = talk
        high.isn = .max - 100
        var sensor = established(high)
        for (index, offset) in stride(from: UInt32(1), to: 401, by: 100).enumerated() {
            sensor.see(segment(true, at: offset, count: 100, talk: high), at: 1 + Double(index) / 100)
        }
        sensor.see(segment(true, at: 1, count: 100, talk: high), at: 2)
        #expect(try traffic(&sensor).originator.retransmissions == 1)
    }

    /// RFC 9293 §3.8.4: a keep-alive has the number before the next one, with an octet of garbage or none.
    @Test(arguments: [0, 1]) func `a keep-alive is no retransmission`(_ count: Int) throws {
        var sensor = established()
        sensor.see(segment(true, at: 1, count: 50), at: 1)
        sensor.see(segment(false, acknowledging: 51), at: 1.1)
        for second in [10.0, 20, 30] { sensor.see(segment(true, at: 50, count: count), at: second) }
        let traffic = try traffic(&sensor)
        #expect(traffic.originator.retransmissions == 0)
        #expect(traffic.originator.lastData?.number == 4)
        var lost = established()
        for second in [1.0, 1.3] { lost.see(segment(true, at: 1, count: 1), at: second) }
        #expect(try self.traffic(&lost).originator.retransmissions == 1, "an octet that was not acknowledged is sent again")
    }

    @Test func `what fills a gap of the capture is not judged, and judged again once it was acknowledged`() throws {
        var sensor = established()
        sensor.see(segment(true, at: 1, count: 100), at: 1)
        sensor.see(segment(true, at: 301, count: 100), at: 1.1)
        sensor.see(segment(true, at: 101, count: 100), at: 1.2)
        sensor.see(segment(true, at: 201, count: 100), at: 1.3)
        sensor.see(segment(false, acknowledging: 401), at: 1.4)
        sensor.see(segment(true, at: 201, count: 100), at: 1.5)
        #expect(try traffic(&sensor).originator.retransmissions == 1)
    }

    /// A path takes small packets and loses large ones without a word.
    @Test(arguments: [false, true]) func `a full-size segment that is lost while smaller ones arrive`(_ isAcknowledged: Bool) throws {
        var sensor = established()
        sensor.see(segment(false, at: 1, count: 200), at: 1)
        sensor.see(segment(true, acknowledging: 201), at: 1.01)
        sensor.see(segment(false, at: 201, count: 1448), at: 1.1)
        sensor.see(segment(false, at: 1649, count: 300), at: 1.1001)
        let sack: [UInt8] = [1, 1, 5, 10] + big32(talk.serverISN + 1649) + big32(talk.serverISN + 1949)
        sensor.see(segment(true, acknowledging: 201, options: sack), at: 1.2)
        for second in [1.4, 1.8, 2.6, 4.2] { sensor.see(segment(false, at: 201, count: 1448), at: second) }
        if isAcknowledged { sensor.see(segment(true, acknowledging: 1949), at: 5) }
        let traffic = try traffic(&sensor)
        #expect(traffic.responder.retransmissions == 4 && traffic.responder.mostInARow == 4)
        #expect(traffic.responder.isFullSizeUnacknowledged != isAcknowledged && traffic.responder.onlySmallerArrived != isAcknowledged)
        #expect(traffic.originator.reportedGap && !traffic.responder.reportedGap)
        #expect(!traffic.originator.isFullSizeUnacknowledged && !traffic.originator.onlySmallerArrived)
    }

    @Test func `a closed window, and probes of it`() throws {
        var sensor = established()
        sensor.see(segment(true, at: 1, count: 100), at: 1)
        sensor.see(segment(false, acknowledging: 101, window: 0), at: 1.1)
        for second in [2.0, 3, 5] { sensor.see(segment(true, at: 100, count: 1), at: second) }
        let traffic = try traffic(&sensor)
        #expect(traffic.responder.hadZeroWindow && !traffic.originator.hadZeroWindow)
        #expect(traffic.originator.retransmissions == 0)
    }

    @Test func `SYN and SYN-ACK say what their sides take`() throws {
        var sensor = Sensor()
        let options: [UInt8] = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]
        sensor.see(segment(true, .syn, at: 0, window: 64_240, options: options), at: 0)
        sensor.see(segment(false, [.syn, .ack], at: 0, window: 65_160, options: [2, 4, 0x02, 0x18]), at: 0.01)
        let connection = try #require(sensor.see(segment(true), at: 0.02).connections.first)
        #expect(
            connection.originatorOffer
                == TCPOffer(window: 64_240, maximumSegmentSize: 1460, windowScale: 7, sackPermitted: true, hasTimestamps: true))
        #expect(connection.responderOffer == TCPOffer(window: 65_160, maximumSegmentSize: 536))
    }

    @Test func `pauses before the last data and before the end`() throws {
        var sensor = established()
        sensor.see(segment(true, at: 1, count: 10), at: 1)
        sensor.see(segment(false, acknowledging: 11), at: 1.5)
        sensor.see(segment(true, at: 11, count: 10), at: 301.5)
        let ended = try #require(sensor.see(segment(false, [.rst, .ack], at: 1, acknowledging: 21), at: 302).connections.first)
        let traffic = try #require(ended.traffic)
        #expect(traffic.idleBeforeData == .seconds(300) && traffic.idleBeforeEnd == .milliseconds(500))
        #expect(traffic.isResetAfterData)
        var quiet = established()
        quiet.see(segment(true, at: 1, count: 10), at: 1)
        quiet.see(segment(false, acknowledging: 11, count: 5), at: 1.5)
        let reset = try #require(quiet.see(segment(false, [.rst, .ack], at: 6, acknowledging: 11), at: 61.5).connections.first?.traffic)
        #expect(!reset.isResetAfterData && reset.idleBeforeEnd == .seconds(60), "nobody had sent it anything")
    }

    @Test func `copies on their way to a next hop say who passes them on`() throws {
        var sensor = established()
        let payload = talk.fromClient([.psh, .ack], payload: [1, 2, 3])
        sensor.see(talk.out(id: 9).frame(6, payload), at: 1)
        sensor.see(talk.out(id: 9).forwarded(from: Host.node.mac, to: Host.second.mac).frame(6, payload), at: 1.0002)
        #expect(try traffic(&sensor).hops == [TCPTraffic.Hop(source: Host.node.mac, destination: Host.second.mac, fromOriginator: true)])
    }

    // MARK: Room

    /// The figure of Benchmarks/README.md: key, links and what stands in the pools.
    @Test func `a tracked connection takes no more than 256 octets`() {
        let record = FlowTable<FlowKey, ConnectionState>.octetsPerRecord
        #expect(record <= 160)
        #expect(record + MemoryLayout<ConnectionTraffic>.stride <= 256)
    }

    @Test func `pools give places back, and refuse more than their limit`() {
        var pool = SidePool<Int>(limit: 2)
        let (first, second) = (pool.add(10), pool.add(20))
        #expect(first == 1 && second == 2 && pool[first] == 10)
        #expect(pool.add(30) == 0 && pool.refusals == 1)
        pool.remove(first)
        pool.remove(0)
        #expect(pool.count == 1 && pool.add(40) == first && pool[first] == 40)
    }

    @Test func `trouble without room is counted, and the connection told without it`() throws {
        var limits = Limits()
        limits.troubledConnections = 1
        var sensor = Sensor(.test, limits)
        let other = Talk(sourcePort: 40_001)
        for (talk, time) in [(talk, 0.0), (other, 0.1), (talk, 1), (other, 1.1)] { sensor.see(talk.syn, at: time) }
        #expect(sensor.events.connections.map(\.synCount) == [2, 2])
        #expect(sensor.events.connections.map(\.syns.count) == [2, 1])
        #expect(sensor.correlators.counters.evictedOthers == 1)
    }

    @Test(arguments: [(0, 0), (1, 1), ((1 << 40) - (1 << 16) - 2, 1 << 55 - 1), (7, -1), (3, -(1 << 55))] as [(UInt64, Int64)])
    func `frames are kept by their distance`(_ number: UInt64, _ delay: Int64) throws {
        let first = FrameReference(number: 1000, time: Timestamp(nanoseconds: 1_700_000_000_000_000_000))
        let frame = FrameReference(number: 1000 + number, time: Timestamp(nanoseconds: first.time.nanoseconds + delay))
        #expect(try #require(FrameOffset(frame, from: first)).frame(from: first) == frame)
        let near = HandshakeOffset(frame, from: first).frame(from: first)
        #expect(number < 10 && abs(delay) < 10 ? near == frame : near == nil)
    }

    @Test func `a frame that stands before the first one keeps its number`() {
        let first = FrameReference(number: 1000, time: at(1))
        let frame = FrameReference(number: 998, time: at(1.00001))
        #expect(FrameOffset(frame, from: first)?.frame(from: first) == frame)
        #expect(HandshakeOffset(frame, from: first).frame(from: first) == frame)
    }

    @Test func `frames too far away are none`() {
        let first = FrameReference(number: 1, time: at(0))
        #expect(FrameOffset(FrameReference(number: 1 << 41, time: at(0)), from: first) == nil)
        #expect(FrameOffset(FrameReference(number: 2, time: .distantFuture), from: first) == nil)
        #expect(FrameOffset.none.frame(from: first) == nil && HandshakeOffset.none.frame(from: first) == nil)
    }

    @Test func `a connection that outlives its offsets is told and begun anew`() {
        var sensor = established()
        sensor.see(segment(true, at: 1, count: 10), at: Timestamp(nanoseconds: 1 << 56))
        #expect(sensor.events.changes.contains(.ended))
        #expect(sensor.finish(at: Timestamp(nanoseconds: 1 << 56)).connections.first?.handshake == .notSeen)
    }
}
