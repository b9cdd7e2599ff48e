/// The header of BSD loopback captures: an address family in the byte order of the machine that
/// captured (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP, tcpdump.org).
public enum LoopbackHeader {
    /// The EtherType that the address family stands for, the header consumed.
    public static func etherType(decoding bytes: inout Span<UInt8>) throws(DecodeError) -> EtherType {
        var rest = bytes
        let family: UInt32 = try rest.read()
        let etherType: EtherType
        // The value is small, so the byte order shows in which half is zero.
        switch family & 0xffff_0000 == 0 ? family : family.byteSwapped {
        case 2: etherType = .ipv4
        case 10, 24, 28, 30: etherType = .ipv6  // Linux, NetBSD and OpenBSD, FreeBSD, Darwin
        default: throw .unsupported("address family")
        }
        bytes = rest
        return etherType
    }
}
