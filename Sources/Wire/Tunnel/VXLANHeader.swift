/// A VXLAN header: an Ethernet frame follows (RFC 7348 §5).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-----------------------------------------------+
///     |R|R|R|R|I|R|R|R|                  reserved                     |
///     |         VXLAN network identifier (24)         |   reserved    |
///     +---------------------------------------------------------------+
public struct VXLANHeader: Hashable, Sendable {
    public var flags: UInt8
    /// Between the flags and the identifier: zero, or a group policy (draft-smith-vxlan-group-policy).
    public var reserved: UInt32
    public var identifier: UInt32

    public static let port = Port(rawValue: 4789)
    /// What Linux took before the port was assigned, and flannel still takes.
    public static let linuxPort = Port(rawValue: 8472)

    /// Whether a datagram to the port is VXLAN: a client may have the port as its own. A receiver ignores reserved bits (RFC 7348 §5) and
    /// some senders set them, so these count only where the inner frame is none of the common ones.
    public static func isLikely(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 8 + EthernetHeader.length, bytes[0] & 0x08 != 0 else { return false }
        let etherType = EtherType(rawValue: bytes.uint16(at: 8 + EthernetHeader.length - 2))
        if etherType == .ipv4 || etherType == .ipv6 || etherType == .arp || etherType.isVLAN { return true }
        return bytes.uint32(at: 0) == 0x0800_0000 && bytes[7] == 0
    }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        let first: UInt32 = try bytes.read()
        flags = UInt8(first >> 24)
        reserved = first & 0xff_ffff
        identifier = try (bytes.read() as UInt32) >> 8
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("flags", flags)
        fields.field("reserved", reserved)
        fields.field("identifier", identifier)
    }
}
