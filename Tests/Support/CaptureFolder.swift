import Agent
import Diagnosis
package import Foundation
package import Site
import Testing

/// A folder of a test's own, gone after it. Its capture has the same name in every folder, since events name it.
package final class CaptureFolder {
    package let path: String
    package var capture: String { path + "/capture" }

    package init(_ file: [UInt8]? = nil) throws {
        path = NSTemporaryDirectory() + "vipscope-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if let file { try Data(file).write(to: URL(fileURLWithPath: capture)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What a replay of the capture writes.
    package func replay(_ site: Site, everything: Bool = false) throws -> String { try result(site, everything: everything).text }

    /// What a replay of the capture writes and concludes.
    package func result(_ site: Site, everything: Bool = false) throws -> ReplayResult {
        var options = Replay.Options(paths: [capture], site: site)
        options.everything = everything
        var replay = Replay(options)
        let sink = try Sink(creating: path + "/events", inputs: [])
        try replay.run(sinks: [sink])
        try sink.close()
        #expect(replay.warnings.isEmpty)
        return ReplayResult(
            lines: try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/events"))), findings: replay.pipeline.diagnosis.book.findings,
            status: Agent.ExitStatus.of(replay.pipeline.diagnosis), report: replay.pipeline.report)
    }
}

/// A program of this machine.
package struct Tool: Sendable {
    private let url: URL

    /// Nil where it is not installed.
    package init?(_ name: String) {
        let search: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // Debian keeps tcpdump where only root looks.
        let folders = "\(search):/usr/sbin:/sbin".split(separator: ":")
        guard let path = folders.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
        url = URL(fileURLWithPath: path)
    }

    package init?(path: String) {
        guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
        url = URL(fileURLWithPath: path)
    }

    /// Starts it with its messages thrown away.
    package func start(_ arguments: [String], input: FileHandle = .nullDevice, output: Any = FileHandle.nullDevice) throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs it to its end, which must be a good one.
    package func run(_ arguments: String...) throws {
        let process = try start(arguments)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(url.lastPathComponent) \(arguments)")
    }
}
