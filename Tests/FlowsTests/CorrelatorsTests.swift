import LAN
@testable import Flows
import Site
import Testing
import Wire

struct CorrelatorsTests {
    private static let service = Host(Host.node.mac.rawValue, theVIP.description)

    private static var site: Site {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        return site
    }

    /// ARP at 1.3 s after its third request, TCP 4 s, DNS 5 s, echo 10 s after the last packet, and the attempt that ARP and TCP are 15 s after
    /// the last of these facts.
    private func silent(_ sensor: inout Sensor) {
        sensor.see(ping(.client, Self.service), at: 0)
        sensor.see(Talk().syn, at: 6)
        sensor.see(Lookup("grafana.laurivan.com").query, at: 6.5)
        sensor.see(Talk().syn, at: 7)
        for second in [7.5, 8.5, 9.5] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
    }

    /// The names of the cases, and for a connection its change.
    private func kinds(_ events: [FlowEvent]) -> [String] {
        events.map { event in
            if case .tcp(_, let change) = event { return change.rawValue }
            return Mirror(reflecting: event).children.first?.label ?? "\(event)"
        }
    }

    @Test func `deadlines come before the packet that let them pass, in order across correlators`() {
        var sensor = Sensor(Self.site)
        silent(&sensor)
        let events = sensor.see(Talk(sourcePort: 9).synACK, at: 30)
        #expect(kinds(events) == ["echo", "unanswered", "fellSilent", "dns", "attempt"])
        #expect(events.map(\.time) == [at(10), at(10.8), at(11), at(11.5), at(26)])
    }

    @Test func `all events are in the order of their times, whatever the steps of time`() {
        for step in [0.1, 1, 7, 1000] {
            var sensor = Sensor(Self.site)
            silent(&sensor)
            var time = 9.5
            while time < 300 {
                time += step
                sensor.advance(to: time)
            }
            #expect(zip(sensor.events, sensor.events.dropFirst()).allSatisfy { $0.time <= $1.time })
            #expect(kinds(sensor.events) == ["synRetransmitted", "echo", "unanswered", "fellSilent", "dns", "attempt", "ended"])
        }
    }

    @Test func `the hash key changes no event`() {
        func events(_ hashKey: UInt64) -> [String] {
            var correlators = Correlators(site: Self.site, everything: false, hashKey: hashKey)
            var events: [FlowEvent] = []
            for (index, frame) in [Talk().syn, Talk(sourcePort: 2).syn, whoHas(theVIP, asks: .client), Lookup("a.laurivan.com").query]
                .enumerated()
            {
                let packet = Dissector().dissect(
                    frame.span, linkType: .ethernet, frame: FrameReference(number: UInt64(index + 1), time: at(Double(index))),
                    originalLength: frame.count)
                correlators.observe(packet, in: frame.span, into: &events)
            }
            while correlators.finish(at: at(1000), into: &events) {}
            return events.map { "\($0)" }
        }
        #expect(events(1) == events(2))
    }

    @Test func `a packet whose time steps back is observed all the same`() {
        var sensor = Sensor(Self.site)
        sensor.see(Talk().syn, at: 100)
        sensor.see(Talk().synACK, at: 99.5)
        #expect(sensor.see(Talk().ack, at: 99.6).changes == [.established])
        sensor.see(whoHas(theVIP, asks: .client), at: 50)
        sensor.see(whoHas(theVIP, asks: .client), at: 51)
        #expect(sensor.advance(to: 50).isEmpty, "time that steps back lets nothing expire")
    }

    @Test func `at the end deadlines that have passed come first, then what is cut off`() {
        var sensor = Sensor(Self.site)
        silent(&sensor)
        let events = sensor.finish(at: 10.9)
        #expect(kinds(events) == ["echo", "unanswered", "ended", "dns", "attempt"])
        #expect(events.map(\.time) == [at(10), at(10.8), at(10.9), at(10.9), at(10.9)])
    }

    @Test func `a deadline at the very end has passed`() {
        var sensor = Sensor(Self.site)
        for second in [0.0, 1, 2] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
        #expect(sensor.finish(at: 3.3).unanswered.map(\.isCut) == [false])
    }

    @Test func `an echo that waits at the end is told as it stands`() {
        var sensor = Sensor(Self.site)
        sensor.see(ping(.client, Self.service), at: 0)
        let echoes = sensor.finish(at: 5).echoes
        #expect(echoes.count == 1)
    }

    @Test func `an empty capture ends without a word`() {
        var sensor = Sensor(Self.site)
        #expect(sensor.advance(to: 5).isEmpty)
        #expect(sensor.finish(at: 10).isEmpty)
        #expect(
            sensor.correlators.counters
                == Correlators.Counters(
                    duplicates: 0, hops: 0, evictedConnections: 0, evictedQueries: 0, evictedOthers: 0, evictedQUICAttempts: 0,
                    floodedConnections: 0))
    }

    @Test func `frames that do not decode are counted by layer and kind`() {
        var sensor = Sensor(Self.site)
        sensor.see([1, 2, 3], at: 0)
        sensor.see(Array(Talk().syn.prefix(40)), at: 1)
        sensor.see(Array(Talk().syn.prefix(40)), at: 2, originalLength: 54)
        sensor.see(Array(whoHas(theVIP, asks: .client).prefix(30)), at: 3)
        let entries = sensor.correlators.anomalies.entries
        #expect(
            entries == [
                AnomalyCounts.Entry(layer: .link, kind: .truncated, count: 1), AnomalyCounts.Entry(layer: .arp, kind: .truncated, count: 1),
                AnomalyCounts.Entry(layer: .tcp, kind: .truncated, count: 1),
                AnomalyCounts.Entry(layer: .tcp, kind: .cutByCapture, count: 1),
            ])
        #expect(sensor.correlators.anomalies.total == 4)
        #expect(sensor.events.isEmpty)
    }

    @Test func `fragments and other protocols bring nothing about, and stop nothing`() {
        var sensor = Sensor(Self.site)
        var later = Datagram(.client, Self.service)
        later.offset = 1480
        var six = Datagram(.client, Self.service)
        (six.source, six.destination) = (.v6(v6("fd00::1")), .v6(v6("fd00::2")))
        for frame in [
            later.frame(17, [1, 2]), later.frame(6, Talk().fromClient(.syn)), Datagram(.client, Self.service).frame(50, [1]),
            six.frame(58, icmp(143, 0, 0)),
        ] {
            sensor.see(frame, at: Double(sensor.frames))
        }
        sensor.see(ethernet(from: Host.client.mac, to: .broadcast, 0x88cc, [1]), at: 10)
        #expect(sensor.finish(at: 100).isEmpty && sensor.events.isEmpty)
        #expect(sensor.correlators.anomalies.total == 0)
    }

    @Test func `counters say what was given up`() {
        var limits = Limits()
        limits.connections = 1
        limits.queries = 1
        limits.askers = 1
        var sensor = Sensor(Self.site, limits)
        for port in [UInt16(1), 2] { sensor.see(Talk(sourcePort: port).syn, at: Double(port)) }
        for name in ["a.laurivan.com", "b.laurivan.com"] { sensor.see(Lookup(name).query, at: 3) }
        for host in [Host.client, .other] { sensor.see(whoHas(theVIP, asks: host), at: 4) }
        let counters = sensor.correlators.counters
        #expect(counters.evictedConnections == 1 && counters.evictedQueries == 1 && counters.evictedOthers == 1)
    }
}
