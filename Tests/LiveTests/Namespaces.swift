import Foundation
import Glibc
import Testing

/// A LAN of a test's own: stations in network namespaces on a bridge in another one, never the machine's own interfaces. Gone after the test.
final class Namespaces {
    /// Why there can be none here; nil where there can.
    static let obstacle: String? = {
        if geteuid() != 0 { return "network namespaces need root" }
        guard run(["ip", "netns", "add", "vs-try-\(getpid())"]).status == 0 else { return "ip netns does not work here" }
        _ = run(["ip", "netns", "delete", "vs-try-\(getpid())"])
        removeLeftovers()
        return program == nil ? "vipscope is not built" : nil
    }()

    static var arePossible: Bool {
        if let obstacle { print("live tests are skipped: \(obstacle)") }
        return obstacle == nil
    }

    /// The program beside the tests.
    static let program: String? = {
        var folder = Bundle.main.bundleURL.deletingLastPathComponent()
        for argument in [CommandLine.arguments[0]] + CommandLine.arguments where argument.contains(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
            while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
        }
        let path = folder.appendingPathComponent("vipscope").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    struct Output {
        var status: Int32
        var text: String
        var errors: String
    }

    /// Of test processes that ended without a farewell: names begin with their number.
    private static func removeLeftovers() {
        for line in run(["ip", "netns", "list"]).text.split(separator: "\n") {
            let parts = line.prefix { $0 != " " }.split(separator: "-")
            guard parts.count == 4, parts[0] == "vs", let process = Int32(parts[1]), kill(process, 0) != 0 else { continue }
            _ = run(["ip", "netns", "delete", parts.joined(separator: "-")])
        }
    }

    private let tag = "\(getpid())-\(UUID().uuidString.prefix(4).lowercased())"
    private var names: [String] = []

    /// - Parameter stations: their names and IPv4 addresses; each has an interface `eth0`.
    init(_ stations: [(String, String)]) throws {
        try make("lan")
        try ip(in: "lan", "link add br0 type bridge")
        try ip(in: "lan", "link set br0 up")
        for (name, address) in stations {
            try make(name)
            try ip(in: "lan", "link add \(name) type veth peer name eth0 netns \(netns(name))")
            try ip(in: "lan", "link set \(name) master br0 up")
            try ip(in: name, "link set eth0 up")
            try ip(in: name, "link set lo up")
            try ip(in: name, "addr add \(address)/24 dev eth0")
        }
    }

    deinit { for name in names { _ = Self.run(["ip", "netns", "delete", name]) } }

    func netns(_ name: String) -> String { "vs-\(tag)-\(name)" }

    private func make(_ name: String) throws {
        try #require(Self.run(["ip", "netns", "add", netns(name)]).status == 0)
        names.append(netns(name))
        // Nothing speaks by itself.
        _ = Self.run(["ip", "netns", "exec", netns(name), "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"])
    }

    func ip(in name: String, _ arguments: String) throws {
        let output = Self.run(["ip", "-n", netns(name)] + arguments.split(separator: " ").map(String.init))
        try #require(output.status == 0, "ip \(arguments): \(output.errors)")
    }

    @discardableResult
    func run(in name: String, _ command: [String]) -> Output { Self.run(["ip", "netns", "exec", netns(name)] + command) }

    /// In a thread of its own, whose sockets are those of the station.
    func within<T>(_ name: String, _ body: @escaping () throws -> T) throws -> T {
        let namespace = netns(name)
        nonisolated(unsafe) let body = body
        nonisolated(unsafe) var result: Result<T, any Error>?
        let done = DispatchSemaphore(value: 0)
        Thread {
            unsafe result = Result {
                try Self.enter("/run/netns/\(namespace)")
                return try unsafe body()
            }
            done.signal()
        }.start()
        done.wait()
        guard let result = unsafe result else { throw POSIXError(.EINVAL) }
        return try result.get()
    }

    /// A word of Linux that Swift's module of the C library leaves out.
    private static func enter(_ path: String) throws {
        typealias Enter = @convention(c) (_ file: Int32, _ kind: Int32) -> Int32
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        // CLONE_NEWNET
        var status: Int32 = -1
        if let setns = unsafe dlsym(nil, "setns") { status = unsafe unsafeBitCast(setns, to: Enter.self)(file, 0x4000_0000) }
        if status != 0 { throw POSIXError(.EINVAL) }
    }

    func start(in name: String, _ command: [String]) throws -> Running {
        try Running(["ip", "netns", "exec", netns(name)] + command)
    }

    static func run(_ command: [String]) -> Output {
        guard let running = try? Running(command) else { return Output(status: 127, text: "", errors: "cannot be run") }
        return running.wait()
    }

    /// A program that runs beside the test, half a minute at the most.
    final class Running {
        let process = Process()
        private let files: [URL]
        private let deadline = Date().addingTimeInterval(30)

        init(_ command: [String]) throws {
            files = (0..<2).map { _ in URL(fileURLWithPath: NSTemporaryDirectory() + "vs-\(UUID().uuidString)") }
            for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = command
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            for file in files { try? FileManager.default.removeItem(at: file) }
        }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }
        var text: String { Self.text(files[0]) }
        var errors: String { Self.text(files[1]) }

        private static func text(_ file: URL) -> String {
            String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
        }

        /// Waits until something is so.
        func until(_ condition: () -> Bool) -> Bool {
            while !condition() {
                guard Date() < deadline else { return false }
                usleep(20_000)
            }
            return true
        }

        func wait() -> Output {
            while process.isRunning {
                guard Date() < deadline else {
                    kill(process.processIdentifier, SIGKILL)
                    process.waitUntilExit()
                    break
                }
                usleep(5_000)
            }
            return Output(status: process.terminationStatus, text: text, errors: errors)
        }
    }
}
