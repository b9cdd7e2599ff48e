import Events
@testable import Flows
import Testing
@testable import Wire

struct ICMPRecordTests {
    /// A datagram as an error quotes it: an IPv4 header and what follows it.
    private func quoted(_ transport: UInt8, _ rest: [UInt8]) throws -> QuotedDatagram {
        let header: [UInt8] = [0x45, 0, 0, 60, 0, 1, 0, 0, 63, transport, 0, 0, 10, 0, 0, 20, 10, 0, 0, 157]
        let octets = header + rest
        let datagram = QuotedDatagram(lenient: octets.span)
        return try #require(datagram)
    }

    private func error(
        _ type: UInt8, _ code: UInt8, rest: UInt32 = 0, about quoted: QuotedDatagram, frame: FrameReference? = nil, syn: Bool = false
    ) throws -> JSON {
        let message = ICMPv4Message(
            type: ICMPv4Message.MessageType(rawValue: type), code: code, checksum: 0, restOfHeader: rest, quoted: quoted)
        let error = ICMPError(
            frame: Values.frame(20), vlan: 0, source: Values.node, destination: Values.client, sourceMAC: Values.nodeMAC,
            message: ICMPReport(message),
            quoted: quoted, quotedFrame: frame, quotesSYN: syn)
        return try #require(try records { $0.write(.icmpError(error)) }.first)
    }

    @Test func `an error is told with the echo request that it quotes`() throws {
        let record = try error(3, 1, about: quoted(1, [8, 0, 0, 0, 0x12, 0x34, 0, 7]), frame: Values.frame(3))
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.020000000Z",
                "event": ["kind": "event", "dataset": "vipscope.icmp", "action": "error", "outcome": "failure", "sequence": 2],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.147", "mac": "00:50:56:aa:bb:03"],
                "network": ["transport": "icmp", "community_id": "1:nNlwu6we6XndshCtjHawgEwfQco="], "destination": ["ip": "10.0.0.20"],
                "icmp": [
                    "type": 3, "code": 1, "name": "host unreachable",
                    "quoted": [
                        "protocol": 1, "source": ["ip": "10.0.0.20"], "destination": ["ip": "10.0.0.157"], "icmp_type": 8,
                        "icmp_sequence": 7,
                        "frame": 3,
                    ],
                ],
                "packet": ["first": 3, "last": 20],
            ])
    }

    @Test(arguments: [true, false])
    func `a quoted segment has its ports, and says whether it is a SYN`(_ isSYN: Bool) throws {
        let record = try error(3, 3, about: quoted(6, [0xaf, 0x84, 1, 0xbb, 0, 0, 0, 1]), syn: isSYN)
        #expect(
            record.at("icmp/quoted") == [
                "protocol": 6, "source": ["ip": "10.0.0.20", "port": 44932], "destination": ["ip": "10.0.0.157", "port": 443],
                "syn": .bool(isSYN),
            ])
        #expect(record["packet"] == ["first": 20, "last": 20])
    }

    @Test func `a quote that ends with its header has no ports`() throws {
        #expect(
            try error(11, 0, about: quoted(17, [])).at("icmp/quoted") == [
                "protocol": 17, "source": ["ip": "10.0.0.20"], "destination": ["ip": "10.0.0.157"],
            ])
        #expect(try error(3, 3, about: quoted(17, [0, 53, 0, 54])).at("icmp/quoted/destination") == ["ip": "10.0.0.157", "port": 54])
    }

    @Test func `fragmentation needed has the next hop's MTU, a redirect its gateway`() throws {
        let tooBig = try error(3, 4, rest: 1280, about: quoted(6, [0, 80, 0, 81, 0, 0, 0, 1]))
        #expect(tooBig.at("icmp/next_hop_mtu") == 1280 && tooBig.at("icmp/gateway") == nil)
        #expect(tooBig.at("icmp/name") == "fragmentation needed")
        let redirect = try error(5, 1, rest: 0x0a00_009d, about: quoted(1, [8]))
        #expect(redirect.at("icmp/gateway") == "10.0.0.157" && redirect.at("icmp/next_hop_mtu") == nil)
        #expect(redirect.at("icmp/quoted/icmp_type") == 8 && redirect.at("icmp/quoted/icmp_sequence") == nil)
    }

    @Test(arguments: [3, 4, 5, 11, 12] as [UInt8])
    func `every error has a name, whatever its code`(_ type: UInt8) throws {
        for code in [0, 1, 2, 13, 16, 255] as [UInt8] {
            let record = try error(type, code, about: quoted(17, []))
            #expect(record.at("icmp/type") == .integer(Int128(type)) && record.at("icmp/code") == .integer(Int128(code)))
            #expect(record.at("icmp/name")?.text?.isEmpty == false)
        }
    }

    // MARK: Echo

    private func echo(_ request: FrameReference?, _ reply: FrameReference?) throws -> JSON {
        let exchange = EchoExchange(
            source: Values.client, destination: Values.vip, identifier: 0xffff, sequence: 1, request: request, reply: reply,
            replyMAC: reply == nil ? nil : Values.nodeMAC, time: reply?.time ?? Values.start + .seconds(10))
        return try #require(try records { $0.write(.echo(exchange)) }.first)
    }

    @Test func `an echo request and its reply are one record, with the time between them`() throws {
        #expect(
            try echo(Values.frame(3), Values.frame(4)) == [
                "@timestamp": "2026-02-04T10:34:41.004000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.icmp", "action": "echo", "outcome": "success", "duration": 1_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20"],
                "network": ["transport": "icmp", "community_id": "1:7nyriwVWzdPavCrY1ExI8tGid/I="],
                "destination": ["ip": "10.0.0.157", "mac": "00:50:56:aa:bb:03"],
                "icmp": ["type": 8, "code": 0, "name": "echo request", "identifier": 65535, "sequence": 1],
                "packet": ["first": 3, "last": 4],
            ])
    }

    /// As the specification's reference computes them: types and their counterparts stand for ports.
    @Test func `an exchange over IPv6 has its name, too`() throws {
        let (one, other) = (try #require(IPAddress("fd00:10::20")), try #require(IPAddress("fd00:10::157")))
        let exchange = EchoExchange(
            source: one, destination: other, identifier: 7, sequence: 1, request: Values.frame(3), reply: Values.frame(4),
            replyMAC: Values.nodeMAC, time: Values.frame(4).time)
        let record = try #require(try records { $0.write(.echo(exchange)) }.first)
        #expect(record["network"] == ["type": "ipv6", "transport": "ipv6-icmp", "community_id": "1:5ck94pDtx9IQ87M0QPyg/8qFvjE="])
    }

    @Test func `a reply without a request has no duration`() throws {
        let record = try echo(nil, Values.frame(4))
        #expect(record["event"]?.keys == ["kind", "dataset", "action", "outcome", "sequence"])
        #expect(record.at("event/action") == "echo" && record["packet"] == ["first": 4, "last": 4])
    }

    @Test func `a request without a reply failed`() throws {
        let record = try echo(Values.frame(3), nil)
        #expect(
            record.at("event/action") == "echo_unanswered" && record.at("event/outcome") == "failure" && record.at("event/duration") == nil)
        #expect(record["destination"] == ["ip": "10.0.0.157"] && record["packet"] == ["first": 3, "last": 3])
    }
}
