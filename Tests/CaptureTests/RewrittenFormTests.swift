import Diagnosis
import Foundation
import Support
import Testing
import Wire

/// The same packets in another form give the same findings. What a savefile's format does is `DeterminismTests`' to tell: nothing.
struct RewrittenFormTests {
    /// What a finding says.
    private struct Statement: Equatable, CustomStringConvertible {
        var id: String
        var severity: Severity
        var confidence: Confidence
        var state: Finding.State
        var causedBy: String?
        var summary: String

        init(_ finding: Finding) {
            (id, severity, confidence, state) = (finding.id, finding.severity, finding.confidence, finding.state)
            causedBy = finding.causedBy
            summary = finding.summary
        }

        func isReworded(as other: Self?) -> Bool {
            var reworded = self
            reworded.summary = other?.summary ?? ""
            return reworded == other
        }

        var description: String { "\(id), \(severity.rawValue), \(confidence.rawValue), \(state.rawValue): \(summary)" }
    }

    /// Where a summary measures from a copy.
    private static let reworded: [(example: String, form: RewrittenForm, because: String)] = [
        ("failover-mirror", .twiceTagged, "the last claim before the end is the copy in the VLAN")
    ]

    @Test(arguments: CaptureCase.all, RewrittenForm.whole)
    func `another form of the same packets gives the same findings`(_ example: CaptureCase, _ form: RewrittenForm) throws {
        let frames = try TestFrame.read(example.capture.path)
        let others = form.rewrite(frames)
        // A capture with copies ends with one.
        let original = TestReplay.run(frames, site: example.site, observedUntil: others.map(\.time).max()).findings.map(Statement.init)
        // Frames are put in order where a file is read.
        let rewritten = try CaptureFolder(CaptureFormat.nanosecondPcap.file(others)).result(example.site).findings.map(Statement.init)
        let isReworded = Self.reworded.contains { $0.example == example.name && $0.form == form }
        var differs = false
        for finding in original where !rewritten.contains(finding) {
            let other = rewritten.first { $0.id == finding.id }
            differs = true
            if isReworded, finding.isReworded(as: other) { continue }
            Issue.record("\(example.name), \(form): \(other?.description ?? "nothing") in place of \(finding)")
        }
        #expect(differs || !isReworded, "\(example.name), \(form): no summary differs")
        for finding in rewritten where !original.contains(where: { $0.id == finding.id }) {
            Issue.record("\(example.name): only \(form): \(finding)")
        }
    }

    // MARK: Snapshot length

    /// What 96 octets of each frame leave of a finding.
    private struct Loss: Hashable, CustomStringConvertible {
        enum Kind { case gone, likely, nameless }
        var kind: Kind
        var label: Label
        var description: String { "\(label.rawValue) may be \(kind)" }
    }

    /// Those that are not here rest on headers alone, and stay as they are.
    private static let permitted: [(kind: Loss.Kind, because: String, labels: [Label])] = [
        (
            .gone, "a question may end, and an answer's records begin, behind what is kept of a DNS message",
            [
                .dnsNXDomainAllInternal, .dnsSingleNameMissing, .dnsNegativeCacheStale, .dnsTypeInconsistent, .dnsForwardingMissing,
                .dnsSplitHorizonLeak, .dnsAuthorityTimeout, .dnsAuthorityServfail, .dnsAuthorityRefused, .dnsWrongAddress,
                .httpsRRH3Mismatch, .hairpinThroughPublic,
            ]
        ),
        (
            .gone, "a ClientHello is longer",
            [.tlsVersionMismatch, .tlsALPNMismatch, .tlsSNINoMatch, .tlsHandshakeFailed]
        ),
        (
            .nameless, "its name goes first, and what is said is said without it", [.tlsVersionMismatch, .tlsALPNMismatch]
        ),
        (
            .gone, "a ClientHello and what answers it in plaintext, or a certificate, are longer",
            [
                .tlsPlaintextOnTLSPort, .tlsCertificateExpired, .tlsCertificateNameMismatch, .tlsCertificateUntrusted,
                .tlsCertificateExpiring,
            ]
        ),
        (
            .gone, "requests and responses are longer",
            [.httpUpstreamError, .httpRedirectLoop, .httpRouteMissing, .altSvcH3Mismatch]
        ),
        (
            .gone, "an Initial opens only whole: that it came is known, and not what it says",
            [.quicOK, .quicHandshakeFailed, .quicVersionNegotiated]
        ),
        (.nameless, "an Initial's name is within", [.quicHandshakeFailed]),
        (.gone, "that an Initial is a tunnel's is told by the name in it", [.tunnelCloudflaredQUIC]),
        (.likely, "and else by its port, where it is not answered", [.tunnelQUICBlocked]),
        (.gone, "WireGuard's handshake is known by its whole messages", [.overlayWireGuard]),
        (.likely, "what TLS and HTTP would have said against it was not seen", [.healthy]),
    ]
    private static let losses = Set(permitted.flatMap { row in row.labels.map { Loss(kind: row.kind, label: $0) } })

    @Test func `what is cut short gives the same findings or weaker ones, and no others`() throws {
        let needed = try CaptureCase.all.reduce(into: Set<Loss>()) { try $0.formUnion(losses($1)) }
        for loss in Self.losses.subtracting(needed) { Issue.record("no case needs that \(loss)") }
    }

    /// What is permitted and was needed.
    private func losses(_ example: CaptureCase) throws -> Set<Loss> {
        let frames = try TestFrame.read(example.capture.path)
        let original = TestReplay.run(frames, site: example.site).findings
        let rest = TestReplay.run(RewrittenForm.cut.rewrite(frames), site: example.site).findings
        var needed: Set<Loss> = []
        func may(_ kind: Loss.Kind, _ label: Label) -> Bool {
            needed.insert(Loss(kind: kind, label: label))
            return Self.losses.contains(Loss(kind: kind, label: label))
        }
        for finding in original {
            guard let other = rest.first(where: { $0.id == finding.id }) else {
                #expect(may(.gone, finding.label), "\(example.name): gone: \(Statement(finding))")
                continue
            }
            let isWeaker = finding.confidence == .proven && other.confidence == .likely
            #expect(
                other.severity == finding.severity && other.state == finding.state
                    && (other.confidence == finding.confidence || (isWeaker && may(.likely, finding.label))),
                "\(example.name): \(Statement(other)) in place of \(Statement(finding))")
        }
        for finding in rest where !original.contains(where: { $0.id == finding.id }) {
            #expect(
                Self.lacksFaults(finding, original, rest) || (Self.lacksName(finding, original) && may(.nameless, finding.label)),
                "\(example.name): only cut short: \(Statement(finding))")
        }
        return needed
    }

    /// One of the original's findings, without the name that it was about.
    private static func lacksName(_ finding: Finding, _ original: [Finding]) -> Bool {
        original.contains {
            $0.label == finding.label && $0.severity == finding.severity && $0.subject.vip == finding.subject.vip
                && $0.subject.port == finding.subject.port && $0.subject.client == finding.subject.client && finding.subject.name == nil
        }
    }

    /// A VIP whose troubles all stood behind what is kept is likely healthy, and the finding says why it is not proven.
    private static func lacksFaults(_ finding: Finding, _ original: [Finding], _ rest: [Finding]) -> Bool {
        let troubles = original.filter { $0.state == .open && ($0.severity == .fault || $0.severity == .warning) }
        return finding.label == .healthy && finding.confidence == .likely && !troubles.isEmpty
            && troubles.allSatisfy { trouble in !rest.contains { $0.id == trouble.id } }
    }
}
