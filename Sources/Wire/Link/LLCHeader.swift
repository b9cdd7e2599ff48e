/// An LLC header with a SNAP header (IEEE 802.2, RFC 1042), in frames that say a length where Ethernet II says an EtherType.
///
///     DSAP 0xaa | SSAP 0xaa | control 0x03 | organization (3 octets) | EtherType (2 octets)
public enum LLCHeader {
    /// The EtherType that a SNAP header names, the headers consumed; nil and nothing consumed where another service has the frame:
    /// spanning tree, IS-IS, NetWare.
    public static func etherType(decoding bytes: inout Span<UInt8>) throws(DecodeError) -> EtherType? {
        guard bytes.count >= 3, bytes[0] == 0xaa, bytes[1] == 0xaa, bytes[2] == 3 else { return nil }
        try bytes.require(8)
        let organization = UInt32(bytes.uint16(at: 3)) << 8 | UInt32(bytes[5])
        let etherType = EtherType(rawValue: bytes.uint16(at: 6))
        // Zero says that an EtherType follows (RFC 1042); bridges write 00-00-f8 for types that were translated (IEEE 802.1H).
        guard organization == 0 || organization == 0xf8, !etherType.isLength else { return nil }
        try bytes.skip(8)
        return etherType
    }
}
