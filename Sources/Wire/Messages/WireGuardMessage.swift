/// A WireGuard message (WireGuard whitepaper, 2020-06-01, §5.4). Numbers are little-endian.
///
///     type (1) | zeros (3) | by type:
///     1 initiation: sender (4) | ephemeral (32) | static (48) | timestamp (28) | MAC 1 (16) | MAC 2 (16)
///     2 response:   sender (4) | receiver (4) | ephemeral (32) | empty (16) | MAC 1 (16) | MAC 2 (16)
///     3 cookie:     receiver (4) | nonce (24) | cookie (32)
///     4 data:       receiver (4) | counter (8) | packet, padded and sealed (16 or more)
public struct WireGuardMessage: Hashable, Sendable {
    public var type: MessageType
    public var sender: UInt32?
    public var receiver: UInt32?
    /// Of data: from 0 with each new key.
    public var counter: UInt64?
    /// MAC 2 is not zero: the peer asked for a cookie first, as it does under load (§5.4.4, §5.4.7).
    public var hasCookie: Bool?
    public var length: Int

    public struct MessageType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let initiation = Self(rawValue: 1)
        public static let response = Self(rawValue: 2)
        public static let cookieReply = Self(rawValue: 3)
        public static let data = Self(rawValue: 4)

        public var name: String {
            switch self {
            case .initiation: "handshake initiation"
            case .response: "handshake response"
            case .cookieReply: "cookie reply"
            case .data: "transport data"
            default: "type \(rawValue)"
            }
        }
    }

    /// Data without a packet, which says that the peer is there (§6.5).
    public var isKeepalive: Bool { type == .data && length == Self.smallestData }

    private static let smallestData = 32
}

extension WireGuardMessage: RecognizableMessage {
    public static let layer = Layer.wireguard

    public static func recognizes(_ payload: Span<UInt8>) -> Bool {
        guard payload.count >= smallestData, payload[1] == 0, payload.uint16(at: 2) == 0 else { return false }
        return switch payload[0] {
        case 1: payload.count == 148
        case 2: payload.count == 92
        case 3: payload.count == 64
        // Keys are renewed long before the counter's upper octets are needed (§6.1).
        case 4: payload.uint16(at: 14) == 0
        default: false
        }
    }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        length = bytes.count
        try bytes.require(4)
        guard bytes[1] == 0, bytes.uint16(at: 2) == 0 else { throw .malformed("reserved") }
        type = MessageType(rawValue: bytes[0])
        switch type {
        case .initiation:
            try bytes.require(148)
            sender = bytes.uint32(at: 4).byteSwapped
            hasCookie = bytes.hasValue(at: 132)
        case .response:
            try bytes.require(92)
            sender = bytes.uint32(at: 4).byteSwapped
            receiver = bytes.uint32(at: 8).byteSwapped
            hasCookie = bytes.hasValue(at: 76)
        case .cookieReply:
            try bytes.require(64)
            receiver = bytes.uint32(at: 4).byteSwapped
        case .data:
            try bytes.require(Self.smallestData)
            receiver = bytes.uint32(at: 4).byteSwapped
            counter = (UInt64(bytes.uint32(at: 8)) << 32 | UInt64(bytes.uint32(at: 12))).byteSwapped
        default: throw .unsupported("type")
        }
        try bytes.skip(length)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("type", type.rawValue)
        if let sender { fields.field("sender", sender) }
        if let receiver { fields.field("receiver", receiver) }
        if let counter { fields.field("counter", counter) }
        if let hasCookie { fields.field("cookie", flag: hasCookie) }
        fields.field("length", length)
    }
}

extension Span<UInt8> {
    /// The 16 octets from here are not all zero; `require` has vouched for them.
    fileprivate func hasValue(at index: Int) -> Bool {
        uint32(at: index) | uint32(at: index + 4) | uint32(at: index + 8) | uint32(at: index + 12) != 0
    }
}
