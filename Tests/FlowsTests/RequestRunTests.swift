import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Requests that nobody answers, and what makes their silence mean something.
struct RequestRunTests {
    /// The same asker's broadcast requests at these times.
    private func asked(_ times: [Double], by asker: Host = .client, _ site: Site = .test) -> Sensor {
        var sensor = Sensor(site)
        for time in times { sensor.see(whoHas(theVIP, asks: asker), at: time) }
        return sensor
    }

    /// Pings between stations that have none in common: a mirror's view.
    private func showUnicast(_ sensor: inout Sensor, of host: Host = .client, at seconds: Double) {
        for (one, other) in [(host, Host.resolver), (.other, .router)] {
            sensor.see(ping(one, other), at: seconds)
            sensor.see(pong(other, one), at: seconds)
        }
    }

    // MARK: Retransmissions

    @Test func `three requests 1 s apart prove silence, told when the third had its time`() throws {
        var sensor = asked([0, 1, 2])
        #expect(sensor.advance(to: 3.3).isEmpty)
        let run = try #require(sensor.advance(to: 3.3 + tick).unanswered.first)
        #expect(run.basis == .retransmission && run.count == 3 && !run.isCut)
        #expect(run.requests.map(\.number) == [1, 2, 3])
        #expect(run.time == at(3.3))
        #expect(run.address == .v4(theVIP) && run.vlan == 0)
        #expect(run.asker.station == Station(mac: Host.client.mac, address: Host.client.address))
        #expect(run.announced == nil)
    }

    @Test func `a fourth request proves it at once, and each one more tells it again`() {
        var sensor = asked([0, 1, 2])
        let fourth = sensor.see(whoHas(theVIP, asks: .client), at: 3).unanswered
        #expect(fourth.map(\.count) == [3] && fourth.first?.time == at(3))
        let fifth = sensor.see(whoHas(theVIP, asks: .client), at: 4).unanswered
        #expect(fifth.map(\.count) == [4] && fifth.first?.requests.map(\.number) == [1, 2, 3])
        #expect(sensor.advance(to: 100).unanswered.map(\.count) == [5])
        #expect(sensor.finish(at: 101).isEmpty)
    }

