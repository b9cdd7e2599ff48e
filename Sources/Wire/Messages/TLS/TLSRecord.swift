/// The header of a TLS record (RFC 8446 §5.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-------------------------------+---------------+
///     | content type  |     legacy_record_version     |    length     |
///     |               | fragment, up to 2^14 octets and what encryption adds
///     +---------------+-----------------------------------------------+
public struct TLSRecord: Hashable, Sendable {
    public var contentType: ContentType
    public var version: TLSVersion
    /// Octets of the fragment, which follows the header.
    public var length: Int

    public static let headerLength = 5
    /// TLS 1.2 lets encryption and compression add 2048 octets (RFC 5246 §6.2.3), TLS 1.3 only 256.
    public static let largestLength = 1 << 14 + 2048

    public struct ContentType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let changeCipherSpec = Self(rawValue: 20)
        public static let alert = Self(rawValue: 21)
        public static let handshake = Self(rawValue: 22)
        public static let applicationData = Self(rawValue: 23)
        /// RFC 6520 §3.
        public static let heartbeat = Self(rawValue: 24)

        var isKnown: Bool { (20...24).contains(rawValue) }
    }
}

extension TLSRecord: Message {
    public static let layer = Layer.tls

    /// Reads the header alone. On octets that are no record it says so at the first one that tells.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(1)
        contentType = ContentType(rawValue: bytes[0])
        guard contentType.isKnown else {
            // SSL 2's record has no type: two octets of length, the first bit set, and message type 1 (RFC 5246 §E.2).
            let isSSL2 = bytes.count >= 4 && bytes[0] & 0x80 != 0 && bytes[2] == 1 && (bytes[3] == 3 || bytes[3] == 0)
            throw .unsupported(isSSL2 ? "SSL 2 ClientHello" : "content type")
        }
        if bytes.count >= 2, bytes[1] != 3 { throw .unsupported("legacy_record_version") }
        try bytes.require(Self.headerLength)
        version = TLSVersion(rawValue: bytes.uint16(at: 1))
        length = Int(bytes.uint16(at: 3))
        guard length <= Self.largestLength else { throw .malformed("length") }
        try bytes.skip(Self.headerLength)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("content_type", contentType.rawValue)
        fields.field("legacy_record_version", version.rawValue)
        fields.field("length", length)
    }
}
