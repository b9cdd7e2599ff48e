/// What a long header holds in every version (RFC 8999 §5.1). Packet number and the low bits of the first octet are still protected.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-------------+-----------------------------------------------+
///     |1|  of version |            version (4 octets)                 |
///     |    version    | dcid length   |   dcid (0 to 255 octets)      |
///     |  scid length  |              scid (0 to 255 octets)           |
///     +---------------------------------------------------------------+
public struct QUICLongHeader: Hashable, Sendable {
    public var firstOctet: UInt8
    public var version: QUICVersion
    public var destination: ConnectionID
    public var source: ConnectionID

    /// What is in the packet (RFC 9000 §17.2, RFC 9369 §3.2).
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case initial, handshake, retry
        case zeroRTT = "0rtt"
    }

    /// Set in every packet of versions 1 and 2 unless the peer allows otherwise (RFC 9000 §17.2, RFC 9287).
    public var fixedBit: Bool { firstOctet & 0x40 != 0 }

    /// Nil where only the invariants are known.
    public var kind: Kind? {
        switch (version.typeBits, firstOctet >> 4 & 3) {
        case (.v1?, 0), (.v2?, 1): .initial
        case (.v1?, 1), (.v2?, 2): .zeroRTT
        case (.v1?, 2), (.v2?, 3): .handshake
        case (.v1?, _), (.v2?, _): .retry
        case (nil, _): nil
        }
    }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(7)
        guard bytes[0] & 0x80 != 0 else { throw .unsupported("header form") }
        firstOctet = bytes[0]
        version = QUICVersion(rawValue: bytes.uint32(at: 1))
        try bytes.skip(5)
        let lengths = bytes
        destination = try ConnectionID(decoding: &bytes)
        source = try ConnectionID(decoding: &bytes)
        if version.isKnown, destination.length > ConnectionID.longest || source.length > ConnectionID.longest {
            bytes = lengths
            throw .malformed("connection ID length")
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("first_octet", firstOctet)
        fields.field("fixed_bit", flag: fixedBit)
        if let kind { fields.field("type", kind.rawValue) }
        fields.field("version", version.rawValue)
        fields.field("version_name", version.name)
        fields.field("dcid", destination.description)
        fields.field("scid", source.description)
    }
}
