import Agent
import ArgumentParser
import Glibc
import SystemPackage

/// Standard error: messages, progress and warnings, never results.
enum Terminal {
    static var standardOutputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func note(_ text: String) {
        // Nobody is left to tell when standard error is gone.
        _ = try? FileDescriptor.standardError.writeAll(Array("vipscope: \(text)\n".utf8))
    }

    /// Results go to standard output.
    static func print(_ bytes: [UInt8]) throws {
        do throws(SinkError) { try Sink.standardOutput.write(bytes.span) } catch { throw Failure(.outputFailed, error.description) }
    }

    /// Redraws one line; nothing where standard error is no terminal.
    static func progress(_ text: String) {
        guard standardErrorIsTerminal else { return }
        _ = try? FileDescriptor.standardError.writeAll(Array("\r\u{1b}[K\(text)".utf8))
    }

    /// Runs a verb's body; what goes wrong is told on standard error and becomes the exit status.
    static func run(_ body: () throws -> ExitStatus) throws {
        let status: ExitStatus
        do { status = try body() } catch let failure as Failure {
            note(failure.message)
            status = failure.status
        }
        if status != .nothingWrong { throw ExitCode(status.rawValue) }
    }
}
