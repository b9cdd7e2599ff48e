/// What stands before each handshake message (RFC 8446 §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-----------------------------------------------+
///     |   msg_type    |                    length                     |
///     +---------------+-----------------------------------------------+
public struct TLSHandshakeHeader: Hashable, Sendable {
    public var type: MessageType
    /// Octets of the message's body, which may go on in further records.
    public var bodyLength: Int

    public static let length = 4

    public init(type: MessageType, bodyLength: Int) {
        self.type = type
        self.bodyLength = bodyLength
    }

    public struct MessageType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let helloRequest = Self(rawValue: 0)
        public static let clientHello = Self(rawValue: 1)
        public static let serverHello = Self(rawValue: 2)
        public static let newSessionTicket = Self(rawValue: 4)
        public static let encryptedExtensions = Self(rawValue: 8)
        public static let certificate = Self(rawValue: 11)
        public static let serverKeyExchange = Self(rawValue: 12)
        public static let certificateRequest = Self(rawValue: 13)
        public static let serverHelloDone = Self(rawValue: 14)
        public static let certificateVerify = Self(rawValue: 15)
        public static let clientKeyExchange = Self(rawValue: 16)
        public static let finished = Self(rawValue: 20)
        public static let certificateStatus = Self(rawValue: 22)
    }
}

extension TLSHandshakeHeader: Message {
    public static let layer = Layer.tls

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        type = MessageType(rawValue: try bytes.read())
        bodyLength = try bytes.readUInt24()
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("msg_type", type.rawValue)
        fields.field("length", bodyLength)
    }
}
