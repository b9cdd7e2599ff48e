package import Diagnosis
package import Flows
import Wire

/// The verdict in words: what is broken, since when, what proves it, what was ruled out, what to run next, and what is not the problem.
package struct TextReport {
    /// What can be told of a capture when it has ended.
    package struct Totals: Sendable {
        package var statistics: CaptureStatistics
        package var anomalies: UInt64
        package var vantage: Vantage
        package var seconds: Double

        package init(statistics: CaptureStatistics, anomalies: UInt64, vantage: Vantage, seconds: Double) {
            self.statistics = statistics
            self.anomalies = anomalies
            self.vantage = vantage
            self.seconds = seconds
        }
    }

    private static let width = 110
    private var lines: [String] = []

    package init() {}

    package mutating func text(_ diagnosis: Diagnosis, _ totals: Totals) -> String {
        let findings = diagnosis.book.findings
        for ledger in diagnosis.ledgers {
            let own = findings.filter { $0.subject.vip == ledger.vip }
            head(ledger, own)
            // The cause leads, its consequences follow.
            for finding in own.filter({ $0.causedBy == nil }) + own.filter({ $0.causedBy != nil }) { tell(finding) }
            lines.append("")
        }
        for finding in findings where finding.subject.vip == nil {
            tell(finding)
            lines.append("")
        }
        if diagnosis.ledgers.isEmpty { lines.append("no VIP was named: give --vip ADDRESS or --site FILE for a verdict") }
        if diagnosis.book.overflow > 0 { lines.append("\(diagnosis.book.overflow) more findings found no room: look at the first") }
        lines.append(footer(totals))
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Ledger

    private mutating func head(_ ledger: Ledger, _ findings: [Finding]) {
        let name = ledger.name.map { " (\($0))" } ?? ""
        let since = findings.filter { $0.state == .open && $0.severity != .info }.map(\.firstSeen).min()
        lines.append("\(ledger.vip)\(name): \(ledger.verdict.words)" + (since.map { " since \(RFC3339.date($0))" } ?? ""))
        if LedgerLayer.allCases.allSatisfy({ [.notSeen, .notObservable].contains(ledger.line($0).status) }), findings.isEmpty,
            ledger.line(.l2).status == .notSeen
        {
            return
        }
        let layers = LedgerLayer.allCases.map { layer in "\(layer.rawValue) \(ledger.line(layer).status.words)" }
        lines.append("  " + layers.joined(separator: " | "))
        if let announcer = ledger.announcer {
            let rest = [ledger.announcerNode, announcer.address?.description].compactMap(\.self)
            lines.append("  announced by \(announcer.mac)" + (rest.isEmpty ? "" : " (\(rest.joined(separator: ", ")))"))
        }
        if ledger.verdict == .fault || ledger.verdict == .warning { notTheProblem(ledger) }
    }

    private mutating func notTheProblem(_ ledger: Ledger) {
        let fine = LedgerLayer.allCases.compactMap { layer -> String? in
            let line = ledger.line(layer)
            guard line.status == .ok, let evidence = line.evidence.first else { return nil }
            return "\(layer.rawValue) (frame \(evidence.frame.number): \(evidence.note))"
        }
        if !fine.isEmpty { wrap("  not the problem: ", fine.joined(separator: "; ")) }
    }

    // MARK: Finding

    private mutating func tell(_ finding: Finding) {
        if lines.last != "" { lines.append("") }
        let cause = finding.causedBy.map { ", caused by \($0)" } ?? ""
        let state = finding.state == .resolved ? "RESOLVED " : ""
        lines.append(
            "  \(state)\(finding.severity.rawValue.uppercased()) \(finding.label.rawValue) (\(finding.confidence.rawValue)\(cause))")
        wrap("  ", finding.summary + ".")
        for (index, evidence) in finding.evidence.enumerated() {
            let isContrary = finding.state == .resolved && index == finding.evidence.count - 1
            lines.append(
                "    \(isContrary ? "over " : index == 0 ? "proof" : "     ")  frame \(evidence.frame.number)  \(RFC3339.clock(evidence.frame.time))  \(evidence.note)"
            )
        }
        for exclusion in finding.ruledOut { wrap("    not    ", "\(exclusion.label): \(exclusion.because)") }
        // What to do stands with the cause.
        guard finding.state == .open, finding.causedBy == nil else { return }
        for (index, remedy) in finding.remedy.enumerated() { lines.append("    \(index == 0 ? "next " : "     ")  \(remedy)") }
    }

    // MARK: -

    private func footer(_ totals: Totals) -> String {
        let statistics = totals.statistics
        var parts = ["\(statistics.frames) frames"]
        parts.append("\(String(decimal: totals.seconds)) s")
        parts.append("\(totals.vantage.words)")
        if statistics.filtered > 0 { parts.append("\(statistics.filtered) left out by the filter") }
        if totals.anomalies > 0 { parts.append("\(totals.anomalies) did not decode") }
        if statistics.unsupported > 0 { parts.append("\(statistics.unsupported) of an unsupported link type") }
        let lost = statistics.lost
        parts.append(lost == 0 ? "no loss reported" : "\(lost) LOST: silence proves less")
        return parts.joined(separator: ", ")
    }

    private mutating func wrap(_ lead: String, _ text: String) {
        let indent = String(repeating: " ", count: lead.count)
        var line = lead
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > Self.width, line.count > lead.count {
                lines.append(line)
                line = indent
            }
            line += line.count > indent.count ? " \(word)" : "\(word)"
        }
        lines.append(line)
    }
}

extension Verdict {
    package var words: String {
        switch self {
        case .healthy: "healthy"
        case .warning: "WARNING"
        case .fault: "FAULT"
        case .notJudged: "not judged: too little was seen"
        }
    }
}

extension LayerStatus {
    package var words: String {
        switch self {
        case .ok: "ok"
        case .warning: "WARNING"
        case .fault: "FAULT"
        case .notSeen: "not seen"
        case .notObservable: "not observable"
        }
    }
}

extension Vantage {
    package var words: String {
        switch self {
        case .unknown: "no hardware addresses"
        case .mirror: "others' unicast is visible"
        case .station: "one station's unicast is visible"
        case .broadcastOnly: "broadcasts only"
        }
    }
}

extension String {
    /// Three decimals.
    init(decimal value: Double) {
        let thousandths = Int64((value * 1000).rounded())
        self = "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
    }
}
