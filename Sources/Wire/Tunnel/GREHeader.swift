/// A header of Generic Routing Encapsulation: version 0 (RFC 2784 §2, RFC 2890 §2), and PPTP's version 1 (RFC 2637 §4.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-----------------+-----+-------------------------------+
///     |C|0|K|S|  reserved |A|   | 0, 1|           EtherType           |
///     |    checksum and reserved, where C is set (4 octets)           |
///     |    key, where K is set; in version 1 payload length and call  |
///     |    sequence, where S is set   |  acknowledgment, where A is   |
///     +---------------------------------------------------------------+
public struct GREHeader: Hashable, Sendable {
    public var flags: UInt16
    public var etherType: EtherType
    public var checksum: UInt16?
    public var key: UInt32?
    public var sequence: UInt32?
    /// Version 1 only.
    public var acknowledgment: UInt32?

    /// GRE in UDP (RFC 8086 §3).
    public static let port = Port(rawValue: 4754)
    static let minimumLength = 4

    /// Version 1 has two numbers in the place of the key, and a sequence number only where it carries anything.
    private var isVersion1: Bool { flags & 7 == 1 }
    public var payloadLength: Int? { isVersion1 ? key.map { Int($0 >> 16) } : nil }
    /// The key, or version 1's call.
    public var identifier: UInt32? { isVersion1 ? key.map { $0 & 0xffff } : key }
    /// Type I of a mirrored frame has no header, and says so by having no sequence number (draft-foschiano-erspan-03 §4.1).
    public var hasERSPANHeader: Bool { sequence != nil || etherType == .mirrored3 }

    /// Whether the octets begin with a header that we serve. Source routing (RFC 1701) was withdrawn.
    public static func isServed(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= minimumLength else { return false }
        let (flags, type) = (bytes.uint16(at: 0), EtherType(rawValue: bytes.uint16(at: 2)))
        if flags & 0xff7f == 0x3001 { return type == .ppp }
        guard flags & 0x4c07 == 0 else { return false }
        switch type {
        case .ipv4, .ipv6, .arp, .transparentBridging, .mpls, .mplsMulticast, .ppp, .mirrored, .mirrored3: return true
        default: return false
        }
    }

    /// Whether a datagram to the port is GRE: a client may have the port as its own.
    public static func isLikely(_ bytes: Span<UInt8>) -> Bool { isServed(bytes) && bytes.uint16(at: 0) & 0x0fff == 0 }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        flags = try bytes.read()
        etherType = EtherType(rawValue: try bytes.read())
        if flags & 0x8000 != 0 {
            checksum = try bytes.read()
            try bytes.skip(2)
        }
        if flags & 0x2000 != 0 { key = try bytes.read() }
        if flags & 0x1000 != 0 { sequence = try bytes.read() }
        if isVersion1, flags & 0x0080 != 0 { acknowledgment = try bytes.read() }
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("flags", flags)
        fields.field("ether_type", etherType.rawValue)
        if let checksum { fields.field("checksum", checksum) }
        if let key, !isVersion1 { fields.field("key", key) }
        if let payloadLength { fields.field("payload_length", payloadLength) }
        if isVersion1, let identifier { fields.field("call", identifier) }
        if let sequence { fields.field("sequence", sequence) }
        if let acknowledgment { fields.field("acknowledgment", acknowledgment) }
    }
}
