/// An alert: why a side ends a TLS connection, or warns (RFC 8446 §6).
///
///      0                   1
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
///     +---------------+---------------+
///     |     level     |  description  |
///     +---------------+---------------+
public struct TLSAlert: Hashable, Sendable {
    public var level: Level
    public var description: Description

    /// An alert in the clear has just this length: a record of more octets is encrypted.
    public static let length = 2

    public struct Level: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let warning = Self(rawValue: 1)
        public static let fatal = Self(rawValue: 2)
    }

    public struct Description: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let closeNotify = Self(rawValue: 0)
        public static let handshakeFailure = Self(rawValue: 40)
        public static let badCertificate = Self(rawValue: 42)
        public static let certificateExpired = Self(rawValue: 45)
        public static let certificateUnknown = Self(rawValue: 46)
        public static let unknownCA = Self(rawValue: 48)
        public static let protocolVersion = Self(rawValue: 70)
        public static let userCanceled = Self(rawValue: 90)
        public static let unrecognizedName = Self(rawValue: 112)
        public static let noApplicationProtocol = Self(rawValue: 120)

        /// The name in RFC 8446 §B.2, which keeps those of earlier versions; nil where it has none.
        public var name: String? { Self.names[rawValue] }

        private static let names: [UInt8: String] = [
            0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed_RESERVED",
            22: "record_overflow", 30: "decompression_failure_RESERVED", 40: "handshake_failure", 41: "no_certificate_RESERVED",
            42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
            46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
            51: "decrypt_error", 60: "export_restriction_RESERVED", 70: "protocol_version", 71: "insufficient_security",
            80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation_RESERVED",
            109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable_RESERVED",
            112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value_RESERVED",
            115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol",
            // RFC 9849 §11.2.
            121: "ech_required",
        ]
    }

    /// The end is ordinary: the sender has no more to say (RFC 8446 §6.1).
    public var isClosure: Bool { description == .closeNotify || description == .userCanceled }
    /// The connection ends here. Under TLS 1.3 every alert but the closing ones is fatal, whatever its level (RFC 8446 §6).
    public var isFatal: Bool { level == .fatal }
}

extension TLSAlert: Message {
    public static let layer = Layer.tls

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        level = Level(rawValue: try bytes.read())
        description = Description(rawValue: try bytes.read())
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("level", level.rawValue)
        fields.field("description", description.rawValue)
        if let name = description.name { fields.field("name", name) }
    }
}
