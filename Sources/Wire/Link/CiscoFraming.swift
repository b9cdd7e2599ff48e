/// Cisco's framing of a serial line, which stands in captures of PPP, too (RFC 1547 §4.3.1; LINKTYPE_PPP_HDLC, tcpdump.org).
///
///     address 0x0f or 0x8f | control 0 | EtherType (2 octets)
public enum CiscoFraming {
    /// The EtherType, the header consumed; nil and nothing consumed where the framing is PPP's.
    public static func etherType(decoding bytes: inout Span<UInt8>) throws(DecodeError) -> EtherType? {
        guard bytes.count >= 2, bytes[0] & 0x7f == 0x0f, bytes[1] == 0 else { return nil }
        try bytes.require(4)
        let etherType = EtherType(rawValue: bytes.uint16(at: 2))
        try bytes.skip(4)
        return etherType
    }
}
