import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct NXDomainAllRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [NXDomainAllRule()])
        bench.consider(events)
        return bench
    }

    private static let names = ["argocd", "grafana", "nextcloud", "jellyfin", "immich"].map { $0 + ".laurivan.com" }

    private func denials(_ count: Int, from start: Double = 1) -> [FlowEvent] {
        Self.names.prefix(count).enumerated().map { Facts.denial($1, at: start + Double($0)) }
    }

    // MARK: Evidence

    /// `likelyNames` and `provenNames`, swept.
    @Test(arguments: [(1, nil), (2, Confidence.likely), (3, .proven), (4, .proven)])
    func `two names make it likely, three prove it`(_ count: Int, _ confidence: Confidence?) {
        #expect(Thresholds().likelyNames == 2 && Thresholds().provenNames == 3)
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(denials(count))
        #expect(bench.findings.first?.confidence == confidence)
        #expect(bench.findings.first?.evidence.count == (count < 2 ? nil : count))
    }

    @Test func `it names the zone, the authority, every name and every answer`() throws {
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(denials(3))
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened, .updated], "likely, then proven at once")
        #expect(finding.label == .dnsNXDomainAllInternal && finding.severity == .fault)
        #expect(finding.subject == Finding.Subject(name: "laurivan.com") && finding.id == "dns-nxdomain-all-internal/laurivan.com")
        #expect(finding.frames == [1000, 2000, 3000])
        for text in Self.names.prefix(3) + ["10.0.0.156", "laurivan.com"] { #expect(finding.summary.contains(text)) }
        #expect(finding.excluded == ["dns-single-name-missing", "dns-forwarding-missing"])
        #expect(finding.remedy.contains { $0.hasPrefix("dig @10.0.0.156 nextcloud.laurivan.com ") })
    }

    @Test func `every further name is cited, as far as eight`() {
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider((0..<20).map { Facts.denial("n\($0).laurivan.com", at: Double($0 + 1)) })
        #expect(bench.findings.first?.evidence.count == NXDomainAllRule.mostNames)
    }

    // MARK: Look-alikes

    @Test func `one name asked again and again, whatever its type or case, is one name`() {
        let bench = bench(
            Facts.denial("grafana.laurivan.com", at: 1), Facts.denial("grafana.laurivan.com", .aaaa, at: 2),
            Facts.denial("GRAFANA.laurivan.com", .https, at: 3))
        #expect(bench.findings.isEmpty)
    }

    @Test func `denials of anybody but the authority say nothing`() {
        for role in DNSTransaction.ServerRole.allCases where role != .authority {
            var bench = Bench(.home, [NXDomainAllRule()])
            bench.consider(Self.names.enumerated().map { Facts.denial($1, role: role, at: Double($0 + 1)) })
            #expect(bench.findings.isEmpty, "\(role)")
        }
    }

    @Test func `names of no watched zone, and the zone's own, say nothing`() {
        let suffixed = Self.names.enumerated().map { Facts.denial($1 + ".lan", zone: nil, at: Double($0 + 1)) }
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(suffixed)
        bench.consider(Facts.denial("laurivan.com", at: 10), Facts.denial("laurivan.com", .mx, at: 11), Facts.denial(Self.names[0], at: 12))
        #expect(bench.findings.isEmpty)
    }

    /// A client whose search list holds the zone asks for `github.com.laurivan.com`, and the authority rightly denies it.
    @Test(arguments: ["laurivan.com.laurivan.com", "com.laurivan.com"])
    func `names to which the zone was appended as a search suffix say nothing`(_ suffix: String) {
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(["grafana", "argocd", "github", "docker"].enumerated().map { Facts.denial("\($1).\(suffix)", at: Double($0 + 1)) })
        #expect(bench.findings.isEmpty)
    }

    @Test func `no data, failures and time-outs are no denials`() {
        var bench = Bench(.home, [NXDomainAllRule()])
        for (index, text) in Self.names.enumerated() {
            bench.consider(Facts.answer(text, .aaaa, at: Double(index * 3 + 1)))
            bench.consider(Facts.answer(text, code: 2, at: Double(index * 3 + 2)), Facts.answer(text, code: 5, at: Double(index * 3 + 3)))
            guard case .dns(var silence) = Facts.denial(text, at: Double(index * 3 + 4)) else { continue }
            silence.response = nil
            bench.consider(.dns(silence))
        }
        #expect(bench.findings.isEmpty)
    }

    @Test func `after a positive answer for any name, what is denied is that name's matter`() {
        for records in [[AnswerRecord.a(theVIP)], [.cname("gw.laurivan.com")]] {
            var bench = bench(Facts.answer("www.laurivan.com", records.first?.type == .a ? .a : .cname, records, at: 0.5))
            bench.consider(denials(5))
            #expect(bench.findings.isEmpty)
        }
        var between = Bench(.home, [NXDomainAllRule()])
        between.consider(denials(1))
        between.consider(Facts.answer("www.laurivan.com", .a, [.a(theVIP)], at: 5))
        between.consider(denials(3, from: 10))
        #expect(between.findings.isEmpty)
    }

    @Test func `a positive answer of the resolver, or for another zone, does not count`() {
        var site = Site.home
        site.dns.zones = ["laurivan.com", "vanillax.me"].compactMap(DNSName.init)
        var bench = bench(
            Facts.answer("www.laurivan.com", .a, [.a(theVIP)], role: .resolver, at: 0.5),
            Facts.answer("www.vanillax.me", .a, [.a(theVIP)], zone: "vanillax.me", at: 0.6), site: site)
        bench.consider(denials(3))
        #expect(bench.findings.map(\.confidence) == [.proven])
    }

    // MARK: Life

    @Test func `the authority's first positive answer resolves it`() {
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(denials(3))
        #expect(bench.consider(Facts.answer("other.laurivan.com", .a, [.a(theVIP)], role: .resolver, at: 8)).isEmpty)
        #expect(bench.consider(Facts.answer("other.laurivan.com", .a, [.a(theVIP)], at: 9)).actions == [.resolved])
        #expect(bench.findings.first?.frames == [1000, 2000, 3000, 9000])
        bench.consider(denials(1, from: 20))
        #expect(bench.open.isEmpty)
    }

    @Test func `denials of names that it holds already are counted`() {
        var bench = Bench(.home, [NXDomainAllRule()])
        bench.consider(denials(3))
        bench.consider(denials(3, from: 5))
        #expect(bench.findings.map(\.count) == [5])
        #expect(bench.findings.first?.frames == [1000, 2000, 3000])
    }
}
