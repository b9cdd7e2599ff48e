import Glibc
import SystemPackage

/// The files of a directory: swift-system has no call for it.
enum DirectoryListing {
    /// Paths of what is directly in it, hidden entries left out, in the order of their names.
    static func paths(in directory: String) throws(SavefileError) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            throw SavefileError(.cannotOpen(Errno(rawValue: errno)), name: directory, problem: "cannot be listed")
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { FilePath(directory).appending($0).string }
    }
}
