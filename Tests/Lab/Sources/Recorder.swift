import Foundation

/// From where a recording is made.
enum View: String, CaseIterable, Sendable {
    /// A mirror port: each frame of the first segment once.
    case mirror
    /// The station that has the trouble.
    case client
    /// An uninvolved host on a switch port.
    case bystander
}

/// The capture programs of one scenario, one a view.
struct Recorder {
    private let programs: [Program]
    private let folder: String
    private static let log = "tcpdump.log"

    /// Returns when all of them capture: tcpdump writes the file's header when it has begun.
    init(_ lan: LAN, client: String, folder: String) async throws {
        var programs: [Program] = []
        for view in View.allCases {
            let (namespace, interface) =
                switch view {
                case .mirror: (lan.switchNamespace, LAN.bridge(lan.plan.segments[0]))
                case .client: (lan[client].namespace, "eth0")
                case .bystander: (lan["bystander"].namespace, "eth0")
                }
            let path = Recorder.path(view, in: folder)
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
            for view in View.allCases {
                try await Shell.waitUntil("the capture's start") {
                    let size = try? FileManager.default.attributesOfItem(atPath: Recorder.path(view, in: folder))[.size] as? Int
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
    }
}
