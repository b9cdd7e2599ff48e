import Diagnosis
import Events
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
        var report = TextReport()
        let totals = TextReport.Totals(statistics: statistics, anomalies: anomalies, vantage: vantage, seconds: 9.0004)
        let text = report.text(diagnosis, totals)
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
        #expect(
            lines.contains(
                "  l2 ok | icmp not seen | dns not seen | tcp ok | tls not seen | quic not seen | http not seen"))
        #expect(lines.contains("  announced by 00:50:56:aa:bb:03 (esxi-2cu-8g-03, 10.0.0.147)"))
        #expect(lines.contains("  INFO healthy (proven)"))
        #expect(lines.contains { $0.hasPrefix("    proof  frame 5  10:34:41.005000  ARP reply") })
        #expect(!lines.contains { $0.contains("not the problem") || $0.contains("    next") })
        #expect(lines.count <= 12, "\(lines.count) lines")
    }

    @Test func `a simple fault is told in twenty lines`() {
        let lines = report(site, [.unanswered(unanswered)])
        #expect(lines.count <= 20, "\(lines.count) lines:\n\(lines.joined(separator: "\n"))")
        #expect(lines.first == "10.0.0.157 (envoy-internal): FAULT since 2026-02-04 10:34:41 UTC")
        #expect(lines.contains("  FAULT vip-no-announcer (proven)"))
    }

    @Test func `a fault is told with its proof, then what it is not, then what to do`() {
        let lines = faulty
        #expect(lines.first == "10.0.0.157 (envoy-internal): FAULT since 2026-02-04 10:34:41 UTC")
        #expect(lines.contains { $0.hasPrefix("  not the problem: l2 (frame 5: ") })
        let order = [
            "  FAULT tcp-syn-blackhole (proven)", "  TCP 443 of 10.0.0.157 (envoy-internal) swallows SYNs",
            "    proof  frame 11  10:34:41.011000  SYN",
            "           frame 1011  10:34:42.011000  ", "           frame 3011  10:34:44.011000  ", "    not    vip-no-announcer: ",
            "    next   kubectl ",
        ]
        let places = order.map { start in lines.firstIndex { $0.hasPrefix(start) } }
        #expect(places.allSatisfy { $0 != nil }, "\(zip(order, places).filter { $0.1 == nil }.map(\.0))")
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    }

    @Test func `sentences are wrapped`() {
        // Not so the row of the layers, the evidence, which is a table, and commands, which are copied.
        let whole = ["    proof", "           ", "    next"]
        for line in healthy + faulty + report(site, [.unanswered(unanswered)]) {
            #expect(line.last != " ", "\(line)")
            if line.contains(" | ") || whole.contains(where: line.hasPrefix) { continue }
            #expect(line.count <= 110, "\(line)")
        }
    }

    @Test func `a VIP of which nothing was seen takes one line`() {
        let lines = report(Values.site, [.claim(Values.claim()), .tcp(Values.connection(), .established)])
        let place = lines.firstIndex(of: "2001:db8::157: not judged: too little was seen")
        #expect(place != nil && lines.suffix(3).first == "2001:db8::157: not judged: too little was seen")
    }

    @Test func `a resolved finding says so, and what ended it, and nothing to do`() {
        var answered = Values.connection()
        (answered.synACK, answered.ack) = (Values.frame(8000), Values.frame(8001))
        answered.time = Values.frame(8001).time
        let lines = report(
            site, [.claim(Values.claim()), .tcp(Values.silence(), .fellSilent), .tcp(answered, .established)])
        #expect(lines.contains("  RESOLVED FAULT tcp-syn-blackhole (proven)"))
        #expect(lines.contains { $0.hasPrefix("    over   frame 8000  10:34:49.000000  ") })
        #expect(!lines.contains { $0.hasPrefix("    next") })
        #expect(lines.first == "10.0.0.157 (envoy-internal): healthy")
    }

    @Test func `a consequence names its cause and leaves the remedy to it`() {
        let lines = report(site, [.tcp(Values.silence(), .fellSilent), .unanswered(unanswered)])
        let cause = lines.firstIndex { $0.hasPrefix("  FAULT vip-no-announcer (proven)") }
        let consequence = lines.firstIndex {
            $0.hasPrefix("  FAULT tcp-syn-blackhole (") && $0.hasSuffix(", caused by vip-no-announcer/10.0.0.157)")
        }
        #expect(cause != nil && consequence != nil && (cause ?? 0) < (consequence ?? 0), "\(lines.joined(separator: "\n"))")
        #expect(lines.filter { $0.hasPrefix("    next") }.count == 1)
    }

    @Test func `the last line says what the verdict rests on`() {
        #expect(healthy.last == "0 frames, 9.000 s, others' unicast is visible, no loss reported")
        var statistics = CaptureStatistics()
        (statistics.frames, statistics.filtered, statistics.unsupported) = (7, 6, 5)
        (statistics.kernelDrops, statistics.interfaceDrops) = (3, 1)
        let lines = report(site, [], statistics: statistics, anomalies: 4, vantage: .broadcastOnly)
        #expect(
            lines.last?.split(separator: ", ") == [
                "7 frames", "9.000 s", "broadcasts only", "6 left out by the filter", "4 did not decode", "5 of an unsupported link type",
                "4 LOST: silence proves less",
            ])
    }

    @Test func `verdicts, statuses and vantages have words of their own`() {
        #expect(Set(Verdict.allCases.map(\.words)).count == Verdict.allCases.count)
        #expect(Set(LayerStatus.allCases.map(\.words)).count == LayerStatus.allCases.count)
        #expect(Set(Vantage.allCases.map(\.words)).count == Vantage.allCases.count)
    }
}