    @Test func `two requests, or three of which one was answered, prove nothing`() {
        var two = asked([0, 1])
        #expect(two.advance(to: 100).isEmpty)
        var answered = asked([0, 1])
        answered.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.5)
        answered.see(whoHas(theVIP, asks: .client), at: 2)
        #expect(answered.advance(to: 100).isEmpty)
        var late = asked([0, 1, 2])
        late.see(isAt(theVIP, Host.node.mac, tells: .client), at: 2.5)
        #expect(late.advance(to: 100).isEmpty, "the third had its answer")
    }

    /// CATALOGUE: an ARP retransmission follows 0.9 to 1.3 s after the last one.
    @Test(arguments: [(0.9 - tick, false), (0.9, true), (1.0, true), (1.3, true), (1.3 + tick, false), (0.2, false), (3.0, false)])
    func `what is faster or slower is no retransmission`(_ gap: Double, _ isRun: Bool) {
        var sensor = asked([0, gap, 2 * gap])
        let runs = sensor.advance(to: 100).unanswered
        #expect(runs.isEmpty != isRun)
    }

    @Test func `an irregular request begins a new run`() {
        var sensor = asked([0, 1, 1.5, 2.5])
        #expect(sensor.advance(to: 100).isEmpty)
        var longer = asked([0, 1, 1.5, 2.5, 3.5])
        #expect(longer.advance(to: 100).unanswered.map { $0.requests.map(\.number) } == [[3, 4, 5]])
    }

    @Test func `askers and addresses have runs of their own`() {
        var sensor = Sensor()
        for (second, host) in [(0.0, Host.client), (1, .other), (2, .client)] { sensor.see(whoHas(theVIP, asks: host), at: second) }
        for second in [3.0, 4] { sensor.see(whoHas(otherVIP, asks: .client), at: second) }
        #expect(sensor.advance(to: 100).isEmpty)
    }

    @Test func `VLANs have runs of their own, and answers in another VLAN are none`() {
        var sensor = Sensor()
        for second in [0.0, 1, 2] { sensor.see(whoHas(theVIP, asks: .client, vlan: [20]), at: second) }
        sensor.see(isAt(theVIP, Host.node.mac, tells: .client, vlan: [10]), at: 2.1)
        #expect(sensor.advance(to: 100).unanswered.map(\.vlan) == [20 << 12])
    }

    @Test func `a gratuitous claim is no answer, and is told with the run`() {
        var sensor = asked([0, 1, 2])
        sensor.see(gratuitousRequest(theVIP, Host.node.mac), at: 2.5)
        let run = sensor.advance(to: 100).unanswered.first
        #expect(run?.announced?.frame.number == 4)
        #expect(run?.announced?.means == .gratuitousRequest)
    }

    @Test func `unicast requests, probes, announcements and reverse ARP are no questions to all`() {
        var sensor = Sensor()
        let reverse = ethernet(
            from: Host.client.mac, to: .broadcast, 0x0806, arp(3, sender: (Host.client.mac, .any), target: (Host.client.mac, theVIP)))
        for second in 0..<5 {
            sensor.see(whoHas(theVIP, asks: .client, to: Host.node.mac), at: Double(second))
            sensor.see(probe(theVIP, Host.other.mac), at: Double(second) + 0.01)
            sensor.see(gratuitousRequest(theVIP, Host.node.mac), at: Double(second) + 0.02)
            sensor.see(reverse, at: Double(second) + 0.03)
            sensor.see(whoHas(Host.router.ip, asks: .bystander), at: Double(second) + 0.04)
        }
        #expect(sensor.finish(at: 100).unanswered.isEmpty && sensor.events.unanswered.isEmpty)
    }

    @Test func `a unicast request does not continue a run`() {
        var sensor = asked([0, 1])
        sensor.see(whoHas(theVIP, asks: .client, to: Host.node.mac), at: 2)
        #expect(sensor.advance(to: 100).isEmpty)
    }

    @Test func `a reply that comes before the run is judged is an answer, even after a second`() {
        var sensor = asked([0, 1, 2])
        sensor.see(isAt(theVIP, Host.node.mac, tells: .client), at: 3.2)
        let runs = sensor.advance(to: 100).unanswered
        #expect(runs.isEmpty)
    }

    @Test(arguments: [(UInt16(1), 1), (4, 1), (0, 0), (3, 0)])
    func `in a cooked capture broadcasts count, and what the sensor's own host asks`(_ packetType: UInt16, _ runs: Int) {
        var sensor = Sensor()
        let request = arp(1, sender: (Host.client.mac, Host.client.ip), target: (.zero, theVIP))
        for second in [0.0, 1, 2] { sensor.see(cooked(packetType, from: Host.client.mac, 0x0806, request), at: second, .linuxCooked) }
        #expect(sensor.advance(to: 100).unanswered.count == runs)
    }

    // MARK: Visible unicast

    @Test func `two requests are enough where the asker's unicast is visible`() {
        var sensor = Sensor()
        showUnicast(&sensor, at: 0)
        for second in [4.0, 5] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
        let run = sensor.advance(to: 100).unanswered.first
        #expect(run?.basis == .visible && run?.count == 2 && run?.isCut == false)
        #expect(run?.time == at(6.3))
    }

    @Test func `a request that is not repeated was answered`() {
        var sensor = Sensor()
        showUnicast(&sensor, at: 0)
        sensor.see(whoHas(theVIP, asks: .client), at: 5)
        #expect(sensor.advance(to: 100).unanswered.isEmpty)
    }

    @Test func `an asker that sends to the address was answered`() {
        var sensor = Sensor()
        showUnicast(&sensor, at: 0)
        for second in [4.0, 5] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
        sensor.see(ping(.client, Host(Host.node.mac.rawValue, theVIP.description)), at: 5.5)
        #expect(sensor.advance(to: 100).unanswered.isEmpty)
    }

    @Test(arguments: [(10.0, 1), (10 + tick, 0)])
    func `visible means within 10 s before the request`(_ gap: Double, _ runs: Int) {
        var sensor = Sensor()
        showUnicast(&sensor, at: 0)
        for second in [gap - 1, gap] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
        #expect(sensor.advance(to: 100).unanswered.count == runs)
    }

    @Test func `a bystander's own exchange does not make the asker visible`() {
        var sensor = Sensor()
        for other in [Host.router, .client] {
            sensor.see(ping(.bystander, other), at: 0)
            sensor.see(pong(other, .bystander), at: 0)
        }
        for second in [1.0, 2] { sensor.see(whoHas(theVIP, asks: .client), at: second) }
        #expect(sensor.advance(to: 100).isEmpty)
        sensor.see(ping(.bystander, .router), at: 101)
        sensor.see(pong(.router, .bystander), at: 101)
        for second in [102.0, 103] { sensor.see(whoHas(theVIP, asks: .bystander), at: second) }
        #expect(sensor.advance(to: 200).unanswered.map(\.basis) == [.visible], "its own questions are another matter")
    }

    @Test func `a visible request that was answered is none`() {
        var sensor = Sensor()
        showUnicast(&sensor, at: 0)
        sensor.see(whoHas(theVIP, asks: .client), at: 1)
        sensor.see(isAt(theVIP, Host.node.mac, tells: .client), at: 1.001)
        #expect(sensor.advance(to: 100).unanswered.isEmpty)
    }

    // MARK: Ends, tables

    @Test func `what the end of the capture cuts off is marked`() {
        var three = asked([0, 1, 2])
        #expect(three.finish(at: 2.5).unanswered.map(\.isCut) == [true])
        var complete = asked([0, 1, 2])
        #expect(complete.finish(at: 3.3).unanswered.map(\.isCut) == [false])
        var two = asked([0, 1])
        #expect(two.finish(at: 1.5).unanswered.isEmpty, "and means nothing where it would have meant nothing")
        var visible = Sensor()
        showUnicast(&visible, at: 0)
        for second in [1.0, 2] { visible.see(whoHas(theVIP, asks: .client), at: second) }
        let run = visible.finish(at: 2.5).unanswered.first
        #expect(run?.isCut == true && run?.basis == .visible && run?.time == at(2.5))
    }

    @Test func `too many askers drop the oldest run`() {
        var limits = Limits()
        limits.askers = 1
        var sensor = Sensor(.test, limits)
        for second in [0.0, 1, 2] {
            sensor.see(whoHas(theVIP, asks: .client), at: second)
            sensor.see(whoHas(theVIP, asks: .other), at: second + 0.5)
        }
        #expect(sensor.advance(to: 100).isEmpty)
        #expect(sensor.correlators.counters.evictedOthers == 5)
    }
}
