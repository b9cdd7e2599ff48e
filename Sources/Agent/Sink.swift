import Glibc
import Savefile
import SystemPackage

/// A file descriptor that takes the event stream, a large piece at a time.
package struct Sink: Sendable {
    private let descriptor: FileDescriptor
    package let name: String

    package static let standardOutput = Sink(descriptor: .standardOutput, name: "standard output")

    private init(descriptor: FileDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Creates a file that its group may read, or empties one that is not among the inputs.
    package init(creating path: String, inputs: [String]) throws(SinkError) {
        if let file = FileIdentity(path), inputs.contains(where: { FileIdentity($0) == file }) {
            throw SinkError(name: path, problem: "it is an input")
        }
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
        } catch {
            throw SinkError(name: path, problem: "\(error)")
        }
        name = path
    }

    /// Creates a file by the rules of savefiles: over nothing that is there without force, through no link where others may write.
    package init(creating path: String, force: Bool) throws(SinkError) {
        do throws(OutputFile.Refusal) { descriptor = try OutputFile.create(path, force: force) } catch {
            throw SinkError(name: path, problem: error.description)
        }
        name = path
    }

    package func write(_ bytes: Span<UInt8>) throws(SinkError) {
        do {
            _ = try unsafe bytes.withUnsafeBytes { octets in try unsafe descriptor.writeAll(octets) }
        } catch {
            throw SinkError(name: name, problem: "\(error)")
        }
    }

    package func close() throws(SinkError) {
        do { try descriptor.close() } catch { throw SinkError(name: name, problem: "\(error)") }
    }
}

package struct SinkError: Error, CustomStringConvertible {
    package var name: String
    package var problem: String

    package var description: String { "\(name): cannot write: \(problem)" }
}

/// What a path leads to, whatever it is called.
struct FileIdentity: Equatable {
    var device: UInt
    var inode: UInt

    /// Nil where there is no regular file.
    init?(_ path: String) { self.init(path, S_IFREG) }

    private init?(_ path: String, _ type: mode_t) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == type else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }

    /// Whether two paths lead to one file, or would if it were there.
    static func isSame(_ one: String, _ other: String) -> Bool {
        if let file = Self(one) { return file == Self(other) }
        let (one, other) = (FilePath(one), FilePath(other))
        guard let name = one.lastComponent, name == other.lastComponent, let folder = Self(one.folder, S_IFDIR) else { return false }
        return folder == Self(other.folder, S_IFDIR)
    }
}

extension FilePath {
    fileprivate var folder: String {
        let folder = removingLastComponent()
        return folder.isEmpty ? "." : folder.string
    }
}
