import LAN
@testable import Flows
import Site
import Testing
import Wire

/// Claims on watched addresses; `RequestRunTests` has the questions.
struct NeighboursTests {
    private let a = Host.node.mac
    private let b = Host.second.mac

    /// One claim a line: who, when, how.
    private func claims(_ claims: [(MACAddress, Double, Claim.Means)]) -> Sensor {
        var sensor = Sensor()
        for (mac, time, means) in claims {
            switch means {
            case .reply: sensor.see(isAt(theVIP, mac, tells: .client), at: time)
            case .request: sensor.see(whoHas(Host.router.ip, asks: Host(mac.rawValue, theVIP.description)), at: time)
            case .gratuitousRequest: sensor.see(gratuitousRequest(theVIP, mac), at: time)
            case .gratuitousReply: sensor.see(gratuitousReply(theVIP, mac), at: time)
            case .vrrp, .neighborAdvertisement, .unsolicitedAdvertisement, .neighborSolicitation:
                Issue.record("VirtualRouterTests and NeighborDiscoveryTests have these")
            }
        }
        return sensor
    }

    // MARK: Claims

    @Test func `every form of claim is one, and says how`() {
        var sensor = Sensor()
        let forms: [([UInt8], Claim.Means)] = [
            (isAt(theVIP, a, tells: .client), .reply),
            (gratuitousRequest(theVIP, a, target: .broadcast), .gratuitousRequest),
            (gratuitousRequest(theVIP, a, target: .zero), .gratuitousRequest),
            (gratuitousReply(theVIP, a), .gratuitousReply),
            (whoHas(Host.router.ip, asks: Host(a.rawValue, theVIP.description)), .request),
        ]
        for (index, (frame, means)) in forms.enumerated() {
            let claims = sensor.see(frame, at: Double(index)).claims
            #expect(claims.map(\.means) == [means])
            #expect(claims.first?.address == .v4(theVIP) && claims.first?.station.mac == a)
            #expect(claims.first?.frame.number == UInt64(index + 1))
        }
    }

    @Test func `probes, reverse ARP and other addresses are no claims`() {
        var sensor = Sensor()
        sensor.see(probe(theVIP, a), at: 0)
        for operation in [UInt16(3), 4] {
            sensor.see(
                ethernet(from: a, to: .broadcast, 0x0806, arp(operation, sender: (a, theVIP), target: (a, theVIP))), at: Double(operation))
        }
        sensor.see(isAt(Host.router.ip, Host.router.mac, tells: .client), at: 8)
        sensor.see(gratuitousRequest(Host.node.ip, a), at: 9)
        #expect(sensor.events.isEmpty)
        #expect(sensor.correlators.anomalies.total == 0)
    }

    @Test(arguments: [false, true]) func `what another station took to answer the same asker`(_ everything: Bool) {
        var sensor = Sensor(.test, everything: everything)
        let (router, vip) = (Host.router, Host(b.rawValue, theVIP.description))
        func exchange(_ start: Double) -> Claim.OtherExchange? {
            sensor.see(whoHas(theVIP, asks: .client), at: start)
            return sensor.see(isAt(theVIP, vip.mac, tells: .client), at: start + 0.2).claims.first?.otherExchange
        }
        #expect(exchange(1) == nil, "it asked for nobody else")
        sensor.see(whoHas(router.ip, asks: .other), at: 1.5)
        sensor.see(isAt(router.ip, router.mac, tells: .other), at: 1.6)
        sensor.see(isAt(router.ip, router.mac, tells: .client), at: 1.7)
        #expect(exchange(2) == nil, "another asked, and what answers no question is no answer")
        sensor.see(whoHas(router.ip, asks: .client), at: 3)
        sensor.see(isAt(router.ip, router.mac, tells: .client), at: 3.25)
        sensor.see(isAt(router.ip, router.mac, tells: .client), at: 3.5)
        let found = exchange(4)
        #expect(found?.station == router.mac && found?.request.time == at(3) && found?.reply.time == at(3.25), "the first answer")
        sensor.see(whoHas(Host.bystander.ip, asks: .client), at: 5)
        sensor.see(whoHas(Host.bystander.ip, asks: .client), at: 6)
        sensor.see(isAt(Host.bystander.ip, Host.bystander.mac, tells: .client), at: 6.1)
        #expect(exchange(7) == found, "asked again: which question it answers cannot be told")
        sensor.see(whoHas(Host.second.ip, asks: .client), at: 8)
        sensor.see(isAt(Host.second.ip, b, tells: .client), at: 8.1)
        #expect(exchange(9) == nil, "the announcer's own answer is as slow as it is")
    }

    @Test func `a reply names its asker and the request that it answers, within 1 point 3 s`() {
        for (gap, isAnswer) in [(0.0, true), (0.5, true), (1.3, true), (1.3 + tick, false)] {
            var sensor = Sensor()
            sensor.see(whoHas(theVIP, asks: .client), at: 1)
            let claim = sensor.see(isAt(theVIP, a, tells: .client), at: 1 + gap).claims.first
            #expect(claim?.asker == Station(mac: Host.client.mac, address: Host.client.address))
            #expect((claim?.request?.number == 1) == isAnswer)
        }
    }

