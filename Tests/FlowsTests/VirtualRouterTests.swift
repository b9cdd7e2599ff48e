import LAN
@testable import Flows
import Testing
import Wire

/// VRRP advertisements become claims (RFC 9568).
struct VirtualRouterTests {
    private func advertisement(_ host: Host, priority: UInt8 = 100, _ address: IPv4Address = theVIP) -> [UInt8] {
        let message: [UInt8] = [0x31, 51, priority, 1, 0, 100, 0, 0] + big32(address.rawValue)
        return Datagram(host, Host(0x0100_5e00_0012, "224.0.0.18"), ttl: 255).frame(112, message)
    }

    private func claims(_ events: [FlowEvent]) -> [Claim] {
        events.compactMap { if case .claim(let claim) = $0 { claim } else { nil } }
    }

    @Test func `the first advertisement is a claim, its repetitions are not`() {
        var sensor = Sensor()
        let claims = claims(sensor.see(advertisement(.node), at: 1))
        #expect(claims.map(\.means) == [.vrrp])
        #expect(claims.map(\.station) == [Station(mac: Host.node.mac, address: Host.node.address)])
        #expect(self.claims(sensor.see(advertisement(.node), at: 2)).isEmpty)
    }

    @Test func `another station's advertisement moves the address`() {
        var sensor = Sensor()
        sensor.see(advertisement(.node), at: 1)
        let events = sensor.see(advertisement(.second), at: 5)
        let announcements = events.compactMap { if case .announcement(let announcement) = $0 { announcement } else { nil } }
        #expect(announcements.map(\.action) == [.moved])
        #expect(announcements.first?.previous?.station.mac == Host.node.mac)
    }

    @Test func `an advertisement after a minute's silence counts again`() {
        var sensor = Sensor()
        sensor.see(advertisement(.node), at: 1)
        #expect(claims(sensor.see(advertisement(.node), at: 62)).count == 1)
    }

    @Test func `a resignation and an address that nobody watches are no claims`() {
        var sensor = Sensor()
        #expect(claims(sensor.see(advertisement(.node, priority: 0), at: 1)).isEmpty)
        #expect(claims(sensor.see(advertisement(.node, v4("10.0.0.99")), at: 2)).isEmpty)
    }
}
