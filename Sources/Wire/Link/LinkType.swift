/// The link type of a capture: what the first octets of its frames are (LINKTYPE_ values, tcpdump.org).
public struct LinkType: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let null = Self(rawValue: 0)
    public static let ethernet = Self(rawValue: 1)
    public static let ppp = Self(rawValue: 9)
    public static let pppSerial = Self(rawValue: 50)
    public static let raw = Self(rawValue: 101)
    public static let loop = Self(rawValue: 108)
    public static let linuxCooked = Self(rawValue: 113)
    public static let pppWithDirection = Self(rawValue: 204)
    public static let ipv4 = Self(rawValue: 228)
    public static let ipv6 = Self(rawValue: 229)
    public static let linuxCooked2 = Self(rawValue: 276)

    /// Files name raw IP by the DLT_ value of the system that wrote them, too: 12 and 14 (BSD, OpenBSD).
    public var isRawIP: Bool { self == .raw || rawValue == 12 || rawValue == 14 || self == .ipv4 || self == .ipv6 }

    /// The Point-to-Point Protocol, bare, in HDLC-like framing, or behind an octet that tells the direction.
    public var isPPP: Bool { self == .ppp || self == .pppSerial || self == .pppWithDirection }

    public var isSupported: Bool {
        isRawIP || isPPP || self == .ethernet || self == .null || self == .loop || self == .linuxCooked || self == .linuxCooked2
    }

    /// libpcap's name in lower case, or the number.
    public var name: String {
        switch self {
        case .null: "null"
        case .ethernet: "ethernet"
        case .ppp: "ppp"
        case .pppSerial: "ppp_serial"
        case .loop: "loop"
        case .linuxCooked: "linux_sll"
        case .linuxCooked2: "linux_sll2"
        case .pppWithDirection: "ppp_with_dir"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        default: isRawIP ? "raw" : "linktype_\(rawValue)"
        }
    }
}
