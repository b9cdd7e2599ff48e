import Events
@testable import Flows
import QUICInitial
import Testing
@testable import Wire

struct QUICRecordTests {
    private func record(_ attempt: QUICAttempt, _ change: QUICChange = .ended) throws -> JSON? {
        try records { $0.write(.quic(attempt, change)) }.first
    }

    /// Chromium's ClientHello, as far as the record tells of it.
    private static let hello = [UInt8](
        hex: "0303" + String(repeating: "07", count: 32) + "0000021301010000" + "2c" + "00000018001600001361" + "72676f63642e6c61757269"
            + "76616e2e636f6d" + "001000050003026833" + "002b0003020304")

    private static func attempt(_ outcome: QUICAttempt.Outcome) -> QUICAttempt {
        let none = QUICAttempt.Packets(QUICDirection(limit: 0))
        return QUICAttempt(
            client: Endpoint(Values.client, Port(rawValue: 50_000)), server: Endpoint(Values.vip, .https), vlan: 0, version: .v1,
            offeredVersions: [], originalDestination: ConnectionID(copying: [0x83, 0x94].span), clientID: .empty, serverID: nil,
            clientHello: nil, first: Values.frame(12), last: Values.frame(19), initials: [Values.frame(12)],
            initialCount: 1, lastInitial: Values.frame(12), answer: nil, retry: nil, versionNegotiation: nil, close: nil, closing: nil,
            rejection: nil, otherSource: nil, reason: .unknown, outcome: outcome, clientPackets: none, serverPackets: none,
            clientMAC: nil, nextHopMAC: nil, serverMAC: nil, clientTTL: nil, serverTTL: nil, isCut: false, time: Values.frame(20).time)
    }

    private static let none: JSON = ["initials": 0, "opened": 0, "handshakes": 0, "zero_rtts": 0, "shorts": 0]

