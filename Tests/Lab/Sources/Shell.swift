import Subprocess
import SystemPackage

/// What went wrong, in a sentence.
struct LabError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What a program that ran to its end left.
struct Outcome: Sendable {
    let status: Int32
    let output: String
    let error: String

    var worked: Bool { status == 0 }
}

enum Shell {
    /// Programs see nothing of the environment of whoever runs the lab (proxies, locale, home).
    static let environment: Environment = .custom(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"])
    private static let longestOutput = 1 << 26

    /// A group of its own, so that a key press in the terminal does not reach it and its children end with it.
    static var inItsOwnGroup: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(3))]
        return options
    }

    /// Runs a program to its end, which it must reach within `seconds`.
    static func run(_ words: [String], input: String = "", seconds: Double = 20) async throws -> Outcome {
        try await within(seconds, words.joined(separator: " ")) {
            let ended = try await Subprocess.run(
                words[0].executable, arguments: Arguments(Array(words.dropFirst())), environment: environment,
                platformOptions: inItsOwnGroup,
                input: .string(input), output: .string(limit: longestOutput), error: .string(limit: longestOutput))
            try Task.checkCancellation()
            return Outcome(status: ended.terminationStatus.code, output: ended.standardOutput, error: ended.standardError)
        }
    }

    /// The same for programs that have to work.
    @discardableResult
    static func must(_ words: [String], input: String = "", seconds: Double = 20) async throws -> String {
        let outcome = try await run(words, input: input, seconds: seconds)
        guard outcome.worked else {
            let said = outcome.error.isEmpty ? "status \(outcome.status)" : outcome.error.trimmed
            throw LabError("\(words.joined(separator: " ")): \(said)")
        }
        return outcome.output
    }

    static func within<Result: Sendable>(
        _ seconds: Double, _ what: String, _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw LabError("\(what): not done within \(seconds) s")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    static func waitUntil(_ what: String, seconds: Double = 15, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try await !condition() {
            guard ContinuousClock.now < end else { throw LabError("\(what) did not happen within \(seconds) s") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

extension TerminationStatus {
    /// The exit status, or 128 and the signal's number, as a shell tells it.
    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

/// A program that runs until it is stopped: the task that waits for it.
struct Program: Sendable {
    let name: String
    private let task: Task<Void, any Error>

    init(_ words: [String], log: String, folder: String) {
        name = words.joined(separator: " ")
        task = Task {
            let output = try FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.create, .append], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try await Subprocess.run(
                words[0].executable, arguments: Arguments(Array(words.dropFirst())), environment: Shell.environment,
                workingDirectory: FilePath(folder), platformOptions: Shell.inItsOwnGroup, input: .none,
                output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput)
        }
    }

    /// Ends it: TERM to its group, KILL three seconds later. Returns when it is gone.
    func stop() async {
        task.cancel()
        _ = await task.result
    }
}

extension String {
    var trimmed: String {
        let inner = drop(while: \.isWhitespace)
        return String(inner.prefix(upTo: inner.lastIndex { !$0.isWhitespace }.map { inner.index(after: $0) } ?? inner.startIndex))
    }
}

extension String {
    /// A program by its path, or by a name that is looked up.
    fileprivate var executable: Executable { contains("/") ? .path(FilePath(self)) : .name(self) }
}
