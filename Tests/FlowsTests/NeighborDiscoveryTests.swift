import LAN
import Flows
import Site
import Testing
import Wire

/// Neighbor Discovery (RFC 4861) brings about what ARP does.
struct NeighborDiscoveryTests {
    private let a = Host.node.mac
    private let b = Host.second.mac
    private let asker = (client6, Host.client.mac)

    private static var site: Site {
        var site = Site()
        site.vips = [VIP(address: .v6(theVIP6))]
        return site
    }

    private var question: [UInt8] { solicitation(theVIP6, asks: client6, Host.client.mac) }

    @Test func `an answer claims, and is joined to its question`() throws {
        var sensor = Sensor(Self.site)
        #expect(sensor.see(question, at: 0).isEmpty)
        let claim = try #require(sensor.see(advertisement(theVIP6, a, tells: asker), at: 0.001).claims.first)
        #expect(claim.means == .neighborAdvertisement && claim.means.isAnswer && claim.overrides)
        #expect(claim.station.mac == a && claim.request?.number == 1)
        #expect(claim.asker == Station(mac: Host.client.mac, address: .v6(client6)))
        #expect(sensor.events.announcements.map(\.action) == [.first])
        #expect(sensor.advance(to: 60).isEmpty, "it was answered")
    }

    @Test func `the override flag is kept`() {
        var sensor = Sensor(Self.site)
        #expect(sensor.see(advertisement(theVIP6, a, tells: asker, overrides: false), at: 0).claims.map(\.overrides) == [false])
    }

    @Test func `an unsolicited advertisement moves the address`() throws {
        var sensor = Sensor(Self.site)
        sensor.see(advertisement(theVIP6, a, tells: asker), at: 0)
        let events = sensor.see(advertisement(theVIP6, b), at: 5)
        #expect(events.claims.map(\.means) == [.unsolicitedAdvertisement])
        #expect(events.claims.first?.means.isGratuitous == true && events.claims.first?.asker == nil)
        let move = try #require(events.announcements.first)
        #expect(move.action == .moved && move.previous?.station.mac == a)
    }

    @Test func `who asks from the address claims it`() {
        var sensor = Sensor(Self.site)
        let events = sensor.see(solicitation(client6, asks: theVIP6, b), at: 0)
        #expect(events.claims.map(\.means) == [.neighborSolicitation] && events.claims.first?.station.mac == b)
    }

    @Test func `two answers to one question are a conflict`() throws {
        var sensor = Sensor(Self.site)
        sensor.see(question, at: 0)
        sensor.see(advertisement(theVIP6, a, tells: asker), at: 0.001)
        let conflict = try #require(sensor.see(advertisement(theVIP6, b, tells: asker), at: 0.002).conflicts.first)
        #expect(conflict.isSameRequest && conflict.first.station.mac == a && conflict.second.station.mac == b)
    }

