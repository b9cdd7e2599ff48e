import CLinux
import Glibc

/// The one right that capture takes, CAP_NET_RAW, and giving up every other.
///
/// Capabilities belong to threads: this is for a process that has one.
package enum Privileges {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Who the process becomes.
    package struct User: Hashable, Sendable {
        package var id: UInt32
        package var group: UInt32

        package init(id: UInt32, group: UInt32) {
            self.id = id
            self.group = group
        }

        /// By name, or by number.
        package init?(_ name: String) {
            guard let entry = unsafe UInt32(name).map({ unsafe getpwuid($0) }) ?? getpwnam(name) else { return nil }
            self = unsafe Self(id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
        }

        package static let nobody = Self(id: 65_534, group: 65_534)

        /// Who called sudo; without it, root becomes nobody.
        package static func behind(_ environment: [String: String]) -> Self {
            guard let id = environment["SUDO_UID"].flatMap(UInt32.init), let group = environment["SUDO_GID"].flatMap(UInt32.init), id != 0
            else { return .nobody }
            return Self(id: id, group: group)
        }
    }

    package static var isRoot: Bool { geteuid() == 0 }

    /// May interfaces be opened?
    package static var mayCapture: Bool { permitted & netRaw != 0 }

    /// Keeps CAP_NET_RAW, neither raised nor passed on, and nothing else: root becomes somebody without rights.
    package static func drop(to user: User) throws(Failure) {
        guard process_control(PR_SET_NO_NEW_PRIVS, 1) == 0 else { throw failure("no_new_privs") }
        if isRoot, user.id != 0 {
            guard process_control(PR_SET_KEEPCAPS, 1) == 0 else { throw failure("keepcaps") }
            var groups = [gid_t(user.group)]
            guard unsafe setgroups(1, &groups) == 0, setresgid(user.group, user.group, user.group) == 0,
                setresuid(user.id, user.id, user.id) == 0
            else { throw failure("become user \(user.id)") }
            guard process_control(PR_SET_KEEPCAPS, 0) == 0 else { throw failure("keepcaps") }
        }
        try set(effective: 0, permitted: permitted & netRaw)
    }

    /// Does something with CAP_NET_RAW raised.
    package static func withNetRaw<R>(_ body: () throws(CaptureError) -> R) throws(CaptureError) -> R {
        let before = sets
        guard before.permitted & netRaw != 0, before.effective & netRaw == 0 else { return try body() }
        do throws(Failure) { try set(effective: before.effective | netRaw, permitted: before.permitted) } catch {
            throw CaptureError(.notPermitted, "", error.description)
        }
        defer { try? set(effective: before.effective, permitted: before.permitted) }
        return try body()
    }

    // MARK: -

    private static let netRaw = UInt64(1) << UInt64(CAP_NET_RAW)

    /// The rights that the process has, and those that it could raise, a bit each.
    package static var sets: (effective: UInt64, permitted: UInt64) {
        var header = __user_cap_header_struct(version: version, pid: 0)
        var halves = [__user_cap_data_struct(), __user_cap_data_struct()]
        guard unsafe capget(&header, &halves) == 0 else { return (0, 0) }
        return (
            UInt64(halves[1].effective) << 32 | UInt64(halves[0].effective), UInt64(halves[1].permitted) << 32 | UInt64(halves[0].permitted)
        )
    }

    private static var permitted: UInt64 { sets.permitted }

    private static func set(effective: UInt64, permitted: UInt64) throws(Failure) {
        var header = __user_cap_header_struct(version: version, pid: 0)
        let halves = [0, 32].map { shift in
            __user_cap_data_struct(
                effective: UInt32(truncatingIfNeeded: effective >> shift), permitted: UInt32(truncatingIfNeeded: permitted >> shift),
                inheritable: 0)
        }
        guard unsafe capset(&header, halves) == 0 else { throw failure("capset") }
    }

    /// _LINUX_CAPABILITY_VERSION_3.
    private static let version: UInt32 = 0x2008_0522

    private static func failure(_ what: String) -> Failure {
        Failure(description: "rights cannot be given up (\(what)): \(unsafe String(cString: strerror(errno)))")
    }
}
