package import Wire

/// Every finding so far: opened, counted, updated at a bounded rate, resolved.
package struct FindingBook: Sendable {
    package enum Action: String, Hashable, Sendable, CaseIterable { case opened, updated, resolved }

    package struct Change: Hashable, Sendable {
        package var action: Action
        package var finding: Finding
        package var time: Timestamp
    }

    private struct Key: Hashable {
        var label: Label
        var subject: Finding.Subject
    }

    private struct Entry {
        var finding: Finding
        var lastTold: Timestamp
        var isStale = false
    }

    /// A finding that only goes on is told again after this long, in packet time.
    static let updateInterval = Interval.seconds(10)
    /// More open findings than this say one thing: look at the first. The rest are counted.
    static let mostFindings = 1024
    /// Lost frames weaken what was begun to be seen up to this long after they were counted: no silence that proves something lasts longer
    /// (a QUIC attempt's ten seconds and what follows it, six SYNs in a minute).
    static let lossMemory = Interval.seconds(60)

    private var entries: [Entry] = []
    private var index: [Key: Int] = [:]
    private var openCount = 0
    private var changes: [Change] = []
    /// A filter leaves frames out: nothing that argues from absence is proven any more.
    private var isFiltered = false
    /// The last time at which lost frames were counted.
    private var lastLoss: Timestamp?
    /// The last flood of each VIP.
    private var lastFlood: [IPAddress: Timestamp] = [:]
    /// Findings that found no room.
    package private(set) var overflow: UInt64 = 0

    package var findings: [Finding] { entries.map(\.finding) }
    package var open: [Finding] { entries.filter { $0.finding.state == .open }.map(\.finding) }

    /// For findings about the VIP as a whole.
    package func isOpen(_ label: Label, vip: IPAddress) -> Bool { openFinding(label, Finding.Subject(vip: vip)) != nil }

    package func openFinding(_ label: Label, _ subject: Finding.Subject) -> Finding? {
        guard hasOpen, let at = index[Key(label: label, subject: subject)], entries[at].finding.state == .open else { return nil }
        return entries[at].finding
    }

    /// Most facts meet no open finding.
    private var hasOpen: Bool { openCount > 0 }

    /// States a finding: opens it, or counts it again.
    ///
    /// The first proof stays, unless this one says more: with another severity or confidence, or because `rewording` says so.
    package mutating func state(_ finding: Finding, at time: Timestamp, rewording: Bool = false) {
        var finding = finding
        if finding.arguesFromAbsence, let missing = missing(since: finding.firstSeen, for: finding) { finding.weaken(missing.words) }
        let key = Key(label: finding.label, subject: finding.subject)
        guard let at = index[key] else {
            guard entries.count < Self.mostFindings else {
                overflow += 1
                return
            }
            index[key] = entries.count
            entries.append(Entry(finding: finding, lastTold: time))
            opened(entries.count - 1, at: time)
            return
        }
        let old = entries[at].finding
        finding.count = old.count + 1
        guard old.state == .open else {
            entries[at] = Entry(finding: finding, lastTold: time)
            opened(at, at: time)
            return
        }
        let isStronger = old.severity != finding.severity || (old.confidence == .likely && finding.confidence == .proven)
        if isStronger || rewording {
            finding.firstSeen = min(old.firstSeen, finding.firstSeen)
            finding.causedBy = old.causedBy
            entries[at].finding = finding
        }
        entries[at].finding.count = finding.count
        count(at, time, isNews: isStronger)
    }

    /// Counts an open finding again, its wording and evidence unchanged.
    ///
    /// - Returns: false where none is open.
    @discardableResult
    package mutating func countAgain(_ label: Label, _ subject: Finding.Subject, at time: Timestamp) -> Bool {
        guard hasOpen, let at = index[Key(label: label, subject: subject)], entries[at].finding.state == .open else { return false }
        entries[at].finding.count += 1
        count(at, time, isNews: false)
        return true
    }

    private mutating func count(_ at: Int, _ time: Timestamp, isNews: Bool) {
        entries[at].finding.lastSeen = time
        entries[at].isStale = true
        if isNews || time - entries[at].lastTold >= Self.updateInterval { tell(at, .updated, at: time) }
    }

    /// Contrary evidence came: what it is, is asked for only where such a finding is open.
    ///
    /// - Parameter time: of the fact that brought it, which may be later than the packet that it cites.
    package mutating func resolve(
        _ label: Label, _ subject: Finding.Subject, at time: Timestamp, because evidence: @autoclosure () -> Evidence
    ) {
        guard hasOpen, let at = index[Key(label: label, subject: subject)], entries[at].finding.state == .open else { return }
        let evidence = evidence()
        let lasted = Text.duration(evidence.frame.time - entries[at].finding.firstSeen)
        entries[at].finding.state = .resolved
        openCount -= 1
        entries[at].finding.summary += "; over after \(lasted): \(evidence.note)"
        entries[at].finding.lastSeen = time
        entries[at].finding.evidence.append(evidence)
        tell(at, .resolved, at: time)
    }

    /// A finding that says more is open: this one is over, and points to it.
    package mutating func supersede(
        _ label: Label, _ subject: Finding.Subject, by better: Finding, at time: Timestamp, because evidence: @autoclosure () -> Evidence
    ) {
        guard hasOpen, let at = index[Key(label: label, subject: subject)], entries[at].finding.state == .open else { return }
        entries[at].finding.causedBy = better.id
        resolve(label, subject, at: time, because: evidence())
    }

    /// Missing frames take `proven` from every conclusion from absence.
    package mutating func note(_ reason: MissingFrames, at time: Timestamp) {
        switch reason {
        case .filtered: isFiltered = true
        case .lost: lastLoss = time
        case .flooded(let vip): lastFlood[vip] = time
        }
        for at in entries.indices
        where entries[at].finding.state == .open && entries[at].finding.arguesFromAbsence && entries[at].finding.confidence == .proven
            && reason.concerns(entries[at].finding)
        {
            entries[at].finding.weaken(reason.words)
            tell(at, .updated, at: time)
        }
    }

    private func missing(since start: Timestamp, for finding: Finding) -> MissingFrames? {
        if let lastLoss, start <= lastLoss + Self.lossMemory { return .lost }
        if let vip = finding.subject.vip, let flood = lastFlood[vip], start <= flood + Self.lossMemory {
            let reason = MissingFrames.flooded(vip)
            if reason.concerns(finding) { return reason }
        }
        return isFiltered ? .filtered : nil
    }

    /// The end: what was counted since it was last told is told once more.
    package mutating func finish(at time: Timestamp) {
        for at in entries.indices where entries[at].isStale && entries[at].finding.state == .open { tell(at, .updated, at: time) }
    }

    package var hasChanges: Bool { !changes.isEmpty }

    package mutating func takeChanges() -> [Change] {
        if changes.isEmpty { return [] }
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    // MARK: -

    private mutating func opened(_ at: Int, at time: Timestamp) {
        openCount += 1
        let finding = entries[at].finding
        if let cause = entries.first(where: { $0.finding.state == .open && Causes.explains($0.finding, finding) }) {
            entries[at].finding.causedBy = cause.finding.id
        }
        tell(at, .opened, at: time)
        for other in entries.indices
        where entries[other].finding.state == .open && entries[other].finding.causedBy == nil
            && Causes.explains(finding, entries[other].finding)
        {
            entries[other].finding.causedBy = finding.id
            tell(other, .updated, at: time)
        }
    }

    private mutating func tell(_ at: Int, _ action: Action, at time: Timestamp) {
        entries[at].lastTold = time
        entries[at].isStale = false
        changes.append(Change(action: action, finding: entries[at].finding, time: time))
    }
}
