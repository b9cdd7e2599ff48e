import Agent
import CLinux
import Capture
import Diagnosis
import Events
import Flows
import Glibc
import Wire

/// How things stand, on a terminal: drawn in place, a few times a second, calm.
final class LiveView {
    let isTerminal: Bool
    private let hasColour: Bool
    /// Lines on the screen that are ours.
    private var drawn = 0
    private var lastColumns = LiveView.size.columns
    private var notes: [String] = []

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
        let variables = Environment.variables
        hasColour = isTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }

    /// One line for a finding that was told, where nothing is drawn.
    static func line(_ change: FindingBook.Change) -> String {
        let finding = change.finding
        return
            "\(RFC3339.clock(change.time))  \(change.action.rawValue) \(finding.severity.rawValue.uppercased()) \(finding.label.rawValue): \(finding.summary)\n"
    }

    func begin() {
        if isTerminal { write("\u{1b}[?25l") }
    }

    func end() {
        guard isTerminal else { return }
        erase()
        write("\u{1b}[?25h")
    }

    /// Something that is no result; the last three stay in view.
    func note(_ text: String) { notes = (notes + [text]).suffix(3) }

    /// Prints something else, with the picture out of the way.
    func interlude(_ body: () -> Void) {
        if isTerminal { erase() }
        body()
    }

    func draw(_ pipeline: borrowing Pipeline, _ kernel: KernelStatistics) {
        guard isTerminal else { return }
        let (columns, rows) = Self.size
        let lines = picture(pipeline, kernel).prefix(max(1, rows - 1)).map { $0.shown(columns, hasColour) }
        // A terminal of another size has wrapped what was drawn.
        var text = columns == lastColumns ? back : "\u{1b}[H\u{1b}[2J"
        lastColumns = columns
        for line in lines { text += line + "\u{1b}[K\n" }
        write(text + "\u{1b}[J")
        drawn = lines.count
    }

    // MARK: Picture

    private struct Line {
        var text: String
        var colour = ""

        func shown(_ columns: Int, _ hasColour: Bool) -> String {
            let cut = text.count <= columns ? text : String(text.prefix(columns - 1)) + "…"
            return hasColour && !colour.isEmpty ? "\u{1b}[\(colour)m\(cut)\u{1b}[0m" : cut
        }
    }

    private func picture(_ pipeline: borrowing Pipeline, _ kernel: KernelStatistics) -> [Line] {
        let statistics = pipeline.statistics
        let seconds = pipeline.start.map { (pipeline.now - $0).nanoseconds / 1_000_000_000 } ?? 0
        let lost = statistics.lost
        var lines = [
            Line(
                text: "vipscope  \(seconds) s  \(statistics.frames) packets"
                    + (lost == 0 ? ", none lost" : ", \(lost) LOST") + "  \(pipeline.vantage.words)", colour: lost == 0 ? "2" : "33")
        ]
        let findings = pipeline.diagnosis.book.open.filter { $0.severity != .info }
        for ledger in pipeline.diagnosis.ledgers {
            lines.append(Line(text: ""))
            lines.append(
                Line(
                    text: "\(ledger.vip)\(ledger.name.map { " (\($0))" } ?? "")  \(ledger.verdict.words)",
                    colour: Self.colour(ledger.verdict)))
            lines.append(
                Line(
                    text: "  " + LedgerLayer.allCases.map { "\($0.rawValue) \(Self.word(ledger.line($0).status))" }.joined(separator: "  "))
            )
            if let announcer = ledger.announcer {
                let rest = [ledger.announcerNode, announcer.address?.description].compactMap(\.self)
                lines.append(Line(text: "  announced by \(announcer.mac)" + (rest.isEmpty ? "" : " (\(rest.joined(separator: ", ")))")))
            }
            lines += findings.filter { $0.subject.vip == ledger.vip }.map(Self.line)
        }
        let others = findings.filter { $0.subject.vip == nil }
        if !others.isEmpty { lines += [Line(text: "")] + others.map(Self.line) }
        if !notes.isEmpty { lines += [Line(text: "")] + notes.map { Line(text: $0, colour: "2") } }
        return lines + [Line(text: ""), Line(text: "Ctrl-C ends with the verdict", colour: "2")]
    }

    private static func line(_ finding: Finding) -> Line {
        let mark = finding.severity == .fault ? "FAULT" : "WARNING"
        return Line(text: "  \(mark) \(finding.label.rawValue): \(finding.summary)", colour: finding.severity == .fault ? "31" : "33")
    }

    /// Short enough for seven layers in 80 columns.
    private static func word(_ status: LayerStatus) -> String {
        switch status {
        case .ok: "ok"
        case .warning: "WARN"
        case .fault: "FAULT"
        case .notSeen: "-"
        case .notObservable: "n/o"
        }
    }

    private static func colour(_ verdict: Verdict) -> String {
        switch verdict {
        case .healthy: "32"
        case .warning: "33"
        case .fault: "31"
        case .notJudged: ""
        }
    }

    // MARK: Terminal

    private var back: String { drawn > 0 ? "\u{1b}[\(drawn)A\r" : "" }

    private func erase() {
        write(back + "\u{1b}[J")
        drawn = 0
    }

    private func write(_ text: String) { try? Terminal.print(Array(text.utf8)) }

    private static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe terminal_size(STDOUT_FILENO, &size) == 0, size.ws_col > 20 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
