import CLinux
import Glibc
package import Wire

/// An interface of this machine, as the kernel tells it now.
package struct NetworkInterface: Hashable, Sendable {
    package var name: String
    package var index: UInt32
    package var isUp: Bool
    package var mac: MACAddress?

    package init(name: String, index: UInt32, isUp: Bool, mac: MACAddress? = nil) {
        self.name = name
        self.index = index
        self.isUp = isUp
        self.mac = mac
    }

    /// All of them; they come and go.
    package static var all: [NetworkInterface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { return [] }
        defer { unsafe freeifaddrs(first) }
        var interfaces: [NetworkInterface] = []
        var next = unsafe first
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            guard let address = unsafe entry.pointee.ifa_addr, unsafe Int32(address.pointee.sa_family) == AF_PACKET else { continue }
            let link = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_ll.self)
            let octets = link.sll_addr
            let mac = [octets.0, octets.1, octets.2, octets.3, octets.4, octets.5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            interfaces.append(
                NetworkInterface(
                    name: unsafe String(cString: entry.pointee.ifa_name), index: UInt32(bitPattern: link.sll_ifindex),
                    isUp: unsafe entry.pointee.ifa_flags & UInt32(IFF_UP) != 0,
                    mac: link.sll_halen == 6 && mac != 0 ? MACAddress(rawValue: mac) : nil))
        }
        return interfaces
    }
}

/// What became of an interface that is listened to.
package enum InterfaceChange: Hashable, Sendable, CustomStringConvertible {
    case down(String)
    case up(String)
    case vanished(String)
    case back(String)
    case renamed(String, to: String)

    package var description: String {
        switch self {
        case .down(let name): "\(name) went down: nothing is seen there"
        case .up(let name): "\(name) is up"
        case .vanished(let name): "\(name) vanished: nothing is seen there"
        case .back(let name): "\(name) is back"
        case .renamed(let name, let other): "\(name) is called \(other) now"
        }
    }
}

/// Follows one interface through going down, going away and coming back.
package struct InterfaceWatch: Sendable {
    package private(set) var name: String
    /// Nil while there is none of that name.
    package private(set) var current: NetworkInterface?

    package init(_ interface: NetworkInterface) {
        name = interface.name
        current = interface
    }

    /// What differs from the last look. An interface that was removed and made again is another one under its name: that is `back`.
    package mutating func look(_ interfaces: [NetworkInterface]) -> [InterfaceChange] {
        guard let before = current else {
            current = interfaces.first { $0.name == name }
            return current == nil ? [] : [.back(name)]
        }
        guard let now = interfaces.first(where: { $0.index == before.index }) else {
            current = interfaces.first { $0.name == name }
            return current == nil ? [.vanished(name)] : [.vanished(name), .back(name)]
        }
        var changes: [InterfaceChange] = []
        if now.name != name {
            changes.append(.renamed(name, to: now.name))
            name = now.name
        }
        if now.isUp != before.isUp { changes.append(now.isUp ? .up(name) : .down(name)) }
        current = now
        return changes
    }
}
