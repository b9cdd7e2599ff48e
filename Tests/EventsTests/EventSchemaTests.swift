import Diagnosis
@testable import Events
import Flows
import Foundation
import Support
import Testing
import Wire

/// The schema is written by hand: what it lists must be what the code can say.
struct EventSchemaTests {
    let schema: JSON

    init() throws { schema = try JSON(parsing: EventSchema.text) }

    private func definition(_ path: String) throws -> JSON { try #require(schema.at("$defs/\(path)"), "\(path)") }
    private func list(_ path: String) throws -> [String] { try definition(path + "/enum").elements.compactMap(\.text) }

    /// The pattern at a path; patterns are anchored, so that a match is a match of the whole.
    private func pattern(_ path: String) throws -> NSRegularExpression {
        let text = try #require(try definition(path + "/pattern").text)
        #expect(text.hasPrefix("^") && text.hasSuffix("$"))
        return try NSRegularExpression(pattern: text)
    }

    private func matches(_ pattern: NSRegularExpression, _ text: String) -> Bool {
        pattern.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
    }

    @Test(arguments: [(nil, nil), ("", nil), ("/tmp/events", "/tmp/events")] as [(String?, String?)])
    func `lines are kept where a folder is named`(_ value: String?, _ folder: String?) {
        #expect(EventLog.folder(value.map { ["VIPSCOPE_TEST_EVENTS": $0] } ?? [:]) == folder)
    }

    // MARK: The document

    @Test func `the schema is JSON Schema 2020-12 and has the streams' version`() throws {
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["$id"]?.text?.hasSuffix("/" + EventWriter.schemaVersion) == true)
        #expect(try definition("capture_start/properties/capture/properties/schema_version/const") == .string(EventWriter.schemaVersion))
    }

    @Test func `every dataset has a branch, and every branch a definition`() throws {
        let branches = try #require(schema["allOf"]).elements
        let datasets = branches.map { $0.at("if/properties/event/properties/dataset/const")?.text }
        #expect(datasets == (try list("event/properties/dataset")))
        for branch in branches {
            let reference = try #require(branch.at("then/$ref")?.text)
            #expect(schema.at(String(reference.dropFirst(2))) != nil, "\(reference)")
        }
    }

