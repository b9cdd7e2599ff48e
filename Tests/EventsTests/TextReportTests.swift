import Diagnosis
@testable import Events
@testable import Flows
import Site
import Testing
import Wire

struct TextReportTests {
    /// One VIP, so that the report is about it alone.
    private var site: Site {
        var site = Values.site
        site.vips = Array(site.vips.prefix(1))
        return site
    }

    private func report(
        _ site: Site, _ events: [FlowEvent], statistics: CaptureStatistics = CaptureStatistics(), anomalies: UInt64 = 0,
        vantage: Vantage = .mirror
    ) -> [String] {
        var diagnosis = Diagnosis(site: site)
        for event in events { _ = diagnosis.consider(event) }
        _ = diagnosis.finish(at: Values.start + .seconds(9))
        let totals = TextReport.Totals(statistics: statistics, anomalies: anomalies, vantage: vantage, flooded: 0, seconds: 9.0004)
        let text = TextReport(diagnosis, totals).text
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n") && !text.contains("\n\n\n"))
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private var healthy: [String] { report(site, [.claim(Values.claim()), .tcp(Values.connection(), .established)]) }

    private var faulty: [String] {
        report(site, [.claim(Values.claim()), .tcp(Values.connection(port: .http), .established), .tcp(Values.silence(), .fellSilent)])
    }

    /// Three requests in a row, which nobody answers.
    private var unanswered: UnansweredRequest {
        let asker = Asker(
            station: Station(mac: Values.clientMAC, address: Values.client), claimedIt: false, sentFromIt: false, forwards: false,
            resolves: false)
        return UnansweredRequest(
            vlan: 0, address: Values.vip, asker: asker, requests: [Values.frame(1), Values.frame(1001), Values.frame(2001)], count: 3,
            basis: .retransmission, isCut: false, time: Values.frame(3001).time, announced: nil)
    }

    @Test func `a healthy VIP is told in a few lines`() {
        let lines = healthy
        #expect(lines.first == "10.0.0.157 (envoy-internal): healthy")
        #expect(lines.contains("INFO       The VIP is healthy (healthy)"))
        #expect(lines.contains { $0.hasPrefix("proven by  frame  5  10:34:41.005  ARP reply") })
        #expect(lines.contains { $0.hasPrefix("Works: announcement (by esxi-2cu-8g-03, frame 5) and TCP (") })
        #expect(lines.joined(separator: " ").contains("Not judged: ICMP, DNS, TLS,"))
        #expect(!lines.contains { $0.contains("ot the problem") || $0.hasPrefix("run next") || $0.hasPrefix("for whom") })
        #expect(lines.count <= 12, "\(lines.count) lines")
    }

    @Test func `a simple fault is told in twenty lines`() {
        let lines = report(site, [.unanswered(unanswered)])
        #expect(lines.count <= 20, "\(lines.count) lines:\n\(lines.joined(separator: "\n"))")
        #expect(lines.first == "10.0.0.157 (envoy-internal): FAULT since 2026-02-04 10:34:41 UTC")
        #expect(lines.contains("FAULT      Nobody on the LAN answers for the VIP (vip-no-announcer)"))
        #expect(lines.contains("for whom   everyone: no packet can be sent to the VIP"))
    }

    @Test func `a fault is told with whom it hits, its proof, what it is not, what to do, and what is not the problem`() {
        let lines = faulty
        #expect(lines.first == "10.0.0.157 (envoy-internal): FAULT since 2026-02-04 10:34:41 UTC")
        let order = [
            "FAULT      SYNs to a service port vanish (tcp-syn-blackhole)",
            "           TCP 443 of 10.0.0.157 (envoy-internal) swallows SYNs", "for whom   clients of TCP 443 of 10.0.0.157",
            "proven by  frame   11  10:34:41.011  SYN", "           frame 1011  10:34:42.011  ", "ruled out  vip-no-announcer: ",
            "run next   kubectl ", "Not the problem: announcement (by esxi-2cu-8g-03, frame 5). Not judged: ",
        ]
        let places = order.map { start in lines.firstIndex { $0.hasPrefix(start) } }
        #expect(places.allSatisfy { $0 != nil }, "\(zip(order, places).filter { $0.1 == nil }.map(\.0))")
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    }

    @Test func `every line fits a narrow terminal`() {
        for line in healthy + faulty + report(Values.site, [.unanswered(unanswered)]) {
            #expect(line.last != " " && line.count <= 80, "\(line)")
        }
    }

    @Test func `what room there is left for, is counted`() {
        let lines = report(Values.site, [.unanswered(unanswered)])
        #expect(lines.count <= 20)
        #expect(lines.contains { $0.hasSuffix(" more: vipscope explain vip-no-announcer") }, "\(lines.joined(separator: "\n"))")
    }

    @Test func `VIPs of which nothing was seen take one sentence`() {
        let lines = report(Values.site, [.claim(Values.claim()), .tcp(Values.connection(), .established)])
        #expect(lines.prefix(2) == ["10.0.0.157 (envoy-internal): healthy", "2001:db8::157: no verdict: too little was seen"])
        #expect(!lines.dropFirst(2).contains { $0.contains("2001:db8::157") })
    }

    @Test func `a resolved finding says so, and what ended it, and nothing to do`() {
        var answered = Values.connection()
        (answered.synACK, answered.ack) = (Values.frame(8000), Values.frame(8001))
        answered.time = Values.frame(8001).time
        let lines = report(
            site, [.claim(Values.claim()), .tcp(Values.silence(), .fellSilent), .tcp(answered, .established)])
        #expect(lines.contains("OVER       SYNs to a service port vanish (tcp-syn-blackhole)"))
        #expect(lines.contains { $0.hasPrefix("           frame 8000  10:34:49.000  ") })
        #expect(!lines.contains { $0.hasPrefix("run next") })
        #expect(lines.first == "10.0.0.157 (envoy-internal): healthy")
        // It is healthy again, which the first line says; the finding that says so is told by name.
        #expect(lines.contains("also       healthy, 10.0.0.157: The VIP is healthy"))
    }

    @Test func `a consequence is one line under its cause and leaves the remedy to it`() {
        let lines = report(site, [.tcp(Values.silence(), .fellSilent), .unanswered(unanswered)])
        let cause = lines.firstIndex { $0.hasPrefix("FAULT      Nobody on the LAN answers for the VIP") }
        let consequence = lines.firstIndex(of: "leads to   tcp-syn-blackhole, TCP 443: SYNs to a service port vanish")
        let remedy = lines.firstIndex { $0.hasPrefix("run next   ") }
        #expect(cause != nil && consequence != nil && remedy != nil, "\(lines.joined(separator: "\n"))")
        #expect([cause, consequence, remedy].compactMap(\.self) == [cause, consequence, remedy].compactMap(\.self).sorted())
        #expect(!lines.contains { $0.contains("vip-no-announcer/10.0.0.157") })
    }

    @Test func `clients of one trouble are told together`() {
        var order: [Finding] = []
        for client in ["10.0.0.20", "10.0.0.21", "10.0.0.22", "10.0.0.23"].compactMap({ IPAddress($0) }) {
            order.append(
                Finding(
                    .staleARPAfterFailover, .fault, Finding.Subject(vip: Values.vip, client: client), .proven, at: Values.start,
                    summary: "\(client) sends to the old one", evidence: [Evidence(Values.frame(1), "it sends")]))
        }
        let (reading, known) = (ReadingOrder(order), Diagnosis(site: Site()).known)
        #expect(reading.told.map(\.finding) == [order[0]] && reading.told.map(\.siblings) == [Array(order[1...])])
        #expect(reading.aside.isEmpty)
        #expect(order[0].audience(Array(order[1...]), known) == "10.0.0.20, 10.0.0.21 and 2 others")
        #expect(order[0].audience([order[1]], known) == "10.0.0.20 and 10.0.0.21")
        #expect(order[0].audience([], known) == "10.0.0.20 alone, as far as was seen")
    }

    @Test func `a command that is too long goes on after a backslash, and quotes stay whole`() {
        let command = "kubectl get svc -A -o yaml | grep -E 'externalTrafficPolicy|session Affinity'"
        let lines = Wrapping.command(command, width: 60)
        #expect(lines == ["kubectl get svc -A -o yaml | grep -E \\", "  'externalTrafficPolicy|session Affinity'"])
        #expect(Wrapping.command("ip neigh", width: 60) == ["ip neigh"])
        #expect(Wrapping.prose("one two three", width: 7) == ["one two", "three"])
        #expect(Wrapping.prose("", width: 7) == [])
    }

    @Test func `the last line says what the verdict rests on`() {
        #expect(healthy.last == "0 frames, 9.000 s, others' unicast is visible, no loss reported")
        var statistics = CaptureStatistics()
        (statistics.frames, statistics.filtered, statistics.unsupported) = (7, 6, 5)
        (statistics.kernelDrops, statistics.interfaceDrops) = (3, 1)
        let lines = report(site, [], statistics: statistics, anomalies: 4, vantage: .broadcastOnly)
        #expect(
            lines.suffix(2).joined(separator: " ").split(separator: ", ") == [
                "7 frames", "9.000 s", "broadcasts only", "6 left out by the filter", "4 did not decode", "5 of an unsupported link type",
                "4 LOST: silence proves less",
            ])
    }

    @Test func `verdicts, layers and vantages have words of their own`() {
        #expect(Set(Verdict.allCases.map(\.words)).count == Verdict.allCases.count)
        #expect(Set(LedgerLayer.allCases.map(\.words)).count == LedgerLayer.allCases.count)
        #expect(Set(Vantage.allCases.map(\.words)).count == Vantage.allCases.count)
    }
}
