import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct RouteLoopRuleTests {
    private static let label = Label.vipRouteLoop

    /// One SYN, passed on from station to station, every 0.1 ms.
    private func pass(_ watch: inout Watch, _ stations: [Host], from second: Double = 1, id: UInt16 = 9, falls: Bool = true) {
        var datagram = Talk().out(id: id)
        for (index, (one, next)) in zip(stations, stations.dropFirst()).enumerated() {
            (datagram.from, datagram.to) = (one.mac, next.mac)
            if falls, index > 0 { datagram.ttl -= 1 }
            watch.see(datagram.frame(6, Talk().fromClient(.syn, sequence: 1000)), at: second + Double(index) / 10_000)
        }
    }

    private func finding(_ stations: [Host], falls: Bool = true) -> Finding? {
        var watch = Watch()
        pass(&watch, stations, falls: falls)
        return watch.finding(Self.label)
    }

    @Test func `three passes and a return prove it`() throws {
        let found = finding([.client, .router, .node, .router])
        let finding = try #require(found)
        #expect(finding.severity == .fault && finding.confidence == .proven && finding.frames == [1, 2, 3])
        #expect(finding.summary.contains("02:00:00:00:00:01 with TTL 64") && finding.summary.contains("with TTL 62"))
    }

    /// `loopPasses`, swept: three.
    @Test(arguments: [(2, false), (3, true), (4, true), (40, true)])
    func `two passes are a hop`(_ count: Int, _ isFound: Bool) {
        #expect(Thresholds().loopPasses == 3)
        let stations = [Host.client] + (0..<count).map { $0 % 2 == 0 ? Host.router : .node }
        #expect((finding(stations) != nil) == isFound)
    }

    @Test func `a mirror that shows each pass twice breaks no loop`() throws {
        var watch = Watch()
        var datagram = Talk().out(id: 9)
        for (index, pair) in [(Host.client, Host.router), (.router, .node), (.node, .router)].enumerated() {
            (datagram.from, datagram.to, datagram.ttl) = (pair.0.mac, pair.1.mac, 64 - UInt8(index))
            for copy in 0..<2 {
                let second = 1 + Double(index) / 10_000 + Double(copy) / 1_000_000
                watch.see(datagram.frame(6, Talk().fromClient(.syn, sequence: 1000)), at: second)
            }
        }
        let found = watch.finding(Self.label)
        let finding = try #require(found)
        #expect(finding.summary.contains("02:00:00:00:00:01 with TTL 64") && finding.summary.contains("with TTL 62"))
    }

    // MARK: Look-alikes

    @Test func `a chain of hops does not return, and a mirror's duplicates keep their TTL`() {
        #expect(finding([.client, .router, .node, .second]) == nil)
        #expect(finding([.client, .router, .node, .router], falls: false) == nil)
    }

    @Test func `three datagrams that are hopped once are no loop`() {
        var watch = Watch()
        for index in 0..<3 { pass(&watch, [.client, .node, .second], from: 1 + Double(index), id: UInt16(10 + index)) }
        #expect(watch.finding(Self.label) == nil)
    }

    @Test func `what goes to another address is another matter`() {
        var watch = Watch()
        var datagram = Datagram(.client, .authority, id: 7)
        for (index, pair) in [(Host.client, Host.router), (.router, .node), (.node, .router)].enumerated() {
            (datagram.from, datagram.to, datagram.ttl) = (pair.0.mac, pair.1.mac, 64 - UInt8(index))
            watch.see(datagram.frame(6, Talk().fromClient(.syn)), at: 1 + Double(index) / 10_000)
        }
        #expect(watch.finding(Self.label) == nil)
    }

    // MARK: Time exceeded

    private func exceeded(_ pairs: [(from: Host, client: Host)], quotesPing: Bool = false) -> Finding? {
        var watch = Watch()
        for (index, pair) in pairs.enumerated() {
            let quoted = quotesPing ? ping(pair.client, Facts.service) : Talk(pair.client).syn
            watch.see(icmpError(11, 0, from: pair.from, to: pair.client, quotes: quoted), at: 1 + Double(index))
        }
        return watch.finding(Self.label)
    }

    @Test func `errors of two stations about two clients' SYNs make it likely`() {
        let finding = exceeded([(.router, .client), (.node, .other)])
        #expect(finding?.confidence == .likely && finding?.frames == [1, 2])
    }

    @Test func `one station, one client, and pings are traceroute's`() {
        #expect(exceeded([(.router, .client), (.router, .other)]) == nil)
        #expect(exceeded([(.router, .client), (.node, .client), (.router, .client)]) == nil)
        #expect(exceeded([(.router, .client), (.node, .other)], quotesPing: true) == nil)
    }

    // MARK: Life

    @Test func `a handshake or an echo reply ends it`() {
        for isPing in [false, true] {
            var watch = Watch()
            pass(&watch, [.client, .router, .node, .router])
            let talk = Talk(sourcePort: 40_009)
            if isPing {
                watch.see(ping(.client, Facts.service), at: 5)
                watch.see(pong(Facts.service, .client), at: 5.001)
            } else {
                for (index, octets) in [talk.syn, talk.synACK, talk.ack].enumerated() { watch.see(octets, at: 5 + Double(index) / 1000) }
            }
            #expect(watch.finding(Self.label)?.state == .resolved)
        }
    }
}
