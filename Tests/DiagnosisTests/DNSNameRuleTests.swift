import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Single names: missing, denied from a cache, contradicted, wrong.
struct DNSNameRuleTests {
    private func bench(_ rules: [any Rule], site: Site = .named, _ events: FlowEvent...) -> Bench {
        var bench = Bench(site, rules)
        bench.consider(events)
        return bench
    }

    private static let positive = DNSFact(grafana, .a, [.a(theVIP)])

    // MARK: dns-single-name-missing

    @Test func `one name is denied after another was answered`() throws {
        var bench = bench([SingleNameMissingRule()], Self.positive.at(1), DNSFact.denial("Wiki.laurivan.com").at(3))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-single-name-missing/wiki.laurivan.com")
        #expect(finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.frames == [3000, 1000])
        for text in ["10.0.0.156", "Wiki.laurivan.com A", grafana, "2.000 s"] { #expect(finding.summary.contains(text)) }
        #expect(bench.ledger()?.line(.dns).status == .warning, "it is one of the VIP's names")
        #expect(bench.consider(DNSFact.denial(wiki, .aaaa).at(4)).isEmpty && bench.findings.first?.count == 2)
        #expect(bench.consider(DNSFact(wiki, .a, [.a(theVIP)]).at(9)).actions == [.resolved])
        #expect(bench.findings.first?.frames == [3000, 1000, 9000])
    }

    @Test(arguments: [
        ("github.com.laurivan.com", "a search suffix"), ("laurivan.com", "the zone itself"), ("wpad.laurivan.com", "proxy discovery"),
        ("_dmarc.laurivan.com", "a service name"), ("ISATAP.laurivan.com", "ISATAP"),
    ])
    func `names that may be missing say nothing`(_ text: String, _ why: String) {
        #expect(bench([SingleNameMissingRule()], Self.positive.at(1), DNSFact.denial(text).at(2)).findings.isEmpty, "\(why)")
    }

    @Test func `without a positive answer before, or by anybody but the authority, nothing is said`() {
        let denial = DNSFact.denial(wiki)
        #expect(bench([SingleNameMissingRule()], denial.at(1), Self.positive.at(2)).findings.isEmpty)
        #expect(bench([SingleNameMissingRule()], Self.positive.at(1), denial.atResolver.at(2)).findings.isEmpty)
        #expect(bench([SingleNameMissingRule()], Self.positive.atResolver.at(1), denial.at(2)).findings.isEmpty)
        #expect(bench([SingleNameMissingRule()], DNSFact("laurivan.com", .a, [.a(theVIP)]).at(1), denial.at(2)).findings.isEmpty)
        #expect(bench([SingleNameMissingRule()], Self.positive.at(1), DNSFact(wiki, .aaaa).at(2)).findings.isEmpty, "NODATA")
    }

    @Test func `data for another type of the name is another matter`() {
        let events = [Self.positive.at(1), DNSFact(wiki, .a, [.a(theVIP)]).at(2), DNSFact.denial(wiki, .aaaa).at(3)]
        var bench = Bench(.named, [SingleNameMissingRule()])
        bench.consider(events)
        #expect(bench.findings.isEmpty)
        bench.consider(DNSFact.denial(wiki).at(4))
        #expect(bench.findings.map(\.subject.name) == [wiki], "now the type is gone that was there")
    }

    @Test(arguments: [(601.0 - tick, true), (601 + tick, false)])
    func `zoneMemory: positive answers count for ten minutes`(_ time: Double, _ isFound: Bool) {
        #expect(Thresholds().zoneMemory == .seconds(600))
        let finding = bench([SingleNameMissingRule()], Self.positive.at(1), DNSFact.denial(wiki).at(time)).findings.first
        #expect((finding != nil) == isFound)
    }

    @Test func `an authority that loses its watch: single names first, then all, which explains them`() {
        var bench = Bench(.named)
        let names = ["a", "b", "c"].map { $0 + ".laurivan.com" }
        for (index, text) in names.enumerated() { bench.consider(DNSFact(text, .a, [.a(theVIP)]).at(Double(index + 1))) }
        for (index, text) in names.enumerated() { bench.consider(DNSFact.denial(text).at(Double(index + 10))) }
        let all = bench.finding(.dnsNXDomainAllInternal)
        #expect(all?.confidence == .proven && all?.frames == [10_000, 11_000, 12_000])
        let single = bench.findings.filter { $0.label == .dnsSingleNameMissing }
        #expect(single.map(\.subject.name) == [names[0], names[1]])
        #expect(single.allSatisfy { $0.causedBy == all?.id })
        bench.consider(DNSFact.denial(wiki).at(13))
        #expect(bench.findings.count == 3, "the whole zone's finding is open")
        bench.consider(DNSFact(names[0], .a, [.a(theVIP)]).at(20))
        #expect(bench.finding(.dnsNXDomainAllInternal)?.state == .resolved)
    }

    @Test(arguments: [(600.0, true), (600 + tick, false)])
    func `zoneMemory: denials are set against each other for ten minutes, and a positive answer is forgotten after as many`(
        _ gap: Double, _ isFound: Bool
    ) {
        let far = bench([NXDomainAllRule()], DNSFact.denial(grafana).at(1), DNSFact.denial(wiki).at(1 + gap))
        #expect((far.findings.first != nil) == isFound)
        let late = bench(
            [NXDomainAllRule()], DNSFact("x.laurivan.com", .a, [.a(theVIP)]).at(1), DNSFact.denial(grafana).at(1 + gap - 1),
            DNSFact.denial(wiki).at(1 + gap))
        #expect((late.findings.first == nil) == isFound)
    }

    @Test func `guesses are bounded`() {
        var bench = bench([SingleNameMissingRule()], Self.positive.at(1))
        for index in 0..<100 { bench.consider(DNSFact.denial("n\(index).laurivan.com").at(2 + Double(index) / 1000)) }
        #expect(bench.findings.count == SingleNameMissingRule.mostNames)
    }

    // MARK: dns-negative-cache-stale

    private static let cached = DNSFact(wiki, code: 3).atResolver
    private static let back = DNSFact(wiki, .a, [.a(theVIP)])

    @Test func `the authority has it again, and the resolver denies it from its cache`() throws {
        var bench = bench(
            [NegativeCacheStaleRule()], DNSFact.denial(wiki, seconds: 600).at(1), DNSFact.denial(wiki).atResolver.at(1.1),
            Self.back.with { $0.client = .other }.at(60), Self.cached.at(90))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-negative-cache-stale/wiki.laurivan.com" && finding.severity == .warning)
        #expect(finding.confidence == .proven && finding.frames == [1000, 60_000, 90_000])
        for text in ["10.0.0.53", "10.0.0.156", "30.000 s after", "89.000 s ago", "runs out in 511.000 s"] {
            #expect(finding.summary.contains(text), "\(text): \(finding.summary)")
        }
        #expect(bench.consider(Self.back.atResolver.with { $0.server = .other }.at(95)).isEmpty, "another resolver's cache is its own")
        #expect(bench.consider(Self.back.atResolver.at(700)).actions == [.resolved])
    }

    @Test func `the SOA record of the resolver's own answer counts down`() {
        let bench = bench([NegativeCacheStaleRule()], Self.back.at(1), DNSFact.denial(wiki, seconds: 25).atResolver.at(10))
        #expect(bench.findings.first?.confidence == .likely, "the denial that it keeps was not seen")
        #expect(bench.findings.first?.summary.contains("runs out in 25.000 s") == true)
    }

    @Test func `a denial that is no cache's says nothing`() {
        let direct = Self.back.with { $0.client = .client }
        #expect(bench([NegativeCacheStaleRule()], direct.at(60), Self.cached.at(90)).findings.isEmpty, "whom it asks is not visible")
        let asked = Self.cached.with { $0.upstream = [DNSFact.asked(.authority, .authority, at: 89.9995)] }
        #expect(bench([NegativeCacheStaleRule()], Self.back.at(60), asked.at(90)).findings.isEmpty, "it asked")
        #expect(bench([NegativeCacheStaleRule()], Self.cached.at(50), Self.back.at(60)).findings.isEmpty, "before")
        let early = Self.cached.with { $0.took = 31 }
        #expect(bench([NegativeCacheStaleRule()], Self.back.at(60), early.at(90)).findings.isEmpty, "asked before")
        #expect(
            bench([NegativeCacheStaleRule()], Self.back.at(60), DNSFact.denial(wiki).at(70), Self.cached.at(90)).findings.isEmpty,
            "the authority denies it again")
        for role in [DNSTransaction.ServerRole.public, .unknown] {
            #expect(bench([NegativeCacheStaleRule()], Self.back.at(60), Self.cached.with { $0.role = role }.at(90)).findings.isEmpty)
        }
    }

