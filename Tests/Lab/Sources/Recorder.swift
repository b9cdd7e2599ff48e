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
            programs.append(
                Program(
                    [
                        "ip", "netns", "exec", namespace, "tcpdump", "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z",
                        "root",
                        "-i", interface, "-w", path,
                    ], log: "\(lan.folder)/tcpdump.log", folder: lan.folder))
        }
        self.programs = programs
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
}
