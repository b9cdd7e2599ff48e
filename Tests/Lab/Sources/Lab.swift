import ArgumentParser
import Foundation
import Synchronization

/// INT or TERM came.
private let interrupted = Atomic<Bool>(false)

@main
struct Lab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Plays scenarios on LANs of network namespaces and holds vipscope's findings against what must be found.",
        discussion:
            "It runs at the repository's root, as root. Recordings and logs are kept in .build/lab/SCENARIO. The status is 1 where a scenario failed."
    )

    @Argument(help: "Scenarios; none plays all, and then writes the table of docs/lab.md.") var scenarios: [String] = []
    @Flag(help: "Only the quick ones, and none where this machine does not allow namespaces.") var short = false
    @Flag(help: "List the scenarios, which reads every file.") var list = false
    @Flag(help: "Judge the recordings of .build/lab anew, and record nothing.") var judge = false
    @Flag(help: "Run vipscope capture beside the recordings, too: it must say what replay says.") var live = false
    @Option(help: "How many LANs there are at a time.") var jobs = 4
    @Option(help: "The executable that judges.") var vipscope = ".build/release/vipscope"

    static let folder = "Tests/Lab"
    static let results = ".build/lab"

    func run() async throws {
        let chosen = try chosen()
        if list {
            for one in chosen { print("\(one.name): \(one.about)") }
            return
        }
        if let reason = await obstacle() {
            guard short else { throw LabError(reason) }
            print("lab: skipped: \(reason)")
            return
        }
        let root = FileManager.default.currentDirectoryPath
        let player = Player(
            judge: Judge(vipscope: vipscope.hasPrefix("/") ? vipscope : "\(root)/\(vipscope)"), results: "\(root)/\(Self.results)",
            isLive: live)
        let playing = Task { await play(chosen, player) }
        watchSignals(playing)
        let verdicts = await playing.value
        guard !interrupted.load(ordering: .relaxed) else { throw ExitCode(130) }
        let failed = verdicts.filter { !$0.complaints.isEmpty }
        print(
            "\(verdicts.count) scenarios, \(failed.count) failed\(failed.isEmpty ? "" : ": " + failed.map(\.scenario).sorted().joined(separator: " "))"
        )
        if scenarios.isEmpty, !short, !live { try Table(known: try await labels(player), verdicts: verdicts).write(to: "docs/lab.md") }
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func chosen() throws -> [Scenario] {
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/scenarios").filter { $0.hasSuffix(".yaml") }
            .sorted()
        let all = try files.map { try Scenario.read("\(Self.folder)/scenarios/\($0)", networks: "\(Self.folder)/networks") }
        let unknown = Set(scenarios).subtracting(all.map(\.name))
        guard unknown.isEmpty else { throw LabError("no such scenario: \(unknown.sorted().joined(separator: ", ")) (--list shows them)") }
        return all.filter { (scenarios.isEmpty || scenarios.contains($0.name)) && (!short || $0.short) }
    }

    /// Why nothing can be played here.
    private func obstacle() async -> String? {
        if judge { return nil }
        let programs = [
            "ip", "nft", "tcpdump", "ethtool", "ss", "sysctl", "ping", "arping", "curl", "dig", "openssl", "nginx", "knotd", "dnsmasq",
        ]
        let missing = programs.filter { name in
            !["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
        }
        guard missing.isEmpty else { return "not installed: \(missing.joined(separator: ", "))" }
        let name = "vl\(ProcessInfo.processInfo.processIdentifier)-try"
        guard let made = try? await Shell.run(["ip", "netns", "add", name]), made.worked else {
            return "network namespaces need root and a kernel with them"
        }
        _ = try? await Shell.run(["ip", "netns", "del", name])
        return nil
    }

    private func play(_ scenarios: [Scenario], _ player: Player) async -> [Verdict] {
        let process = ProcessInfo.processInfo.processIdentifier
        return await withTaskGroup(of: Verdict.self) { group in
            var verdicts: [Verdict] = []
            for (number, scenario) in scenarios.enumerated() {
                if number >= jobs, let verdict = await group.next() { verdicts.append(tell(verdict)) }
                if Task.isCancelled { break }
                group.addTask {
                    judge ? await player.again(scenario) : await player.play(scenario, prefix: "vl\(process)-\(number)-")
                }
            }
            for await verdict in group { verdicts.append(tell(verdict)) }
            return verdicts
        }
    }

    private func tell(_ verdict: Verdict) -> Verdict {
        let lines = ["\(verdict.complaints.isEmpty ? "ok    " : "FAILED") \(verdict.scenario)"] + verdict.complaints.map { "       \($0)" }
        // At once, where print would wait for its buffer to fill.
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
        return verdict
    }

    /// The labels that vipscope knows, in the schema's order.
    private func labels(_ player: Player) async throws -> [String] {
        let schema = try await Shell.must([player.judge.vipscope, "schema"])
        return Self.labels(in: try JSONSerialization.jsonObject(with: Data(schema.utf8)))
    }

    /// The enumeration that holds "healthy".
    private static func labels(in value: Any) -> [String] {
        if let list = value as? [String], list.contains("healthy"), list.contains("vip-no-announcer") { return list }
        let inner = (value as? [String: Any]).map { $0.sorted { $0.key < $1.key }.map(\.value) } ?? (value as? [Any]) ?? []
        return inner.lazy.map { labels(in: $0) }.first { !$0.isEmpty } ?? []
    }

    private func watchSignals(_ playing: Task<[Verdict], Never>) {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in interrupted.store(true, ordering: .relaxed) }
        }
        Task.detached {
            while !interrupted.load(ordering: .relaxed) { try? await Task.sleep(for: .milliseconds(100)) }
            playing.cancel()
        }
    }
}
