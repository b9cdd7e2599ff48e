/// A CONNECTION_CLOSE frame: of the transport (0x1c) or of the application (0x1d) (RFC 9000 §19.19).
public struct QUICConnectionClose: Hashable, Sendable {
    public var isApplication: Bool
    public var errorCode: QUICErrorCode
    /// The frame that caused it, 0 where unknown. The transport's alone.
    public var frameType: UInt64?
    /// Octets of the packet's payload.
    public var reason: Range<Int>

    /// `bytes` begin behind the frame's type.
    init(decoding bytes: inout Span<UInt8>, in payload: Span<UInt8>, isApplication: Bool) throws(DecodeError) {
        self.isApplication = isApplication
        errorCode = QUICErrorCode(rawValue: try bytes.readVarint())
        frameType = isApplication ? nil : try bytes.readVarint()
        let length = try bytes.readVarintLength()
        let start = payload.count - bytes.count
        reason = start..<(start + length)
        try bytes.skip(length)
    }

    /// What an application's code means is the application's affair.
    public var errorName: String? { isApplication ? nil : errorCode.name }

    /// UTF-8 (§19.19); what is not is replaced.
    public func reasonPhrase(in payload: Span<UInt8>) -> String {
        String(decoding: [UInt8](copying: payload.extracting(reason)), as: UTF8.self)
    }

    func describe(in payload: Span<UInt8>, to fields: inout some FieldVisitor) {
        fields.field("application", flag: isApplication)
        fields.field("error_code", errorCode.rawValue)
        if let errorName { fields.field("error_name", errorName) }
        if let frameType { fields.field("frame_type", frameType) }
        fields.field("reason_phrase", reasonPhrase(in: payload))
    }
}

/// A transport error code (RFC 9000 §20.1; QUIC Transport Error Codes, IANA).
public struct QUICErrorCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// The TLS alert that ended the handshake (RFC 9001 §4.8).
    public var alert: UInt8? { 0x0100...0x01ff ~= rawValue ? UInt8(truncatingIfNeeded: rawValue) : nil }

    public var name: String {
        switch rawValue {
        case 0x00: "NO_ERROR"
        case 0x01: "INTERNAL_ERROR"
        case 0x02: "CONNECTION_REFUSED"
        case 0x03: "FLOW_CONTROL_ERROR"
        case 0x04: "STREAM_LIMIT_ERROR"
        case 0x05: "STREAM_STATE_ERROR"
        case 0x06: "FINAL_SIZE_ERROR"
        case 0x07: "FRAME_ENCODING_ERROR"
        case 0x08: "TRANSPORT_PARAMETER_ERROR"
        case 0x09: "CONNECTION_ID_LIMIT_ERROR"
        case 0x0a: "PROTOCOL_VIOLATION"
        case 0x0b: "INVALID_TOKEN"
        case 0x0c: "APPLICATION_ERROR"
        case 0x0d: "CRYPTO_BUFFER_EXCEEDED"
        case 0x0e: "KEY_UPDATE_ERROR"
        case 0x0f: "AEAD_LIMIT_REACHED"
        case 0x10: "NO_VIABLE_PATH"
        case 0x11: "VERSION_NEGOTIATION_ERROR"
        default: alert.map { TLSAlert.Description(rawValue: $0).name ?? "CRYPTO_ERROR" } ?? "0x" + String(rawValue, radix: 16)
        }
    }
}
