/// An ICMPv6 message (RFC 4443 §2.1); those of Neighbor Discovery with their content (RFC 4861 §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+---------------+-------------------------------+
///     |     type      |     code      |           checksum            |
///     |   rest of header: identifier and sequence, MTU, pointer, or flags
///     |   an error quotes the packet that it is about
///     +---------------------------------------------------------------+
public struct ICMPv6Message: Hashable, Sendable {
    public var type: MessageType
    public var code: UInt8
    public var checksum: UInt16
    public var restOfHeader: UInt32
    /// The packet that an error is about, as far as it was quoted.
    public var quoted: QuotedDatagram?
    /// What a router added behind the quote.
    public var extensions: [ICMPExtension] = []
    /// The content of a message of Neighbor Discovery.
    public var discovery: NDPMessage?
    /// What a home agent tells a mobile node of its prefixes, in Neighbor Discovery's options (RFC 6275 §6.8).
    public var mobilePrefixes: [NDPOption] = []

    public struct MessageType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let unreachable = Self(rawValue: 1)
        public static let packetTooBig = Self(rawValue: 2)
        public static let timeExceeded = Self(rawValue: 3)
        public static let parameterProblem = Self(rawValue: 4)
        public static let echoRequest = Self(rawValue: 128)
        public static let echoReply = Self(rawValue: 129)
        public static let multicastListenerQuery = Self(rawValue: 130)
        public static let multicastListenerReport = Self(rawValue: 131)
        public static let multicastListenerDone = Self(rawValue: 132)
        public static let routerSolicitation = Self(rawValue: 133)
        public static let routerAdvertisement = Self(rawValue: 134)
        public static let neighborSolicitation = Self(rawValue: 135)
        public static let neighborAdvertisement = Self(rawValue: 136)
        public static let redirect = Self(rawValue: 137)
        public static let multicastListenerReport2 = Self(rawValue: 143)
        public static let mobilePrefixAdvertisement = Self(rawValue: 147)
        public static let extendedEchoRequest = Self(rawValue: 160)
        public static let extendedEchoReply = Self(rawValue: 161)

        /// Errors have the high bit clear, and those that are unknown quote, too (RFC 4443 §2.1, §2.4).
        public var isError: Bool { rawValue < 128 }
        /// RFC 4861 §4.
        public var isDiscovery: Bool { (133...137).contains(rawValue) }
        /// With a sequence number of one octet, and another one of bits (RFC 8335 §2, §3).
        public var isExtendedEcho: Bool { self == .extendedEchoRequest || self == .extendedEchoReply }
    }

    public var identifier: UInt16 { UInt16(restOfHeader >> 16) }
    public var sequence: UInt16 { UInt16(truncatingIfNeeded: restOfHeader) }
    /// The MTU of the next hop in "packet too big" (RFC 4443 §3.2).
    public var nextHopMTU: UInt32? { type == .packetTooBig ? restOfHeader : nil }
    /// The octet of the quoted packet that a parameter problem is about (RFC 4443 §3.4).
    public var pointer: UInt32? { type == .parameterProblem ? restOfHeader : nil }
    /// Octets that the quote takes where extensions follow it, else 0 (RFC 4884 §4.4, §4.5).
    public var quotedLength: Int { type == .unreachable || type == .timeExceeded ? Int(restOfHeader >> 24) * 8 : 0 }

    /// The code's name in RFC 4443 §3 and §4, and in those that added to it.
    public var name: String { ICMPv6Name.of(type: type, code: code) }
}

extension ICMPv6Message: Message {
    public static let layer = Layer.icmpv6

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        type = MessageType(rawValue: try bytes.read())
        code = try bytes.read()
        checksum = try bytes.read()
        restOfHeader = try bytes.read()
        if type.isError {
            quoted = QuotedDatagram(lenient: bytes)
            if type == .unreachable || type == .timeExceeded { extensions = ICMPExtension.list(behind: quotedLength, in: bytes) }
        } else if type.isDiscovery {
            discovery = try NDPMessage(type, restOfHeader, decoding: &bytes)
        } else if type == .mobilePrefixAdvertisement {
            mobilePrefixes = try NDPOption.list(decoding: &bytes)
        }
        bytes = bytes.extracting(droppingFirst: bytes.count)
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("type", type.rawValue)
        fields.field("code", code)
        fields.field("checksum", checksum)
        if type == .echoRequest || type == .echoReply {
            fields.field("identifier", identifier)
            fields.field("sequence", sequence)
        }
        if type.isExtendedEcho { ExtendedEcho(restOfHeader).describe(to: &fields) }
        if let nextHopMTU { fields.field("next_hop_mtu", nextHopMTU) }
        if let pointer { fields.field("pointer", pointer) }
        if let quoted { fields.object("quoted") { quoted.describe(to: &$0) } }
        ICMPExtension.describe(extensions, to: &fields)
        discovery?.describe(to: &fields)
        if !mobilePrefixes.isEmpty { fields.list("options", count: mobilePrefixes.count) { mobilePrefixes[$0].describe(to: &$1) } }
    }
}
