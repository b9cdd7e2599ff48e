/// A TCP or UDP port number (Service Name and Transport Protocol Port Number Registry, IANA).
package struct Port: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let dns = Self(rawValue: 53)
    package static let http = Self(rawValue: 80)
    package static let https = Self(rawValue: 443)
    /// RFC 6762.
    package static let multicastDNS = Self(rawValue: 5353)
    /// LLMNR (RFC 4795).
    package static let linkLocalMulticastNames = Self(rawValue: 5355)

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    package var description: String { rawValue.description }
}
