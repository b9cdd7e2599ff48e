/// An ICMPv6 message (RFC 4443 §2.1); those of Neighbor Discovery with their content (RFC 4861 §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+---------------+-------------------------------+
///     |     type      |     code      |           checksum            |
///     |   rest of header: identifier and sequence, MTU, pointer, or flags
///     |   an error quotes the packet that it is about
///     +---------------------------------------------------------------+
package struct ICMPv6Message: Hashable, Sendable {
    package var type: MessageType
    package var code: UInt8
    package var checksum: UInt16
    package var restOfHeader: UInt32
    /// The packet that an error is about, as far as it was quoted.
    package var quoted: QuotedDatagram?
    /// What a router added behind the quote.
    package var extensions: [ICMPExtension] = []
    /// The content of a message of Neighbor Discovery.
    package var discovery: NDPMessage?
    /// What a home agent tells a mobile node of its prefixes, in Neighbor Discovery's options (RFC 6275 §6.8).
    package var mobilePrefixes: [NDPOption] = []

    package struct MessageType: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        package static let unreachable = Self(rawValue: 1)
        package static let packetTooBig = Self(rawValue: 2)
        package static let timeExceeded = Self(rawValue: 3)
        package static let parameterProblem = Self(rawValue: 4)
        package static let echoRequest = Self(rawValue: 128)
        package static let echoReply = Self(rawValue: 129)
        package static let multicastListenerQuery = Self(rawValue: 130)
        package static let multicastListenerReport = Self(rawValue: 131)
        package static let multicastListenerDone = Self(rawValue: 132)
        package static let routerSolicitation = Self(rawValue: 133)
        package static let routerAdvertisement = Self(rawValue: 134)
        package static let neighborSolicitation = Self(rawValue: 135)
        package static let neighborAdvertisement = Self(rawValue: 136)
        package static let redirect = Self(rawValue: 137)
        package static let multicastListenerReport2 = Self(rawValue: 143)
        package static let mobilePrefixAdvertisement = Self(rawValue: 147)
        package static let extendedEchoRequest = Self(rawValue: 160)
        package static let extendedEchoReply = Self(rawValue: 161)

        /// Errors have the high bit clear, and those that are unknown quote, too (RFC 4443 §2.1, §2.4).
        package var isError: Bool { rawValue < 128 }
        /// RFC 4861 §4.
        package var isDiscovery: Bool { (133...137).contains(rawValue) }
        /// With a sequence number of one octet, and another one of bits (RFC 8335 §2, §3).
        package var isExtendedEcho: Bool { self == .extendedEchoRequest || self == .extendedEchoReply }
    }

    package var identifier: UInt16 { UInt16(restOfHeader >> 16) }
    package var sequence: UInt16 { UInt16(truncatingIfNeeded: restOfHeader) }
    /// The MTU of the next hop in "packet too big" (RFC 4443 §3.2).
    package var nextHopMTU: UInt32? { type == .packetTooBig ? restOfHeader : nil }
    /// The octet of the quoted packet that a parameter problem is about (RFC 4443 §3.4).
    package var pointer: UInt32? { type == .parameterProblem ? restOfHeader : nil }
    /// Octets that the quote takes where extensions follow it, else 0 (RFC 4884 §4.4, §4.5).
    package var quotedLength: Int { type == .unreachable || type == .timeExceeded ? Int(restOfHeader >> 24) * 8 : 0 }

    /// The code's name in RFC 4443 §3 and §4, and in those that added to it.
    package var name: String { ICMPv6Name.of(type: type, code: code) }
}

extension ICMPv6Message: Message {
    package static let layer = Layer.icmpv6

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
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

    package func describe(to fields: inout some FieldVisitor) {
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
