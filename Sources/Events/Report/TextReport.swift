package import Diagnosis
package import Flows
import Wire

/// The verdict in words: what is broken, since when and for whom, what proves it, what was ruled out, what to run next, and what is not
/// the problem. One cause with its consequences takes 20 lines at most: the event stream keeps what is left out here.
package struct TextReport {
    /// What can be told of a capture when it has ended.
    package struct Totals: Sendable {
        package var statistics: CaptureStatistics
        package var anomalies: UInt64
        package var vantage: Vantage
        /// Failed connections of floods.
        package var flooded: UInt64
        package var seconds: Double

        package init(statistics: CaptureStatistics, anomalies: UInt64, vantage: Vantage, flooded: UInt64, seconds: Double) {
            self.statistics = statistics
            self.anomalies = anomalies
            self.vantage = vantage
            self.flooded = flooded
            self.seconds = seconds
        }
    }

    static let width = 80
    /// One cause fits on a screen.
    static let mostLines = 20
    /// So many findings are told in full, and so many more by their names.
    private static let mostTold = 3
    private static let mostNamed = 12

    private let diagnosis: Diagnosis
    private let totals: Totals

    package init(_ diagnosis: Diagnosis, _ totals: Totals) {
        self.diagnosis = diagnosis
        self.totals = totals
    }

    package var text: String {
        let order = ReadingOrder(diagnosis.book.findings)
        let (others, end) = (named(order), notTheProblem + footer)
        let room = max(Self.mostLines - verdicts.count - others.count - end.count, 10)
        let told = order.told.prefix(Self.mostTold).flatMap { FindingText($0, diagnosis.known).lines(atMost: room - 1) }
        // A paragraph of its own, where there is room for one.
        let gap = told.count < room || order.told.count > 1 ? [""] : []
        return (verdicts + told + others + gap + end).joined(separator: "\n") + "\n"
    }

    // MARK: Verdicts

    private var verdicts: [String] {
        let ledgers = diagnosis.ledgers
        let judged = ledgers.filter { $0.verdict != .notJudged }
        var lines = judged.map { "\(name($0)): \($0.verdict.words)" + since($0) }
        let others = ledgers.filter { $0.verdict == .notJudged }.map(name)
        if !others.isEmpty { lines += wrap(Text.list(others) + ": " + Verdict.notJudged.words) }
        return ledgers.isEmpty ? ["No VIP was named: give --vip ADDRESS or --site FILE for a verdict."] : lines
    }

    private func name(_ ledger: Ledger) -> String { "\(ledger.vip)" + (ledger.name.map { " (\($0))" } ?? "") }

    private func since(_ ledger: Ledger) -> String {
        let known = diagnosis.known
        let troubles = diagnosis.book.findings.filter { $0.isTrouble && Ledger.concerns($0, ledger.vip, known) }
        return troubles.map(\.firstSeen).min().map { " since \(RFC3339.date($0))" } ?? ""
    }

    // MARK: What else there is

    /// A line each, by name.
    private func named(_ order: ReadingOrder) -> [String] {
        let rest = order.told.dropFirst(Self.mostTold).map(\.finding) + order.aside
        var lines = rest.prefix(Self.mostNamed).map { finding in
            let lead = finding.state == .resolved ? "over" : "also"
            return FindingText.row(lead, FindingText.line(finding))
        }
        let more = UInt64(max(0, rest.count - Self.mostNamed)) + diagnosis.book.overflow
        if more > 0 { lines.append(FindingText.row("", "and \(more) more findings: look at the first")) }
        return lines
    }

    /// The ledger exonerates: what works is said, and what was not seen.
    private var notTheProblem: [String] {
        let judged = diagnosis.ledgers.filter { ledger in LedgerLayer.allCases.contains { ledger.line($0).status != .notSeen } }
        // VIPs of which the same is to be said share a sentence.
        var groups: [(sentences: [String], vips: [String])] = []
        for ledger in judged {
            let sentences = sentences(ledger)
            if let at = groups.firstIndex(where: { $0.sentences == sentences }) {
                groups[at].vips.append("\(ledger.vip)")
            } else {
                groups.append((sentences, ["\(ledger.vip)"]))
            }
        }
        return groups.flatMap { group in
            wrap((judged.count > 1 ? "\(Text.list(group.vips)). " : "") + group.sentences.joined(separator: " "))
        }
    }

    private func sentences(_ ledger: Ledger) -> [String] {
        let isTrouble = ledger.verdict == .fault || ledger.verdict == .warning
        let fine = LedgerLayer.allCases.compactMap { layer -> String? in
            let line = ledger.line(layer)
            // What a finding says by itself is not said again.
            guard line.status == .ok, let evidence = line.evidence.first,
                !diagnosis.book.open.contains(where: { $0.label.layer == layer && $0.evidence.first == evidence })
            else { return nil }
            let station = ledger.announcerNode ?? ledger.announcer?.mac.description
            let note = layer == .l2 ? station.map { "by \($0)" } ?? evidence.note : evidence.note
            return "\(layer.words) (\(isTrouble && layer != .l2 && layer != .dns ? "" : "\(note), ")frame \(evidence.frame.number))"
        }
        let parts =
            [(LayerStatus.notSeen, "not seen"), (.notObservable, "cannot be told from here")].compactMap { status, words in
                let layers = LedgerLayer.allCases.filter { ledger.line($0).status == status }.map(\.words)
                return layers.isEmpty ? nil : "\(Text.list(layers)) (\(words))"
            }
        return [
            fine.isEmpty ? nil : "\(isTrouble ? "Not the problem" : "Works"): \(Text.list(fine)).",
            parts.isEmpty ? nil : "Not judged: \(parts.joined(separator: ", ")).",
        ].compactMap(\.self)
    }

    private var footer: [String] {
        let statistics = totals.statistics
        var parts = ["\(statistics.frames) frames"]
        parts.append("\(String(decimal: totals.seconds)) s")
        parts.append("\(totals.vantage.words)")
        if statistics.filtered > 0 { parts.append("\(statistics.filtered) left out by the filter") }
        if totals.anomalies > 0 { parts.append("\(totals.anomalies) did not decode") }
        if statistics.unsupported > 0 { parts.append("\(statistics.unsupported) of an unsupported link type") }
        if totals.flooded > 0 { parts.append("\(totals.flooded) failed connections of a flood only counted") }
        let lost = statistics.lost
        parts.append(lost == 0 ? "no loss reported" : "\(lost) LOST: silence proves less")
        return Wrapping.prose(parts.joined(separator: ", "), width: Self.width)
    }

    private func wrap(_ text: String) -> [String] {
        Wrapping.prose(text, width: Self.width - 2).enumerated().map { ($0.offset == 0 ? "" : "  ") + $0.element }
    }
}
