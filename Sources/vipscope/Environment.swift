import Glibc

/// What the process was started with.
enum Environment {
    static var variables: [String: String] {
        var variables: [String: String] = [:]
        for name in ["SUDO_UID", "SUDO_GID", "NO_COLOR", "COLUMNS", "TERM"] {
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        return variables
    }

    /// The program's own file.
    static var executable: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &path, path.count)
        return count > 0 ? String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : CommandLine.arguments[0]
    }
}
