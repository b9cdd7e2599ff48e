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
        /// Nil where copies may be cited in place of what they are copies of.
        var summary: String?

        init(_ finding: Finding, in form: RewrittenForm? = nil) {
            (id, severity, confidence, state) = (finding.id, finding.severity, finding.confidence, finding.state)
            causedBy = finding.causedBy
            summary = form?.hasCopies == true ? nil : finding.summary
        }

        var description: String { "\(id), \(severity.rawValue), \(confidence.rawValue), \(state.rawValue): \(summary ?? "")" }
    }

    @Test(arguments: CaptureCase.all, RewrittenForm.whole)
    func `another form of the same packets gives the same findings`(_ example: CaptureCase, _ form: RewrittenForm) throws {
        let frames = try TestFrame.read(example.capture.path)
        let original = TestReplay.run(frames, site: example.site).findings.map { Statement($0, in: form) }
        // Frames are put in order where a file is read.
        let file = CaptureFormat.nanosecondPcap.file(form.rewrite(frames))
        let rewritten = try CaptureFolder(file).result(example.site).findings.map { Statement($0, in: form) }
        for finding in original where !rewritten.contains(finding) {
            let other = rewritten.first { $0.id == finding.id }
            Issue.record("\(example.name), \(form): \(other?.description ?? "nothing") in place of \(finding)")
        }
        for finding in rewritten where !original.contains(where: { $0.id == finding.id }) {
            Issue.record("\(example.name): only \(form): \(finding)")
        }
    }

    // MARK: Snapshot length

    /// What 96 octets of each frame leave of findings.
    private struct Loss {
        enum Kind { case gone, likely, nameless }
        var kinds: Set<Kind>
        var because: String
        var labels: [Label]
    }

    /// Those that are not here rest on headers alone, and stay as they are.
    private static let losses = [
        Loss(
            kinds: [.gone], because: "a question may end, and an answer's records begin, behind what is kept of a DNS message",
            labels: [
                .dnsNXDomainAllInternal, .dnsSingleNameMissing, .dnsNegativeCacheStale, .dnsTypeInconsistent, .dnsForwardingMissing,
                .dnsSplitHorizonLeak, .dnsAuthorityTimeout, .dnsAuthorityServfail, .dnsAuthorityRefused, .dnsWrongAddress,
                .httpsRRH3Mismatch,
                .hairpinThroughPublic,
            ]),
        Loss(
            kinds: [.gone, .nameless], because: "a ClientHello is longer: its name goes first, and with it what depends on the name",
            labels: [.tlsVersionMismatch, .tlsALPNMismatch, .tlsSNINoMatch, .tlsHandshakeFailed]),
        Loss(
            kinds: [.gone], because: "a ClientHello and what answers it in plaintext, or a certificate, are longer",
            labels: [
                .tlsPlaintextOnTLSPort, .tlsCertificateExpired, .tlsCertificateNameMismatch, .tlsCertificateUntrusted,
                .tlsCertificateExpiring,
            ]),
        Loss(
            kinds: [.gone], because: "requests and responses are longer",
            labels: [.httpUpstreamError, .httpRedirectLoop, .httpRouteMissing, .altSvcH3Mismatch]),
        Loss(
            kinds: [.gone, .nameless], because: "an Initial opens only whole: that it came is known, and not what it says",
            labels: [.quicOK, .quicHandshakeFailed, .quicVersionNegotiated]),
        Loss(
            kinds: [.gone, .likely], because: "that an Initial is a tunnel's is told by the name in it",
            labels: [.tunnelCloudflaredQUIC, .tunnelQUICBlocked]),
        Loss(kinds: [.gone], because: "WireGuard's handshake is known by its whole messages", labels: [.overlayWireGuard]),
        Loss(kinds: [.likely], because: "what TLS and HTTP would have said against it was not seen", labels: [.healthy]),
    ]

    private static func may(_ kind: Loss.Kind, _ label: Label) -> Bool {
        losses.contains { $0.kinds.contains(kind) && $0.labels.contains(label) }
    }

    @Test(arguments: CaptureCase.all)
    func `what is cut short gives the same findings or weaker ones, and no others`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let original = TestReplay.run(frames, site: example.site).findings
        let rest = TestReplay.run(RewrittenForm.cut.rewrite(frames), site: example.site).findings
        for finding in original {
            guard let other = rest.first(where: { $0.id == finding.id }) else {
                #expect(Self.may(.gone, finding.label), "\(example.name): gone: \(Statement(finding))")
                continue
            }
            let isWeaker = finding.confidence == .proven && other.confidence == .likely
            #expect(
                other.severity == finding.severity && other.state == finding.state
                    && (other.confidence == finding.confidence || (isWeaker && Self.may(.likely, finding.label))),
                "\(example.name): \(Statement(other)) in place of \(Statement(finding))")
        }
        for finding in rest where !original.contains(where: { $0.id == finding.id }) {
            #expect(
                Self.lacksName(finding, original) || Self.lacksFaults(finding, original, rest),
                "\(example.name): only cut short: \(Statement(finding))")
        }
    }

    /// One of the original's findings, without the name that it was about.
    private static func lacksName(_ finding: Finding, _ original: [Finding]) -> Bool {
        original.contains {
            $0.label == finding.label && $0.severity == finding.severity && $0.subject.vip == finding.subject.vip
                && $0.subject.port == finding.subject.port && $0.subject.client == finding.subject.client && finding.subject.name == nil
        } && may(.nameless, finding.label)
    }

    /// A VIP whose troubles all stood behind what is kept is likely healthy, and the finding says why it is not proven.
    private static func lacksFaults(_ finding: Finding, _ original: [Finding], _ rest: [Finding]) -> Bool {
        let troubles = original.filter { $0.state == .open && ($0.severity == .fault || $0.severity == .warning) }
        return finding.label == .healthy && finding.confidence == .likely && !troubles.isEmpty
            && troubles.allSatisfy { trouble in may(.gone, trouble.label) && !rest.contains { $0.id == trouble.id } }
    }
}
