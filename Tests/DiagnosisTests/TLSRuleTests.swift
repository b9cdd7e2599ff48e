import LAN
@testable import Diagnosis
import Flows
import Site
import Testing
import Wire

/// Handshakes that fail, and what each failure says.
struct TLSRuleTests {
    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site)
        bench.consider(events)
        return bench
    }

    private let grafana = TLSFacts(at: 1)

    // MARK: tls-version-mismatch, tls-alpn-mismatch

    private static let alerts: [(UInt8, Label, String)] = [
        (70, .tlsVersionMismatch, "TLS 1.2 at most, ALPN h2 and http/1.1; the server answers with the alert protocol_version (70)"),
        (120, .tlsALPNMismatch, "the alert no_application_protocol (120) after 3.000 ms"),
    ]

    @Test(arguments: alerts)
    func `an alert in the clear that names version or ALPN`(_ code: UInt8, _ label: Label, _ words: String) throws {
        let bench = bench(grafana.with { $0.version = .tls12 }.alerted(.responder, code))
        #expect(bench.labels == [label], "and no tls-handshake-failed beside it")
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .fault && finding.confidence == .proven && finding.frames == [1000, 1003])
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https, name: "grafana.laurivan.com"))
        #expect(finding.summary.contains(words))
        #expect(bench.ledger()?.line(.tls).status == .fault)
    }

    @Test func `a client that has more to offer resolves nothing, one with the same does`() {
        var bench = bench(grafana.with { $0.version = .tls12 }.alerted(.responder, 70))
        bench.consider(TLSFacts(at: 5).works)
        #expect(bench.open.map(\.label) == [.tlsVersionMismatch])
        bench.consider(TLSFacts(at: 6).with { $0.version = .tls12 }.works)
        #expect(bench.open.isEmpty)
        bench.consider(TLSFacts(at: 7).with { $0.protocols = ["imap"] }.alerted(.responder, 120))
        bench.consider(TLSFacts(at: 8).works)
        #expect(bench.open.map(\.label) == [.tlsALPNMismatch])
        bench.consider(TLSFacts(at: 9).with { $0.protocols = ["imap"] }.works)
        #expect(bench.open.isEmpty)
    }

    @Test func `other ports and other addresses are not the VIP's`() {
        #expect(bench(grafana.with { $0.port = Port(rawValue: 8443) }.alerted(.responder, 70)).labels.isEmpty)
        #expect(bench(grafana.with { $0.address = Host.bystander.ip }.alerted(.responder, 70)).labels.isEmpty)
        #expect(bench(grafana.alerted(.responder, 70), site: .bare).labels == [.tlsVersionMismatch], "without a list every port counts")
    }

    // MARK: tls-sni-no-match

    private func wiki(at seconds: Double) -> TLSFacts { TLSFacts(at: seconds, name: "wiki.laurivan.com") }

    @Test func `what was one failed handshake turns out to be the name's, and is over`() throws {
        for refusal: (TLSFacts) -> FlowEvent in [{ $0.dropped }, { $0.alerted(.responder, 112) }] {
            var bench = bench(refusal(wiki(at: 1)))
            #expect(bench.open.map(\.label) == [.tlsHandshakeFailed], "one connection may fail for any reason")
            bench.consider(refusal(wiki(at: 2)))
            bench.consider(grafana.with { $0.time = 3 }.works)
            #expect(bench.open.map(\.label) == [.tlsSNINoMatch])
            let lone = try #require(bench.finding(.tlsHandshakeFailed))
            #expect(lone.state == .resolved && lone.causedBy == "tls-sni-no-match/10.0.0.157/443/wiki.laurivan.com")
            #expect(lone.frames.last == 3001 && lone.summary.contains("it is the name, which is not served"))
            bench.consider(refusal(wiki(at: 4)))
            #expect(bench.open.map(\.label) == [.tlsSNINoMatch], "and stays over")
        }
    }

    @Test func `another name's failure is not explained by it`() {
        let bench = bench(
            TLSFacts(at: 1, name: "b.laurivan.com").alerted(.responder, 40), wiki(at: 2).dropped, grafana.with { $0.time = 3 }.works[0],
            wiki(at: 4).dropped)
        #expect(bench.open.map(\.label) == [.tlsHandshakeFailed, .tlsSNINoMatch])
        #expect(bench.finding(.tlsHandshakeFailed)?.subject.name == "b.laurivan.com")
    }

    @Test func `a name that fails each time, and another that works`() throws {
        var bench = bench(wiki(at: 1).dropped, wiki(at: 2).dropped)
        #expect(bench.labels == [.tlsHandshakeFailed], "which of both it is, is not known yet")
        bench.consider(TLSFacts(at: 3).works)
        #expect(bench.labels == [.tlsHandshakeFailed, .tlsSNINoMatch])
        let finding = try #require(bench.finding(.tlsSNINoMatch))
        #expect(finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.frames == [1000, 1003, 2000, 2003, 3000, 3001])
        #expect(finding.subject.name == "wiki.laurivan.com")
        #expect(bench.finding(.tlsHandshakeFailed)?.causedBy == finding.id)
        bench.consider(wiki(at: 4).dropped)
        #expect(bench.finding(.tlsSNINoMatch)?.count == 2 && bench.finding(.tlsHandshakeFailed)?.count == 2, "only the cause goes on")
    }

    @Test(arguments: [(1, false), (2, true)])
    func `refusedNames: two`(_ failures: Int, _ isFound: Bool) {
        #expect(Thresholds().refusedNames == 2)
        var bench = bench()
        bench.consider(TLSFacts(at: 0.5).works)
        for index in 0..<failures { bench.consider(wiki(at: 1 + Double(index)).dropped) }
        #expect((bench.finding(.tlsSNINoMatch) != nil) == isFound)
    }

    @Test func `no name is a name, too, and unrecognized_name says the same`() {
        var bench = bench()
        bench.consider(TLSFacts(at: 0.5).works)
        bench.consider(TLSFacts(at: 1, name: nil).dropped, TLSFacts(at: 2, name: nil).dropped)
        #expect(bench.finding(.tlsSNINoMatch)?.subject.name == nil)
        #expect(bench.finding(.tlsSNINoMatch)?.summary.contains("without a server name (an address in the URL)") == true)
        bench.consider(wiki(at: 3).alerted(.responder, 112), wiki(at: 4).alerted(.responder, 112))
        #expect(bench.findings.last { $0.label == .tlsSNINoMatch }?.subject.name == "wiki.laurivan.com")
    }

    @Test func `a name that works by turns is a backend's trouble`() {
        var bench = bench()
        bench.consider(TLSFacts(at: 0.5).works)
        bench.consider(wiki(at: 1).works)
        bench.consider(wiki(at: 2).dropped, wiki(at: 3).dropped)
        #expect(bench.finding(.tlsSNINoMatch) == nil)
    }

    @Test(arguments: [(600.0, false), (600.001, true)])
    func `memory: a name that worked 10 minutes ago`(_ gap: Double, _ isFound: Bool) {
        #expect(TLSNameRule.memory == .seconds(600))
        var bench = bench()
        bench.consider(TLSFacts(at: 0.5).works)
        bench.consider(wiki(at: 1).works)
        bench.consider(wiki(at: 1 + gap).dropped, wiki(at: 2 + gap).dropped)
        #expect((bench.finding(.tlsSNINoMatch) != nil) == isFound)
    }

    @Test func `where nothing works, the name does not decide; a ServerHello resolves it`() {
        #expect(bench(wiki(at: 1).dropped, wiki(at: 2).dropped).finding(.tlsSNINoMatch) == nil)
        var bench = bench(wiki(at: 1).dropped, wiki(at: 2).dropped)
        bench.consider(TLSFacts(at: 3).works)
        bench.consider(wiki(at: 4).works)
        #expect(bench.finding(.tlsSNINoMatch)?.state == .resolved)
    }

    // MARK: tls-handshake-failed

    @Test func `the alert is named, and the side that sent it`() throws {
        let bench = bench(grafana.with { $0.chosen = .tls13 }.alerted(.originator, 45, .afterServerHello))
        #expect(bench.labels == [.tlsHandshakeFailed])
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .fault && finding.frames == [1000, 1001, 1003])
        #expect(finding.summary.contains("the server chose TLS 1.3; the client ends it with the alert certificate_expired (45)"))
    }

    @Test func `an encrypted alert of the server says nothing but that it is one`() {
        let hidden = grafana.with { $0.chosen = .tls13 }
        let finding = bench(hidden.alerted(.responder, nil, .afterServerHello)).findings.first
        #expect(finding?.summary.contains("an encrypted alert after 3.000 ms, which cannot be read") == true)
        #expect(bench(hidden.alerted(.originator, nil, .afterClientRecord)).labels.isEmpty, "a client's may say that it is done")
    }

    @Test func `a server that ends it before the client has sent more`() {
        let server = grafana.with { $0.endedBy = .responder }
        #expect(bench(server.ended(.closed)).findings.first?.summary.contains("the server closes it") == true)
        #expect(bench(server.with { $0.chosen = .tls12 }.ended(.reset, .afterServerHello)).labels == [.tlsHandshakeFailed])
        #expect(
            bench(server.with { $0.chosen = .tls12 }.ended(.reset, .afterClientRecord)).labels.isEmpty, "it may be the client's verdict")
    }

    @Test func `a client that goes away, silence, and what was cut off are nothing`() {
        let client = grafana.with { $0.endedBy = .originator }
        #expect(bench(client.ended(.reset), client.ended(.closed), client.ended(.closed, .afterServerHello)).labels.isEmpty)
        #expect(bench(grafana.ended(.unanswered), grafana.ended(.cut), grafana.alerted(.originator, 90)).labels.isEmpty)
    }

    @Test func `the same client's success resolves it, another's does not`() {
        var bench = bench(grafana.alerted(.responder, 40))
        bench.consider(TLSFacts(at: 2).with { $0.client = .other }.works)
        #expect(bench.open.count == 1)
        bench.consider(TLSFacts(at: 3).works)
        #expect(bench.open.isEmpty)
    }

    @Test func `an outer name is said to be one`() {
        let bench = bench(grafana.with { $0.hasECH = true }.alerted(.responder, 40))
        #expect(bench.findings.first?.summary.contains("ECH, so the name may be an outer one") == true)
    }

    // MARK: tls-plaintext-on-tls-port

    @Test func `octets that are no TLS answer a ClientHello`() throws {
        var bench = bench(grafana.with { $0.answer = "HTTP/1.1 400 \r\u{1b}" }.ended(.notTLS))
        #expect(bench.labels == [.tlsPlaintextOnTLSPort])
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .fault && finding.frames == [1000, 1003])
        #expect(finding.summary.contains("\"HTTP/1.1 400 ..\""))
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https))
        bench.consider(TLSFacts(at: 2).works)
        #expect(bench.open.isEmpty)
    }

    @Test func `PostgreSQL begins in plaintext, and damaged records are none`() {
        #expect(bench(grafana.with { $0.answer = "\u{15}\u{4}\u{3}" }.ended(.notTLS)).labels.isEmpty)
        let postgres = grafana.with { facts in (facts.answer, facts.isPostgreSQL) = ("E", true) }
        #expect(bench(postgres.ended(.notTLS)).labels.isEmpty)
    }
}

extension Site {
    /// `--vip` alone.
    static var bare: Site {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        return site
    }
}
