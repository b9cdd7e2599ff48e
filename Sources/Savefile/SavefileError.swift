public import SystemPackage

/// Why a savefile gave no frames, or no more of them. Frames given before it stand.
public struct SavefileError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case cannotOpen(Errno)
        /// No savefile, or one of a format or version that we do not read.
        case notACapture
        /// The input ends inside a record: a writer that was stopped, a copy that was interrupted.
        case cutShort
        /// The octets contradict themselves: nothing after them can be found.
        case corrupt
        case readFailed(Errno)
    }

    public var kind: Kind
    /// The file's name as given, or `standard input`.
    public var name: String
    /// Where the damaged record, block or file header begins: octets from the start of the file.
    public var offset: UInt64?
    public var problem: String

    public init(_ kind: Kind, name: String, offset: UInt64? = nil, problem: String) {
        self.kind = kind
        self.name = name
        self.offset = offset
        self.problem = problem
    }
}

extension SavefileError: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .cannotOpen(let errno): "\(name): \(problem): \(errno)"
        case .readFailed(let errno): "\(name): \(problem) at octet \(offset ?? 0): \(errno)"
        case .notACapture: offset == nil ? "\(name): \(problem)" : "\(name): \(place): \(problem)"
        case .cutShort: "\(name): \(place): \(problem); the file is cut short"
        case .corrupt: "\(name): \(place): \(problem); the file is corrupt from here on"
        }
    }

    private var place: String { offset.map { $0 > 0 ? "record at octet \($0)" : "file header" } ?? "file" }
}
