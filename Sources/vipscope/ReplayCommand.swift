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

    @OptionGroup var stream: StreamOptions

    func validate() throws {
        guard !captures.isEmpty else { throw ValidationError("name a capture, a folder of captures, or -") }
        if captures.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read once") }
    }

    func run() throws { try Terminal.run(judge) }

    private func judge() throws -> ExitStatus {
        var options = Replay.Options(paths: captures, site: try watch.load())
        options.everything = stream.everything
        options.filter = stream.filter
        let sinks = try stream.openSinks { path throws(SinkError) in try Sink(creating: path, inputs: captures) }
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
        try stream.report(replay.pipeline)
        return ExitStatus.of(replay.pipeline.diagnosis)
    }

    private func show(_ progress: Replay.Progress) {
        let share = progress.size.map { $0 == 0 ? "" : " \(progress.position * 100 / $0) %," } ?? ""
        Terminal.progress("reading:\(share) \(progress.frames) frames")
    }
}
