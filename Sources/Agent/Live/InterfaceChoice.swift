package import Capture
import SystemPackage
package import Wire

/// Which interfaces to listen to where none is named: those that the routes to the VIPs leave by.
package struct InterfaceChoice: Hashable, Sendable {
    package private(set) var names: [String] = []
    /// What the operator should know about them.
    package private(set) var notes: [String] = []

    package init(vips: [IPAddress], routes: RouteTable, interfaces: [NetworkInterface]) throws(CaptureError) {
        // Any address outside: the default route's interface.
        let addresses = vips.isEmpty ? [IPAddress.v4(IPv4Address(rawValue: 0x0101_0101))] : vips
        var without: [IPAddress] = []
        for address in addresses {
            guard let route = routes.route(to: address) else {
                without.append(address)
                continue
            }
            if !names.contains(route.interface) { names.append(route.interface) }
            if let gateway = route.gateway, !vips.isEmpty {
                notes.append(
                    "\(address) is not on the network of \(route.interface) but behind \(gateway): who announces it cannot be seen from here"
                )
            }
        }
        guard names.isEmpty else {
            notes += without.map { "no route leads to \($0)" }
            return
        }
        let known = interfaces.filter(\.isUp).map(\.name).joined(separator: ", ")
        let target = vips.isEmpty ? "there is no default route" : "no route leads to \(without.map(\.description).joined(separator: ", "))"
        throw CaptureError(.noInterface, "", "\(target): name an interface with --interface; up are: \(known)")
    }

    /// The kernel's tables as they are now.
    package static func routes() -> RouteTable {
        RouteTable(ipv4: text("/proc/net/route"), ipv6: text("/proc/net/ipv6_route"))
    }

    private static func text(_ path: String) -> String {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return "" }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while let count = unsafe try? piece.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }), count > 0 {
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
