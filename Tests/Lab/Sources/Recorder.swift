import Foundation

/// From where a recording is made.
enum View: String, CaseIterable, Sendable {
    /// A mirror port: each frame of the first segment once; or, of a scenario that says so, at each port that it passes.
    case mirror
    /// The station that has the trouble.
    case client
    /// An uninvolved host on a switch port.
    case bystander
}

/// The capture programs of one scenario, one a view; where each port is mirrored, one a port.
struct Recorder {
    private let programs: [Program]
    private let folder: String
    /// What each port showed, and the file that is made of them.
    private let parts: [String]
    private let merged: String
    private static let log = "tcpdump.log"

    /// Returns when all of them capture: tcpdump writes the file's header when it has begun.
    ///
    /// - Parameter eachPort: the mirror shows frames where they come into the switch and where they leave it.
    init(_ lan: LAN, client: String, eachPort: Bool, folder: String) async throws {
        var places = [
            (lan[client].namespace, "eth0", Recorder.path(.client, in: folder)),
            (lan["bystander"].namespace, "eth0", Recorder.path(.bystander, in: folder)),
        ]
        merged = Recorder.path(.mirror, in: folder)
        if eachPort {
            try? FileManager.default.removeItem(atPath: merged)
            places += lan.plan.ports.map { (lan.switchNamespace, $0, "\(folder)/mirror-\($0).pcap") }
        } else {
            places.append((lan.switchNamespace, LAN.bridge(lan.plan.segments[0]), merged))
        }
        parts = eachPort ? places.dropFirst(2).map(\.2) : []
        var programs: [Program] = []
        for (namespace, interface, path) in places {
            try? FileManager.default.removeItem(atPath: path)
            let words = [
                "tcpdump", "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root", "-B", "32768", "-i", interface,
                "-w", path,
            ]
            programs.append(Program(["ip", "netns", "exec", namespace] + words, log: "\(lan.folder)/\(Self.log)", folder: lan.folder))
        }
        self.programs = programs
        self.folder = lan.folder
        do {
            for (_, _, path) in places {
                try await Shell.waitUntil("the capture's start") {
                    let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                    return (size ?? 0) >= 24
                }
            }
        } catch {
            await stop()
            throw error
        }
    }

    static func path(_ view: View, in folder: String) -> String { "\(folder)/\(view.rawValue).pcap" }

    func stop() async {
        for program in programs { await program.stop() }
    }

    /// To be called at a recording's end: one that lost frames proves nothing about silence.
    func finish() async throws {
        await stop()
        let said = try String(contentsOfFile: "\(folder)/\(Self.log)", encoding: .utf8)
        let losses = said.split(separator: "\n").filter { $0.hasSuffix("dropped by kernel") && !$0.hasPrefix("0 ") }
        guard losses.isEmpty else { throw LabError("recording: \(losses.joined(separator: ", "))") }
        if parts.isEmpty { return }
        try await Shell.must(["mergecap", "-F", "nsecpcap", "-w", merged] + parts)
        for part in parts { try? FileManager.default.removeItem(atPath: part) }
    }
}
