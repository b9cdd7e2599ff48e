/// A TCP or UDP port number (Service Name and Transport Protocol Port Number Registry, IANA).
public struct Port: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    public static let dns = Self(rawValue: 53)
    public static let http = Self(rawValue: 80)
    public static let https = Self(rawValue: 443)
    /// RFC 6762.
    public static let multicastDNS = Self(rawValue: 5353)
    /// LLMNR (RFC 4795).
    public static let linkLocalMulticastNames = Self(rawValue: 5355)

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { rawValue.description }
}
