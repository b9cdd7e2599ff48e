import LAN
@testable import Flows
import Site
import Testing
import Wire

/// What expires at one time, or waits at the end, is told in batches that no flood makes larger.
struct BatchTests {
    private static let service = Host(Host.node.mac.rawValue, theVIP.description)

    private func correlators(_ frames: [([UInt8], Double)]) -> Correlators {
        var site = Site.test
        site.dns.zones = [name("laurivan.com")]
        var limits = Limits()
        limits.failuresPerSecond = 1000
        var correlators = Correlators(site: site, everything: false, limits: limits)
        var events: [FlowEvent] = []
        for (index, (octets, time)) in frames.enumerated() {
            let reference = FrameReference(number: UInt64(index + 1), time: at(time))
            let packet = Dissector().dissect(octets.span, linkType: .ethernet, frame: reference, originalLength: octets.count)
            correlators.observe(packet, in: octets.span, into: &events)
        }
        return correlators
    }

    /// Calls until there is no more: the sizes of the batches, and all events.
    private func drain(_ correlators: inout Correlators, _ step: (inout Correlators, inout [FlowEvent]) -> Bool) -> (
        sizes: [Int], events: [FlowEvent]
    ) {
        var (sizes, all): ([Int], [FlowEvent]) = ([], [])
        var more = true
        while more, sizes.count < 1000 {
            var batch: [FlowEvent] = []
            more = step(&correlators, &batch)
            sizes.append(batch.count)
            all += batch
        }
        return (sizes, all)
    }

    private static let flood: [([UInt8], Double)] = (1...1000).flatMap { index -> [([UInt8], Double)] in
        let number = UInt16(index)
        return [
            (ping(.client, service, sequence: number), 0), (Lookup("a.laurivan.com", id: number).query, 5),
            (Talk(sourcePort: number).syn, 5),
            (Talk(sourcePort: number).syn, 6),
        ]
    }.sorted { $0.1 < $1.1 }

    @Test func `a flood that expires at once comes in batches, whole and in order`() {
        var correlators = correlators(Self.flood)
        let (sizes, events) = drain(&correlators) { $0.advance(to: at(200), into: &$1) }
        #expect(sizes.allSatisfy { $0 <= Correlators.batch } && sizes.count >= 12)
        #expect(events.echoes.count == 1000 && events.dns.count == 1000 && events.changes.count == 1000)
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(Set(events.dns.map(\.id)).count == 1000)
    }

    @Test func `so does what waits at the end`() {
        var correlators = correlators(Self.flood)
        let (sizes, events) = drain(&correlators) { $0.finish(at: at(6.5), into: &$1) }
        #expect(sizes.allSatisfy { $0 <= Correlators.batch })
        #expect(events.dns.count == 1000)
        #expect(events.connections.map(\.originator.port.rawValue) == (1...1000).map { UInt16($0) })
        #expect(events.changes.allSatisfy { $0 == .ended })
    }

    @Test func `so do runs of requests that wait at the end`() {
        let askers = (0..<1000).map { Host(0x0200_0001_0000 + UInt64($0), "10.1.\($0 / 250).\($0 % 250 + 1)") }
        var correlators = correlators([0.0, 1, 2].flatMap { time in askers.map { (whoHas(theVIP, asks: $0), time) } })
        let (sizes, events) = drain(&correlators) { $0.finish(at: at(2.5), into: &$1) }
        #expect(events.unanswered.count == 1000)
        #expect(sizes.allSatisfy { $0 <= Correlators.batch })
    }
}
