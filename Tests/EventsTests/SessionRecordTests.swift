import Events
@testable import Flows
import Testing
@testable import Wire

/// TLS handshakes and plaintext HTTP exchanges.
struct SessionRecordTests {
    private static let client = Endpoint(Values.client, Port(rawValue: 44932))
    private static let network: JSON = ["transport": "tcp", "community_id": "1:CYIz+lbrLpg2L4T+oek/lwhORZc="]

    private static func handshake(_ outcome: TLSHandshake.Outcome = .established) -> TLSHandshake {
        var frames = TLSHandshake.Frames()
        frames.clientHello = Values.frame(13)
        frames.end = Values.frame(18)
        return TLSHandshake(
            client: client, server: Endpoint(Values.vip, .https), vlan: 0, clientHello: nil, serverHello: nil, retryGroup: nil,
            certificate: nil, alert: nil, answer: [], isPostgreSQL: false, first: Values.frame(13), last: Values.frame(18), frames: frames,
            stage: outcome == .established ? .complete : .beforeServerHello, outcome: outcome, endedBy: nil, fingerprints: nil,
            time: Values.frame(18).time)
    }

    private static func exchange(_ status: UInt16?) -> HTTPExchange {
        HTTPExchange(
            client: client, server: Endpoint(Values.vip, .http), vlan: 0,
            request: HTTPExchange.Request(
                method: "GET", target: "/login?next=%2f", host: "git.laurivan.com:80", upgrade: nil, frame: Values.frame(13)),
            response: status.map {
                HTTPExchange.Response(status: $0, location: nil, server: nil, alternatives: nil, frame: Values.frame(15))
            },
            answer: [], outcome: status == nil ? .reset : .answered, endedBy: status == nil ? .responder : nil,
            end: status == nil ? Values.frame(15) : nil, time: Values.frame(15).time)
    }

    private func record(_ event: FlowEvent) throws -> JSON { try #require(try records { $0.write(event) }.first) }

    // MARK: TLS

    @Test func `that a message was shortened is told`() throws {
        var handshake = Self.handshake()
        #expect(try record(.tls(handshake, .ended)).at("tls/shortened") == nil)
        handshake.isShortened = true
        #expect(try record(.tls(handshake, .ended)).at("tls/shortened") == true)
    }

    @Test func `both hellos, certificate and fingerprints are told`() throws {
        var handshake = Self.handshake()
        var clientHello = try ClientHello(hello: "03030000000000000000000000000000000000000000000000000000000000000000000002cca90100")
        clientHello.serverName = TLSName("grafana.laurivan.com")
        clientHello.applicationProtocols = [TLSName("h2"), TLSName("http/1.1"), TLSName(octets: [0x1a, 0x1a])]
        clientHello.supportedVersions = [TLSVersion(rawValue: 0x2a2a), .tls13, TLSVersion(rawValue: 0x7f1c)]
        clientHello.supportedGroups = [TLSGroup(rawValue: 0x3a3a), TLSGroup(rawValue: 29), TLSGroup(rawValue: 0x9999)]
        clientHello.keyShareGroups = [TLSGroup(rawValue: 29)]
        handshake.clientHello = clientHello
        var serverHello = try ServerHello(hello: "0303000000000000000000000000000000000000000000000000000000000000000000cca900")
        serverHello.applicationProtocol = TLSName("h2")
        handshake.serverHello = serverHello
        handshake.fingerprints = TLSHandshake.Fingerprints(
            ja3: String(repeating: "a", count: 32), ja3s: String(repeating: "b", count: 32), ja4: "t13d0103h2_0f2cb44170f4_b9a491fefe05")
        let name = X509Name(octets: [], commonName: "*.laurivan.com", organization: "home")
        handshake.certificate = TLSCertificate(
            chainCount: 1,
            leaf: X509Certificate(
                serialNumber: [1], issuer: name, notBefore: Values.start, notAfter: Values.start + .seconds(60), subject: name,
                dnsNames: [TLSName("*.laurivan.com")], addresses: [Values.vip6]))
        handshake.frames.serverHello = Values.frame(14)
        handshake.frames.certificate = Values.frame(14)
        let subject: JSON = ["common_name": "*.laurivan.com", "organization": "home"]
        #expect(
            try record(.tls(handshake, .ended)) == [
                "@timestamp": "2026-02-04T10:34:41.018000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.tls", "action": "handshake", "outcome": "success", "duration": 5_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20", "port": 44932],
                "network": Self.network, "destination": ["ip": "10.0.0.157", "port": 443],
                "tls": [
                    "version": "1.2", "version_protocol": "tls", "cipher": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                    "next_protocol": "h2", "established": true, "outcome": "established", "stage": "complete",
                    "client": [
                        "server_name": "grafana.laurivan.com", "ja3": .string(String(repeating: "a", count: 32)),
                        "ja4": "t13d0103h2_0f2cb44170f4_b9a491fefe05", "versions": ["TLS 1.3", "0x7f1c"], "alpn": ["h2", "http/1.1"],
                        "groups": ["x25519", "0x9999"], "key_share_groups": ["x25519"], "encrypted_client_hello": false,
                    ],
                    "server": [
                        "ja3s": .string(String(repeating: "b", count: 32)),
                        "x509": [
                            "subject": subject, "issuer": subject, "not_before": "2026-02-04T10:34:41.000000000Z",
                            "not_after": "2026-02-04T10:35:41.000000000Z", "alternative_names": ["*.laurivan.com", "2001:db8::157"],
                        ],
                    ],
                    "frames": ["client_hello": 13, "server_hello": 14, "certificate": 14, "end": 18],
                ],
                "packet": ["first": 13, "last": 18],
            ])
    }

