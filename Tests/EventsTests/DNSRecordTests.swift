import Events
import Flows
import Testing
import Wire

struct DNSRecordTests {
    private func record(_ transaction: DNSTransaction) throws -> JSON {
        try #require(try records { $0.write(.dns(transaction)) }.first)
    }

    @Test func `query and answer are one record`() throws {
        let answer = RecordOctets("grafana.laurivan.com", .a, 60, [10, 0, 0, 157])
        var transaction = Values.transaction(try Values.message(flags: 0x8580, answers: [answer]), role: .authority)
        transaction.zone = DNSName("laurivan.com")
        transaction.namesVIP = Values.vip
        #expect(
            try record(transaction) == [
                "@timestamp": "2026-02-04T10:34:41.008000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.dns", "action": "transaction", "outcome": "success", "duration": 5_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20", "port": 43004],
                "network": ["transport": "udp", "community_id": "1:rgoRtmp8KXbtnPgH8eFjwPxPQIU="],
                "destination": ["ip": "10.0.0.156", "port": 53],
                "dns": [
                    "id": "43301", "question": ["name": "grafana.laurivan.com", "type": "A"], "response_code": "NOERROR",
                    "header_flags": ["AA", "RD", "RA"],
                    "answers": [["name": "grafana.laurivan.com", "type": "A", "ttl": 60, "data": "10.0.0.157"]],
                    "server_role": "authority", "zone": "laurivan.com",
                ],
                "packet": ["first": 3, "last": 8],
            ])
    }

    @Test func `every kind of data is told in presentation format`() throws {
        let name = Values.question.octets
        let text = Array(#"a "quoted" string"#.utf8)
        let answers = [
            RecordOctets("*.example", .cname, 0, name),
            RecordOctets(".", .ns, .max, [0]),
            RecordOctets(#"a\.b\000\"c"#, .aaaa, 1, big(0x2001_0db8_0000_0000 as UInt64) + big(0x157 as UInt64)),
            RecordOctets("a.example", .mx, 2, [0, 10] + name),
            RecordOctets("a.example", .txt, 3, [UInt8(text.count)] + text + [0]),
            RecordOctets("a.example", .srv, 4, [0, 1, 0, 2, 1, 187] + name),
            RecordOctets("a.example", .https, 5, [0, 1, 0]),
            RecordOctets("a.example", DNSType(rawValue: 65280), 6, []),
        ]
        let told = try record(Values.transaction(try Values.message(flags: 0x8000, answers: answers)))
        let elements = try #require(told.at("dns/answers")).elements
        #expect(
            elements.map { $0["data"] } == [
                "grafana.laurivan.com", ".", "2001:db8::157", "10 grafana.laurivan.com", "\"a \\\"quoted\\\" string\" \"\"",
                "1 2 443 grafana.laurivan.com", "1 .", "\\# 0",
            ])
        #expect(elements.map { $0["type"] } == ["CNAME", "NS", "AAAA", "MX", "TXT", "SRV", "HTTPS", "TYPE65280"])
        #expect(elements.prefix(3).map { $0["name"] } == ["*.example", ".", #"a\.b\000"c"#])
        #expect(elements[1]["ttl"] == 4_294_967_295)
        #expect(told.at("dns/header_flags") == [])
    }

    @Test func `a denial says how long it may be kept`() throws {
        let name = Values.question.octets
        let times = [1, 7200, 1800, 86_400, 30].flatMap { big(UInt32($0)) }
        let soa = RecordOctets("laurivan.com", .soa, 60, name + name + times)
        let told = try record(Values.transaction(try Values.message(flags: 0x8403, authorities: [soa])))
        #expect(told.at("event/outcome") == "failure" && told.at("dns/response_code") == "NXDOMAIN")
        #expect(told.at("dns/negative_ttl") == 30 && told.at("dns/answers") == [])
    }

    @Test func `an answer without its query has no duration`() throws {
        let told = try record(Values.transaction(try Values.message(flags: 0x8000), query: nil))
        #expect(told["event"]?.keys == ["kind", "dataset", "action", "outcome", "sequence"])
        #expect(told.at("event/action") == "answer" && told["packet"] == ["first": 8, "last": 8])
    }

    @Test func `a query without an answer failed, and has nothing of one`() throws {
        let told = try record(Values.transaction(try Values.query(Values.question), response: nil))
        #expect(told.at("event/action") == "unanswered" && told.at("event/outcome") == "failure" && told.at("event/duration") == nil)
        #expect(told["dns"]?.keys == ["id", "question", "server_role"])
        #expect(told["packet"] == ["first": 3, "last": 3])
    }

    @Test(arguments: DNSTransaction.ServerRole.allCases, [0, 1, 2, 3, 4, 5, 6, 15] as [UInt16])
    func `every role and response code has its word`(_ role: DNSTransaction.ServerRole, _ code: UInt16) throws {
        let told = try record(Values.transaction(try Values.message(flags: 0x8600 | code), role: role))
        #expect(told.at("dns/server_role") == .string(role.rawValue))
        #expect(told.at("dns/response_code") == .string(DNSResponseCode(rawValue: code).name))
        #expect(told.at("event/outcome") == (code == 0 ? "success" : "failure"))
        #expect(told.at("dns/header_flags") == ["AA", "TC"])
    }

    @Test func `names of every kind of octet are told as their text`() throws {
        let names = [
            "xn--bcher-kva.example", "_dmarc.EXAMPLE", #"sp\032ace"#, #"\"q\""#, #"back\\slash"#, #"do\.t.\255"#,
            String(repeating: "a", count: 63),
        ]
        for name in names {
            let transaction = Values.transaction(try Values.query(try #require(DNSName(name))), response: nil)
            #expect(try record(transaction).at("dns/question/name") == .string(transaction.name.description))
        }
    }
}