    @Test func `every object is closed, every field is described, every reference leads somewhere`() {
        var objects = 0
        walk(schema, "") { place, node in
            if node["type"] == "object", !place.contains("/if"), !place.isEmpty {
                objects += 1
                #expect(node["additionalProperties"] == false, "\(place) is open")
                #expect(place.hasSuffix("/items") || node["description"] != nil, "\(place) is not described")
                for (name, field) in members(node["properties"]) where node["additionalProperties"] == false {
                    let target = field["$ref"]?.text.flatMap { schema.at(String($0.dropFirst(2))) }
                    let isRefinement = name == "event" || name == "@timestamp"
                    #expect(isRefinement || field["description"] ?? target?["description"] != nil, "\(place)/\(name) is not described")
                }
            }
            if let reference = node["$ref"]?.text { #expect(schema.at(String(reference.dropFirst(2))) != nil, "\(place): \(reference)") }
        }
        #expect(objects > 30)
    }

    private func walk(_ node: JSON, _ place: String, _ visit: (String, JSON) -> Void) {
        switch node {
        case .object(let object):
            visit(place, node)
            for (key, value) in object { walk(value, "\(place)/\(key)", visit) }
        case .array(let array): for value in array { walk(value, "\(place)/items", visit) }
        default: break
        }
    }

    private func members(_ node: JSON?) -> [(String, JSON)] {
        if case .object(let object) = node { object.map { ($0, $1) } } else { [] }
    }

    // MARK: Lists

    @Test func `labels, severities and confidences are the code's`() throws {
        #expect(try list("label") == Label.allCases.map(\.rawValue))
        let finding = "finding/properties/finding/properties/"
        #expect(try list(finding + "severity") == Severity.allCases.map(\.rawValue))
        #expect(try list(finding + "confidence") == Confidence.allCases.map(\.rawValue))
        #expect(try list(finding + "state") == Finding.State.allCases.map(\.rawValue))
        #expect(try list("finding/properties/event/properties/action") == FindingBook.Action.allCases.map(\.rawValue))
    }

    @Test func `each label has the severity that its rule explains`() throws {
        let condition = try definition("finding/properties/finding")
        let informing = try #require(condition.at("if/properties/label/enum")).elements.compactMap(\.text)
        let warned = try #require(condition.at("else/if/properties/label/enum")).elements.compactMap(\.text)
        let moved = try #require(condition.at("else/else/if/properties/label/const")?.text)
        #expect(condition.at("then/properties/severity/const") == "info")
        #expect(condition.at("else/then/properties/severity/const") == "warning")
        #expect(condition.at("else/else/then/properties/severity/enum") == ["event", "warning"])
        #expect(condition.at("else/else/else/properties/severity/const") == "fault")
        for label in Label.allCases {
            let severity = try #require(RuleRegistry.explanation(label)).severity
            let expected: Severity =
                informing.contains(label.rawValue)
                ? .info : warned.contains(label.rawValue) ? .warning : label.rawValue == moved ? .event : .fault
            #expect(severity == expected, "\(label.rawValue)")
        }
    }

    @Test func `labels with a transport must name a port`() throws {
        let conditions = try definition("finding/allOf").elements
        let lists = conditions.compactMap { $0.at("if/properties/finding/properties/label/enum")?.elements.compactMap(\.text) }
        try #require(lists.count == 3)
        for (list, transport) in zip(lists.dropFirst(), ["tcp", "udp"]) {
            #expect(list == Label.allCases.filter { $0.transport?.description == transport }.map(\.rawValue))
        }
        // Names, authorities by their zone or address, VIPs: every label of DNS is one of the three.
        let choices = try #require(conditions[1].at("else/anyOf")).elements
        let authorities = choices.compactMap { $0.at("properties/finding/properties/label/enum")?.elements.compactMap(\.text) }
        try #require(authorities.count == 2)
        let dns = Label.allCases.filter { $0.layer == .dns && $0.transport == nil }.map(\.rawValue)
        #expect(Set(lists[0] + authorities[0]) == Set(dns))
        #expect(Set(authorities[1]).isDisjoint(with: dns))
    }

    @Test func `the ledger's layers, statuses and verdicts are the code's`() throws {
        let layers = LedgerLayer.allCases.map(\.rawValue)
        let ledger = "ledger/properties/vip/properties/"
        #expect(try definition(ledger + "layers/required").elements.compactMap(\.text) == layers)
        #expect(try definition(ledger + "layers/properties").keys == Set(layers))
        #expect(try list("layer/properties/status") == LayerStatus.allCases.map(\.rawValue))
        #expect(try list(ledger + "verdict") == Verdict.allCases.map(\.rawValue))
    }

    @Test func `what correlators say is the code's`() throws {
        let tcp = "tcp/properties/tcp/properties/"
        #expect(try list(tcp + "handshake") == TCPConnection.Handshake.allCases.map { "\($0.name)" })
        #expect(try list(tcp + "state") == TCPConnection.Outcome.allCases.map(\.rawValue))
        #expect(try list(tcp + "ended_by") == TCPConnection.Side.allCases.map(\.rawValue))
        #expect(try list("announcement/properties/announcement/properties/means") == Claim.Means.allCases.map(\.rawValue))
        #expect(try list("announcement/properties/event/properties/action") == Announcement.Action.allCases.map(\.rawValue))
        #expect(try list("dns/properties/dns/properties/server_role") == DNSTransaction.ServerRole.allCases.map(\.rawValue))
    }

    @Test func `what sessions say is the code's`() throws {
        let tls = "tls/properties/tls/properties/"
        #expect(try list(tls + "outcome") == TLSHandshake.Outcome.allCases.map(\.rawValue))
        #expect(try list(tls + "stage") == TLSHandshake.Stage.allCases.map(\.rawValue))
        #expect(try list(tls + "ended_by") == TCPConnection.Side.allCases.map(\.rawValue))
        #expect(try list("http/properties/http/properties/outcome") == HTTPExchange.Outcome.allCases.map(\.rawValue))
        #expect(try list("attempt/properties/attempt/properties/outcome") == UserAttempt.Outcome.allCases.map(\.rawValue))
        let (ciphers, groups) = (try pattern("tls_cipher"), try pattern("tls_group"))
        let alerts = try pattern(tls + "alert/properties/name")
        #expect((UInt16.min...UInt16.max).allSatisfy { matches(ciphers, TLSCipherSuite(rawValue: $0).name) })
        #expect((UInt16.min...UInt16.max).allSatisfy { matches(groups, TLSGroup(rawValue: $0).name) })
        #expect((UInt8.min...UInt8.max).compactMap { TLSAlert.Description(rawValue: $0).name }.allSatisfy { matches(alerts, $0) })
    }

    @Test func `the vantages and anomalies of the statistics are the code's`() throws {
        let capture = "capture_statistics/properties/capture/properties/"
        #expect(try list(capture + "vantage") == Vantage.allCases.map(\.rawValue))
        #expect(try list(capture + "anomalies/items/properties/layer") == Layer.allCases.map(\.name))
        #expect(try list(capture + "anomalies/items/properties/kind") == Anomaly.Kind.allCases.map(\.rawValue))
    }

    @Test(arguments: [
        (TCPConnection.Handshake.established, TCPConnection.Outcome.closed, "success"), (.refused, .refused, "failure"),
        (.rejected, .rejected, "failure"), (.unanswered, .unanswered, "failure"), (.unanswered, .open, "unknown"),
        (.notSeen, .idle, "unknown"), (.answered, .open, "unknown"),
    ])
    func `a handshake's outcome is the client's view of it`(
        _ handshake: TCPConnection.Handshake, _ outcome: TCPConnection.Outcome, _ expected: String
    ) {
        var connection = Values.connection()
        connection.handshake = handshake
        connection.outcome = outcome
        #expect(connection.handshake.ecsOutcome(connection.outcome).description == expected)
    }

    // MARK: Open number spaces

    @Test func `every ICMP type that is an error is listed`() throws {
        let types = (UInt8.min...UInt8.max).filter { ICMPv4Message.MessageType(rawValue: $0).isError }
        #expect(try definition("icmpv4_error/properties/type/enum") == .array(types.map { .integer(Int128($0)) }))
    }

    @Test func `every DNS type, response code and flag has a name that the schema takes`() throws {
        let types = try pattern("dns_type")
        #expect((UInt16.min...UInt16.max).allSatisfy { matches(types, DNSType(rawValue: $0).name) })
        let codes = try pattern("dns/properties/dns/properties/response_code")
        #expect((UInt16.min...4095).allSatisfy { matches(codes, DNSResponseCode(rawValue: $0).name) })
        let transaction = Values.transaction(try Values.message(flags: 0xffff))
        let flags = try records { $0.write(.dns(transaction)) }.first?.at("dns/header_flags")
        // DO stands in the OPT record, which this message lacks.
        #expect((flags?.elements ?? []) + ["DO"] == (try definition("dns/properties/dns/properties/header_flags/items/enum").elements))
    }

    @Test func `every link type has a name that the schema takes`() throws {
        let names = try pattern("capture_start/properties/capture/properties/link_types/items")
        #expect((UInt32.min...400).allSatisfy { matches(names, LinkType(rawValue: $0).name) })
        #expect(matches(names, LinkType(rawValue: .max).name) && !matches(names, "Ethernet"))
    }

    @Test(arguments: [
        "0.0.0.0", "255.255.255.255", "10.0.0.157", "::", "::1", "1::", "2001:db8::157", "1:2:3:4:5:6:7:8", "1:0:3:4:5:6:7:8",
        "1:2:3:4:5:6::",
        "::3:4:5:6:7:8", "fe80::250:56ff:feaa:bb03", "64:ff9b::a00:9d",
    ])
    func `an address matches in its canonical text`(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == text)
        #expect(matches(try pattern("address"), text))
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.157 ", "10.0.0.157/32", ":", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
        ":::", "2001:DB8::1",
        "2001:0db8::1", "1:2:3:4:5:6:7:8::", "::12345", "fe80::1%eth0",
    ])
    func `what is no address in canonical text does not match`(_ text: String) throws {
        #expect(!matches(try pattern("address"), text))
    }

    @Test func `times, hardware addresses and names match`() throws {
        let times = try pattern("timestamp")
        #expect(RFC3339Tests.times.allSatisfy { matches(times, $0.1) })
        for wrong in [
            "2026-02-04T10:34:41Z", "2026-02-04T10:34:41.203118Z", "2026-02-04 10:34:41.203118000Z", "2026-02-04T24:00:00.000000000Z",
        ] {
            #expect(!matches(times, wrong), "\(wrong)")
        }
        let macs = try pattern("mac")
        #expect([MACAddress.zero, .broadcast, Values.nodeMAC].allSatisfy { matches(macs, $0.description) })
        let names = try pattern("name")
        #expect(["grafana.laurivan.com", ".", #"a\.b\000\255"#, "0/25.2.0.192.in-addr.arpa"].allSatisfy { matches(names, $0) })
    }
}
