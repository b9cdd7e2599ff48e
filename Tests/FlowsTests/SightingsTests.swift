import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Who is sighted, how often, and at what cost.
struct SightingsTests {
    private func talk(_ port: UInt16, sourcePort: UInt16 = 40_000) -> Talk {
        var talk = Talk(.node, port: port, sourcePort: sourcePort)
        talk.server = .second
        return talk
    }

    @Test(arguments: [(15_008, Sighting.Kind.mesh), (7844, .tunnel)] as [(UInt16, Sighting.Kind)])
    func `one fact for the first packet, one for its answer, and then silence for a while`(_ port: UInt16, _ kind: Sighting.Kind) throws {
        var sensor = Sensor()
        sensor.see(talk(port).syn, at: 1)
        sensor.see(talk(port).synACK, at: 1.1)
        sensor.see(talk(port, sourcePort: 40_001).syn, at: 2)
        sensor.see(talk(port, sourcePort: 40_001).synACK, at: 2.1)
        #expect(sensor.events.sightings.map(\.kind) == [kind, kind])
        #expect(sensor.events.sightings.map(\.answer?.number) == [nil, 2])
        sensor.see(talk(port, sourcePort: 40_002).syn, at: 301 + tick)
        #expect(sensor.events.sightings.count == 3)
        #expect(sensor.events.count == 3, "nobody asked about the connections")
    }

    @Test func `the next try takes the place of one without an answer, and an answer to something else is none`() {
        var sensor = Sensor()
        var late = talk(15_008, sourcePort: 40_001)
        late.isn = 77
        sensor.see(talk(15_008).syn, at: 1)
        sensor.see(late.syn, at: 2)
        sensor.see(talk(15_008).synACK, at: 2.05)
        #expect(sensor.events.sightings.count == 1)
        sensor.see(late.synACK, at: 2.1)
        #expect(sensor.events.sightings.map(\.first.number) == [1, 2] && sensor.events.sightings.last?.client.port.rawValue == 40_001)
    }

    @Test func `the table is bounded`() {
        var limits = Limits()
        limits.sightings = 4
        var sensor = Sensor(.test, limits)
        for index in 0..<100 as Range<UInt16> {
            var talk = Talk(Host(0x0200_0000_0000 | UInt64(index), "10.3.0.\(index + 1)"), port: 15_008)
            talk.server = .second
            sensor.see(talk.syn, at: 1)
        }
        #expect(sensor.events.sightings.count == 100 && sensor.correlators.counters.evictedOthers == 96)
    }

    @Test func `ordinary connections, and WireGuard's data, are no sightings`() {
        var sensor = Sensor()
        sensor.see(talk(443).syn, at: 1)
        sensor.see(talk(443).synACK, at: 1.1)
        let data: [UInt8] = [4, 0, 0, 0, 9, 9, 9, 9] + [UInt8](repeating: 0, count: 140)
        sensor.see(Datagram(.client, .other).frame(17, udp(51_820, 51_820, data)), at: 2)
        sensor.see(Datagram(.client, .other).frame(17, udp(51_820, 51_820, [UInt8](repeating: 1, count: 148))), at: 3)
        #expect(sensor.events.isEmpty)
    }

    @Test(arguments: [
        ("198.51.100.7", true), ("10.0.0.1", false), ("127.0.0.1", false), ("0.0.0.0", false), ("224.0.0.1", false), ("100.64.0.1", false),
        ("2001:db8::1", true), ("fd00::1", false), ("fe80::1", false), ("ff02::1", false), ("::1", false),
    ])
    func `addresses of the Internet`(_ text: String, _ isGlobal: Bool) throws {
        #expect(try #require(IPAddress(text)).isGlobal == isGlobal)
    }
}

extension [FlowEvent] {
    fileprivate var sightings: [Sighting] { compactMap { if case .sighting(let event) = $0 { event } else { nil } } }
}
