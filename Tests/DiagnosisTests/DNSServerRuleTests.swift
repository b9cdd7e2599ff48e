import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// Servers: forwarding, what leaks, and an authority that fails.
struct DNSServerRuleTests {
    private func bench(_ rules: [any Rule], site: Site = .named, _ events: FlowEvent...) -> Bench {
        var bench = Bench(site, rules)
        bench.consider(events)
        return bench
    }

    private static let outside = v4("198.51.100.7")

    // MARK: dns-forwarding-missing

    /// The resolver asked a public server, and answers its client.
    private static let forwarded = DNSFact(grafana, code: 3).atResolver.with {
        $0.upstream = [DNSFact.asked(.publicServer, .public, at: 0.999)]
        $0.took = 0.03
    }

    @Test func `the resolver asks a public server and not the authority`() throws {
        var bench = bench([ForwardingMissingRule()], Self.forwarded.at(1.01))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-forwarding-missing/laurivan.com" && finding.severity == .fault)
        #expect(finding.confidence == .proven && finding.frames == [999, 1010] && finding.arguesFromAbsence)
        for text in ["10.0.0.53", "1.1.1.1", "10.0.0.156", grafana] { #expect(finding.summary.contains(text), "\(finding.summary)") }
        #expect(finding.remedy.contains { $0.contains("server=/laurivan.com/10.0.0.156") })
        #expect(bench.consider(Self.forwarded.at(2)).isEmpty && bench.findings.first?.count == 2)
        let cured = DNSFact(grafana, .a, [.a(theVIP)]).with { $0.clientResolves = true }
        #expect(bench.consider(cured.at(3)).actions == [.resolved])
    }

    @Test func `where only its question to others is seen, it is likely until its client is seen, too`() {
        let upstream = DNSFact(grafana, code: 3).atPublic.with {
            $0.client = .resolver
            $0.clientResolves = true
            $0.upstream = [DNSFact.asked(.publicServer, .public, at: 0.99)]
        }
        var bench = bench([ForwardingMissingRule()], upstream.at(1))
        #expect(bench.findings.map(\.confidence) == [.likely] && bench.findings.first?.summary.contains("not the authority") == false)
        bench.consider(Self.forwarded.at(1.01))
        #expect(bench.findings.map(\.confidence) == [.proven])
    }

    @Test func `the resolver answers with a public address, or denies in a public zone's words`() {
        let address = bench([ForwardingMissingRule()], DNSFact(grafana, .a, [.a(Self.outside)]).atResolver.at(1))
        #expect(address.findings.map(\.confidence) == [.likely] && address.findings.first?.frames == [1000])
        #expect(address.findings.first?.summary.contains("198.51.100.7") == true)
        for (owner, primary, isFound) in [
            ("com", "a.gtld-servers.net", true), ("laurivan.com", "anna.ns.cloudflare.com", true),
            ("laurivan.com", "ns1.dns.laurivan.com", false), ("laurivan.com", "pi.hole.lan", false),
        ] {
            let denial = DNSFact(grafana, code: 3).atResolver.with { $0.soa = (owner, primary, 300) }
            #expect((bench([ForwardingMissingRule()], denial.at(1)).findings.first != nil) == isFound, "\(primary)")
        }
    }

    @Test func `look-alikes of missing forwarding`() {
        let asked = Self.forwarded.with { $0.upstream.append(DNSFact.asked(.authority, .authority, at: 0.998)) }
        #expect(bench([ForwardingMissingRule()], asked.at(1)).findings.isEmpty, "the authority is asked, too")
        let cached = DNSFact(grafana, .a, [.a(Self.outside)]).atResolver
        #expect(
            bench([ForwardingMissingRule()], DNSFact(wiki).at(1), cached.at(2)).findings.isEmpty, "it may be the authority's own answer")
        #expect(bench([ForwardingMissingRule()], DNSFact(wiki).at(1), cached.at(602)).findings.count == 1)
        let direct = DNSFact(grafana, .a, [.a(Self.outside)]).atPublic
        #expect(bench([ForwardingMissingRule()], direct.at(1)).findings.isEmpty, "a client asks outside itself")
        let other = Self.forwarded.with { $0.server = .other }
        #expect(bench([ForwardingMissingRule()], other.at(1)).findings.isEmpty, "no resolver of the site file")
        let https = Self.forwarded.with { $0.type = .https }
        #expect(bench([ForwardingMissingRule()], https.at(1)).findings.isEmpty, "a local override answers A alone")
        let override = DNSFact(grafana, .a, [.a(theVIP)]).atResolver
        let four = Self.forwarded.with { $0.type = .aaaa }
        #expect(bench([ForwardingMissingRule()], override.at(0.5), four.at(1)).findings.isEmpty, "it has the A record itself")
        #expect(
            bench([ForwardingMissingRule()], Self.forwarded.with { $0.text = "laurivan.com" }.at(1)).findings.isEmpty,
            "the public zone's own name")
        for site in [Site.test, .home] {
            var bare = site
            bare.dns.authority = nil
            #expect(bench([ForwardingMissingRule()], site: bare, Self.forwarded.at(1)).findings.isEmpty, "nobody to forward to")
        }
        var learned = Site.named
        learned.dns.zones = []
        #expect(bench([ForwardingMissingRule()], site: learned, Self.forwarded.at(1)).findings.isEmpty, "a zone that is only inferred")
    }

    // MARK: dns-split-horizon-leak

    @Test(arguments: ["10.0.0.157", "192.168.10.50", "172.16.3.4"])
    func `a public server answers with a private address`(_ address: String) throws {
        var bench = bench([SplitHorizonLeakRule()], DNSFact(grafana, .a, [.a(v4(address))]).atPublic.at(1))
        let finding = try #require(bench.findings.first)
        #expect(
            finding.id == "dns-split-horizon-leak/grafana.laurivan.com" && finding.severity == .warning && finding.confidence == .proven)
        #expect(finding.frames == [1000] && finding.summary.contains("1.1.1.1") && finding.summary.contains(address))
        #expect(bench.consider(DNSFact(grafana, .a, [.a(Self.outside)]).atPublic.at(2)).actions == [.resolved])
    }

    @Test func `a public server leads to a name of the inside`() {
        #expect(bench([SplitHorizonLeakRule()], DNSFact(grafana, .a, [.cname("gw.home.arpa")]).atPublic.at(1)).findings.count == 1)
        #expect(bench([SplitHorizonLeakRule()], DNSFact(grafana, .a, [.cname("gw.example.net")]).atPublic.at(1)).findings.isEmpty)
    }

    @Test func `look-alikes of a leak`() {
        let leak = DNSFact(grafana, .a, [.a(theVIP)])
        #expect(bench([SplitHorizonLeakRule()], leak.at(1), leak.atResolver.at(2)).findings.isEmpty, "that is what they are for")
        #expect(
            bench([SplitHorizonLeakRule()], DNSFact(grafana, .a, [.a(v4("100.64.0.7"))]).atPublic.at(1)).findings.isEmpty, "an overlay's")
        #expect(bench([SplitHorizonLeakRule()], leak.atPublic.with { $0.zone = nil }.at(1)).findings.isEmpty, "no zone of ours")
        var site = Site.named
        site.dns.public = []
        site.networks.lan.append(contentsOf: ["1.1.1.0/24"].compactMap(IPPrefix.init))
        #expect(
            bench([SplitHorizonLeakRule()], site: site, leak.atPublic.at(1)).findings.isEmpty, "a LAN's own server with a public address")
    }

    @Test(arguments: [(0.003 - tick, false), (0.003, true)])
    func `outsideAnswer: a router that answers in the server's name is quicker than 3 ms`(_ took: Double, _ isFound: Bool) {
        #expect(Thresholds().outsideAnswer == .milliseconds(3))
        let leak = DNSFact(grafana, .a, [.a(theVIP)]).atPublic.with { $0.took = took }
        #expect((bench([SplitHorizonLeakRule()], leak.at(1)).findings.first != nil) == isFound)
    }

    private static let timesToLive: [(UInt8, Confidence?)] = [
        (64, nil), (63, .likely), (57, .likely), (128, nil), (121, .likely), (255, nil), (254, .likely),
    ]

    /// What begins with 64, 128 or 255 and arrives with less was passed on.
    @Test(arguments: timesToLive)
    func `a quick answer is likely a leak where a router passed it on`(_ timeToLive: UInt8, _ confidence: Confidence?) {
        let leak = DNSFact(grafana, .a, [.a(theVIP)]).atPublic.with { $0.timeToLive = timeToLive }
        let quick = bench([SplitHorizonLeakRule()], leak.with { $0.took = 0.0001 }.at(1)).findings
        #expect(quick.map(\.confidence) == [confidence].compactMap(\.self))
        #expect(quick.allSatisfy { $0.summary.contains("unless a router redirects the question (the answer took 0.100 ms)") })
        #expect(bench([SplitHorizonLeakRule()], leak.at(1)).findings.map(\.confidence) == [.proven])
    }

    @Test func `a router that redirects the question to the LAN's resolver`() {
        let leak = DNSFact(grafana, .a, [.a(theVIP)])
        let redirected = leak.atPublic.with { fact in (fact.timeToLive, fact.took) = (63, 0.002) }.at(1)
        #expect(bench([SplitHorizonLeakRule()], leak.atResolver.at(0.9995), redirected).findings.isEmpty)
        #expect(bench([SplitHorizonLeakRule()], leak.atResolver.at(0.9), redirected).findings.count == 1, "its own question, before")
    }

    // MARK: dns-authority-servfail, dns-authority-refused

    @Test(arguments: [(UInt16(2), Label.dnsAuthorityServfail, "SERVFAIL"), (5, .dnsAuthorityRefused, "REFUSED")])
    func `the authority's own errors`(_ code: UInt16, _ label: Label, _ text: String) throws {
        var bench = bench([AuthorityServfailRule(), AuthorityRefusedRule()], DNSFact(grafana, code: code).at(1))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "\(label.rawValue)/laurivan.com" && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.summary.contains("\(text) for grafana.laurivan.com A") && finding.frames == [1000])
        bench.consider(DNSFact(wiki, code: code).at(2))
        #expect(bench.findings.map(\.count) == [2] && bench.findings.first?.frames == [1000, 2000])
        #expect(bench.consider(DNSFact("other.laurivan.com", .a, [.a(theVIP)]).at(3)).isEmpty, "another name says nothing about these")
        #expect(bench.consider(DNSFact.denial(wiki).at(4)).actions == [.resolved])
        #expect(
            self.bench([AuthorityServfailRule(), AuthorityRefusedRule()], DNSFact(grafana, code: code).atResolver.at(1)).findings.isEmpty)
        var many = Bench(.named, [AuthorityServfailRule(), AuthorityRefusedRule()])
        for index in 0..<20 { many.consider(DNSFact("n\(index).laurivan.com", code: code).at(Double(index + 1))) }
        #expect(many.findings.map(\.count) == [20] && many.findings.first?.evidence.count == AuthorityFailures.mostNames)
    }

    // MARK: dns-authority-port-closed

    private func rejection(_ code: UInt8 = 3, at seconds: Double, to server: Host = .authority) -> FlowEvent {
        Facts.error(3, code, from: .authority, quotes: Lookup(grafana, client: .resolver, server: server).query, at: seconds)
    }

    @Test func `an ICMP error quotes a query`() throws {
        var bench = bench([AuthorityPortClosedRule()], rejection(at: 1))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-authority-port-closed/laurivan.com" && finding.severity == .fault && finding.frames == [1000])
        #expect(finding.summary.contains("10.0.0.156") && finding.summary.contains("10.0.0.53:50000"))
        #expect(bench.consider(rejection(at: 2)).isEmpty && bench.findings.first?.count == 2)
        #expect(bench.consider(DNSFact.denial(grafana).at(3)).actions == [.resolved])
    }

    @Test func `other errors, other servers and quoted answers say nothing`() {
        #expect(
            bench([AuthorityPortClosedRule()], rejection(1, at: 1), rejection(13, at: 2), rejection(at: 3, to: .resolver)).findings.isEmpty)
        let answer = Facts.error(3, 3, from: .resolver, quotes: Lookup(grafana, client: .resolver, server: .authority).answer(), at: 4)
        #expect(bench([AuthorityPortClosedRule()], answer).findings.isEmpty)
    }

    // MARK: dns-authority-no-announcer

    private static let question = Facts.run(.resolver, [1, 2, 3], of: v4("10.0.0.156"))
    private static let announced = Facts.reply(.node, at: 0.5, of: v4("10.0.0.156"))

    @Test func `nobody answers ARP for the authority`() throws {
        var bench = bench([AuthorityNoAnnouncerRule()], Self.question)
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-authority-no-announcer/laurivan.com" && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.frames == [1000, 2000, 3000] && finding.summary.contains("10.0.0.53"))
        #expect(bench.consider(Facts.reply(.node, at: 9, of: v4("10.0.0.156"))).actions == [.resolved])
    }

    @Test func `questions that hope for silence, or are nobody else's, do not count`() {
        for run in [
            Facts.run(.node, [1, 2, 3], of: v4("10.0.0.156")), Facts.run(.client, [1, 2, 3], of: v4("10.0.0.156")) { $0.claimedIt = true },
            Facts.run(.client, [1, 2, 3], of: v4("10.0.0.156")) { $0.sentFromIt = true }, Facts.run(),
        ] { #expect(bench([AuthorityNoAnnouncerRule()], run).findings.isEmpty) }
        #expect(bench([AuthorityNoAnnouncerRule()], Facts.reply(.node, at: 2, of: v4("10.0.0.156")), Self.question).findings.isEmpty)
        var bare = Site.named
        bare.nodes = []
        bare.dns.resolvers = []
        #expect(bench([AuthorityNoAnnouncerRule()], site: bare, Self.question).findings.isEmpty, "a lone asker may be the announcer")
        #expect(
            bench([AuthorityNoAnnouncerRule()], site: bare, Facts.run(.client, [1, 2, 3], of: v4("10.0.0.156")) { $0.resolves = true })
                .findings.count == 1)
        #expect(bench([AuthorityNoAnnouncerRule()], site: .test, Self.question).findings.isEmpty, "nobody says who the authority is")
        var outside = Site.named
        outside.networks.lan = ["10.0.0.0/25"].compactMap(IPPrefix.init)
        #expect(bench([AuthorityNoAnnouncerRule()], site: outside, Self.question).findings.isEmpty, "reached through a router")
    }

    // MARK: dns-authority-timeout

    private func silence(_ text: String = grafana, took: Double = 5, isCut: Bool = false, by client: Host = .resolver) -> DNSFact {
        DNSFact(text).with {
            $0.isUnanswered = true
            $0.isCut = isCut
            $0.took = took
            $0.client = client
        }
    }

    private static let good = DNSFact(wiki, .a, [.a(theVIP)])

    @Test func `the same question again, without an answer`() throws {
        var bench = bench(
            [AuthorityTimeoutRule()], Self.announced, Self.good.at(1), silence().at(10), silence().at(15))
        let finding = try #require(bench.findings.first)
        #expect(finding.id == "dns-authority-timeout/laurivan.com" && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.frames == [5000, 10_000, 500] && finding.summary.contains("again 5.000 s later"))
        #expect(finding.arguesFromAbsence && finding.excluded.contains("dns-authority-no-announcer"))
        #expect(bench.consider(silence().at(20)).isEmpty && bench.findings.first?.count == 2)
        #expect(bench.consider(Self.good.at(21)).actions == [.resolved])
    }

    @Test(arguments: [(2 - tick, false), (2.0, true)])
    func `the same message again within its time-out`(_ gap: Double, _ isFound: Bool) throws {
        guard case .dns(var fact) = silence(took: 7).at(17) else { return }
        fact.again = frame(10 + gap)
        let bench = bench([AuthorityTimeoutRule()], Self.announced, Self.good.at(1), .dns(fact))
        #expect(bench.findings.map(\.confidence) == (isFound ? [.proven] : []))
        if isFound { #expect(bench.findings.first?.frames == [10_000, 12_000, 500]) }
    }

    @Test func `two questions prove it where answers are visible, and say nothing where they are not`() {
        let two = [silence().at(10), silence(wiki).at(11)]
        var blind = Bench(.named, [AuthorityTimeoutRule()])
        blind.consider([Self.announced] + two)
        #expect(blind.findings.isEmpty)
        var seeing = Bench(.named, [AuthorityTimeoutRule()])
        seeing.consider([Self.announced, Self.good.at(1)] + two)
        #expect(seeing.findings.map(\.confidence) == [.proven])
    }

    @Test func `unseen answers, an unseen announcer and the end of the capture make it likely`() {
        #expect(bench([AuthorityTimeoutRule()], Self.announced, silence().at(10), silence().at(15)).findings.map(\.confidence) == [.likely])
        #expect(
            bench([AuthorityTimeoutRule()], Self.good.at(1), silence().at(10), silence().at(15)).findings.map(\.confidence) == [.likely])
        let cut = bench(
            [AuthorityTimeoutRule()], Self.announced, Self.good.at(1), silence().at(10), silence(took: 3, isCut: true).at(15))
        #expect(cut.findings.map(\.confidence) == [.likely] && cut.findings.first?.summary.contains("capture ends") == true)
    }

    @Test func `look-alikes of a silent authority`() {
        #expect(bench([AuthorityTimeoutRule()], Self.good.at(1), silence().at(10)).findings.isEmpty, "one query may be lost")
        #expect(
            bench([AuthorityTimeoutRule()], silence().at(10), silence(by: .client).at(15)).findings.isEmpty, "two askers, answers unseen")
        #expect(
            bench([AuthorityTimeoutRule()], Self.good.at(1), rejection(at: 9), silence().at(10), rejection(at: 14), silence().at(15))
                .findings
                .isEmpty,
            "ICMP answers")
        #expect(
            bench([AuthorityTimeoutRule()], silence().at(10), Self.good.at(11), silence().at(15)).findings.isEmpty, "it answers in between")
        var absent = Bench(.named, [AuthorityNoAnnouncerRule(), AuthorityTimeoutRule()])
        absent.consider([Self.question, silence().at(10), silence().at(15)])
        #expect(absent.findings.map(\.label) == [.dnsAuthorityNoAnnouncer])
    }

    /// Asked at 30 s and again at 33 s; the clock goes back by 25 s, and the authority answers something else.
    @Test func `an answer behind the question counts, whatever a clock says that was set back in between`() {
        guard case .dns(var fact) = silence(took: 8).at(38), case .dns(var answer) = Self.good.at(10) else { return }
        fact.again = frame(33)
        answer.response?.number = 34_000
        answer.query?.number = 33_990
        var silent = Bench(.named, [AuthorityTimeoutRule()])
        silent.consider([Self.announced, Self.good.at(1), .dns(fact)])
        #expect(silent.findings.count == 1)
        var answering = Bench(.named, [AuthorityTimeoutRule()])
        answering.consider([Self.announced, Self.good.at(1), .dns(answer), .dns(fact)])
        #expect(answering.findings.isEmpty)
    }

    @Test(arguments: [(2 - tick, false), (2.0, true)])
    func `authoritySilence: 2 s without an answer`(_ took: Double, _ isFound: Bool) {
        #expect(Thresholds().authoritySilence == .seconds(2))
        let bench = bench(
            [AuthorityTimeoutRule()], Self.announced, Self.good.at(1), silence().at(10), silence(took: took, isCut: true).at(15))
        #expect((bench.findings.first != nil) == isFound)
    }
}
