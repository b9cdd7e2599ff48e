/// A header of Generic Routing Encapsulation, version 0 (RFC 2784 §2, RFC 2890 §2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-----------------+-----+-------------------------------+
///     |C|0|K|S|    reserved     | 0   |           EtherType           |
///     |    checksum and reserved, where C is set (4 octets)           |
///     |    key, where K is set       |  sequence, where S is set      |
///     +---------------------------------------------------------------+
package struct GREHeader: Hashable, Sendable {
    package var flags: UInt16
    package var etherType: EtherType
    package var checksum: UInt16?
    package var key: UInt32?
    package var sequence: UInt32?

    /// Whether the octets begin with a header that we serve. Source routing (RFC 1701) was withdrawn, and PPTP's version 1 (RFC 2637)
    /// carries PPP, mostly encrypted.
    package static func isServed(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 4 else { return false }
        return bytes.uint16(at: 0) & 0x4c07 == 0 && isServed(EtherType(rawValue: bytes.uint16(at: 2)))
    }

    private static func isServed(_ type: EtherType) -> Bool { type == .ipv4 || type == .ipv6 || type == .transparentBridging }

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        flags = try bytes.read()
        etherType = EtherType(rawValue: try bytes.read())
        if flags & 0x8000 != 0 {
            checksum = try bytes.read()
            try bytes.skip(2)
        }
        if flags & 0x2000 != 0 { key = try bytes.read() }
        if flags & 0x1000 != 0 { sequence = try bytes.read() }
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("flags", flags)
        fields.field("ether_type", etherType.rawValue)
        if let checksum { fields.field("checksum", checksum) }
        if let key { fields.field("key", key) }
        if let sequence { fields.field("sequence", sequence) }
    }
}
