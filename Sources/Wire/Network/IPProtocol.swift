/// What an IP packet carries (Protocol Numbers, IANA).
package struct IPProtocol: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let hopByHop = Self(rawValue: 0)
    package static let icmpv4 = Self(rawValue: 1)
    package static let ipv4 = Self(rawValue: 4)
    package static let tcp = Self(rawValue: 6)
    package static let udp = Self(rawValue: 17)
    package static let ipv6 = Self(rawValue: 41)
    package static let routing = Self(rawValue: 43)
    package static let fragment = Self(rawValue: 44)
    package static let gre = Self(rawValue: 47)
    package static let authentication = Self(rawValue: 51)
    package static let icmpv6 = Self(rawValue: 58)
    package static let noNextHeader = Self(rawValue: 59)
    package static let destinationOptions = Self(rawValue: 60)
    package static let vrrp = Self(rawValue: 112)
    package static let mobility = Self(rawValue: 135)
    /// An Ethernet frame (RFC 8986 §4.9, §9).
    package static let ethernet = Self(rawValue: 143)

    /// Stands between an IPv6 header and the upper layer (RFC 8200 §4.1).
    var isExtension: Bool {
        switch self {
        case .hopByHop, .routing, .fragment, .authentication, .destinationOptions, .mobility: true
        default: false
        }
    }

    package var name: String? {
        switch self {
        case .icmpv4: "icmp"
        case .tcp: "tcp"
        case .udp: "udp"
        case .icmpv6: "ipv6-icmp"
        case .vrrp: "vrrp"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .gre: "gre"
        default: nil
        }
    }
}