    @Test(arguments: TLSHandshake.Outcome.allCases)
    func `every outcome has its word`(_ outcome: TLSHandshake.Outcome) throws {
        var handshake = Self.handshake(outcome)
        if outcome == .alert { handshake.alert = TLSHandshake.Alert(side: .responder, value: nil) }
        if [.alert, .reset, .closed].contains(outcome) { handshake.endedBy = .responder }
        if outcome == .notTLS { handshake.answer = Array("HTTP".utf8) }
        if outcome == .cut { handshake.frames.end = nil }
        let record = try record(.tls(handshake, .ended))
        #expect(record.at("tls/outcome") == .string(outcome.rawValue))
        #expect(record.at("tls/established") == (outcome == .established ? true : false))
        let expected = outcome == .established ? "success" : outcome == .cut ? "unknown" : "failure"
        #expect(record.at("event/outcome") == .string(expected))
        #expect(record.at("tls/answer") == (outcome == .notTLS ? "48545450" : nil))
        #expect(record.at("tls/ended_by") == (handshake.endedBy == nil ? nil : "responder"))
    }

    @Test func `an alert is told by number and name`() throws {
        var handshake = Self.handshake(.alert)
        handshake.endedBy = .originator
        handshake.alert = TLSHandshake.Alert(side: .originator, value: TLSAlert(level: .fatal, description: .unknownCA))
        let named: JSON = ["side": "originator", "encrypted": false, "level": 2, "code": 48, "name": "unknown_ca"]
        #expect(try record(.tls(handshake, .ended)).at("tls/alert") == named)
        handshake.alert?.value?.description = .init(rawValue: 200)
        #expect(try record(.tls(handshake, .ended)).at("tls/alert/name") == nil)
        handshake.alert?.value = nil
        #expect(try record(.tls(handshake, .ended)).at("tls/alert") == ["side": "originator", "encrypted": true])
    }

    @Test func `stages have no record`() throws {
        for change in TLSChange.allCases where change != .ended {
            #expect(try records { $0.write(.tls(Self.handshake(), change)) }.isEmpty)
        }
    }

    // MARK: HTTP

