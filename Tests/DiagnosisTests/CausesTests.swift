import LAN
@testable import Diagnosis
@testable import Flows
import Testing
import Wire

struct CausesTests {
    private func finding(_ label: Label, _ address: IPv4Address = theVIP, port: Port? = nil) -> Finding {
        Finding(label, .fault, Finding.Subject(vip: .v4(address), port: port), .proven, at: at(1), summary: "", evidence: [])
    }

    /// CATALOGUE: `vip-no-announcer` explains every failed connection of that VIP.
    @Test func `who has no announcer has no connections`() {
        let cause = finding(.vipNoAnnouncer)
        for label in Label.allCases {
            let isExplained = label == .tcpICMPRejected || label == .tcpSYNBlackhole
            #expect(Causes.explains(cause, finding(label, port: .https)) == isExplained)
            #expect(!Causes.explains(cause, finding(label, otherVIP, port: .https)), "another VIP's trouble is its own")
            #expect(!Causes.explains(finding(label), cause))
        }
    }

    /// CATALOGUE: `https-rr-h3-mismatch` explains `quic-blackhole-fallback`.
    @Test func `who was promised HTTP/3 tries it`() {
        let failures: Set<Label> = [
            .quicBlackholeFallback, .quicICMPFallback, .quicNoFallbackFailure, .quicReplyWrongSource, .quicHandshakeFailed,
            .quicVersionMismatch,
        ]
        for label in Label.allCases {
            for cause in [Label.httpsRRH3Mismatch, .altSvcH3Mismatch] {
                #expect(Causes.explains(finding(cause, port: .https), finding(label, port: .https)) == failures.contains(label))
                #expect(!Causes.explains(finding(cause, port: .https), finding(label, port: .http)))
            }
            let isFailure = label == .quicNoFallbackFailure
            #expect(Causes.explains(finding(.quicReplyWrongSource, port: .https), finding(label, port: .https)) == isFailure)
            #expect(Causes.explains(finding(.tlsSNINoMatch, port: .https), finding(label, port: .https)) == (label == .tlsHandshakeFailed))
        }
    }

    private let rejection = Facts.error(3, 1, from: .router, quotes: Talk().syn, octets: 20, at: 5)

    @Test func `a consequence that comes after its cause points to it`() {
        var bench = Bench()
        bench.consider(Facts.run())
        let changes = bench.consider(rejection)
        #expect(changes.actions == [.opened])
        #expect(changes.first?.finding.causedBy == "vip-no-announcer/10.0.0.157")
        #expect(bench.finding(.vipNoAnnouncer)?.causedBy == nil)
    }

    @Test func `a cause that comes after its consequences is told with them`() {
        var bench = Bench()
        bench.consider(Facts.silent([1, 2, 4], port: .http), rejection)
        let changes = bench.consider(Facts.run(.client, [6, 7, 8]))
        #expect(changes.actions == [.opened, .updated, .updated])
        #expect(changes.map(\.finding.label) == [.vipNoAnnouncer, .tcpSYNBlackhole, .tcpICMPRejected])
        #expect(changes.map(\.finding.causedBy) == [nil, "vip-no-announcer/10.0.0.157", "vip-no-announcer/10.0.0.157"])
    }

    @Test func `a resolved cause explains nothing new`() {
        var bench = Bench()
        bench.consider(Facts.run(), Facts.reply(.node, at: 4.5))
        #expect(bench.consider(rejection).first?.finding.causedBy == nil)
    }
}
