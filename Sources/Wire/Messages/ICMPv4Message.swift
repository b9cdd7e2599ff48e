/// An ICMPv4 message (RFC 792, RFC 1122 §3.2.2, RFC 4884).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+---------------+-------------------------------+
///     |     type      |     code      |           checksum            |
///     |   rest of header: identifier and sequence, next-hop MTU, or gateway
///     |   an error quotes the datagram that it is about
///     +---------------------------------------------------------------+
public struct ICMPv4Message: Hashable, Sendable {
    public var type: MessageType
    public var code: UInt8
    public var checksum: UInt16
    public var restOfHeader: UInt32
    /// The datagram that an error is about, as far as it was quoted.
    public var quoted: QuotedDatagram?
    /// What a router added behind the quote.
    public var extensions: [ICMPExtension] = []

    public struct MessageType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        public static let echoReply = Self(rawValue: 0)
        public static let unreachable = Self(rawValue: 3)
        public static let sourceQuench = Self(rawValue: 4)
        public static let redirect = Self(rawValue: 5)
        public static let echoRequest = Self(rawValue: 8)
        public static let timeExceeded = Self(rawValue: 11)
        public static let parameterProblem = Self(rawValue: 12)
        public static let timestampRequest = Self(rawValue: 13)
        public static let timestampReply = Self(rawValue: 14)
        public static let informationRequest = Self(rawValue: 15)
        public static let informationReply = Self(rawValue: 16)
        public static let addressMaskRequest = Self(rawValue: 17)
        public static let addressMaskReply = Self(rawValue: 18)
        public static let extendedEchoRequest = Self(rawValue: 42)
        public static let extendedEchoReply = Self(rawValue: 43)

        /// Errors quote the datagram that caused them (RFC 1122 §3.2.2).
        public var isError: Bool {
            switch self {
            case .unreachable, .sourceQuench, .redirect, .timeExceeded, .parameterProblem: true
            default: false
            }
        }

        /// Requests and their replies, with identifier and sequence number (RFC 792, RFC 950 appendix I).
        public var hasSequence: Bool {
            switch self {
            case .echoRequest, .echoReply, .timestampRequest, .timestampReply, .informationRequest, .informationReply,
                .addressMaskRequest, .addressMaskReply:
                true
            default: false
            }
        }

        /// The same with a sequence number of one octet, and another one of bits (RFC 8335 §2, §3).
        public var isExtendedEcho: Bool { self == .extendedEchoRequest || self == .extendedEchoReply }
    }

    public var identifier: UInt16 { UInt16(restOfHeader >> 16) }
    public var sequence: UInt16 { UInt16(truncatingIfNeeded: restOfHeader) }
    /// The MTU of the next hop in "fragmentation needed" (RFC 1191 §4).
    public var nextHopMTU: UInt16? { type == .unreachable && code == 4 ? sequence : nil }
    /// The better first hop that a redirect names.
    public var gateway: IPv4Address? { type == .redirect ? IPv4Address(rawValue: restOfHeader) : nil }

    /// The octet of the quoted datagram that a parameter problem is about (RFC 792).
    public var pointer: UInt8? { type == .parameterProblem && code == 0 ? UInt8(restOfHeader >> 24) : nil }
    /// Octets that the quote takes where extensions follow it, else 0 (RFC 4884 §4.1 to §4.3).
    public var quotedLength: Int {
        switch type {
        case .unreachable, .timeExceeded, .parameterProblem: Int(restOfHeader >> 16 & 0xff) * 4
        default: 0
        }
    }

    /// The code's name in RFC 792, RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1.
    public var name: String { ICMPv4Name.of(type: type, code: code) }
}

extension ICMPv4Message: Message {
    public static let layer = Layer.icmpv4

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        type = MessageType(rawValue: try bytes.read())
        code = try bytes.read()
        checksum = try bytes.read()
        restOfHeader = try bytes.read()
        if type.isError {
            quoted = QuotedDatagram(lenient: bytes)
            extensions = ICMPExtension.list(behind: quotedLength, in: bytes)
        }
        bytes = bytes.extracting(droppingFirst: bytes.count)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("type", type.rawValue)
        fields.field("code", code)
        fields.field("checksum", checksum)
        if type.hasSequence {
            fields.field("identifier", identifier)
            fields.field("sequence", sequence)
        }
        if type.isExtendedEcho { ExtendedEcho(restOfHeader).describe(to: &fields) }
        if let nextHopMTU { fields.field("next_hop_mtu", nextHopMTU) }
        if let gateway { fields.field("gateway", gateway) }
        if let pointer { fields.field("pointer", pointer) }
        if let quoted { fields.object("quoted") { quoted.describe(to: &$0) } }
        ICMPExtension.describe(extensions, to: &fields)
    }
}
