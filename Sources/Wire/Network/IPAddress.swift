/// An IPv4 address (RFC 791 §3.2).
public struct IPv4Address: RawRepresentable, Hashable, Sendable, Comparable {
    /// The four octets, the first one highest.
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
    @inline(__always)
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    public static let any = Self(rawValue: 0)
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Private or shared address space (RFC 1918 §3, RFC 6598 §7) or link-local (RFC 3927).
    public var isPrivate: Bool {
        rawValue >> 24 == 10 || rawValue >> 20 == 0xac1 || rawValue >> 16 == 0xc0a8 || rawValue >> 16 == 0xa9fe || rawValue >> 22 == 0x191
    }
}

/// An IPv6 address (RFC 4291).
public struct IPv6Address: Hashable, Sendable, Comparable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    public static let unspecified = Self(high: 0, low: 0)

    /// RFC 4291 §2.7, §2.5.6.
    public var isMulticast: Bool { high >> 56 == 0xff }
    public var isLinkLocal: Bool { high >> 54 == 0x3fa }

    /// Unique local (RFC 4193) or link-local (RFC 4291 §2.5.6).
    public var isPrivate: Bool { high >> 57 == 0x7e || high >> 54 == 0x3fa }

    func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * UInt64(index % 4)))
    }
}

/// An address of either family.
public enum IPAddress: Hashable, Sendable, Comparable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Stated like that of its parts: rules and tables compare and hash addresses for every fact.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.v4(let left), .v4(let right)): left.rawValue == right.rawValue
        case (.v6(let left), .v6(let right)): left.high == right.high && left.low == right.low
        case (.v4, .v6), (.v6, .v4): false
        }
    }

    @inline(__always)
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .v4(let address): hasher.combine(address.rawValue)
        case .v6(let address):
            hasher.combine(address.high)
            hasher.combine(address.low)
        }
    }

    public var isPrivate: Bool {
        switch self {
        case .v4(let address): address.isPrivate
        case .v6(let address): address.isPrivate
        }
    }
}

/// An address and the number of leading bits that count (RFC 4632 §3.1).
public struct IPPrefix: Hashable, Sendable {
    public var address: IPAddress
    public var length: Int

    public init(address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let network), .v4(let host)):
            length == 0 || (network.rawValue ^ host.rawValue) >> (32 - UInt32(length)) == 0
        case (.v6(let network), .v6(let host)):
            if length <= 64 {
                length == 0 || (network.high ^ host.high) >> (64 - UInt64(length)) == 0
            } else {
                network.high == host.high && (network.low ^ host.low) >> (128 - UInt64(length)) == 0
            }
        default: false
        }
    }
}
