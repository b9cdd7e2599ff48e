import Diagnosis
import Flows
import Wire

/// One cause with its consequences: as much of it as there is room for.
struct FindingText {
    private static let margin = 11

    private let finding: Finding
    private let siblings: [Finding]
    private let consequences: [Finding]
    private let known: Knowledge

    init(_ cause: ReadingOrder.Cause, _ known: Knowledge) {
        finding = cause.finding
        siblings = cause.siblings
        consequences = cause.consequences
        self.known = known
    }

    /// How much is told of each part; what is left out is counted.
    private struct Measure {
        var evidence = 4
        var exclusions = Int.max
        var remedies = Int.max
        var consequences = 4
        var isTight = false
    }

    /// From all to the least that helps: the last remedies, which are the least likely, go first, then look-alikes, then frames.
    private static let measures = [
        Measure(), Measure(evidence: 3), Measure(evidence: 3, remedies: 3), Measure(evidence: 3, remedies: 2),
        Measure(evidence: 3, exclusions: 1, remedies: 2), Measure(evidence: 2, exclusions: 1, remedies: 2, consequences: 2),
        Measure(evidence: 2, exclusions: 1, remedies: 1, consequences: 2),
        Measure(evidence: 2, exclusions: 0, remedies: 2, consequences: 2),
        Measure(evidence: 2, exclusions: 0, remedies: 1, consequences: 2),
        Measure(evidence: 1, exclusions: 0, remedies: 1, consequences: 1),
        Measure(evidence: 1, exclusions: 0, remedies: 1, consequences: 1, isTight: true),
    ]

    func lines(atMost most: Int) -> [String] {
        var lines: [String] = []
        for measure in Self.measures {
            lines = self.lines(measure)
            if lines.count <= most { break }
        }
        return lines
    }

    private func lines(_ measure: Measure) -> [String] {
        let isOver = finding.state == .resolved
        var lines = [""]
        lines += Self.part(isOver ? "OVER" : finding.severity.rawValue.uppercased(), headline(measure.isTight))
        lines += Self.part("", finding.summary + ".")
        if finding.severity == .fault || finding.severity == .warning {
            lines += Self.part("for whom", finding.audience(siblings, known) + lasting)
        }
        lines += proof(measure.evidence)
        lines += consequences.prefix(measure.consequences).map { consequence in
            let isWorse = consequence.severity.rank < finding.severity.rank
            let line = Self.line(consequence, besides: finding.subject.vip)
            return Self.row("leads to", isWorse ? "\(consequence.severity.rawValue.uppercased()) \(line)" : line)
        }
        let more = consequences.count - measure.consequences
        if more > 0 { lines.append(Self.row("", "and to \(more) more")) }
        lines += exclusions(measure.exclusions)
        return isOver ? lines : lines + remedies(measure.remedies, isTight: measure.isTight)
    }

    /// The summary says what the title does, so the label alone will do where there is no room for both.
    private func headline(_ isTight: Bool) -> String {
        let label = finding.label.rawValue + (finding.confidence == .likely ? ", likely" : "")
        let whole = RuleRegistry.explanation(finding.label).map { "\($0.title) (\(label))" } ?? label
        return isTight && whole.count > TextReport.width - Self.margin ? label : whole
    }

    /// What goes on for long says so.
    private var lasting: String {
        finding.lastSeen - finding.firstSeen >= .seconds(60) ? "; last seen \(RFC3339.date(finding.lastSeen))" : ""
    }

    // MARK: Parts

    private func proof(_ most: Int) -> [String] {
        let evidence = finding.evidence
        // What ended it comes last.
        let shown =
            finding.state == .resolved && evidence.count > most ? evidence.prefix(most - 1) + evidence.suffix(1) : evidence.prefix(most)
        let digits = shown.map { "\($0.frame.number)".count }.max() ?? 0
        var lines = shown.enumerated().map { index, evidence in
            let number = "\(evidence.frame.number)"
            let clock = RFC3339.clock(evidence.frame.time).dropLast(3)
            return Self.row(
                index == 0 ? finding.confidence == .proven ? "proven by" : "shown by" : "",
                "frame \(String(repeating: " ", count: digits - number.count))\(number)  \(clock)  \(evidence.note)")
        }
        let rest = evidence.filter { !shown.contains($0) }.map(\.frame.number).sorted().map(String.init)
        if rest.count == 1 { lines.append(Self.row("", "and frame \(rest[0])")) }
        if rest.count > 1 {
            lines.append(Self.row("", rest.count > 8 ? "and \(rest.count) more frames" : "and frames \(Text.list(rest))"))
        }
        return lines
    }

    private func exclusions(_ most: Int) -> [String] {
        let shown = finding.ruledOut.prefix(most).map { "\($0.label): \($0.because)" }
        return shown.isEmpty ? [] : Self.part("ruled out", shown.joined(separator: "; "))
    }

    /// - Parameter isTight: the command alone, without the question that it answers.
    private func remedies(_ most: Int, isTight: Bool) -> [String] {
        let width = TextReport.width - Self.margin
        var lines = finding.remedy.prefix(most).flatMap { remedy -> [String] in
            if remedy.count <= width { return [remedy] }
            let parts = remedy.split(separator: "   # ", maxSplits: 1)
            let comment = parts.count > 1 && !isTight ? Wrapping.prose(String(parts[1]), width: width - 4).map { "  # \($0)" } : []
            return Wrapping.command(String(parts.first ?? ""), width: width) + comment
        }
        let rest = finding.remedy.count - most
        if rest > 0, !isTight { lines.append("and \(rest) more: vipscope explain \(finding.label.rawValue)") }
        return lines.enumerated().map { Self.row($0.offset == 0 ? "run next" : "", $0.element, isWhole: true) }
    }

    // MARK: Lines

    /// A finding in one line.
    ///
    /// - Parameter vip: what is said already.
    static func line(_ finding: Finding, besides vip: IPAddress? = nil) -> String {
        var subject = finding
        if subject.subject.vip == vip { subject.subject.vip = nil }
        let place = [subject.place, finding.subject.client.map { "for \($0)" }].compactMap(\.self).joined(separator: " ")
        let title = RuleRegistry.explanation(finding.label)?.title ?? ""
        return "\(finding.label.rawValue)\(place.isEmpty ? "" : ", \(place)"): \(title)"
    }

    static func row(_ lead: String, _ text: String, isWhole: Bool = false) -> String {
        let margin = lead + String(repeating: " ", count: max(0, Self.margin - lead.count))
        return margin + (isWhole ? text : text.clipped(to: TextReport.width - Self.margin))
    }

    private static func part(_ lead: String, _ text: String) -> [String] {
        Wrapping.prose(text, width: TextReport.width - margin).enumerated().map {
            row($0.offset == 0 ? lead : "", $0.element, isWhole: true)
        }
    }
}
