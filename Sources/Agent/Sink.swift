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

    /// Creates or empties a file that its group may read.
    package init(creating path: String) throws(SinkError) {
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
        } catch {
            throw SinkError(name: path, problem: "\(error)")
        }
        name = path
    }

    package func write(_ bytes: some Collection<UInt8>) throws(SinkError) {
        do { try descriptor.writeAll(bytes) } catch { throw SinkError(name: name, problem: "\(error)") }
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
