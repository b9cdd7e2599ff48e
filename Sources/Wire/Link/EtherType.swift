/// What an Ethernet frame carries (IEEE 802 Numbers, IANA).
package struct EtherType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let ipv4 = Self(rawValue: 0x0800)
    package static let arp = Self(rawValue: 0x0806)
    /// An Ethernet frame in a tunnel (RFC 1701, "transparent Ethernet bridging").
    package static let transparentBridging = Self(rawValue: 0x6558)
    package static let rarp = Self(rawValue: 0x8035)
    package static let vlan = Self(rawValue: 0x8100)
    package static let ipv6 = Self(rawValue: 0x86dd)
    /// PPP in GRE (RFC 2637 §4.1).
    package static let ppp = Self(rawValue: 0x880b)
    /// A label stack (RFC 5332 §2).
    package static let mpls = Self(rawValue: 0x8847)
    package static let mplsMulticast = Self(rawValue: 0x8848)
    package static let pppoeDiscovery = Self(rawValue: 0x8863)
    package static let pppoeSession = Self(rawValue: 0x8864)
    package static let providerVLAN = Self(rawValue: 0x88a8)
    /// A mirrored frame in GRE: types I and II, and type III (draft-foschiano-erspan-03 §4).
    package static let mirrored = Self(rawValue: 0x88be)
    package static let mirrored3 = Self(rawValue: 0x22eb)
    package static let oldProviderVLAN = Self(rawValue: 0x9100)

    /// Of frames that name no EtherType: nothing is found above them.
    package static let none = Self(rawValue: 0)
    /// Linux's mark for an 802.2 header in cooked captures (ETH_P_802_2).
    package static let cookedLLC = Self(rawValue: 4)

    /// Values below 1536 are IEEE 802.3 lengths, not types.
    package var isLength: Bool { rawValue < 0x0600 }
    /// A VLAN tag follows (IEEE 802.1Q §9.4).
    package var isVLAN: Bool { self == .vlan || self == .providerVLAN || self == .oldProviderVLAN }
}
