/// The Certificate message up to TLS 1.2, in the clear: the sender's certificate first, then its issuers' (RFC 5246 §7.4.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-----------------------------------------------+---------------+
///     |          length of certificate_list           |  length of    |
///     |   one certificate (24 bits)   |  certificate, in DER, and so on
///     +-------------------------------+-------------------------------+
public struct TLSCertificate: Hashable, Sendable {
    /// Certificates in the message, the leaf among them.
    public var chainCount: Int
    /// The sender's own; nil where a client has none to show.
    public var leaf: X509Certificate?
}

extension TLSCertificate: Message {
    public static let layer = Layer.tls

    /// Reads the body of the handshake message, behind its header. TLS 1.3's has another form, and is encrypted.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        let length = try bytes.readUInt24()
        try bytes.require(length)
        let end = bytes.count - length
        chainCount = 0
        while bytes.count > end {
            guard bytes.count - end >= 3 else { throw .malformed("certificate_list") }
            let octets = try bytes.readUInt24()
            guard octets > 0, octets <= bytes.count - end else { throw .malformed("certificate_list") }
            if chainCount == 0 {
                var certificate = bytes.extracting(first: octets)
                leaf = try X509Certificate(decoding: &certificate)
            }
            try bytes.skip(octets)
            chainCount += 1
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("certificates", chainCount)
        if let leaf { fields.object("leaf") { leaf.describe(to: &$0) } }
    }
}
