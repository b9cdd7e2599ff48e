import Agent
import ArgumentParser
import Capture
import Flows
import Savefile

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Shows the packets of saved captures, as tcpdump does or with every decoded field.",
        discussion: """
            EXAMPLES:
              vipscope decode capture.pcap --filter 'arp or icmp'
              vipscope decode capture.pcap --format jsonl | jq 'select(.arp)'
            """)

    @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "capture"))
    var captures: [String]

    @Option(name: .long, help: ArgumentHelp("Show only packets that match (pcap-filter(7)).", valueName: "expression"))
    var filter: String?

    @Option(name: .long, help: "A line of text a packet, or an object with every decoded field (jsonl).")
    var format: Decode.Format = .text

    func run() throws { try Terminal.run(decode) }

    private func decode() throws -> ExitStatus {
        for shortcoming in Cryptography.shortcomings() { Terminal.note(shortcoming) }
        let warnings: [SavefileError]
        do throws(Replay.Failure) {
            warnings = try Decode.run(paths: captures, filter: filter, format: format, sink: .standardOutput)
        } catch { throw Failure(error) }
        for warning in warnings { Terminal.note(warning.description) }
        return .nothingWrong
    }
}
