import Agent
import ArgumentParser
import Events
import Flows
import Wire

/// The options of what is looked at and where it goes, which verbs share.
struct StreamOptions: ParsableArguments {
    @Flag(name: .long, help: "Report every flow, not only what concerns the VIPs.")
    var everything = false

    @Option(name: .long, help: ArgumentHelp("Look only at packets that match (pcap-filter(7)).", valueName: "expression"))
    var filter: String?

    @Option(name: .long, help: "What to print: text (on a terminal) or jsonl (elsewhere).")
    var format: Decode.Format?

    @Option(name: .long, help: ArgumentHelp("Write the event stream (JSON lines) to a file.", valueName: "file"))
    var events: String?

    var chosenFormat: Decode.Format { format ?? (Terminal.standardOutputIsTerminal ? .text : .jsonl) }

    /// Where the stream goes.
    func openSinks(_ create: (String) throws(SinkError) -> Sink) throws -> [Sink] {
        var sinks: [Sink] = chosenFormat == .jsonl ? [.standardOutput] : []
        do throws(SinkError) {
            if let events { sinks.append(try create(events)) }
        } catch { throw Failure(.outputFailed, error.description) }
        return sinks
    }

    /// The verdict in words, where they are asked for.
    func report(_ pipeline: borrowing Pipeline) throws {
        guard chosenFormat == .text else { return }
        try Terminal.print(Array(pipeline.report.utf8))
    }
}

extension Decode.Format: ExpressibleByArgument {}
