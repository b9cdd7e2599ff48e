import LAN
@testable import Flows
import Site
import Testing
import Wire

/// What else an asker does decides whether its question counts (CATALOGUE: words used below).
struct AskerTests {
    private static let service = Host(Host.node.mac.rawValue, theVIP.description)

    /// The asker of a run of three, after these frames.
    private func asker(_ host: Host, after frames: [[UInt8]], vlan: [UInt16] = []) -> Asker? {
        var sensor = Sensor()
        for (index, frame) in frames.enumerated() { sensor.see(frame, at: Double(index) / 10) }
        for second in [10.0, 11, 12] { sensor.see(whoHas(theVIP, asks: host, vlan: vlan), at: second) }
        return sensor.advance(to: 20).unanswered.first?.asker
    }

    @Test func `a client that did nothing else`() {
        let asker = asker(.client, after: [])
        #expect(
            asker
                == Asker(
                    station: Station(mac: Host.client.mac, address: Host.client.address), claimedIt: false, sentFromIt: false,
                    forwards: false, resolves: false))
    }

    @Test func `a claimant, by any form, and only of this address and VLAN`() {
        let mac = Host.node.mac
        for claim in [
            isAt(theVIP, mac, tells: .client), gratuitousRequest(theVIP, mac), gratuitousReply(theVIP, mac),
            whoHas(Host.router.ip, asks: Self.service),
        ] {
            #expect(asker(.node, after: [claim])?.claimedIt == true)
        }
        #expect(asker(.node, after: [gratuitousRequest(otherVIP, mac)])?.claimedIt == false)
        #expect(asker(.client, after: [gratuitousRequest(theVIP, mac)])?.claimedIt == false)
        #expect(asker(.node, after: [gratuitousRequest(theVIP, mac, vlan: [5])])?.claimedIt == false)
    }

    /// TCP, UDP and ICMP alike.
    @Test func `a MAC that packets from the address came from`() {
        let talk = Talk()
        let udp = Datagram(Self.service, .client).frame(17, udp(443, 5000, [1]))
        for frame in [
            talk.synACK, udp, pong(Self.service, .client),
            icmpError(3, 3, from: Self.service, to: .client, quotes: ping(.client, Self.service)),
        ] {
            #expect(asker(.node, after: [frame])?.sentFromIt == true)
            #expect(asker(.client, after: [frame])?.sentFromIt == false)
        }
        #expect(asker(.node, after: [Talk(.client, otherVIP).synACK])?.sentFromIt == false)
        #expect(asker(.node, after: [talk.syn])?.sentFromIt == false, "what goes to the address says nothing")
    }

    @Test func `a router forwards`() {
        let forwarded = Datagram(Host(Host.router.mac.rawValue, "192.0.2.10"), .client, ttl: 57)
        let asker = asker(.router, after: [forwarded.frame(17, udp(1, 2, []))])
        #expect(asker?.forwards == true && asker?.resolves == false)
    }

    @Test func `a resolver answers others and asks further servers itself`() {
        let query = Lookup("grafana.laurivan.com")
        let further = Lookup("grafana.laurivan.com", client: .resolver, server: .authority)
        let frames = [query.query, further.query, further.answer([.a(theVIP)]), query.answer([.a(theVIP)])]
        #expect(asker(.resolver, after: frames)?.resolves == true)
        #expect(asker(.client, after: frames)?.resolves == false)
    }

    /// k8s-gateway answers from a node: that node may be the announcer, and its own question proves nothing.
    @Test func `a server that asks nobody is no resolver`() {
        let further = Lookup("grafana.laurivan.com", client: .resolver, server: .authority)
        let asker = asker(.authority, after: [further.query, further.answer([.a(theVIP)])])
        #expect(asker?.resolves == false)
    }
}
