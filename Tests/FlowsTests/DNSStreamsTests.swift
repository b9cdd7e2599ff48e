import LAN
import Flows
import Testing
import Wire

/// DNS over TCP and in fragments.
struct DNSStreamsTests {
    private let lookup = Lookup("grafana.laurivan.com")
    private let message = Lookup("grafana.laurivan.com").message([.a(theVIP)])
    private var question: [UInt8] { Array(lookup.query.dropFirst(14 + 20 + 8)) }

    private func framed(_ message: [UInt8]) -> [UInt8] { big16(UInt16(message.count)) + message }

    private func client(_ flags: TCPHeader.Flags, _ sequence: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
        Datagram(lookup.client, lookup.server).frame(6, tcp(50_000, 53, flags, sequence: sequence, acknowledgment: 1, payload))
    }
    private func server(_ flags: TCPHeader.Flags, _ sequence: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
        Datagram(lookup.server, lookup.client).frame(6, tcp(53, 50_000, flags, sequence: sequence, acknowledgment: 1, payload))
    }

    private func connected(_ limits: Limits = Limits()) -> Sensor {
        var sensor = Sensor(.test, limits)
        sensor.see(client(.syn, 99), at: 0)
        sensor.see(server([.syn, .ack], 499), at: 0.001)
        return sensor
    }

    @Test func `a question and its answer, in segments as they come`() throws {
        var sensor = connected()
        let (query, answer) = (framed(question), framed(message))
        sensor.see(client(.ack, 100, Array(query.prefix(2))), at: 0.01)
        sensor.see(client(.ack, 102, Array(query.dropFirst(2))), at: 0.02)
        sensor.see(server(.ack, 530, Array(answer.dropFirst(30))), at: 0.04)
        let transaction = try #require(sensor.see(server(.ack, 500, Array(answer.prefix(30))), at: 0.05).dns.first)
        #expect(transaction.transport == .tcp)
        #expect(transaction.query?.number == 4 && transaction.response?.number == 6)
        #expect(transaction.namesVIP == .v4(theVIP))
        #expect(transaction.client == Endpoint(lookup.client.address, Port(rawValue: 50_000)))
        #expect(sensor.finish(at: 10).isEmpty)
    }

    /// Old resolvers ask from the port of DNS: then who began tells the client, over TCP, and the message itself over UDP.
    @Test(arguments: [(Host.client, Host.resolver), (.resolver, .client)])
    func `both ports may be that of DNS`(_ client: Host, _ server: Host) throws {
        var sensor = Sensor()
        func send(_ from: Host, _ to: Host, _ flags: TCPHeader.Flags, _ sequence: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
            Datagram(from, to).frame(6, tcp(53, 53, flags, sequence: sequence, acknowledgment: 1, payload))
        }
        sensor.see(send(client, server, .syn, 99), at: 0)
        sensor.see(send(server, client, [.syn, .ack], 499), at: 0.001)
        let (query, answer) = (framed(question), framed(message))
        sensor.see(send(client, server, .ack, 100, Array(query.prefix(20))), at: 0.01)
        sensor.see(send(server, client, .ack, 500, Array(answer.prefix(9))), at: 0.02)
        sensor.see(send(client, server, .ack, 120, Array(query.dropFirst(20))), at: 0.03)
        sensor.see(send(server, client, .ack, 509, Array(answer.dropFirst(9))), at: 0.04)
        let transaction = try #require(sensor.events.dns.first)
        #expect(transaction.client == Endpoint(client.address, .dns) && transaction.server == Endpoint(server.address, .dns))
        #expect(transaction.query?.number == 5 && transaction.response?.number == 6)
        let lookup = Lookup("grafana.laurivan.com", client: client, server: server, port: 53)
        sensor.see(lookup.query, at: 1)
        #expect(sensor.see(lookup.answer([.a(theVIP)]), at: 1.1).dns.map { $0.query?.number } == [7])
        #expect(sensor.correlators.anomalies.entries.isEmpty)
    }

