import Agent
import ArgumentParser
import Capture
import Diagnosis
import Flows
import Savefile
import Site
import Wire

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Reads saved captures and says what is wrong with the VIPs.",
        discussion: """
            EXAMPLES:
              vipscope replay capture.pcap --vip 10.0.0.157
              vipscope replay captures/ --site site.yaml --events events.jsonl
              tcpdump -i eth0 -w - | vipscope replay - --vip 10.0.0.157 --format jsonl

            Reads pcap and pcapng, in every byte order and resolution. The same capture and site file give the same \
            bytes, on every machine. A file that is cut short is judged by what was read.
            """)

    @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "capture"))
    var captures: [String]

    @OptionGroup var watch: WatchOptions

    @Flag(name: .long, help: "Report every flow, not only what concerns the VIPs.")
    var everything = false

    @Option(name: .long, help: ArgumentHelp("Look only at packets that match (pcap-filter(7)).", valueName: "expression"))
    var filter: String?

    @Option(name: .long, help: "What to print: text (on a terminal) or jsonl (elsewhere).")
    var format: Decode.Format?

    @Option(name: .long, help: ArgumentHelp("Write the event stream (JSON lines) to a file.", valueName: "file"))
    var events: String?

    func validate() throws {
        guard !captures.isEmpty else { throw ValidationError("name a capture, a folder of captures, or -") }
        if captures.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read once") }
    }

    func run() throws { try Terminal.run(judge) }

    private func judge() throws -> ExitStatus {
        let format = format ?? (Terminal.standardOutputIsTerminal ? .text : .jsonl)
        var options = Replay.Options(paths: captures, site: try watch.load())
        options.everything = everything
        options.filter = filter
        let sinks = try openSinks(format)
        options.writesEvents = !sinks.isEmpty
        for shortcoming in Cryptography.shortcomings() { Terminal.note(shortcoming) }
        var replay = Replay(options)
        do throws(Replay.Failure) {
            try replay.run(sinks: sinks) { show($0) }
        } catch {
            throw Failure(error)
        }
        Terminal.progress("")
        for warning in replay.warnings { Terminal.note(warning.description) }
        if format == .text { try Terminal.print(Array(replay.pipeline.report.utf8)) }
        return ExitStatus.of(replay.pipeline.diagnosis)
    }

    private func openSinks(_ format: Decode.Format) throws -> [Sink] {
        var sinks: [Sink] = format == .jsonl ? [.standardOutput] : []
        do throws(SinkError) {
            if let events { sinks.append(try Sink(creating: events, inputs: captures)) }
        } catch { throw Failure(.outputFailed, error.description) }
        return sinks
    }

    private func show(_ progress: Replay.Progress) {
        let share = progress.size.map { $0 == 0 ? "" : " \(progress.position * 100 / $0) %," } ?? ""
        Terminal.progress("reading:\(share) \(progress.frames) frames")
    }
}

extension Decode.Format: ExpressibleByArgument {}
