/// What stands before a packet on a point-to-point link (RFC 1661 §2, RFC 1662 §3.1).
///
///     direction (1 octet, LINKTYPE_PPP_WITH_DIR) | address 0xff, control 0x03 | protocol (2 octets, or 1)
///
/// Ends may agree to leave address and control away, and the first octet of the protocol (RFC 1661 §6.5, §6.6).
public struct PPPHeader: Hashable, Sendable {
    /// Nil where the capture does not tell.
    public var isSent: Bool?
    public var `protocol`: PPPProtocol

    /// What the packet is (PPP DLL Protocol Numbers, IANA).
    public struct PPPProtocol: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let ipv4 = Self(rawValue: 0x0021)
        public static let ipv6 = Self(rawValue: 0x0057)
        /// A label stack (RFC 3032 §4.3).
        public static let mpls = Self(rawValue: 0x0281)
        public static let mplsMulticast = Self(rawValue: 0x0283)
    }

    /// The EtherType that the protocol corresponds to; the link's own protocols have none.
    public var etherType: EtherType {
        switch `protocol` {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .mpls: .mpls
        case .mplsMulticast: .mplsMulticast
        default: .none
        }
    }

    /// - Parameter hasDirection: the capture put an octet before the frame: zero where the frame was received.
    public init(decoding bytes: inout Span<UInt8>, hasDirection: Bool = false) throws(DecodeError) {
        if hasDirection { isSent = try (bytes.read() as UInt8) != 0 }
        if bytes.count >= 2, bytes[0] == 0xff, bytes[1] == 3 { try bytes.skip(2) }
        try bytes.require(1)
        // The last octet of a protocol number is odd, those before it are even (RFC 1661 §2).
        if bytes[0] & 1 == 1 {
            `protocol` = PPPProtocol(rawValue: UInt16(try bytes.read() as UInt8))
        } else {
            `protocol` = PPPProtocol(rawValue: try bytes.read())
        }
    }
}
