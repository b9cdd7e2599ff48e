/// What an IP packet carries (Protocol Numbers, IANA).
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let hopByHop = Self(rawValue: 0)
    public static let icmpv4 = Self(rawValue: 1)
    public static let ipv4 = Self(rawValue: 4)
    public static let tcp = Self(rawValue: 6)
    public static let udp = Self(rawValue: 17)
    public static let ipv6 = Self(rawValue: 41)
    public static let routing = Self(rawValue: 43)
    public static let fragment = Self(rawValue: 44)
    public static let gre = Self(rawValue: 47)
    public static let authentication = Self(rawValue: 51)
    public static let icmpv6 = Self(rawValue: 58)
    public static let noNextHeader = Self(rawValue: 59)
    public static let destinationOptions = Self(rawValue: 60)
    public static let vrrp = Self(rawValue: 112)
    public static let mobility = Self(rawValue: 135)
    /// An Ethernet frame (RFC 8986 §4.9, §9).
    public static let ethernet = Self(rawValue: 143)

    /// Stands between an IPv6 header and the upper layer (RFC 8200 §4.1).
    var isExtension: Bool {
        switch self {
        case .hopByHop, .routing, .fragment, .authentication, .destinationOptions, .mobility: true
        default: false
        }
    }

    public var name: String? {
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
