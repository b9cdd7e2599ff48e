/// The link type of a capture: what the first octets of its frames are (LINKTYPE_ values, tcpdump.org).
package struct LinkType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let null = Self(rawValue: 0)
    package static let ethernet = Self(rawValue: 1)
    package static let ppp = Self(rawValue: 9)
    package static let pppSerial = Self(rawValue: 50)
    package static let raw = Self(rawValue: 101)
    package static let loop = Self(rawValue: 108)
    package static let linuxCooked = Self(rawValue: 113)
    package static let pppWithDirection = Self(rawValue: 204)
    package static let ipv4 = Self(rawValue: 228)
    package static let ipv6 = Self(rawValue: 229)
    package static let linuxCooked2 = Self(rawValue: 276)

    /// Files name raw IP by the DLT_ value of the system that wrote them, too: 12 and 14 (BSD, OpenBSD).
    package var isRawIP: Bool { self == .raw || rawValue == 12 || rawValue == 14 || self == .ipv4 || self == .ipv6 }

    /// The Point-to-Point Protocol, bare, in HDLC-like framing, or behind an octet that tells the direction.
    package var isPPP: Bool { self == .ppp || self == .pppSerial || self == .pppWithDirection }

    package var isSupported: Bool {
        isRawIP || isPPP || self == .ethernet || self == .null || self == .loop || self == .linuxCooked || self == .linuxCooked2
    }

    /// libpcap's name in lower case, or the number.
    package var name: String {
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
