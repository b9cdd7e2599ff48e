import LAN
@testable import Diagnosis
import Testing
import Wire

struct FindingBookTests {
    private static let subject = Finding.Subject(vip: .v4(theVIP))

    private func finding(
        _ label: Label = .vipNoAnnouncer, _ confidence: Confidence = .likely, _ severity: Severity = .fault,
        _ subject: Finding.Subject = subject,
        frames: [Double] = [1], silent: Bool = false, at seconds: Double = 1
    ) -> Finding {
        var finding = Finding(
            label, severity, subject, confidence, at: at(seconds), summary: "as of \(seconds)",
            evidence: frames.map { Evidence(frame($0), "seen") })
        finding.arguesFromAbsence = silent
        return finding
    }

    /// A book with one finding stated at 1 s, its opening told.
    private func opened(_ finding: Finding? = nil) -> FindingBook {
        var book = FindingBook()
        book.state(finding ?? self.finding(), at: at(1))
        _ = book.takeChanges()
        return book
    }

    // MARK: Subjects

    @Test func `an id is label and subject, as far as each part applies`() {
        let all = Finding.Subject(vip: .v4(theVIP), port: .https, name: "grafana.laurivan.com", client: Host.client.address)
        #expect(finding(.healthy, .proven, .info, all).id == "healthy/10.0.0.157/443/grafana.laurivan.com/10.0.0.20")
        #expect(finding().id == "vip-no-announcer/10.0.0.157")
        #expect(Finding.id(.dnsNXDomainAllInternal, Finding.Subject(name: "laurivan.com")) == "dns-nxdomain-all-internal/laurivan.com")
    }

    @Test func `a finding begins with its first packet`() {
        #expect(finding(frames: [5, 3, 4], at: 6).firstSeen == at(3))
        #expect(finding(frames: [], at: 6).firstSeen == at(6))
    }

    @Test func `each subject is a finding of its own`() {
        var book = opened()
        for subject in [
            Finding.Subject(vip: .v4(otherVIP)), Finding.Subject(vip: .v4(theVIP), port: .https), Finding.Subject(name: "10.0.0.157"),
            Finding.Subject(client: .v4(theVIP)),
        ] {
            book.state(finding(.vipNoAnnouncer, .likely, .fault, subject), at: at(2))
        }
        #expect(book.takeChanges().actions == [.opened, .opened, .opened, .opened])
        #expect(book.open.count == 5)
    }

    // MARK: Life

    @Test func `it opens once and is counted`() {
        var book = FindingBook()
        for second in [1.0, 2, 3] { book.state(finding(at: second), at: at(second)) }
        let changes = book.takeChanges()
        #expect(changes.actions == [.opened] && changes.first?.time == at(1) && changes.first?.finding.count == 1)
        #expect(book.findings.map(\.count) == [3])
        #expect(book.findings.first?.lastSeen == at(3) && book.findings.first?.summary == "as of 1.0")
        #expect(book.takeChanges().isEmpty)
    }

    /// `updateInterval`, swept: 10 s of packet time after it was last told.
    @Test func `it is told again at most every 10 s`() {
        #expect(FindingBook.updateInterval == .seconds(10))
        var book = opened()
        book.state(finding(at: 11 - tick), at: at(11 - tick))
        #expect(book.takeChanges().isEmpty)
        book.state(finding(at: 11), at: at(11))
        #expect(book.takeChanges().actions == [.updated])
        book.countAgain(.vipNoAnnouncer, Self.subject, at: at(21 - tick))
        #expect(book.takeChanges().isEmpty)
        book.countAgain(.vipNoAnnouncer, Self.subject, at: at(21))
        let update = book.takeChanges()
        #expect(update.actions == [.updated] && update.first?.finding.count == 5 && update.first?.time == at(21))
    }

    @Test func `a change of severity or confidence is told at once, with the new proof`() {
        var book = opened()
        book.state(finding(.vipNoAnnouncer, .proven, frames: [2], at: 2), at: at(2))
        var changes = book.takeChanges()
        #expect(changes.actions == [.updated])
        #expect(changes.first?.finding.confidence == .proven && changes.first?.finding.frames == [2000])
        #expect(changes.first?.finding.firstSeen == at(1), "it began when it began")
        book.state(finding(.vipNoAnnouncer, .proven, .warning, frames: [3], at: 3), at: at(3))
        changes = book.takeChanges()
        #expect(changes.actions == [.updated] && changes.first?.finding.severity == .warning && changes.first?.finding.count == 3)
    }