    @Test func `an attempt of which little is known`() throws {
        #expect(
            try record(Self.attempt(.silence)) == [
                "@timestamp": "2026-02-04T10:34:41.020000000Z",
                "event": [
                    "kind": "event", "dataset": "vipscope.quic", "action": "ended", "outcome": "failure", "duration": 7_000_000,
                    "sequence": 2,
                ],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"],
                "source": ["ip": "10.0.0.20", "port": 50000, "packets": 0], "network": ["transport": "udp"],
                "destination": ["ip": "10.0.0.157", "port": 443, "packets": 0],
                "quic": [
                    "version": ["name": "1", "number": "0x00000001"], "original_destination_connection_id": "8394",
                    "source_connection_id": "", "outcome": "silence", "cut": false, "initial_count": 1, "reason": ["kind": "unknown"],
                    "client": Self.none, "server": Self.none,
                ],
                "packet": ["first": 12, "last": 19],
            ])
    }

    @Test func `an attempt of which everything is known`() throws {
        var attempt = Self.attempt(.closed)
        attempt.vlan = 20 << 12
        (attempt.version, attempt.offeredVersions) = (.v2, [.v1, QUICVersion(rawValue: 0x0a5a_5a0a)])
        attempt.serverID = ConnectionID(copying: [UInt8](repeating: 0xab, count: 21).span)
        var hello = Self.hello.span
        let clientHello = try ClientHelloSummary(decoding: &hello, over: .quic)
        attempt.clientHello = QUICAttempt.Hello(clientHello, ja4: try Fingerprint().octets(clientHello.ja4))
        (attempt.answer, attempt.retry, attempt.versionNegotiation) = (Values.frame(14), Values.frame(15), Values.frame(14))
        var payload = [UInt8](hex: "1c41780602" + "6869").span
        payload = payload.extracting(droppingFirst: 1)
        let whole = [UInt8](hex: "1c41780602" + "6869")
        let frame = try QUICConnectionClose(decoding: &payload, in: whole.span, isApplication: false)
        attempt.close = QUICClose(frame, in: whole.span, by: .server)
        attempt.closing = Values.frame(18)
        attempt.otherSource = QUICAttempt.OtherSource(address: Values.node, mac: Values.nodeMAC, frame: Values.frame(13))
        (attempt.clientMAC, attempt.nextHopMAC, attempt.serverMAC) = (Values.clientMAC, Values.nodeMAC, Values.nodeMAC)
        (attempt.clientTTL, attempt.serverTTL) = (64, 63)
        let written = try #require(try record(attempt))
        #expect(written.at("event/outcome") == "failure" && written.at("network/vlan/id") == "20")
        #expect(
            written.at("tls/client") == [
                "server_name": "argocd.laurivan.com", "alpn": ["h3"], "ja4": "q13d0103h3_0f2cb44170f4_b9a491fefe05", "ech": false,
            ])
        let quic = try #require(written["quic"])
        #expect(quic["version"] == ["name": "2", "number": "0x6b3343cf"])
        #expect(quic["offered_versions"] == [["name": "1", "number": "0x00000001"], ["name": "grease", "number": "0x0a5a5a0a"]])
        #expect(quic["destination_connection_id"] == .string(String(repeating: "ab", count: 20) + "…"))
        #expect(quic["answer_frame"] == 14 && quic["answer_time"] == 2_000_000)
        #expect(quic["retry_frame"] == 15 && quic["version_negotiation_frame"] == 14)
        #expect(
            quic["close"] == [
                "side": "server", "application": false, "code": 0x178, "name": "no_application_protocol", "frame_type": 6, "reason": "hi",
                "frame": 18,
            ])
        #expect(quic["answered_by"] == ["ip": "10.0.0.147", "mac": "00:50:56:aa:bb:03", "frame": 13])
        #expect(quic["next_hop_mac"] == "00:50:56:aa:bb:03" && quic["source_ttl"] == 64 && quic["destination_ttl"] == 63)
    }

    /// The client chooses every octet of them.
    @Test func `names that JSON or terminals would misread are escaped`() throws {
        var attempt = Self.attempt(.silence)
        var octets = Self.hello.span
        var hello = try ClientHelloSummary(decoding: &octets, over: .quic)
        hello.serverName = TLSName(octets: [0x61, 0x22, 0x5c, 0x07, 0xc3])
        hello.applicationProtocols = [TLSName(octets: [0x22]), TLSName(octets: [])]
        attempt.clientHello = QUICAttempt.Hello(hello, ja4: nil)
        #expect(
            try record(attempt)?.at("tls/client")
                == ["server_name": .string("a\"\\\\\\007\\195"), "alpn": ["\"", ""], "ech": false])
    }

    @Test func `what the HTTPS record promised is told in full`() throws {
        var attempt = Self.attempt(.icmp)
        attempt.rejection = Values.frame(13)
        // Priority 1, target ".", alpn h3 and h2, ipv4hint, ech.
        let data: [UInt8] = [
            0, 1, 0, 0, 1, 0, 6, 2, 0x68, 0x33, 2, 0x68, 0x32, 0, 4, 0, 4, 203, 0, 113, 5, 0, 5, 0, 1, 1,
        ]
        let binding = try ServiceBinding(decoding: data.span, at: 0)
        let promise = HTTP3Promise(binding, of: Values.question, by: Values.server, Values.frame(9), timeToLive: 60)
        attempt.reason = HTTP3Reason(kind: .httpsRecord, promise: promise)
        let written = try #require(try record(attempt))
        #expect(written.at("quic/icmp_frame") == 13)
        #expect(
            written.at("quic/reason") == [
                "kind": "https_rr", "frame": 9, "server": "10.0.0.156", "name": "grafana.laurivan.com", "alpn": ["h3", "h2"],
                "ipv4_hints": ["203.0.113.5"], "ipv6_hints": [], "ech": true,
            ])
    }

    @Test(arguments: QUICAttempt.Outcome.allCases) func `the outcome is as the client would call it`(_ outcome: QUICAttempt.Outcome) throws
    {
        for isCut in [false, true] {
            var attempt = Self.attempt(outcome)
            attempt.isCut = isCut
            if outcome == .icmp { attempt.rejection = Values.frame(13) }
            if outcome == .closed {
                let whole: [UInt8] = [0x1c, 0, 0, 0]
                var bytes = whole.span.extracting(droppingFirst: 1)
                attempt.close = QUICClose(
                    try QUICConnectionClose(decoding: &bytes, in: whole.span, isApplication: false), in: whole.span, by: .server)
            }
            let expected: JSON =
                switch outcome {
                case .established: "success"
                case .closed, .icmp: "failure"
                case .answered: "unknown"
                case .retry, .versionNegotiation, .silence: isCut ? "unknown" : "failure"
                }
            #expect(try record(attempt)?.at("event/outcome") == expected)
        }
    }

    @Test func `stages before the end have no record`() throws {
        for change in QUICChange.allCases where change != .ended { #expect(try record(Self.attempt(.silence), change) == nil) }
    }
}

extension [UInt8] {
    fileprivate init(hex text: String) {
        var digits = text.compactMap(\.hexDigitValue)[...]
        self = []
        while let high = digits.popFirst(), let low = digits.popFirst() { append(UInt8(high << 4 | low)) }
    }
}
