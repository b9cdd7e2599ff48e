import Events
@testable import Flows
import Testing
import Wire

/// Announcements and TCP connections.
struct FlowRecordTests {
    private let named: JSON = ["address": "10.0.0.157", "name": "envoy-internal"]

    // MARK: Announcements

    @Test func `a move tells both stations, as far as they are known`() throws {
        var now = Values.claim(Values.otherMAC, .gratuitousReply, frame: 9)
        now.vlan = 6 << 12 | 20
        let record = try records { $0.write(.announcement(Announcement(claim: now, action: .moved, previous: Values.claim()))) }.first
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.009000000Z",
                "event": ["kind": "event", "dataset": "vipscope.announcement", "action": "moved", "sequence": 2], "vip": named,
                "network": ["vlan": ["id": "6"], "inner": ["vlan": ["id": "20"]]],
                "announcement": [
                    "address": "10.0.0.157", "mac": "00:50:56:aa:bb:04", "means": "gratuitous_reply",
                    "previous": [
                        "mac": "00:50:56:aa:bb:03", "node": "esxi-2cu-8g-03", "station_address": "10.0.0.147", "frame": 5,
                        "time": "2026-02-04T10:34:41.005000000Z",
                    ],
                ],
                "packet": ["first": 9, "last": 9],
            ])
    }

    @Test func `a station that no site file knows has the address that it was seen to own`() throws {
        var claim = Values.claim(Values.otherMAC)
        claim.station.address = Values.client
        claim.address = Values.client6
        let record = try records { $0.write(.announcement(Announcement(claim: claim, action: .first, previous: nil))) }.first
        #expect(
            record?["announcement"] == [
                "address": "2001:db8::20", "mac": "00:50:56:aa:bb:04", "station_address": "10.0.0.20", "means": "reply",
            ])
        #expect(record?["vip"] == nil && record?["network"] == nil)
    }

    @Test(arguments: Announcement.Action.allCases, Claim.Means.allCases)
    func `every action and means has its word`(_ action: Announcement.Action, _ means: Claim.Means) throws {
        let announcement = Announcement(
            claim: Values.claim(Values.nodeMAC, means), action: action, previous: action == .first ? nil : Values.claim(Values.otherMAC))
        let record = try records { $0.write(.announcement(announcement)) }.first
        #expect(record?.at("event/action") == .string(action.rawValue))
        #expect(record?.at("announcement/means") == .string(means.rawValue))
    }

    @Test func `facts that only rules need have no record`() throws {
        let request = UnansweredRequest(
            vlan: 0, address: Values.vip,
            asker: Asker(station: Station(mac: Values.clientMAC), claimedIt: false, sentFromIt: false, forwards: false, resolves: false),
            requests: [Values.frame(1)], count: 1, basis: .visible, isCut: false, time: Values.start, announced: nil)
        let conflict = ClaimConflict(
            address: Values.vip, vlan: 0, first: Values.claim(), second: Values.claim(Values.otherMAC), earlier: nil, time: Values.start)
        let changes: [TCPChange] = [.synRetransmitted, .established, .fellSilent]
        let lines = try records { writer in
            writer.write(.claim(Values.claim()))
            writer.write(.unanswered(request))
            writer.write(.conflict(conflict))
            for change in changes { writer.write(.tcp(Values.connection(), change)) }
        }
        #expect(lines.isEmpty)
    }

    // MARK: TCP

    @Test func `a connection is told with both sides, its handshake and its end`() throws {
        var connection = Values.connection()
        connection.hops = 2
        connection.vlan = 7 << 12
        let record = try records { $0.write(.tcp(connection, .ended)) }.first
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.031000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.tcp", "action": "ended", "outcome": "success", "duration": 20_000_000,
                    "sequence": 2,
                ],
                "vip": named,
                "source": ["ip": "10.0.0.20", "port": 44932, "mac": "3c:22:fb:00:00:20", "packets": 10, "bytes": 764],
                "network": ["transport": "tcp", "community_id": "1:CYIz+lbrLpg2L4T+oek/lwhORZc=", "vlan": ["id": "7"]],
                "destination": ["ip": "10.0.0.157", "port": 443, "mac": "00:50:56:aa:bb:03", "packets": 9, "bytes": 1684],
                "tcp": [
                    "handshake": "established", "state": "closed", "ended_by": "originator", "syn_count": 1,
                    "server_handshake_time": 3_000_000,
                    "client_handshake_time": 1_000_000, "next_hop_mac": "00:50:56:aa:bb:03", "source_ttl": 64, "destination_ttl": 63,
                    "hops": 2,
                ],
                "packet": ["first": 11, "last": 31],
            ])
    }

    @Test func `a flood is told by its service and its number`() throws {
        let flood = ConnectionFlood(
            responder: Values.connection().responder, vlan: 7 << 12, handshake: .refused, outcome: .refused, connections: 48_000,
            packets: 96_000, first: Values.frame(11), last: Values.frame(31), time: Values.frame(40).time)
        let record = try records { $0.write(.flood(flood)) }.first
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.040000000Z",
                "event": ["kind": "event", "dataset": "vipscope.flood", "action": "counted", "outcome": "failure", "sequence": 2],
                "vip": named,
                "network": ["transport": "tcp", "vlan": ["id": "7"]],
                "destination": ["ip": "10.0.0.157", "port": 443],
                "flood": ["handshake": "refused", "state": "refused", "connections": 48_000, "packets": 96_000],
                "packet": ["first": 11, "last": 31],
            ])
    }

    @Test func `what was not seen of a connection has no key`() throws {
        var connection = Values.silence([])
        connection.originator = Endpoint(Values.client6, Port(rawValue: 65535))
        connection.responder = Endpoint(.v6(IPv6Address(high: 0x2001_0db8 << 32, low: 0x9c)), Port(rawValue: 0))
        (connection.handshake, connection.outcome) = (.notSeen, .idle)
        (connection.originatorMAC, connection.nextHopMAC, connection.originatorTTL) = (nil, nil, nil)
        connection.originatorBytes = .max
        connection.originatorPackets = .max
        let record = try records { $0.write(.tcp(connection, .ended)) }.first
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:48.011000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.tcp", "action": "ended", "outcome": "unknown", "duration": 0, "sequence": 2,
                ],
                "source": ["ip": "2001:db8::20", "port": 65535, "packets": 4_294_967_295, "bytes": 18_446_744_073_709_551_615],
                "network": ["transport": "tcp", "community_id": "1:csSLhwk2OSStR1ocshQBmKt6qAA="],
                "destination": ["ip": "2001:db8::9c", "port": 0, "packets": 0, "bytes": 0],
                "tcp": ["handshake": "not_seen", "state": "idle", "syn_count": 0],
                "packet": ["first": 11, "last": 11],
            ])
    }

    @Test func `times that run backwards are no negative durations`() throws {
        var connection = Values.connection()
        connection.last = Values.frame(3)
        connection.synACK = Values.frame(2)
        connection.ack = Values.frame(1)
        let record = try records { $0.write(.tcp(connection, .ended)) }.first
        #expect(record?.at("event/duration") == 0)
        #expect(record?.at("tcp/server_handshake_time") == 0)
        #expect(record?.at("tcp/client_handshake_time") == 0)
        #expect(record?["packet"] == ["first": 3, "last": 11])
    }

    static let ends: [(TCPConnection.Handshake, TCPConnection.Outcome, TCPConnection.Side?, String)] = [
        (.notSeen, .open, nil, "unknown"), (.notSeen, .closed, .responder, "unknown"), (.unanswered, .unanswered, nil, "failure"),
        (.unanswered, .reset, .originator, "failure"), (.answered, .idle, nil, "unknown"), (.answered, .reset, .originator, "unknown"),
        (.established, .closed, .responder, "success"), (.established, .reset, .responder, "success"),
        (.established, .open, nil, "success"),
        (.established, .evicted, nil, "success"), (.refused, .refused, .responder, "failure"), (.rejected, .rejected, nil, "failure"),
    ]

    @Test(arguments: ends)
    func `the outcome follows from the handshake`(
        _ handshake: TCPConnection.Handshake, _ state: TCPConnection.Outcome, _ side: TCPConnection.Side?, _ outcome: String
    ) throws {
        var connection = Values.connection()
        (connection.handshake, connection.outcome, connection.endedBy) = (handshake, state, side)
        let record = try records { $0.write(.tcp(connection, .ended)) }.first
        #expect(record?.at("event/outcome") == .string(outcome))
        #expect(record?.at("tcp/handshake") == .string("\(handshake.name)"))
        #expect(record?.at("tcp/state") == .string(state.rawValue))
        #expect(record?.at("tcp/ended_by") == side.map { .string($0.rawValue) })
    }

    @Test func `every handshake and every end was told above`() {
        #expect(Set(Self.ends.map(\.0)) == Set(TCPConnection.Handshake.allCases))
        #expect(Set(Self.ends.map(\.1)) == Set(TCPConnection.Outcome.allCases))
    }
}