    @Test func `a weaker proof changes nothing but the count`() {
        var book = opened(finding(.vipNoAnnouncer, .proven))
        book.state(finding(.vipNoAnnouncer, .likely, frames: [2], at: 2), at: at(2))
        #expect(book.takeChanges().isEmpty)
        #expect(book.findings.first?.confidence == .proven && book.findings.first?.frames == [1000] && book.findings.first?.count == 2)
    }

    @Test func `new wording comes when it is asked for, and waits for its turn`() {
        var book = opened()
        book.state(finding(frames: [1, 2], at: 2), at: at(2), rewording: true)
        #expect(book.takeChanges().isEmpty)
        #expect(book.findings.first?.frames == [1000, 2000])
        book.countAgain(.vipNoAnnouncer, Self.subject, at: at(12))
        #expect(book.takeChanges().first?.finding.summary == "as of 2.0")
    }

    @Test func `contrary evidence resolves it, and is cited`() {
        var book = opened()
        book.resolve(.vipNoAnnouncer, Finding.Subject(vip: .v4(otherVIP)), at: at(4), because: Evidence(frame(4), "reply"))
        #expect(book.takeChanges().isEmpty)
        book.resolve(.vipNoAnnouncer, Self.subject, at: at(5), because: Evidence(frame(5), "reply"))
        let changes = book.takeChanges()
        #expect(changes.actions == [.resolved] && changes.first?.time == at(5))
        #expect(changes.first?.finding.state == .resolved && changes.first?.finding.evidence.last == Evidence(frame(5), "reply"))
        #expect(book.open.isEmpty && book.findings.count == 1 && !book.isOpen(.vipNoAnnouncer, vip: .v4(theVIP)))
        book.resolve(.vipNoAnnouncer, Self.subject, at: at(6), because: Evidence(frame(6), "again"))
        book.countAgain(.vipNoAnnouncer, Self.subject, at: at(7))
        #expect(book.takeChanges().isEmpty, "it is over")
    }

    @Test func `it opens again with a new proof, and the count goes on`() {
        var book = opened()
        book.resolve(.vipNoAnnouncer, Self.subject, at: at(5), because: Evidence(frame(5), "reply"))
        book.state(finding(frames: [8], at: 8), at: at(8))
        let changes = book.takeChanges()
        #expect(changes.actions == [.resolved, .opened])
        #expect(changes.last?.finding.count == 2 && changes.last?.finding.state == .open)
        #expect(changes.last?.finding.firstSeen == at(8) && changes.last?.finding.frames == [8000])
        #expect(book.findings.count == 1)
    }

    @Test func `at the end what was counted since is told once more`() {
        var book = opened()
        book.finish(at: at(2))
        #expect(book.takeChanges().isEmpty, "nothing new")
        book.state(finding(at: 3), at: at(3))
        book.finish(at: at(4))
        let changes = book.takeChanges()
        #expect(changes.actions == [.updated] && changes.first?.finding.count == 2 && changes.first?.time == at(4))
        #expect(changes.first?.finding.lastSeen == at(3))
    }

    // MARK: Lost frames

    @Test func `lost frames take proven from every conclusion from absence`() {
        var book = FindingBook()
        book.state(finding(.vipNoAnnouncer, .proven, silent: true), at: at(1))
        book.state(finding(.duplicateAnnouncers, .proven), at: at(1))
        _ = book.takeChanges()
        book.note(.lost, at: at(2))
        let changes = book.takeChanges()
        #expect(changes.actions == [.updated] && changes.first?.finding.label == .vipNoAnnouncer && changes.first?.time == at(2))
        #expect(book.findings.map(\.confidence) == [.likely, .proven])
        book.state(finding(.vipNoAnnouncer, .proven, silent: true, at: 3), at: at(3))
        book.state(finding(.tcpSYNBlackhole, .proven, silent: true, at: 3), at: at(3))
        #expect(book.findings.map(\.confidence) == [.likely, .proven, .likely])
        book.note(.lost, at: at(4))
        #expect(book.takeChanges().actions == [.opened], "once is enough")
    }

    @Test func `a finding that lost frames weaken says so`() {
        var book = opened(finding(.vipNoAnnouncer, .proven, silent: true))
        book.note(.lost, at: at(2))
        #expect(book.findings.map { String(describing: $0) }.joined().contains("lost"))
    }

    // MARK: Bounds

    @Test func `beyond so many findings new ones are counted only`() {
        var book = FindingBook()
        for index in 0..<(FindingBook.mostFindings + 10) {
            book.state(finding(.healthy, .proven, .info, Finding.Subject(name: "\(index)")), at: at(1))
        }
        #expect(book.findings.count == FindingBook.mostFindings && book.overflow == 10)
        book.state(finding(.healthy, .proven, .info, Finding.Subject(name: "7"), at: 2), at: at(2))
        #expect(book.findings[7].count == 2, "those that are there go on")
    }
}
