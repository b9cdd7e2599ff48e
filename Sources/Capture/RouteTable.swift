package import Wire

/// The kernel's main routes, as /proc/net/route and /proc/net/ipv6_route tell them: which interface leads to an address.
package struct RouteTable: Hashable, Sendable {
    package struct Route: Hashable, Sendable {
        package var destination: IPPrefix
        package var interface: String
        package var metric: UInt32
        /// Nil where the destination is on the link itself.
        package var gateway: IPAddress?
    }

    package private(set) var routes: [Route] = []

    /// <net/route.h>, <linux/ipv6_route.h>
    private enum Flag {
        static let up: UInt32 = 0x1
        static let gateway: UInt32 = 0x2
        static let reject: UInt32 = 0x200
        static let anycast: UInt32 = 0x0010_0000
        static let local: UInt32 = 0x8000_0000
    }

    /// Lines that do not read as routes are left out.
    package init(ipv4: String, ipv6: String) {
        routes = ipv4.split(separator: "\n").compactMap(Self.route4) + ipv6.split(separator: "\n").compactMap(Self.route6)
    }

    /// The longest prefix decides, then the lowest metric, then the kernel's order.
    package func route(to address: IPAddress) -> Route? {
        var best: Route?
        for route in routes where route.destination.contains(address) {
            guard let other = best else {
                best = route
                continue
            }
            if route.destination.length > other.destination.length
                || (route.destination.length == other.destination.length && route.metric < other.metric)
            {
                best = route
            }
        }
        return best
    }

    /// `Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT`, addresses in the machine's byte order.
    private static func route4(_ line: Substring) -> Route? {
        let fields = line.split { $0 == "\t" || $0 == " " }
        guard fields.count >= 8, let destination = UInt32(fields[1], radix: 16), let gateway = UInt32(fields[2], radix: 16),
            let flags = UInt32(fields[3], radix: 16), let metric = UInt32(fields[6]), let mask = UInt32(fields[7], radix: 16),
            flags & Flag.up != 0, flags & Flag.reject == 0
        else { return nil }
        return Route(
            destination: IPPrefix(address: .v4(IPv4Address(rawValue: UInt32(bigEndian: destination))), length: mask.nonzeroBitCount),
            interface: String(fields[0]), metric: metric,
            gateway: flags & Flag.gateway != 0 ? .v4(IPv4Address(rawValue: UInt32(bigEndian: gateway))) : nil)
    }

    /// `destination length source length gateway metric refcnt use flags device`, addresses as 32 digits. The table holds the machine's own
    /// addresses, too.
    private static func route6(_ line: Substring) -> Route? {
        let fields = line.split(separator: " ")
        guard fields.count >= 10, let destination = address6(fields[0]), let length = Int(fields[1], radix: 16), length <= 128,
            let gateway = address6(fields[4]), let metric = UInt32(fields[5], radix: 16), let flags = UInt32(fields[8], radix: 16),
            flags & Flag.up != 0, flags & (Flag.reject | Flag.local | Flag.anycast) == 0, !destination.isMulticast
        else { return nil }
        return Route(
            destination: IPPrefix(address: .v6(destination), length: length), interface: String(fields[9]), metric: metric,
            gateway: flags & Flag.gateway != 0 ? .v6(gateway) : nil)
    }

    private static func address6(_ digits: Substring) -> IPv6Address? {
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        return IPv6Address(high: high, low: low)
    }
}
