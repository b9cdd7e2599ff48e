import ArgumentParser

@main
struct Vipscope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vipscope",
        abstract: "Says why a load balancer's virtual IP (VIP) is unreachable, with the packets that prove it.",
        discussion: """
            EXAMPLE:
              vipscope replay capture.pcap --vip 10.0.0.157
              sudo vipscope capture --vip 10.0.0.157

            EXIT STATUS:
              0  nothing is wrong
              1  an open finding of severity fault or warning
              2  no VIP that was named could be judged
              64 usage, 66 nothing could be read, 74 output could not be written, \
              77 not permitted, 78 invalid site file
            """,
        version: Version.text,
        subcommands: [
            ReplayCommand.self, CaptureCommand.self, DecodeCommand.self, AnonymizeCommand.self, SchemaCommand.self, ExplainCommand.self,
        ])
}

enum Version {
    static let number = "0.1.0"

    /// A debug build says so: it is about four times as slow.
    static var text: String {
        #if DEBUG
            "vipscope \(number) (debug build)"
        #else
            "vipscope \(number)"
        #endif
    }
}
