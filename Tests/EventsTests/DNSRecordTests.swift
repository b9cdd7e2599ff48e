import Events
@testable import Flows
import Testing
@testable import Wire

struct DNSRecordTests {
    private static let name = DNSName("grafana.laurivan.com") ?? .root

    /// A message with these flags and records; its counts are not held against them.
    private static func message(
        flags: UInt16, answers: [(String, DNSType, UInt32, DNSRecordData)] = [],
        authorities: [(String, DNSType, UInt32, DNSRecordData)] = []
    ) throws -> DNSMessage {
        var octets = [UInt8](repeating: 0, count: DNSHeader.length)[...]
        octets[2] = UInt8(flags >> 8)
        octets[3] = UInt8(truncatingIfNeeded: flags)
        let whole = Array(octets)
        var cursor = whole.span
        var message = try DNSMessage(decoding: &cursor)
        message.answers = try answers.map(record)
        message.authorities = try authorities.map(record)
        return message
    }

    /// Records have no initializer but the decoder's, so each is decoded from nothing and then filled.
    private static func record(_ values: (name: String, type: DNSType, ttl: UInt32, data: DNSRecordData)) throws -> DNSRecord {
        let octets: [UInt8] = [0, 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]
        var offset = 0
        var record = try DNSRecord(decoding: octets.span, at: &offset)
        record.name = try #require(DNSName(values.name))
        (record.type, record.timeToLive, record.data) = (values.type, values.ttl, values.data)
        return record
    }

    private func asked(
        _ message: DNSMessage?, query: FrameReference? = Values.frame(3), role: DNSTransaction.ServerRole = .resolver
    ) -> DNSTransaction {
        let response = message == nil ? nil : Values.frame(8)
        return DNSTransaction(
            client: Endpoint(Values.client, Port(rawValue: 43004)), server: Endpoint(Values.server, .dns), id: 43301, name: Self.name,
            type: .a,
            query: query, response: response, message: message, role: role, zone: nil, namesVIP: nil,
            time: response?.time ?? Values.start + .seconds(5))
    }

    @Test func `query and answer are one record`() throws {
        var transaction = asked(
            try Self.message(flags: 0x8580, answers: [("grafana.laurivan.com", .a, 60, .address(Values.vip))]), role: .authority)
        transaction.zone = DNSName("laurivan.com")
        transaction.namesVIP = Values.vip
        #expect(
            try records { $0.write(.dns(transaction)) }.first == [
                "@timestamp": "2026-02-04T10:34:41.008000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.dns", "action": "transaction", "outcome": "success", "duration": 5_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20", "port": 43004],
                "network": ["transport": "udp"], "destination": ["ip": "10.0.0.156", "port": 53],
                "dns": [
                    "id": "43301", "question": ["name": "grafana.laurivan.com", "type": "A"], "response_code": "NOERROR",
                    "header_flags": ["AA", "RD", "RA"],
                    "answers": [["name": "grafana.laurivan.com", "type": "A", "ttl": 60, "data": "10.0.0.157"]], "server_role": "authority",
                    "zone": "laurivan.com",
                ],
                "packet": ["first": 3, "last": 8],
            ])
    }

    @Test func `every kind of data is told in presentation format`() throws {
        let text = "a \"quoted\" string".utf8.map(\.self)
        let answers: [(String, DNSType, UInt32, DNSRecordData)] = [
            ("a.example", .cname, 0, .name(Self.name)),
            (".", .ns, .max, .name(.root)),
            ("a.example", .aaaa, 1, .address(Values.vip6)),
            ("a.example", .mx, 2, .mailExchange(preference: 10, Self.name)),
            ("a.example", .txt, 3, .text([text, []])),
            ("a.example", .srv, 4, .service(priority: 1, weight: 2, port: 443, target: Self.name)),
            ("a.example", .https, 5, .other([0, 1, 0])),
            ("a.example", DNSType(rawValue: 65280), 6, .other([])),
        ]
        let message = try Self.message(flags: 0x8000, answers: answers)
        let record = try records { $0.write(.dns(asked(message))) }.first
        let data = record?.at("dns/answers")?.elements.map { $0["data"]?.text }
        #expect(
            data == [
                "grafana.laurivan.com", ".", "2001:db8::157", "10 grafana.laurivan.com", #""a \"quoted\" string" """#,
                "1 2 443 grafana.laurivan.com", "\\# 3 000100", "\\# 0",
            ])
        #expect(
            record?.at("dns/answers")?.elements.map { $0["type"] } == ["CNAME", "NS", "AAAA", "MX", "TXT", "SRV", "HTTPS", "TYPE65280"])
        #expect(record?.at("dns/answers")?.elements[1]["ttl"] == 4_294_967_295)
        #expect(record?.at("dns/header_flags") == [])
    }

    @Test func `a denial says how long it may be kept`() throws {
        let soa = DNSRecordData.StartOfAuthority(
            primary: Self.name, mailbox: Self.name, serial: 1, refresh: 7200, retry: 1800, expire: 86400, minimum: 30)
        let message = try Self.message(flags: 0x8403, authorities: [("laurivan.com", .soa, 60, .startOfAuthority(soa))])
        let record = try records { $0.write(.dns(asked(message))) }.first
        #expect(record?.at("event/outcome") == "failure")
        #expect(record?.at("dns/response_code") == "NXDOMAIN" && record?.at("dns/negative_ttl") == 30 && record?.at("dns/answers") == [])
    }

    @Test func `an answer without its query has no duration`() throws {
        let message = try Self.message(flags: 0x8000)
        let record = try records { $0.write(.dns(asked(message, query: nil))) }.first
        #expect(record?["event"]?.keys == ["kind", "dataset", "action", "outcome", "sequence"])
        #expect(record?.at("event/action") == "answer" && record?["packet"] == ["first": 8, "last": 8])
    }

    @Test func `a query without an answer failed, and has nothing of one`() throws {
        let record = try records { $0.write(.dns(asked(nil))) }.first
        #expect(
            record?.at("event/action") == "unanswered" && record?.at("event/outcome") == "failure" && record?.at("event/duration") == nil)
        #expect(record?["dns"]?.keys == ["id", "question", "server_role"])
        #expect(record?["packet"] == ["first": 3, "last": 3])
    }

    @Test(arguments: DNSTransaction.ServerRole.allCases, [0, 1, 2, 3, 4, 5, 6, 15] as [UInt16])
    func `every role and response code has its word`(_ role: DNSTransaction.ServerRole, _ code: UInt16) throws {
        let message = try Self.message(flags: 0x8600 | code)
        let record = try records { $0.write(.dns(asked(message, role: role))) }.first
        #expect(record?.at("dns/server_role") == .string(role.rawValue))
        #expect(record?.at("dns/response_code") == .string(DNSResponseCode(rawValue: code).name))
        #expect(record?.at("event/outcome") == (code == 0 ? "success" : "failure"))
        #expect(record?.at("dns/header_flags") == ["AA", "TC"])
    }
}
