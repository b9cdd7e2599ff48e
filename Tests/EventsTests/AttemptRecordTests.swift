import Events
@testable import Flows
import Testing
@testable import Wire

struct AttemptRecordTests {
    private static func attempt(_ outcome: UserAttempt.Outcome) -> UserAttempt {
        UserAttempt(
            client: Values.client, vip: Values.vip, outcome: outcome, first: Values.frame(3), last: Values.frame(40),
            time: Values.frame(40).time + .seconds(15))
    }

    private static var tls: UserAttempt {
        var attempt = attempt(.tls)
        attempt.name = DNSName("Grafana.laurivan.com")
        attempt.lookups = [
            UserAttempt.Lookup(
                type: .a, server: Values.server, query: Values.frame(3), response: Values.frame(5), responseCode: .noError),
            UserAttempt.Lookup(type: .https, server: Values.server, query: Values.frame(4)),
        ]
        attempt.resolution = UserAttempt.Resolution(asked: Values.frame(6), answered: Values.frame(7))
        attempt.quic = UserAttempt.QUIC(count: 2, outcome: .silence, first: Values.frame(8), last: Values.frame(29))
        attempt.tcp = UserAttempt.TCP(
            count: 1, handshake: .established, port: .https, syn: Values.frame(30), synACK: Values.frame(33), ack: Values.frame(34))
        attempt.tls = UserAttempt.TLS(
            outcome: .established, clientHello: Values.frame(35), serverHello: Values.frame(39),
            offered: [TLSName(octets: [0x1a, 0x1a]), TLSName("h2")], chosen: TLSName("h2"), version: .tls12)
        attempt.wait = UserAttempt.Wait(
            total: .milliseconds(36), answer: Values.frame(39), dns: .milliseconds(2), arp: .milliseconds(1), quic: .milliseconds(22),
            tcp: .milliseconds(3), tls: .milliseconds(4))
        return attempt
    }

    private func record(_ attempt: UserAttempt) throws -> JSON { try #require(try records { $0.write(.attempt(attempt)) }.first) }

    @Test func `every stage is told with its frames, and the wait by stages`() throws {
        #expect(
            try record(Self.tls) == [
                "@timestamp": "2026-02-04T10:34:56.040000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.attempt", "action": "ended", "outcome": "success", "duration": 37_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "source": ["ip": "10.0.0.20"],
                "dns": ["question": ["name": "Grafana.laurivan.com"]],
                "attempt": [
                    "outcome": "tls", "cut": false,
                    "wait": [
                        "total": 36_000_000, "dns": 2_000_000, "arp": 1_000_000, "quic": 22_000_000, "tcp": 3_000_000, "tls": 4_000_000,
                        "frame": 39,
                    ],
                    "lookups": [
                        [
                            "type": "A", "server": "10.0.0.156", "response_code": "NOERROR", "wait": 2_000_000, "query": 3, "response": 5,
                        ],
                        ["type": "HTTPS", "server": "10.0.0.156", "query": 4],
                    ],
                    "arp": ["answered": true, "wait": 1_000_000, "request": 6, "reply": 7],
                    "quic": ["count": 2, "outcome": "silence", "wait": 21_000_000, "first": 8, "last": 29],
                    "tcp": [
                        "count": 1, "handshake": "established", "port": 443, "server_handshake_time": 3_000_000,
                        "client_handshake_time": 1_000_000, "syn": 30, "syn_ack": 33, "ack": 34,
                    ],
                    "tls": [
                        "version": "1.2", "next_protocol": "h2", "outcome": "established", "alpn": ["h2"], "client_hello": 35,
                        "server_hello": 39,
                    ],
                ],
                "packet": ["first": 3, "last": 40],
            ])
    }

    @Test func `what was not seen is left out`() throws {
        var attempt = Self.attempt(.unknown)
        (attempt.isCut, attempt.isShortened) = (true, true)
        attempt.resolution = UserAttempt.Resolution(asked: Values.frame(6))
        attempt.tcp = UserAttempt.TCP(count: 16, handshake: .unanswered, port: .http, syn: Values.frame(8))
        let record = try record(attempt)
        #expect(record.keys == ["@timestamp", "event", "vip", "source", "attempt", "packet"])
        #expect(
            record["attempt"] == [
                "outcome": "unknown", "cut": true, "shortened": true, "arp": ["answered": false, "request": 6],
                "tcp": ["count": 16, "handshake": "unanswered", "port": 80, "syn": 8],
            ])
    }

    @Test func `a page is told with its status`() throws {
        var attempt = Self.attempt(.http)
        attempt.http = UserAttempt.HTTP(outcome: .answered, status: 404, request: Values.frame(38), response: Values.frame(40))
        attempt.wait = UserAttempt.Wait(total: .milliseconds(37), answer: Values.frame(40), http: .milliseconds(2))
        let record = try record(attempt)
        #expect(record.at("attempt/http") == ["outcome": "answered", "status_code": 404, "request": 38, "response": 40])
        #expect(record.at("attempt/wait") == ["total": 37_000_000, "http": 2_000_000, "frame": 40])
    }

    @Test(arguments: [
        (UserAttempt.Outcome.http3, "success"), (.tls, "success"), (.http, "success"), (.tcp, "success"), (.failed, "failure"),
        (.unknown, "unknown"),
    ])
    func `the outcome is the client's view of it`(_ outcome: UserAttempt.Outcome, _ expected: String) throws {
        var attempt = Self.tls
        attempt.outcome = outcome
        if outcome == .failed || outcome == .unknown { attempt.wait = nil }
        if outcome == .http {
            attempt.http = UserAttempt.HTTP(outcome: .answered, status: 200, request: Values.frame(35), response: Values.frame(39))
        }
        #expect(try record(attempt).at("event/outcome") == .string(expected))
    }
}
