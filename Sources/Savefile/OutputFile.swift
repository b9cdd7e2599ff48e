public import SystemPackage

/// Files that are made: 0640, never over another's without being told to, never through a link where others may write.
public enum OutputFile {
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case exists
        case link
        case failed(Errno)

        public var description: String {
            switch self {
            case .exists: "it is there already: --force overwrites it"
            case .link: "it is a link in a folder that others may write to"
            case .failed(let errno): "\(errno)"
            }
        }
    }

    public static func create(_ path: String, force: Bool) throws(Refusal) -> FileDescriptor {
        let file = FilePath(path)
        let mayFollow = !isShared(file)
        // A pipe or a device is not overwritten by writing to it.
        if mayFollow, let type = try? file.stat().type, type != .regular, type != .directory {
            return try attempt { try FileDescriptor.open(file, .writeOnly, options: .closeOnExec) }
        }
        var options: FileDescriptor.OpenOptions = [.create, .closeOnExec]
        if !mayFollow { options.insert(.noFollow) }
        if force { options.insert(.truncate) } else { options.insert(.exclusiveCreate) }
        return try attempt { try FileDescriptor.open(file, .writeOnly, options: options, permissions: [.ownerReadWrite, .groupRead]) }
    }

    private static func attempt(_ open: () throws -> FileDescriptor) throws(Refusal) -> FileDescriptor {
        do { return try open() } catch {
            switch Errno(error) {
            case .fileExists: throw .exists
            case .tooManySymbolicLinkLevels: throw .link
            case let errno: throw .failed(errno)
            }
        }
    }

    /// Others may put things into its folder.
    private static func isShared(_ file: FilePath) -> Bool {
        let folder = file.removingLastComponent()
        guard let mode = try? (folder.isEmpty ? FilePath(".") : folder).stat().permissions else { return true }
        return !mode.isDisjoint(with: [.groupWrite, .otherWrite])
    }
}
