/// An option of a Neighbor Discovery message (RFC 4861 §4.6, RFC 4191 §2.3, RFC 8106 §5.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+---------------+-------------------------------+
///     |     type      | length, in 8s |  content, these two octets    |
///     |  counted in the length                                        |
///     +---------------------------------------------------------------+
public enum NDPOption: Hashable, Sendable {
    case sourceLinkLayer(MACAddress)
    case targetLinkLayer(MACAddress)
    case prefix(Prefix)
    /// The packet that a redirect was sent for (RFC 4861 §4.6.3).
    case redirected(QuotedDatagram?)
    case mtu(UInt32)
    /// A prefix that the router, default router or not, leads to.
    case route(Route)
    /// Recursive DNS servers, for so many seconds (RFC 8106 §5.1).
    case resolvers([IPv6Address], lifetime: UInt32)
    /// One that we do not know, or of a link layer whose addresses have another length.
    case other(type: UInt8, content: [UInt8])

    public struct Prefix: Hashable, Sendable {
        public var length: UInt8
        public var flags: UInt8
        /// Seconds, both.
        public var validLifetime: UInt32
        public var preferredLifetime: UInt32
        public var prefix: IPv6Address

        public var isOnLink: Bool { flags & 0x80 != 0 }
        public var isAutonomous: Bool { flags & 0x40 != 0 }
    }

    public struct Route: Hashable, Sendable {
        public var length: UInt8
        public var flags: UInt8
        /// Seconds.
        public var lifetime: UInt32
        /// Nil where the option holds none, as in a route to everything.
        public var prefix: IPv6Address?

        /// 1 is high, 0 medium, 3 low (RFC 4191 §2.1).
        public var preference: UInt8 { flags >> 3 & 3 }
    }
}

extension NDPOption {
    /// Every option up to the end of the message.
    static func list(decoding bytes: inout Span<UInt8>) throws(DecodeError) -> [Self] {
        var options: [Self] = []
        while !bytes.isEmpty { options.append(try Self(decoding: &bytes)) }
        return options
    }

    init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(2)
        let type = bytes[0]
        let length = Int(bytes[1]) * 8
        // Else it would never end (RFC 4861 §4.6).
        guard length > 0 else { throw .malformed("option length") }
        try bytes.require(length)
        var content = bytes.extracting(first: length)
        content = content.extracting(droppingFirst: 2)
        switch (type, length) {
        case (1, 8): self = .sourceLinkLayer(try content.read())
        case (2, 8): self = .targetLinkLayer(try content.read())
        case (3, 32):
            let (bits, flags): (UInt8, UInt8) = (try content.read(), try content.read())
            let (valid, preferred): (UInt32, UInt32) = (try content.read(), try content.read())
            try content.skip(4)
            self = .prefix(
                Prefix(length: bits, flags: flags, validLifetime: valid, preferredLifetime: preferred, prefix: try content.read()))
        case (4, _):
            try content.skip(6)
            self = .redirected(QuotedDatagram(lenient: content))
        case (5, 8):
            try content.skip(2)
            self = .mtu(try content.read())
        case (24, 8), (24, 16), (24, 24): self = .route(try Route(decoding: &content))
        case (25, _) where length % 16 == 8 && length > 8:
            try content.skip(2)
            let lifetime: UInt32 = try content.read()
            var addresses: [IPv6Address] = []
            while !content.isEmpty { addresses.append(try content.read()) }
            self = .resolvers(addresses, lifetime: lifetime)
        case (3, _), (5, _), (24, _), (25, _): throw .malformed("option length")
        default: self = .other(type: type, content: [UInt8](copying: content))
        }
        try bytes.skip(length)
    }

    /// The option's type (IPv6 Neighbor Discovery Option Formats, IANA).
    public var type: UInt8 {
        switch self {
        case .sourceLinkLayer: 1
        case .targetLinkLayer: 2
        case .prefix: 3
        case .redirected: 4
        case .mtu: 5
        case .route: 24
        case .resolvers: 25
        case .other(let type, _): type
        }
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("type", type)
        switch self {
        case .sourceLinkLayer(let address), .targetLinkLayer(let address): fields.field("address", address)
        case .prefix(let prefix):
            fields.field("prefix_length", prefix.length)
            fields.field("on_link", flag: prefix.isOnLink)
            fields.field("autonomous", flag: prefix.isAutonomous)
            fields.field("valid_lifetime", prefix.validLifetime)
            fields.field("preferred_lifetime", prefix.preferredLifetime)
            fields.field("prefix", prefix.prefix)
        case .redirected(let quoted):
            if let quoted { fields.object("quoted") { quoted.describe(to: &$0) } }
        case .mtu(let mtu): fields.field("mtu", mtu)
        case .route(let route):
            fields.field("prefix_length", route.length)
            fields.field("preference", route.preference)
            fields.field("lifetime", route.lifetime)
            if let prefix = route.prefix { fields.field("prefix", prefix) }
        case .resolvers(let addresses, let lifetime):
            fields.field("lifetime", lifetime)
            fields.list("addresses", count: addresses.count) { $1.field("address", addresses[$0]) }
        case .other(_, let content): fields.field("length", content.count)
        }
    }
}

extension NDPOption.Route {
    /// Of the prefix only as many halves are there as its length needs (RFC 4191 §2.3).
    fileprivate init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        length = try bytes.read()
        flags = try bytes.read()
        lifetime = try bytes.read()
        if !bytes.isEmpty { prefix = IPv6Address(high: try bytes.read(), low: bytes.isEmpty ? 0 : try bytes.read()) }
    }
}
