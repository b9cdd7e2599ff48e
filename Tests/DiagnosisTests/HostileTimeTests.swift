import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Time stamps come from files, and files say anything: nothing may trap, and everything must end.
struct HostileTimeTests {
    /// Frames at these times, to the end of the capture.
    private static func run(_ frames: [([UInt8], Timestamp)]) -> Bench {
        var sensor = Sensor(.home)
        var bench = Bench(.home)
        for (octets, time) in frames { bench.consider(sensor.see(octets, at: time)) }
        let end = frames.map(\.1).max() ?? at(0)
        bench.consider(sensor.finish(at: end))
        bench.finish(at: Double(end.nanoseconds) / 1e9 * 0.999)
        return bench
    }

    @Test func `the longest time between a fault and its end does not trap`() async {
        await #expect(processExitsWith: .success) {
            var frames = [1.0, 2, 3, 4].map { (whoHas(theVIP, asks: .client), at($0 - 1)) }
            frames.append((isAt(theVIP, Host.node.mac, tells: .client), .distantFuture))
            _ = Self.run(frames)
        }
    }

    /// The lanes keep the other connection's late touch, so that the step back in time expires nothing.
    @Test func `a handshake that begins before time and ends after it does not trap`() async {
        await #expect(processExitsWith: .success) {
            let other = Talk(sourcePort: 9)
            _ = Self.run([
                (other.syn, .distantFuture), (Talk().syn, .distantPast), (Talk().synACK, .distantFuture), (Talk().ack, .distantFuture),
            ])
        }
    }

    @Test func `a query at the end of time is told, and the capture ends`() {
        let bench = Self.run([(Lookup("grafana.laurivan.com").query, .distantFuture)])
        #expect(bench.findings.isEmpty)
    }

    @Test func `connections, requests and pings at the end of time end`() {
        let frames = [Talk().syn, whoHas(theVIP, asks: .client), ping(.client, Facts.service), gratuitousRequest(theVIP, Host.node.mac)]
        #expect(Self.run(frames.map { ($0, .distantFuture) }).findings.isEmpty)
        #expect(Self.run(frames.map { ($0, .distantPast) }).findings.isEmpty)
    }
}
