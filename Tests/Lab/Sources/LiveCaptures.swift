import Foundation

/// `vipscope capture` at several places while a scenario is played: what it said live must be what `vipscope replay` says of the frames that it wrote.
struct LiveCaptures {
    private struct Place {
        let name: String
        let program: Program
        let log: String
    }

    private let places: [Place]
    private let vipscope: String
    private let words: [String]
    private let folder: String

    /// On a node that stands behind the VIP, the client and the bystander, and on the switch. Returns when all of them listen.
    init(_ lan: LAN, _ scenario: Scenario, vipscope: String, folder: String) async throws {
        var places: [Place] = []
        words = scenario.vips.flatMap { ["--vip", $0] }
        let node = lan.plan.stations.first { $0.name.hasPrefix("node") }?.name
        let names = [node == scenario.client ? nil : node, scenario.client, "bystander"].compactMap(\.self)
        let stations = names.map { ($0, lan[$0].namespace, "eth0") }
        let ports = stations + [("switch", lan.switchNamespace, LAN.bridge(lan.plan.segments[0]))]
        for (name, namespace, interface) in ports {
            let log = "\(lan.folder)/live-\(name).log"
            // A mirror port's frames are addressed to others.
            let command =
                [vipscope, "capture", "--interface", interface, "--promiscuous", "--format", "text", "--force", "--user", "root"]
                + ["--events", Self.events(name, folder), "--write", Self.capture(name, folder)] + words
            let program = Program(["ip", "netns", "exec", namespace] + command, log: log, folder: folder)
            places.append(Place(name: name, program: program, log: log))
        }
        (self.places, self.vipscope, self.folder) = (places, vipscope, folder)
        do {
            for place in places {
                try await Shell.waitUntil("vipscope capture on \(place.name)") {
                    (try? String(contentsOfFile: place.log, encoding: .utf8))?.contains("listening on") ?? false
                }
            }
        } catch {
            await stop()
            throw error
        }
    }

    private static func events(_ name: String, _ folder: String) -> String { "\(folder)/live-\(name).jsonl" }
    private static func capture(_ name: String, _ folder: String) -> String { "\(folder)/live-\(name).pcapng" }

    func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for place in places { group.addTask { await place.program.stop() } }
        }
    }

    /// - Returns: a sentence for each place where live and replay differ.
    func compare() async throws -> [String] {
        var complaints: [String] = []
        for place in places {
            let file = Self.capture(place.name, folder)
            let outcome = try await Shell.run([vipscope, "replay", file, "--format", "jsonl"] + words, seconds: 60)
            guard outcome.status <= 2 else { throw LabError("vipscope replay \(file): status \(outcome.status): \(outcome.error.trimmed)") }
            let said = Self.facts(try String(contentsOfFile: Self.events(place.name, folder), encoding: .utf8))
            let again = Self.facts(outcome.output)
            guard said != again else { continue }
            let at = zip(said, again).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(said.count, again.count)
            complaints.append(
                "live on \(place.name) is not what replay says: \(said.count) and \(again.count) records, the first to differ is number \(at + 1): "
                    + "\(said.dropFirst(at).first ?? "none") | \(again.dropFirst(at).first ?? "none")")
        }
        return complaints
    }

    /// The records without those of the capture itself, and without their places in the stream. Frame numbers stay: they count the same frames.
    private static func facts(_ stream: String) -> [String] {
        stream.split(separator: "\n").filter { !$0.contains(#""dataset":"vipscope.capture""#) }.map {
            String($0.replacing(#/,"sequence":\d+/#, with: ""))
        }
    }
}