    @Test(arguments: [(10_801.0, true), (10_801 + tick, false)])
    func `negativeCache: no cache keeps a denial longer than three hours`(_ time: Double, _ isFound: Bool) {
        #expect(Thresholds().negativeCache == .seconds(10_800))
        #expect((bench([NegativeCacheStaleRule()], Self.back.at(1), Self.cached.at(time)).findings.first != nil) == isFound)
    }

    // MARK: dns-type-inconsistent

    private static let noAAAA = DNSFact.denial(wiki, .aaaa)

    @Test func `one server denies AAAA and has A`() throws {
        var bench = bench([TypeInconsistentRule()], Self.back.at(1), Self.noAAAA.at(1.5))
        #expect(bench.findings.map(\.confidence) == [.likely], "it may have been removed in between")
        bench.consider(Self.back.at(2))
        let finding = try #require(bench.findings.first)
        #expect(finding.confidence == .proven && finding.frames == [1500, 2000, 1000])
        #expect(finding.id == "dns-type-inconsistent/wiki.laurivan.com" && finding.severity == .warning)
        #expect(bench.consider(DNSFact(wiki, .aaaa).at(3)).actions == [.resolved])
    }

    @Test func `denials before and after data prove it as well`() {
        let bench = bench([TypeInconsistentRule()], Self.noAAAA.at(1), Self.back.at(2), Self.noAAAA.at(3))
        #expect(bench.findings.map(\.confidence) == [.proven] && bench.findings.first?.frames == [3000, 2000, 1000])
    }

