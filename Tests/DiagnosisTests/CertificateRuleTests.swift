import LAN
@testable import Diagnosis
import Flows
import Site
import Testing
import Wire

/// Certificates in the clear, judged by the capture's own time and the server name.
struct CertificateRuleTests {
    private static let day = 86_400.0
    /// The certificate is in the frame 2 ms later.
    private static let now = 1000 * day
    private static let seen = now + 0.002

    private func bench(_ events: FlowEvent...) -> Bench {
        var bench = Bench()
        bench.consider(events)
        return bench
    }

    private let facts = TLSFacts(at: now)

    // MARK: Time

    private static let left: [(Double, [Label])] = [
        (-1, [.tlsCertificateExpired]), (0, [.tlsCertificateExpiring]), (1_209_599, [.tlsCertificateExpiring]), (1_209_600, []),
        (5_000_000, []),
    ]

    @Test(arguments: left)
    func `certificateLeft: 14 days, and nothing`(_ left: Double, _ labels: [Label]) {
        #expect(Thresholds().certificateLeft == .seconds(14 * 86_400))
        let certificate = X509Certificate.of(from: Self.now - 90 * Self.day, until: Self.seen + left)
        #expect(bench(facts.shows(certificate)).labels == labels)
    }

    @Test func `an expired one is a fault, with its date`() throws {
        let bench = bench(facts.shows(.of(until: Self.now - 230 * Self.day)))
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.frames == [86_400_000_000, 86_400_000_002])
        #expect(
            finding.summary.contains("for grafana.laurivan.com after 2.000 ms: it was valid until 1972-02-10 00:00:00 UTC, 230 days before")
        )
        #expect(bench.ledger()?.line(.tls).status == .fault)
    }

    @Test func `one that is about to expire is a warning`() {
        let finding = bench(facts.shows(.of(from: Self.now - 80 * Self.day, until: Self.seen + 10 * Self.day))).findings.first
        #expect(finding?.severity == .warning && finding?.summary.contains("expires in 10 days") == true)
    }

    /// Six days are a lifetime, too: such a certificate is renewed when two are left.
    @Test(arguments: [(2.1, false), (1.9, true)])
    func `a short life has its own measure`(_ days: Double, _ isFound: Bool) {
        let certificate = X509Certificate.of(from: Self.seen - (6 - days) * Self.day, until: Self.seen + days * Self.day)
        #expect((bench(facts.shows(certificate)).finding(.tlsCertificateExpiring) != nil) == isFound)
    }

    /// `shortLivedCertificate`, swept: 7 days, which have no 14 left on their first.
    @Test(arguments: [(604_800.0, true), (604_799, false)])
    func `a week's certificate is short, a shorter one is meant to be`(_ life: Double, _ isFound: Bool) {
        #expect(Thresholds().shortLivedCertificate == .seconds(7 * 86_400))
        let certificate = X509Certificate.of(from: Self.seen, until: Self.seen + life)
        #expect((bench(facts.shows(certificate)).finding(.tlsCertificateExpiring) != nil) == isFound)
    }

    @Test func `a client that says so itself is not told of twice; one whose clock is wrong is`() {
        let old = X509Certificate.of(until: Self.now - Self.day)
        let refused = facts.with { facts in (facts.chosen, facts.certificate) = (.tls12, old) }.alerted(.originator, 45, .afterServerHello)
        #expect(bench(refused).labels == [.tlsCertificateExpired])
        let good = X509Certificate.of(until: Self.now + 90 * Self.day)
        let wrong = facts.with { facts in (facts.chosen, facts.certificate) = (.tls12, good) }.alerted(.originator, 45, .afterServerHello)
        #expect(bench(wrong).labels == [.tlsHandshakeFailed])
    }

    @Test func `a renewed one resolves both`() {
        for left in [-1.0, 5] {
            var bench = bench(facts.shows(.of(from: Self.now - 90 * Self.day, until: Self.seen + left * Self.day)))
            #expect(bench.open.count == 1)
            bench.consider(TLSFacts(at: Self.now + 60).shows(.of(from: Self.now, until: Self.now + 90 * Self.day)))
            #expect(bench.open.isEmpty)
        }
    }

    // MARK: Names

    private static let covered: [([String], Bool)] = [
        (["*.laurivan.com"], false), (["GRAFANA.laurivan.com"], false), (["laurivan.com", "grafana.laurivan.com"], false),
        (["*.example.net"], true), (["laurivan.com"], true), (["*.com"], true), ([], true),
    ]

    @Test(arguments: covered)
    func `names, wildcards and none`(_ names: [String], _ isFound: Bool) {
        let bench = bench(facts.shows(.of(names, until: Self.now + 90 * Self.day)))
        #expect((bench.finding(.tlsCertificateNameMismatch) != nil) == isFound)
    }

    @Test func `another's certificate is a fault, and the right one resolves it`() throws {
        var bench = bench(facts.shows(.of(["a.net", "b.net", "c.net", "d.net", "e.net", "f.net"], until: Self.now + 90 * Self.day)))
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .fault && finding.frames == [86_400_000_000, 86_400_000_002])
        #expect(finding.summary.contains("covers a.net, b.net, c.net, d.net and 2 more"))
        bench.consider(TLSFacts(at: Self.now + 1).shows(.of(until: Self.now + 90 * Self.day)))
        #expect(bench.open.isEmpty)
        let unnamed = TLSFacts(at: Self.now, name: nil)
        #expect(self.bench(unnamed.shows(.of(["a.net"], until: Self.now + 90 * Self.day))).labels.isEmpty, "nobody asked for a name")
    }

    /// Both from public captures: a loudspeaker that is asked for by its address, a television's server with a common name alone.
    @Test func `addresses as names, and common names that old clients believe`() {
        let until = Self.now + 90 * Self.day
        #expect(bench(TLSFacts(at: Self.now, name: "192.168.1.70").shows(.of(until: until))).labels.isEmpty)
        var old = X509Certificate.of([], until: until)
        old.subject.commonName = "grafana.laurivan.com"
        #expect(bench(facts.shows(old)).labels.isEmpty)
        let refused = facts.with { facts in (facts.chosen, facts.certificate) = (.tls12, old) }.alerted(.originator, 46, .afterServerHello)
        #expect(bench(refused).labels == [.tlsCertificateNameMismatch])
        old.subject.commonName = "inetsim.org"
        #expect(bench(facts.shows(old)).labels == [.tlsCertificateNameMismatch])
    }

    // MARK: Trust

    private func refused(_ certificate: X509Certificate?, _ code: UInt8?, _ change: (inout TLSFacts) -> Void = { _ in }) -> FlowEvent {
        var facts = facts.with { facts in (facts.chosen, facts.certificate) = (.tls12, certificate) }
        change(&facts)
        guard let code else { return facts.with { $0.endedBy = .originator }.ended(.reset, .afterServerHello) }
        return facts.alerted(.originator, code, .afterServerHello)
    }

    private let good = X509Certificate.of(until: now + 90 * day)
    private let own = X509Certificate.of(until: now + 90 * day, isSelfSigned: true)
    private let staging = X509Certificate.of(issuer: "(STAGING) Ersatz Edamame E1", until: now + 90 * day)

    @Test func `the client's own word proves it`() {
        for code: UInt8 in [42, 48] {
            let finding = bench(refused(good, code)).findings.first
            #expect(finding?.label == .tlsCertificateUntrusted && finding?.confidence == .proven && finding?.severity == .fault)
            #expect(finding?.frames == [86_400_000_000, 86_400_000_002, 86_400_000_003])
        }
        let hidden = bench(refused(nil, 48) { $0.chosen = .tls13 })
        #expect(hidden.labels == [.tlsCertificateUntrusted])
        #expect(hidden.findings.first?.summary.contains("the certificate is encrypted") == true)
    }

    @Test func `a self-signed or staging leaf that the client leaves`() {
        for certificate in [own, staging] {
            #expect(bench(refused(certificate, nil)).findings.map(\.confidence) == [.proven])
            #expect(bench(refused(certificate, 46)).findings.map(\.confidence) == [.proven])
        }
        #expect(bench(refused(own, nil)).findings.first?.summary.contains("is self-signed") == true)
        #expect(bench(refused(staging, nil)).findings.first?.summary.contains("is of a staging authority") == true)
    }

    /// CATALOGUE: untrusted = the leaf's issuer is its own subject, or a staging issuer. What this client makes of it is its own matter.
    @Test func `a self-signed or staging leaf speaks for itself, though the client goes on`() {
        for (certificate, words) in [(own, "is self-signed"), (staging, "is of the staging authority (STAGING) Ersatz Edamame E1")] {
            let finding = bench(facts.shows(certificate)).findings.first
            #expect(finding?.label == .tlsCertificateUntrusted && finding?.severity == .fault && finding?.confidence == .proven)
            #expect(finding?.frames == [86_400_000_000, 86_400_000_002] && finding?.excluded == ["private-authority"])
            #expect(finding?.summary.contains("for grafana.laurivan.com after 2.000 ms that \(words)") == true)
        }
        let later = facts.with { facts in (facts.chosen, facts.certificate, facts.endedBy) = (.tls12, own, .originator) }
        #expect(bench(later.ended(.closed, .afterClientRecord)).findings.map(\.frames.count) == [2], "it went on first")
    }

    @Test func `a private authority is unknown, and other alerts are another matter`() {
        #expect(bench(facts.shows(good)).labels.isEmpty)
        #expect(bench(refused(good, nil)).labels.isEmpty)
        #expect(bench(refused(good, 46)).labels == [.tlsHandshakeFailed])
        #expect(bench(refused(own, 40)).labels == [.tlsCertificateUntrusted, .tlsHandshakeFailed], "ciphers")
    }

    @Test func `the same client's success resolves it`() {
        var bench = bench(refused(own, 48))
        bench.consider(TLSFacts(at: Self.now + 1).with { $0.client = .other }.works)
        #expect(bench.open.count == 1)
        bench.consider(TLSFacts(at: Self.now + 2).shows(own))
        #expect(bench.open.count == 1, "it is no better for that")
        bench.consider(TLSFacts(at: Self.now + 3).works)
        #expect(bench.open.isEmpty)
    }

    @Test func `another issuer resolves it, what cannot be seen does not`() {
        var bench = bench(facts.shows(own))
        bench.consider(TLSFacts(at: Self.now + 1).works)
        #expect(bench.open.count == 1)
        bench.consider(TLSFacts(at: Self.now + 2).with { $0.client = .other }.shows(good))
        #expect(bench.open.isEmpty)
    }
}
