/// What an Ethernet frame carries (IEEE 802 Numbers, IANA).
public struct EtherType: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let ipv4 = Self(rawValue: 0x0800)
    public static let arp = Self(rawValue: 0x0806)
    /// An Ethernet frame in a tunnel (RFC 1701, "transparent Ethernet bridging").
    public static let transparentBridging = Self(rawValue: 0x6558)
    public static let rarp = Self(rawValue: 0x8035)
    public static let vlan = Self(rawValue: 0x8100)
    public static let ipv6 = Self(rawValue: 0x86dd)
    /// PPP in GRE (RFC 2637 §4.1).
    public static let ppp = Self(rawValue: 0x880b)
    /// A label stack (RFC 5332 §2).
    public static let mpls = Self(rawValue: 0x8847)
    public static let mplsMulticast = Self(rawValue: 0x8848)
    public static let pppoeDiscovery = Self(rawValue: 0x8863)
    public static let pppoeSession = Self(rawValue: 0x8864)
    public static let providerVLAN = Self(rawValue: 0x88a8)
    /// A mirrored frame in GRE: types I and II, and type III (draft-foschiano-erspan-03 §4).
    public static let mirrored = Self(rawValue: 0x88be)
    public static let mirrored3 = Self(rawValue: 0x22eb)
    public static let oldProviderVLAN = Self(rawValue: 0x9100)

    /// Of frames that name no EtherType: nothing is found above them.
    public static let none = Self(rawValue: 0)
    /// Linux's mark for an 802.2 header in cooked captures (ETH_P_802_2).
    public static let cookedLLC = Self(rawValue: 4)

    /// Values below 1536 are IEEE 802.3 lengths, not types.
    public var isLength: Bool { rawValue < 0x0600 }
    /// A VLAN tag follows (IEEE 802.1Q §9.4).
    public var isVLAN: Bool { self == .vlan || self == .providerVLAN || self == .oldProviderVLAN }
}
