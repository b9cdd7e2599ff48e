/// What a PostgreSQL client sends before TLS: may it begin? (PostgreSQL documentation, "Message Formats", SSLRequest.)
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------------------------------------------------------+
///     |                          length = 8                           |
///     |                    request code = 80877103                    |
///     +---------------------------------------------------------------+
public struct PostgreSQLSSLRequest: Hashable, Sendable {
    public static let length: UInt32 = 8
    public static let code: UInt32 = 80_877_103

    /// The server's answer in one octet: S, and TLS follows, or N, and none does.
    public static func accepts(_ answer: UInt8) -> Bool? {
        switch answer {
        case 0x53: true
        case 0x4e: false
        default: nil
        }
    }
}

extension PostgreSQLSSLRequest: Message {
    public static let layer = Layer.tls

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(4)
        guard bytes.uint32(at: 0) == Self.length else { throw .unsupported("length") }
        try bytes.require(8)
        guard bytes.uint32(at: 4) == Self.code else { throw .unsupported("request code") }
        try bytes.skip(8)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("length", Self.length)
        fields.field("request_code", Self.code)
    }
}