    @Test func `a request and its response are one record`() throws {
        var exchange = Self.exchange(301)
        exchange.request.upgrade = "websocket"
        exchange.response?.location = "https://git.laurivan.com/\u{0}\""
        exchange.response?.server = "envoy"
        exchange.response?.alternatives = AlternativeServices(#"h3=":443"; ma=86400, h2="alt.example:8443""#)
        #expect(
            try record(.http(exchange)) == [
                "@timestamp": "2026-02-04T10:34:41.015000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.http", "action": "exchange", "outcome": "success", "duration": 2_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20", "port": 44932],
                "network": ["transport": "tcp", "community_id": "1:Rl3FCVQRM1IOYxTfYZbHL6257U4="],
                "destination": ["ip": "10.0.0.157", "port": 80],
                "url": ["original": "/login?next=%2f", "domain": "git.laurivan.com", "path": "/login"],
                "http": [
                    "request": ["method": "GET", "upgrade": "websocket"],
                    "response": [
                        "status_code": 301, "location": "https://git.laurivan.com/\u{0}\"", "server": "envoy",
                        "alt_svc": [
                            "clear": false,
                            "services": [
                                ["protocol": "h3", "port": 443], ["protocol": "h2", "host": "alt.example", "port": 8443],
                            ],
                        ],
                    ],
                    "outcome": "answered",
                ],
                "packet": ["first": 13, "last": 15],
            ])
    }

    @Test(arguments: [(UInt16(200), "success"), (404, "success"), (499, "success"), (500, "failure"), (503, "failure")])
    func `a status of 500 and above is a failure`(_ status: UInt16, _ outcome: String) throws {
        #expect(try record(.http(Self.exchange(status))).at("event/outcome") == .string(outcome))
    }

    @Test(arguments: HTTPExchange.Outcome.allCases)
    func `without a response, what came instead is told`(_ outcome: HTTPExchange.Outcome) throws {
        if outcome == .answered { return #expect(try record(.http(Self.exchange(200))).at("http/outcome") == "answered") }
        var exchange = Self.exchange(nil)
        exchange.outcome = outcome
        if [.notHTTP, .unanswered, .cut].contains(outcome) { exchange.endedBy = nil }
        if outcome == .notHTTP { exchange.answer = [21, 3] }
        let record = try record(.http(exchange))
        #expect(record.at("event/action") == "unanswered" && record.at("event/duration") == nil && record.at("http/response") == nil)
        #expect(record.at("http/outcome") == .string(outcome.rawValue))
        #expect(record.at("event/outcome") == (outcome == .cut ? "unknown" : "failure"))
        #expect(record.at("http/answer") == (outcome == .notHTTP ? "1503" : nil))
    }

    @Test(arguments: [
        ("a.example", "a.example"), ("a.example:8080", "a.example"), ("[2001:db8::1]:80", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("10.0.0.157", "10.0.0.157"), (":80", ":80"), ("", nil), (nil, nil),
    ])
    func `the domain is the host without its port`(_ host: String?, _ domain: String?) throws {
        var exchange = Self.exchange(200)
        exchange.request.host = host
        #expect(try record(.http(exchange)).at("url/domain") == domain.map(JSON.string))
    }

    @Test(arguments: ["*", "http://a.example/b", "a.example:443"])
    func `other targets have no path`(_ target: String) throws {
        var exchange = Self.exchange(200)
        exchange.request.target = target
        let record = try record(.http(exchange))
        #expect(record.at("url/original") == .string(target) && record.at("url/path") == nil)
    }
}

extension Message {
    /// Its body, in hexadecimal.
    fileprivate init(hello text: String) throws {
        var octets: [UInt8] = []
        var rest = Substring(text)
        while let octet = UInt8(rest.prefix(2), radix: 16) {
            octets.append(octet)
            rest = rest.dropFirst(2)
        }
        var span = octets.span
        try self.init(decoding: &span)
    }
}