    @Test(arguments: [(99, 4), (77, nil)] as [(UInt32, UInt64?)])
    func `the same SYN again begins nothing, and another one a connection`(_ sequence: UInt32, _ query: UInt64?) {
        var sensor = connected()
        let (asked, answer) = (framed(question), framed(message))
        sensor.see(client(.ack, 100, Array(asked.prefix(20))), at: 0.01)
        sensor.see(client(.ack, 120, Array(asked.dropFirst(20))), at: 0.02)
        sensor.see(server(.ack, 500, Array(answer.prefix(9))), at: 0.03)
        sensor.see(client(.syn, sequence), at: 0.04)
        sensor.see(server(.ack, 509, Array(answer.dropFirst(9))), at: 0.05)
        #expect(sensor.events.dns.map { $0.query?.number } == (query == nil ? [] : [query]))
    }

    @Test func `two messages in one segment are two transactions`() {
        var sensor = connected()
        let other = Lookup("photos.laurivan.com", id: 9)
        sensor.see(client(.ack, 100, framed(question) + framed(Array(other.query.dropFirst(42)))), at: 0.01)
        sensor.see(server(.ack, 500, framed(message) + framed(other.message([.a(otherVIP)]))), at: 0.02)
        #expect(sensor.events.dns.map(\.namesVIP) == [.v4(theVIP), .v4(otherVIP)])
        #expect(sensor.events.dns.allSatisfy { $0.query?.number == 3 })
    }

    @Test func `a truncated answer and the same question by TCP are two transactions`() {
        var sensor = connected()
        sensor.see(lookup.query, at: 0.002)
        var truncated = message
        truncated[2] |= 2
        sensor.see(lookup.frame(truncated), at: 0.003)
        sensor.see(client(.ack, 100, framed(question)), at: 0.01)
        sensor.see(server(.ack, 500, framed(message)), at: 0.02)
        #expect(sensor.events.dns.map(\.transport) == [.udp, .tcp])
        #expect(sensor.events.dns.map { $0.message.header.isTruncated } == [true, false])
        #expect(sensor.events.dns.allSatisfy { $0.query != nil })
    }

    @Test func `what is no DNS is an anomaly, and is read no further`() {
        var sensor = connected()
        sensor.see(client(.ack, 100, [0, 3, 1, 2, 3]), at: 0.01)
        #expect(sensor.correlators.anomalies.entries.map(\.layer) == [.dns])
        #expect(sensor.finish(at: 10).isEmpty)
    }

    @Test(arguments: [0, 1, 30]) func `what the capture cut was an answer all the same`(_ length: Int) {
        var sensor = Sensor(everything: true)
        sensor.see(client(.syn, 99), at: 0)
        sensor.see(server([.syn, .ack], 499), at: 0.001)
        let other = framed(Array(Lookup("photos.laurivan.com", id: 9).query.dropFirst(42)))
        sensor.see(client(.ack, 100, framed(question) + other), at: 0.01)
        let answer = server(.ack, 500, framed(message))
        sensor.see(Array(answer.prefix(54 + length)), at: 0.02, originalLength: answer.count)
        // What is asked then would be answered unread.
        sensor.see(client(.ack, 100 + UInt32(framed(question).count + other.count), framed(question)), at: 0.03)
        #expect(sensor.finish(at: 60).dns.isEmpty && sensor.events.dns.isEmpty)
        #expect(sensor.correlators.anomalies.entries.map(\.layer) == [.dns], "it is not passed over in silence")
    }

    @Test func `a stream met midway is not read`() {
        var sensor = Sensor()
        sensor.see(client(.ack, 100, framed(question)), at: 0)
        sensor.see(server(.ack, 500, framed(message)), at: 0.01)
        #expect(sensor.finish(at: 10).isEmpty && sensor.events.isEmpty)
    }

    @Test func `streams and what they keep are bounded`() {
        var limits = Limits()
        limits.dnsStreams = 2
        limits.dnsStreamOctets = 300
        var sensor = Sensor(.test, limits)
        for port in 1...5 as ClosedRange<UInt16> {
            let datagram = Datagram(lookup.client, lookup.server)
            sensor.see(datagram.frame(6, tcp(port, 53, .syn, sequence: 0)), at: Double(port))
            sensor.see(
                datagram.frame(6, tcp(port, 53, .ack, sequence: 1, [4, 0] + [UInt8](repeating: 0, count: 200))), at: Double(port) + 0.1)
        }
        #expect(sensor.correlators.counters.evictedQueries >= 3)
    }

