/// An ICMPv4 message (RFC 792, RFC 1122 §3.2.2, RFC 4884).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+---------------+-------------------------------+
///     |     type      |     code      |           checksum            |
///     |   rest of header: identifier and sequence, next-hop MTU, or gateway
///     |   an error quotes the datagram that it is about
///     +---------------------------------------------------------------+
package struct ICMPv4Message: Hashable, Sendable {
    package var type: MessageType
    package var code: UInt8
    package var checksum: UInt16
    package var restOfHeader: UInt32
    /// The datagram that an error is about, as far as it was quoted.
    package var quoted: QuotedDatagram?
    /// What a router added behind the quote.
    package var extensions: [ICMPExtension] = []

    package struct MessageType: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        package static let echoReply = Self(rawValue: 0)
        package static let unreachable = Self(rawValue: 3)
        package static let sourceQuench = Self(rawValue: 4)
        package static let redirect = Self(rawValue: 5)
        package static let echoRequest = Self(rawValue: 8)
        package static let timeExceeded = Self(rawValue: 11)
        package static let parameterProblem = Self(rawValue: 12)
        package static let timestampRequest = Self(rawValue: 13)
        package static let timestampReply = Self(rawValue: 14)
        package static let informationRequest = Self(rawValue: 15)
        package static let informationReply = Self(rawValue: 16)
        package static let addressMaskRequest = Self(rawValue: 17)
        package static let addressMaskReply = Self(rawValue: 18)
        package static let extendedEchoRequest = Self(rawValue: 42)
        package static let extendedEchoReply = Self(rawValue: 43)

        /// Errors quote the datagram that caused them (RFC 1122 §3.2.2).
        package var isError: Bool {
            switch self {
            case .unreachable, .sourceQuench, .redirect, .timeExceeded, .parameterProblem: true
            default: false
            }
        }

        /// Requests and their replies, with identifier and sequence number (RFC 792, RFC 950 appendix I).
        package var hasSequence: Bool {
            switch self {
            case .echoRequest, .echoReply, .timestampRequest, .timestampReply, .informationRequest, .informationReply,
                .addressMaskRequest, .addressMaskReply:
                true
            default: false
            }
        }

        /// The same with a sequence number of one octet, and another one of bits (RFC 8335 §2, §3).
        package var isExtendedEcho: Bool { self == .extendedEchoRequest || self == .extendedEchoReply }
    }

    package var identifier: UInt16 { UInt16(restOfHeader >> 16) }
    package var sequence: UInt16 { UInt16(truncatingIfNeeded: restOfHeader) }
    /// The MTU of the next hop in "fragmentation needed" (RFC 1191 §4).
    package var nextHopMTU: UInt16? { type == .unreachable && code == 4 ? sequence : nil }
    /// The better first hop that a redirect names.
    package var gateway: IPv4Address? { type == .redirect ? IPv4Address(rawValue: restOfHeader) : nil }

    /// The octet of the quoted datagram that a parameter problem is about (RFC 792).
    package var pointer: UInt8? { type == .parameterProblem && code == 0 ? UInt8(restOfHeader >> 24) : nil }
    /// Octets that the quote takes where extensions follow it, else 0 (RFC 4884 §4.1 to §4.3).
    package var quotedLength: Int {
        switch type {
        case .unreachable, .timeExceeded, .parameterProblem: Int(restOfHeader >> 16 & 0xff) * 4
        default: 0
        }
    }

    /// The code's name in RFC 792, RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1.
    package var name: String { ICMPv4Name.of(type: type, code: code) }
}

extension ICMPv4Message: Message {
    package static let layer = Layer.icmpv4

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
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

    package func describe(to fields: inout some FieldVisitor) {
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