    @Test func `a name that changes is consistent`() {
        let added = bench(
            [TypeInconsistentRule()], DNSFact.denial(wiki).at(1), Self.noAAAA.at(1.01), Self.back.at(5), DNSFact(wiki, .aaaa).at(5.01))
        #expect(added.findings.isEmpty)
        let removed = bench([TypeInconsistentRule()], Self.back.at(1), DNSFact.denial(wiki).at(5), Self.noAAAA.at(5.01))
        #expect(removed.findings.isEmpty)
        #expect(bench([TypeInconsistentRule()], Self.back.at(1), DNSFact(wiki, .aaaa).at(2)).findings.isEmpty, "NODATA is right")
        #expect(bench([TypeInconsistentRule()], Self.back.at(1), Self.noAAAA.atResolver.at(2)).findings.isEmpty, "different servers")
        #expect(bench([TypeInconsistentRule()], Self.back.atPublic.at(1), Self.noAAAA.atPublic.at(2)).findings.isEmpty, "not ours")
    }

    @Test(arguments: [(61.0, true), (61 + tick, false)])
    func `sameMinute: data and denial within a minute`(_ time: Double, _ isFound: Bool) {
        #expect(Thresholds().sameMinute == .seconds(60))
        #expect((bench([TypeInconsistentRule()], Self.back.at(1), Self.noAAAA.at(time)).findings.first != nil) == isFound)
    }

    // MARK: dns-wrong-address

    private static var exact: Site {
        var site = Site.named
        site.vips[1].names = ["photos.laurivan.com"].compactMap(NamePattern.init)
        return site
    }

    private static func photos(_ address: String) -> DNSFact { DNSFact("photos.laurivan.com", .a, [.a(v4(address))]) }

    @Test func `a name with another gateway's address`() throws {
        var bench = bench([WrongAddressRule()], site: Self.exact, Self.photos("10.0.0.157").at(1))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-wrong-address/photos.laurivan.com" && finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.frames == [1000])
        for text in ["10.0.0.156", "10.0.0.157 (envoy-internal)", "10.0.0.158 (envoy-external)"] { #expect(finding.summary.contains(text)) }
        #expect(bench.consider(Self.photos("10.0.0.158").at(5)).actions == [.resolved])
    }

    @Test(arguments: [
        ("photos.laurivan.com", "10.0.0.99", true), ("photos.laurivan.com", "10.0.0.158", false),
        ("grafana.laurivan.com", "10.0.0.158", true),
        ("nas.laurivan.com", "10.0.0.99", false), ("laurivan.com", "10.0.0.99", false), ("photos.laurivan.com", "198.51.100.7", true),
    ])
    func `names listed by themselves have one address, a wildcard's may be plain hosts`(_ text: String, _ address: String, _ isFound: Bool)
    {
        let fact = DNSFact(text, .a, [.a(v4(address))])
        #expect((bench([WrongAddressRule()], site: Self.exact, fact.at(1)).findings.first != nil) == isFound)
        let outside = bench([WrongAddressRule()], site: Self.exact, fact.atPublic.at(1))
        #expect(outside.findings.isEmpty, "what the public says is no wrong address")
        let isPublic = address.hasPrefix("198")
        #expect((bench([WrongAddressRule()], site: Self.exact, fact.atResolver.at(1)).findings.first != nil) == (isFound && !isPublic))
    }

    @Test func `a chain that ends at the right VIP is right, and so is another family`() {
        let chain = DNSFact("photos.laurivan.com", .a, [.cname("gw.laurivan.com"), .a(otherVIP)])
        let six = DNSFact("photos.laurivan.com", .aaaa, [AnswerRecord(type: .aaaa, data: [UInt8](repeating: 1, count: 16))])
        #expect(bench([WrongAddressRule()], site: Self.exact, chain.at(1), six.at(2)).findings.isEmpty)
        #expect(bench([WrongAddressRule()], site: .test, Self.photos("10.0.0.99").at(1)).findings.isEmpty, "nobody says whose name it is")
    }

    @Test func `an address that nobody announces`() throws {
        let fact = DNSFact("nas.laurivan.com", .a, [.a(v4("10.0.0.99"))])
        let run = Facts.run(.client, [2, 3, 4], of: v4("10.0.0.99"))
        let found = bench([WrongAddressRule()], fact.at(1), run)
        let finding = try #require(found.findings.first)
        #expect(finding.confidence == .likely && finding.frames == [1000, 2000, 3000, 4000] && finding.arguesFromAbsence)
        #expect(bench([WrongAddressRule()], run, fact.at(9)).findings.isEmpty, "asked before")
        #expect(
            bench([WrongAddressRule()], fact.at(1), Facts.run(.node, [2, 3, 4], of: v4("10.0.0.99"))).findings.isEmpty,
            "a node's own question")
        #expect(bench([WrongAddressRule()], Self.back.at(1), Facts.run()).findings.isEmpty, "a VIP's silence has a name of its own")
    }
}