    @Test func `a reply to another asker answers another question`() {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client), at: 0)
        #expect(sensor.see(isAt(theVIP, a, tells: .other), at: 0.1).claims.first?.request == nil)
    }

    @Test func `the claimant's own address is known once it stated it`() {
        var sensor = Sensor()
        #expect(sensor.see(gratuitousRequest(theVIP, a), at: 0).claims.first?.station.address == nil)
        sensor.see(whoHas(Host.router.ip, asks: .node), at: 1)
        #expect(sensor.see(gratuitousRequest(theVIP, a), at: 2).claims.first?.station.address == Host.node.address)
    }

    // MARK: Announcements

    @Test func `first, renewed after a minute of silence, moved`() {
        let sensor = claims([
            (a, 0, .gratuitousRequest), (a, 30, .reply), (a, 90, .gratuitousRequest), (a, 150 + tick, .gratuitousRequest), (b, 151, .reply),
        ])
        let announcements = sensor.events.announcements
        #expect(announcements.map(\.action) == [.first, .renewed, .moved])
        #expect(announcements.map(\.claim.frame.number) == [1, 4, 5])
        #expect(announcements.map { $0.previous?.frame.number } == [nil, 3, 4])
        #expect(sensor.events.conflicts.isEmpty)
    }

    @Test func `a request of the sender is a claim that moves, too`() {
        let sensor = claims([(a, 0, .reply), (b, 10, .request)])
        #expect(sensor.events.announcements.map(\.action) == [.first, .moved])
    }

    // MARK: Conflicts

    @Test func `two answers to one request are a conflict`() throws {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client), at: 0)
        sensor.see(isAt(theVIP, a, tells: .client), at: 0.001)
        let events = sensor.see(isAt(theVIP, b, tells: .client), at: 0.004)
        let conflict = try #require(events.conflicts.first)
        #expect(conflict.isSameRequest && conflict.earlier == nil)
        #expect(conflict.first.frame.number == 2 && conflict.second.frame.number == 3 && conflict.first.request?.number == 1)
        #expect(conflict.time == at(0.004))
        #expect(events.announcements.map(\.action) == [.conflict])
    }

    @Test(arguments: [(1.0, true), (1.0 + tick, false)])
    func `the second answer counts within 1 s of the request`(_ gap: Double, _ isConflict: Bool) {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client), at: 0)
        sensor.see(isAt(theVIP, a, tells: .client), at: 0.9)
        #expect(sensor.see(isAt(theVIP, b, tells: .client), at: gap).conflicts.isEmpty != isConflict)
    }

    @Test func `one MAC that answers twice is no conflict`() {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client), at: 0)
        sensor.see(isAt(theVIP, a, tells: .client), at: 0.001)
        #expect(sensor.see(isAt(theVIP, a, tells: .client), at: 0.01).conflicts.isEmpty)
        #expect(sensor.events.announcements.map(\.action) == [.first])
    }

    @Test func `answers to two askers are not answers to one request`() {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client), at: 0)
        sensor.see(whoHas(theVIP, asks: .other), at: 0.001)
        sensor.see(isAt(theVIP, a, tells: .client), at: 0.002)
        #expect(sensor.see(isAt(theVIP, b, tells: .other), at: 0.003).conflicts.isEmpty)
    }

    @Test func `two that go on answering by turns are a conflict`() throws {
        let sensor = claims([(a, 0, .reply), (b, 2, .reply), (a, 4, .reply), (b, 6, .reply)])
        let conflict = try #require(sensor.events.conflicts.last)
        #expect(!conflict.isSameRequest)
        #expect(conflict.earlier?.station.mac == conflict.second.station.mac)
        #expect(conflict.first.station.mac != conflict.second.station.mac)
        #expect(sensor.events.announcements.filter { $0.action == .conflict }.count == 1, "it began once")
    }

    @Test func `a move there and back that nobody announced is no conflict: the other does not go on`() {
        let sensor = claims([(a, 0, .reply), (b, 5, .reply), (a, 10, .reply), (a, 15, .reply), (a, 20, .reply)])
        #expect(sensor.events.conflicts.isEmpty)
    }

    @Test func `an announced move there and back is no conflict`() {
        for means in [Claim.Means.gratuitousRequest, .gratuitousReply] {
            let sensor = claims([
                (a, 0, .reply), (b, 5, means), (b, 6, .reply), (a, 10, means), (a, 11, .reply), (b, 15, means), (b, 16, .reply),
            ])
            #expect(sensor.events.conflicts.isEmpty)
            #expect(sensor.events.announcements.map(\.action) == [.first, .moved, .moved, .moved])
        }
    }

    @Test func `who goes on answering after another announced itself is in conflict once that one answers again`() {
        let before: [(MACAddress, Double, Claim.Means)] = [(a, 0, .reply), (b, 5, .gratuitousRequest), (b, 6, .reply), (a, 10, .reply)]
        #expect(claims(before).events.conflicts.isEmpty)
        #expect(claims(before + [(b, 12, .reply)]).events.conflicts.count == 1)
    }

    /// CATALOGUE: 1 s or more after the other's claim.
    @Test(arguments: [(1.0, true), (1.0 - tick, false)])
    func `turns count where they are 1 s apart`(_ gap: Double, _ isConflict: Bool) {
        let sensor = claims([(a, 0, .reply), (b, gap, .reply), (a, 2 * gap, .reply), (b, 3 * gap, .reply), (a, 4 * gap, .reply)])
        #expect(sensor.events.conflicts.isEmpty != isConflict)
    }

    @Test func `a MAC that is back after more than a minute has moved`() {
        let sensor = claims([(a, 0, .reply), (b, 30, .reply), (a, 60 + tick, .reply)])
        #expect(sensor.events.conflicts.isEmpty)
        #expect(sensor.events.announcements.map(\.action) == [.first, .moved, .moved])
    }

    @Test func `gratuitous claims by turns are no answers`() {
        let sensor = claims((0..<10).map { ($0 % 2 == 0 ? a : b, Double($0) * 2, .gratuitousRequest) })
        #expect(sensor.events.conflicts.isEmpty)
    }

    // MARK: VLANs, tables

    @Test func `each VLAN has its own neighbours`() {
        var sensor = Sensor()
        sensor.see(whoHas(theVIP, asks: .client, vlan: [10]), at: 0)
        sensor.see(whoHas(theVIP, asks: .client, vlan: [20]), at: 0.001)
        sensor.see(isAt(theVIP, a, tells: .client, vlan: [10]), at: 0.002)
        let events = sensor.see(isAt(theVIP, b, tells: .client, vlan: [20]), at: 0.003)
        #expect(events.conflicts.isEmpty)
        #expect(events.claims.first?.request?.number == 2)
        #expect(sensor.events.announcements.map(\.action) == [.first, .first])
        #expect(sensor.events.claims.map(\.vlan) == [10 << 12, 20 << 12])
        sensor.see(isAt(theVIP, b, tells: .client, vlan: [20, 10]), at: 1)
        #expect(sensor.events.announcements.map(\.action) == [.first, .first, .first], "a tag in a tag is a third segment")
    }

    @Test func `what is remembered of an address does not hang on questions about another`() {
        let day = 86_400.0
        func actions(_ questions: [Double]) -> [Announcement.Action] {
            var sensor = Sensor()
            sensor.see(gratuitousRequest(theVIP, a), at: 0)
            for time in questions { sensor.see(whoHas(otherVIP, asks: .client), at: time) }
            sensor.see(gratuitousRequest(theVIP, b), at: 3 * day)
            return sensor.events.announcements.map(\.action)
        }
        let (quiet, busy) = (actions([]), actions([2 * day]))
        #expect(quiet == busy)
    }

    @Test func `the oldest addresses are forgotten where there are too many`() {
        var limits = Limits()
        limits.addresses = 1
        var sensor = Sensor(.test, limits)
        sensor.see(gratuitousRequest(theVIP, a), at: 0)
        sensor.see(gratuitousRequest(otherVIP, a), at: 1)
        #expect(sensor.see(gratuitousRequest(theVIP, b), at: 2).announcements.map(\.action) == [.first])
        #expect(sensor.correlators.counters.evictedOthers == 2)
    }

    /// Where the last passage stands must not outlive the address's record: another may stand there.
    @Test func `passages through addresses that come and go are noted with their own`() {
        var limits = Limits()
        limits.addresses = 1
        var sensor = Sensor(.test, limits)
        for (round, vip) in [theVIP, otherVIP, theVIP, otherVIP].enumerated() {
            let time = Double(round) * 10
            sensor.see(gratuitousRequest(vip, a), at: time)
            for beat in 1...3 {
                sensor.see(
                    Datagram(.client, Host(a.rawValue, vip.description)).frame(6, tcp(50_000, 443, .syn, sequence: 1)),
                    at: time + Double(beat))
                sensor.see(
                    Datagram(Host(a.rawValue, vip.description), .client).frame(6, tcp(443, 50_000, [.syn, .ack], sequence: 1)),
                    at: time + Double(beat) + 0.1)
            }
        }
        #expect(sensor.events.announcements.map(\.action) == [.first, .first, .first, .first])
    }

    @Test func `more claimants than four forget the one that was silent longest`() {
        let macs = (1...6).map { MACAddress(rawValue: 0x0200_0000_0100 + UInt64($0)) }
        let sensor = claims(macs.enumerated().map { ($1, Double($0) * 2, .gratuitousReply) })
        #expect(sensor.events.announcements.map(\.action) == [.first] + [Announcement.Action](repeating: .moved, count: 5))
    }
}
