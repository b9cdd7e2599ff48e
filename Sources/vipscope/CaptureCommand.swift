import Agent
import ArgumentParser
import Capture
import Diagnosis
import Events
import Flows
import Savefile
import Site
import Wire

struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Listens on this machine's network and says what is wrong with the VIPs, as it happens.",
        discussion: """
            EXAMPLES:
              sudo vipscope capture --vip 10.0.0.157
              sudo vipscope capture --vip 10.0.0.157 --for 60s --evidence proof/ --events events.jsonl
              sudo vipscope capture --interface eth0 --everything --write trouble.pcapng --count 10000

            Listens on the interface that the route to the VIP leaves by. Ends with Ctrl-C, --for, --count or --until finding, with the \
            verdict; USR1 prints the ledger in between.

            Needs the right CAP_NET_RAW and gives up every other one. Run with sudo, it becomes the user who called it once the \
            interface is open, and files belong to that user.
            """)

    @OptionGroup var watch: WatchOptions

    @Option(
        name: [.long, .customShort("i")],
        help: ArgumentHelp("Where to listen; may be given several times. Without it, where the route to the VIP leaves.", valueName: "name")
    )
    var interface: [String] = []

    @Option(name: .customLong("for"), help: ArgumentHelp("End after so long: 30s, 5m, 1h.", valueName: "time"))
    var duration: Duration?

    @Option(name: .long, help: ArgumentHelp("End after so many packets.", valueName: "packets"))
    var count: UInt64?

    @Option(name: .long, help: ArgumentHelp("End with the first finding that is a fault or a warning.", valueName: "finding"))
    var until: Until?

    @OptionGroup var stream: StreamOptions
    @OptionGroup var files: FileOptions

    @Option(name: .long, help: ArgumentHelp("Octets kept of each packet.", valueName: "octets"))
    var snaplen = CaptureOptions().snapshotLength

    @Option(name: .long, help: ArgumentHelp("The kernel's memory for packets that wait.", valueName: "size"))
    var buffer = Size(octets: CaptureOptions().ringSize)

    @Flag(name: .long, help: "Take also what is sent to other stations (a mirror port needs it).")
    var promiscuous = false

    @Option(name: .long, help: ArgumentHelp("Who to become once the interface is open: a name or number.", valueName: "user"))
    var user: String?

    enum Until: String, ExpressibleByArgument { case finding }

    func validate() throws {
        try files.validate()
        guard (64...262_144).contains(snaplen) else { throw ValidationError("--snaplen \(snaplen): 64 to 262144 octets") }
        if let user, Privileges.User(user) == nil { throw ValidationError("--user \(user): nobody is called so") }
        if interface.contains("any") {
            throw ValidationError(
                "--interface any: its frames lack the destination MAC, without which announcers cannot be told apart; name an interface, or several"
            )
        }
    }

    func run() throws { try Terminal.run(listen) }

    private func listen() throws -> ExitStatus {
        var options = LiveOptions(site: try watch.load())
        options.everything = stream.everything
        options.filter = stream.filter
        options.capture.snapshotLength = snaplen
        options.capture.ringSize = buffer.octets
        options.capture.isPromiscuous = promiscuous
        options.duration = duration?.interval
        options.count = count
        options.untilFinding = until == .finding
        // From here on INT and TERM end with a verdict.
        var signals = Signals()
        let source = try open(options)
        try becomeUser()
        let sinks = try stream.openSinks { path throws(SinkError) in try Sink(creating: path, force: files.force) }
        options.writesEvents = !sinks.isEmpty
        let opened = OpenFiles(source.interfaces, source.linkTypes, options)
        var live = Live(source, options, clock: Clock.now)
        try files.open(opened, &live)
        try run(&live, sinks, &signals)
        live.withPipeline { pipeline in try? stream.report(pipeline) }
        tellFiles(live)
        return live.withPipeline { ExitStatus.of($0.diagnosis) }
    }

    private func run(_ live: inout Live<LiveSource>, _ sinks: [Sink], _ signals: inout Signals) throws {
        let view = LiveView(isTerminal: stream.chosenFormat == .text && Terminal.standardOutputIsTerminal)
        view.begin()
        defer { view.end() }
        let isText = stream.chosenFormat == .text
        var listener = Live<LiveSource>.Listener()
        listener.note = { view.isTerminal ? view.note($0) : Terminal.note($0) }
        listener.finding = { if isText, !view.isTerminal { try? Terminal.print(Array(LiveView.line($0).utf8)) } }
        listener.ledger = { pipeline in
            let text = pipeline.report
            if isText, !view.isTerminal { try? Terminal.print(Array(text.utf8)) } else { view.interlude { Terminal.note("\n" + text) } }
        }
        listener.draw = { view.draw($0, $1) }
        do throws(SinkError) { try live.run(sinks: sinks, listener) { signals.next() } } catch {
            throw Failure(.outputFailed, error.description)
        }
    }

    // MARK: Interfaces and rights

    private func open(_ options: LiveOptions) throws -> LiveSource {
        do throws(CaptureError) {
            var names = interface
            if names.isEmpty {
                let choice = try InterfaceChoice(
                    vips: options.site.vips.map(\.address), routes: InterfaceChoice.routes(), interfaces: NetworkInterface.all)
                names = choice.names
                for note in choice.notes { Terminal.note(note) }
            }
            var source = try LiveSource(names, options.capture)
            try source.filter { options.captureFilter.expression(for: $0) }
            Terminal.note("listening on \(names.joined(separator: ", "))")
            return source
        } catch {
            throw Failure(error)
        }
    }

    private func becomeUser() throws {
        let user = user.flatMap(Privileges.User.init) ?? Privileges.User.behind(Environment.variables)
        do throws(Privileges.Failure) { try Privileges.drop(to: user) } catch { throw Failure(.notPermitted, error.description) }
    }

    private func tellFiles(_ live: borrowing Live<LiveSource>) {
        if let savefile = live.savefile() {
            Terminal.note(
                "\(savefile.packets) packets in \(files.write ?? savefile.path)"
                    + (savefile.missing > 0 ? ", \(savefile.missing) found no room" : ""))
        }
        if let folder = files.evidence {
            let names = live.evidenceFiles()
            Terminal.note(names.isEmpty ? "no finding, so no evidence in \(folder)" : "the evidence: \(names.joined(separator: ", "))")
        }
    }
}

extension Failure {
    fileprivate init(_ error: CaptureError) {
        switch error.kind {
        case .notPermitted:
            self.init(
                .notPermitted,
                """
                \(error): capturing needs CAP_NET_RAW. Run with sudo, or grant it once:
                  sudo setcap cap_net_raw+ep \(Environment.executable)
                """)
        case .filter: self.init(.usage, error.description)
        case .noInterface, .down, .vanished, .other: self.init(.noInput, error.description)
        }
    }
}