    @Test func `a stream between two messages is no query that had to go`() {
        var limits = Limits()
        limits.dnsStreams = 2
        var sensor = Sensor(.test, limits)
        for port in 1...5 as ClosedRange<UInt16> {
            let datagram = Datagram(lookup.client, lookup.server)
            sensor.see(datagram.frame(6, tcp(port, 53, .syn, sequence: 0)), at: Double(port))
            sensor.see(datagram.frame(6, tcp(port, 53, .ack, sequence: 1, framed(question))), at: Double(port) + 0.1)
        }
        #expect(sensor.correlators.counters.evictedQueries == 0 && sensor.correlators.counters.evictedOthers == 3)
    }

    // MARK: Fragments

    private func fragments(_ message: [UInt8], id: UInt16 = 7) -> [[UInt8]] {
        let whole = udp(53, lookup.port, message)
        let cut = whole.count / 16 * 8
        var first = Datagram(lookup.server, lookup.client, id: id)
        first.moreFragments = true
        var second = Datagram(lookup.server, lookup.client, id: id)
        second.offset = UInt16(cut)
        return [first.frame(17, Array(whole.prefix(cut))), second.frame(17, Array(whole.dropFirst(cut)))]
    }

    @Test func `an answer in two fragments is joined`() throws {
        var sensor = Sensor()
        sensor.see(lookup.query, at: 0)
        let parts = fragments(message)
        #expect(sensor.see(parts[0], at: 0.01).isEmpty)
        let transaction = try #require(sensor.see(parts[1], at: 0.011).dns.first)
        #expect(transaction.query?.number == 1 && transaction.response?.number == 3 && transaction.namesVIP == .v4(theVIP))
        #expect(sensor.finish(at: 60).isEmpty)
    }

    /// What other UDP sends in fragments must not cost an answer its place, and is no query that had to go.
    @Test func `an answer in fragments outlives a flood of other fragments`() {
        var sensor = Sensor(everything: true)
        sensor.see(lookup.query, at: 0)
        let parts = fragments(message)
        sensor.see(parts[0], at: 0.01)
        for number in 100..<4000 as Range<UInt16> {
            var later = Datagram(.other, Host.node, id: number)
            later.offset = 1480
            sensor.see(later.frame(17, [UInt8](repeating: 1, count: 1400)), at: 0.02 + Double(number) * 0.001)
        }
        #expect(sensor.see(parts[1], at: 4.5).dns.map { $0.query?.number } == [1])
        #expect(sensor.correlators.counters.evictedQueries == 0)
    }

    @Test func `the same identification may be of another datagram`() {
        var sensor = Sensor(everything: true)
        sensor.see(lookup.query, at: 0)
        var other = Datagram(lookup.server, lookup.client, id: 7)
        other.moreFragments = true
        sensor.see(other.frame(17, udp(2049, 700, [UInt8](repeating: 0, count: 24))), at: 0.1)
        for part in fragments(message) { sensor.see(part, at: 0.2) }
        #expect(sensor.events.dns.map { $0.query?.number } == [1])
    }

    @Test func `a mirror's copies of fragments are no second answer`() {
        var sensor = Sensor()
        sensor.see(lookup.query, at: 0)
        for part in fragments(message).flatMap({ [$0, $0] }) { sensor.see(part, at: 0.01 + Double(sensor.frames) * 0.0001) }
        #expect(sensor.finish(at: 60).isEmpty && sensor.events.dns.count == 1)
    }

    @Test func `later fragments of nobody's interest are left alone`() {
        var sensor = Sensor()
        sensor.see(fragments(message)[1], at: 0)
        sensor.see(fragments(message)[0], at: 0.1)
        #expect(sensor.finish(at: 60).isEmpty && sensor.events.isEmpty)
    }
}
