import LAN
@testable import Diagnosis
import Flows
import QUICInitial
import Site
import Testing
import Wire

/// What a VIP's first answer says.
struct QUICAnswerRuleTests {
    private let quic = QUICTry()

    // MARK: quic-ok

    @Test func `the first attempt of a client that is established is told, once`() throws {
        let again = QUICTry(ends: .other(2), port: 50_001)
        let other = QUICTry(ends: .other(3), client: .other, port: 50_001)
        let bench = watched([quic.established(at: 1), again.established(at: 2), other.established(at: 3)], until: 20)
        #expect(bench.labels == [.quicOK, .quicOK])
        let finding = try #require(bench.finding(.quicOK))
        #expect(finding.severity == .info && finding.confidence == .proven && finding.count == 2)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .https, client: Host.client.address))
        #expect(finding.frames == [1, 2, 3])
        #expect(bench.ledger()?.line(.quic).status == .ok)
    }

    @Test func `an answer alone is not enough, and a later failure resolves it`() {
        #expect(watched([[quic.initial(at: 1), quic.answer(at: 1.1)]], until: 20).labels.isEmpty)
        let refused = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched([quic.established(at: 1), [refused.initial(at: 5), refused.refusal(at: 5.1)]], until: 20)
        #expect(bench.finding(.quicOK)?.state == .resolved)
    }

    // MARK: quic-handshake-failed

    @Test func `a server that closes in its Initial says why`() throws {
        let bench = watched([[quic.initial(at: 1), quic.refusal(at: 1.002)]], until: 20)
        #expect(bench.labels == [.quicHandshakeFailed])
        let finding = try #require(bench.finding(.quicHandshakeFailed))
        #expect(finding.severity == .fault && finding.confidence == .proven && finding.frames == [1, 2])
        #expect(finding.subject.name == "argocd.laurivan.com")
        #expect(finding.summary.contains("0x178 (no_application_protocol) after 2.000 ms"))
        #expect(bench.ledger()?.line(.quic).status == .fault)
    }

    @Test func `a client's close is no refusal`() {
        #expect(watched([[quic.initial(at: 1), quic.close(at: 1.05)], page(at: 1.001)], until: 3).labels == [.quicBlackholeFallback])
        #expect(watched([[quic.initial(at: 1), quic.answer(at: 1.1), quic.close(at: 1.2)]], until: 20).labels.isEmpty)
    }

    @Test func `a server that ends what was set up has not refused it`() {
        let frames = quic.established(at: 1) + [quic.refusal(0, at: 2)]
        #expect(watched([frames], until: 20).finding(.quicHandshakeFailed) == nil)
    }

    @Test func `a handshake for the same name resolves it`() {
        let again = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched([[quic.initial(at: 1), quic.refusal(at: 1.002)], again.established(at: 5)], until: 20)
        #expect(bench.finding(.quicHandshakeFailed)?.state == .resolved)
    }

    // MARK: quic-version-*

    @Test func `a version that is negotiated`() throws {
        var first = quic
        first.ends.version = .v2
        let second = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched(
            [[first.initial(at: 1), first.negotiation([1, 0x1a2a_3a4a], at: 1.001)], second.established(at: 1.002)], until: 30)
        #expect(bench.labels == [.quicVersionNegotiated, .quicOK])
        let finding = try #require(bench.finding(.quicVersionNegotiated))
        #expect(finding.severity == .info && finding.frames == [1, 2, 5])
        #expect(finding.summary.contains("speaks the QUIC versions 1 and grease"))
    }

    @Test(arguments: [(11.0, Confidence.likely), (11.1, .proven)])
    func `without a version in common no attempt gets further`(_ end: Double, _ confidence: Confidence) throws {
        let bench = watched([[quic.initial(at: 1), quic.negotiation([0x6b33_43cf], at: 1.001)]], until: end)
        #expect(bench.labels == [.quicVersionMismatch])
        let finding = try #require(bench.finding(.quicVersionMismatch))
        #expect(finding.severity == .warning && finding.confidence == confidence && finding.frames == [1, 2])
    }

    @Test func `a later success resolves a mismatch`() {
        let later = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched(
            [[quic.initial(at: 1), quic.negotiation([0x6b33_43cf], at: 1.001)], [(Talk().syn, 20)], later.established(at: 25)], until: 30)
        #expect(bench.finding(.quicVersionMismatch)?.state == .resolved)
    }

    // MARK: quic-reply-wrong-source

    @Test func `an answer from the node's own address`() throws {
        let answer: TimedFrame = (quic.back(quic.ends.initial(.server, crypto(serverHello())), from: Host.node.ip), 1.004)
        let bench = watched([quic.initials([1, 1.3]), [answer], page(at: 1.1)], until: 20)
        #expect(bench.labels == [.quicReplyWrongSource], "it is no black hole: something answers")
        let finding = try #require(bench.finding(.quicReplyWrongSource))
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [1, 2])
        #expect(finding.summary.contains("10.0.0.147 (esxi-2cu-8g-03)"))
    }

    @Test func `a client that has no other way fails because of it`() {
        let answer: TimedFrame = (quic.back(quic.ends.initial(.server, crypto(serverHello())), from: Host.node.ip), 1.004)
        let bench = watched([quic.initials([1, 1.3]), [answer, quic.close(at: 4)]], until: 20)
        #expect(bench.finding(.quicNoFallbackFailure)?.causedBy == "quic-reply-wrong-source/10.0.0.157/443")
    }

    @Test func `a connection of its own with that address is something else`() {
        let own = QUICTry(ends: .other(2), address: Host.node.ip)
        let bench = watched([quic.initials([1, 1.3]), [own.initial(at: 1.01), own.answer(at: 1.02)], page(at: 1.1)], until: 20)
        #expect(bench.finding(.quicReplyWrongSource) == nil)
    }

    @Test func `the VIP's own answer resolves it`() {
        let answer: TimedFrame = (quic.back(quic.ends.initial(.server, crypto(serverHello())), from: Host.node.ip), 1.004)
        let later = QUICTry(ends: .other(2), port: 50_001)
        let bench = watched([quic.initials([1, 1.3]), [answer], later.established(at: 15)], until: 20)
        #expect(bench.finding(.quicReplyWrongSource)?.state == .resolved)
    }
}
