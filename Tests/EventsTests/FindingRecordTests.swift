@testable import Diagnosis
import Events
import Flows
import Testing
import Wire

struct FindingRecordTests {
    private func finding(_ label: Label, _ severity: Severity, _ subject: Finding.Subject) -> Finding {
        var finding = Finding(
            label, severity, subject, .proven, at: Values.frame(30).time, summary: "10.0.0.157 says \"no\"",
            evidence: [Evidence(Values.frame(20), "the second"), Evidence(Values.frame(11), "the first")])
        finding.ruledOut = [Exclusion("vip-failover", because: "both answered the same request")]
        finding.remedy = ["ip -br addr", "kubectl get svc -A   # \"EXTERNAL-IP\"?"]
        return finding
    }

    private func record(_ finding: Finding, _ action: FindingBook.Action = .opened) throws -> JSON {
        let change = FindingBook.Change(action: action, finding: finding, time: Values.frame(30).time)
        return try #require(try records { $0.write(change) }.first)
    }

    @Test func `a finding is told with its evidence in the order of its words`() throws {
        var finding = finding(.tcpSYNBlackhole, .fault, Finding.Subject(vip: Values.vip, port: .https))
        finding.causedBy = "vip-no-announcer/10.0.0.157"
        finding.count = 3
        #expect(
            try record(finding, .updated) == [
                "@timestamp": "2026-02-04T10:34:41.030000000Z",
                "event": ["kind": "alert", "dataset": "vipscope.finding", "action": "updated", "sequence": 2],
                "vip": ["address": "10.0.0.157", "name": "envoy-internal"], "network": ["transport": "tcp"],
                "destination": ["ip": "10.0.0.157", "port": 443],
                "finding": [
                    "id": "tcp-syn-blackhole/10.0.0.157/443", "label": "tcp-syn-blackhole", "severity": "fault", "state": "open",
                    "confidence": "proven", "summary": "10.0.0.157 says \"no\"",
                    "evidence": [
                        ["frame": 20, "time": "2026-02-04T10:34:41.020000000Z", "note": "the second"],
                        ["frame": 11, "time": "2026-02-04T10:34:41.011000000Z", "note": "the first"],
                    ],
                    "ruled_out": [["label": "vip-failover", "because": "both answered the same request"]],
                    "remedy": ["ip -br addr", "kubectl get svc -A   # \"EXTERNAL-IP\"?"], "caused_by": "vip-no-announcer/10.0.0.157",
                    "first_seen": "2026-02-04T10:34:41.011000000Z", "last_seen": "2026-02-04T10:34:41.030000000Z", "count": 3,
                ],
                "packet": ["first": 11, "last": 20],
            ])
    }

    @Test func `a zone's finding has a name and no VIP`() throws {
        let record = try record(finding(.dnsNXDomainAllInternal, .fault, Finding.Subject(name: "laurivan.com")))
        #expect(record.keys == ["@timestamp", "event", "finding", "packet"])
        #expect(record.at("finding/name") == "laurivan.com" && record.at("finding/id") == "dns-nxdomain-all-internal/laurivan.com")
        #expect(record.at("finding/caused_by") == .null)
    }

    @Test func `a finding about one client names it`() throws {
        let record = try record(finding(.tcpICMPRejected, .fault, Finding.Subject(vip: Values.vip6, port: .http, client: Values.client6)))
        #expect(record["source"] == ["ip": "2001:db8::20"] && record["vip"] == ["address": "2001:db8::157"])
        #expect(record["destination"] == ["ip": "2001:db8::157", "port": 80])
        #expect(record.at("finding/id") == "tcp-icmp-rejected/2001:db8::157/80/2001:db8::20")
    }

    @Test(arguments: FindingBook.Action.allCases, Confidence.allCases)
    func `action, state and confidence have their words`(_ action: FindingBook.Action, _ confidence: Confidence) throws {
        var finding = finding(.healthy, .info, Finding.Subject(vip: Values.vip))
        finding.state = action == .resolved ? .resolved : .open
        finding.confidence = confidence
        (finding.ruledOut, finding.remedy) = ([], [])
        let record = try record(finding, action)
        #expect(record.at("event/action") == .string(action.rawValue) && record.at("finding/state") == .string(finding.state.rawValue))
        #expect(record.at("finding/confidence") == .string(confidence.rawValue))
        #expect(record.at("finding/ruled_out") == [] && record.at("finding/remedy") == [])
        #expect(record["network"] == nil && record["destination"] == nil)
    }

    @Test(arguments: Label.allCases)
    func `every label's finding fits the schema`(_ label: Label) throws {
        let severity = try #require(RuleRegistry.explanation(label)).severity
        let isZones = label.layer == .dns
        let isPorts = label == .mtuBlackhole || (label.layer == .tcp && label != .dsrAsymmetricReply)
        let subject = Finding.Subject(vip: isZones ? nil : Values.vip, port: isPorts ? .https : nil, name: isZones ? "laurivan.com" : nil)
        let record = try record(finding(label, severity, subject))
        #expect(record.at("finding/label") == .string(label.rawValue) && record.at("finding/severity") == .string(severity.rawValue))
        #expect((record["destination"] != nil) == isPorts && (record["network"] != nil) == isPorts)
    }

    // MARK: Ledger

    private func record(_ ledger: Ledger) throws -> JSON {
        try #require(try records { $0.write(ledger, at: Values.frame(40).time) }.first)
    }

    @Test func `a VIP of which nothing was seen is not judged`() throws {
        let record = try record(Ledger(Values.vip6, Knowledge(site: Values.site), open: []))
        let silent: JSON = ["status": "not_seen", "evidence": []]
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.040000000Z",
                "event": ["kind": "state", "dataset": "vipscope.vip", "action": "ledger", "sequence": 2],
                "vip": [
                    "address": "2001:db8::157",
                    "layers": ["l2": silent, "icmp": silent, "dns": silent, "tcp": silent, "tls": silent, "quic": silent, "http": silent],
                    "verdict": "not_judged",
                ],
            ])
    }

    @Test func `what works is told with its packet and its announcer`() throws {
        var known = Knowledge(site: Values.site)
        _ = known.learn(.claim(Values.claim()))
        _ = known.learn(.tcp(Values.connection(), .established))
        let record = try record(Ledger(Values.vip, known, open: []))
        #expect(record.at("vip/name") == "envoy-internal" && record.at("vip/verdict") == "healthy")
        #expect(record.at("vip/announcer") == ["mac": "00:50:56:aa:bb:03", "node": "esxi-2cu-8g-03", "address": "10.0.0.147"])
        #expect(
            record.at("vip/layers/tcp") == [
                "status": "ok",
                "evidence": [["frame": 14, "time": "2026-02-04T10:34:41.014000000Z", "note": "handshake on TCP 443"]],
                "since": "2026-02-04T10:34:41.014000000Z",
            ])
    }

    @Test func `an announcer that no site file knows has its MAC and what it owns`() throws {
        var ledger = Ledger(Values.vip, Knowledge(site: Values.site), open: [])
        ledger.announcer = Values.claim(Values.otherMAC).station
        #expect(try record(ledger).at("vip/announcer") == ["mac": "00:50:56:aa:bb:04"])
        ledger.announcer?.address = Values.client
        #expect(try record(ledger).at("vip/announcer") == ["mac": "00:50:56:aa:bb:04", "address": "10.0.0.20"])
    }

    @Test(arguments: LayerStatus.allCases, Verdict.allCases)
    func `every status and verdict has its word`(_ status: LayerStatus, _ verdict: Verdict) throws {
        var ledger = Ledger(Values.vip, Knowledge(site: Values.site), open: [])
        let shows = status != .notSeen && status != .notObservable
        for layer in LedgerLayer.allCases {
            ledger.lines[layer] = Ledger.Line(
                status: status, evidence: shows ? [Evidence(Values.frame(9), "shows it")] : [], since: shows ? Values.frame(9).time : nil)
        }
        ledger.verdict = verdict
        let record = try record(ledger)
        #expect(record.at("vip/verdict") == .string(verdict.rawValue))
        for layer in LedgerLayer.allCases {
            #expect(record.at("vip/layers/\(layer.rawValue)/status") == .string(status.rawValue))
            #expect((record.at("vip/layers/\(layer.rawValue)/since") != nil) == shows)
        }
    }
}