    /// RFC 4861 §7.2.7: every station that has an anycast address answers, and none asks caches to let go of another's answer.
    @Test(arguments: [(false, false, false), (true, false, true), (false, true, true)])
    func `stations with an anycast address are no rivals`(_ one: Bool, _ other: Bool, _ isConflict: Bool) {
        var sensor = Sensor(Self.site)
        sensor.see(question, at: 0)
        sensor.see(advertisement(theVIP6, a, tells: asker, overrides: one), at: 0.001)
        sensor.see(advertisement(theVIP6, b, tells: asker, overrides: other), at: 0.002)
        #expect(sensor.events.conflicts.isEmpty != isConflict)
        // By turns, too: each the first to answer a question of its own.
        var turns = Sensor(Self.site)
        for second in 0..<6 {
            turns.see(question, at: Double(second) * 3)
            let isFirst = second.isMultiple(of: 2)
            turns.see(
                advertisement(theVIP6, isFirst ? a : b, tells: asker, overrides: isFirst ? one : other), at: Double(second) * 3 + 0.001)
        }
        #expect(turns.events.conflicts.isEmpty != isConflict)
        if !isConflict { #expect(turns.events.announcements.map(\.action) == [.first], "nor does the address move") }
    }

    /// RFC 4861 §10: RETRANS_TIMER is 1 s, MAX_MULTICAST_SOLICIT 3.
    @Test func `three questions in a row without an answer`() throws {
        var sensor = Sensor(Self.site)
        for second in [0.0, 1.0065, 2.026] { sensor.see(question, at: second) }
        let run = try #require(sensor.advance(to: 10).unanswered.first)
        #expect(run.address == .v6(theVIP6) && run.count == 3 && run.basis == .retransmission)
        #expect(run.asker.station == Station(mac: Host.client.mac, address: .v6(client6)))
        #expect(run.requests.map(\.number) == [1, 2, 3])
    }

    @Test func `probes for duplicates, cache tests and forwarded messages are no questions`() {
        var sensor = Sensor(Self.site)
        for second in [0.0, 1, 2] {
            sensor.see(solicitation(theVIP6, asks: .unspecified, a), at: second)
            sensor.see(solicitation(theVIP6, asks: client6, Host.client.mac, to: a), at: second + 0.1)
            sensor.see(solicitation(theVIP6, asks: client6, Host.client.mac, hopLimit: 254), at: second + 0.2)
        }
        #expect(sensor.advance(to: 60).isEmpty && sensor.events.isEmpty)
    }

    @Test func `others' discovery brings nothing about`() {
        var sensor = Sensor(Self.site)
        sensor.see(solicitation(v6("fd00:10::1"), asks: client6, Host.client.mac), at: 0)
        sensor.see(advertisement(v6("fd00:10::1"), Host.router.mac, tells: asker), at: 0.001)
        #expect(sensor.finish(at: 60).isEmpty && sensor.events.isEmpty)
    }

    @Test func `a cut message is an anomaly`() {
        var sensor = Sensor(Self.site)
        sensor.see(Array(question.prefix(14 + 40 + 20)), at: 0)
        #expect(sensor.correlators.anomalies.total == 1)
    }

    // MARK: ICMPv6

    @Test func `an echo and its reply are joined`() throws {
        var sensor = Sensor(Self.site)
        sensor.see(ping6(), at: 0)
        let exchange = try #require(sensor.see(ping6(129, from: theVIP6, to: client6), at: 0.25).echoes.first)
        #expect(exchange.isIPv6 && exchange.request?.number == 1 && exchange.reply?.number == 2)
        #expect(sensor.see(ping6(sequence: 2), at: 1).isEmpty)
        #expect(sensor.advance(to: 60).echoes.map(\.sequence) == [2])
    }

    @Test func `an error is joined to the echo request that it quotes`() throws {
        var sensor = Sensor(Self.site)
        sensor.see(ping6(), at: 0)
        let error = try #require(sensor.see(icmpError6(1, 3, from: v6("fd00:10::147"), quotes: ping6()), at: 3).icmpErrors.first)
        #expect(error.message.isIPv6 && error.message.meaning == .hostUnreachable && error.message.name == "address unreachable")
        #expect(error.quotedFrame?.number == 1)
        #expect(sensor.advance(to: 60).echoes.isEmpty)
    }

    /// Code 4 is port unreachable here and fragmentation needed in ICMPv4.
    @Test(arguments: [(1, 4, true), (1, 1, true), (4, 1, true), (2, 0, false), (3, 0, false)] as [(UInt8, UInt8, Bool)])
    func `an error about a SYN rejects it, unless its size or its way was the matter`(_ type: UInt8, _ code: UInt8, _ rejects: Bool) throws
    {
        var sensor = Sensor(Self.site)
        let syn = datagram6(client6, theVIP6, from: Host.client.mac, to: a, hopLimit: 64).frame(6, Talk().fromClient(.syn, sequence: 1000))
        sensor.see(syn, at: 0)
        let events = sensor.see(icmpError6(type, code, rest: 1280, from: theVIP6, quotes: syn), at: 0.01)
        let error = try #require(events.icmpErrors.first)
        #expect(error.quotesSYN && error.quotedFrame?.number == 1)
        #expect(error.message.nextHopMTU == (type == 2 ? 1280 : nil))
        #expect(events.connections.map(\.outcome) == (rejects ? [.rejected] : []))
    }

    @Test func `errors about segments of one length are not copies of each other`() {
        var sensor = Sensor(Self.site)
        for sequence in [1000, 2428] as [UInt32] {
            let segment = Talk().fromServer(.ack, sequence: sequence, payload: [UInt8](repeating: 0x78, count: 1428))
            let frame = datagram6(theVIP6, client6, from: a, to: Host.client.mac, hopLimit: 64).frame(6, segment)
            sensor.see(icmpError6(2, 0, rest: 1280, from: v6("fd00:10::1"), quotes: frame), at: 0.00001 * Double(sequence))
        }
        #expect(sensor.events.icmpErrors.count == 2 && sensor.correlators.counters.duplicates == 0)
    }
}
