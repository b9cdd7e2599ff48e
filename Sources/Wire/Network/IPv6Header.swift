/// An IPv6 header with the extension headers that stand before the upper layer (RFC 8200 §3, §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+---------------+---------------------------------------+
///     |version| traffic class |              flow label               |
///     |        payload length         |  next header  |   hop limit   |
///     |                source address (16 octets)                     |
///     |                destination address (16 octets)                |
///     +---------------------------------------------------------------+
public struct IPv6Header: Hashable, Sendable {
    public var trafficClass: UInt8
    public var flowLabel: UInt32
    public var payloadLength: UInt16
    public var nextHeader: IPProtocol
    public var hopLimit: UInt8
    public var source: IPv6Address
    public var destination: IPv6Address
    /// What stands above the last extension header.
    public var upperLayer: IPProtocol
    /// Octets that the extension headers take.
    public var extensionsLength = 0
    /// Set where a fragment header was met (RFC 8200 §4.5).
    public var fragment: Fragment?

    public struct Fragment: Hashable, Sendable {
        /// In octets.
        public var offset: Int
        public var moreFragments: Bool
        public var identification: UInt32
        /// What the fragmentable part begins with, and where: octets behind the fixed header.
        public var nextHeader: IPProtocol
        public var end: Int
    }

    /// Extension headers we walk before we give up: nothing sends more, and a longer chain only costs.
    public static let longestChain = 16

    public static let length = 40

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try self.init(fixed: &bytes)
        try walkExtensions(&bytes)
    }

    /// Of a quote, which may end within the extension headers: what was there stands, and nothing is left to read then.
    init?(lenient bytes: inout Span<UInt8>) {
        let whole = bytes
        do throws(DecodeError) { try self.init(fixed: &bytes) } catch { return nil }
        // A quote is not held against its lengths.
        bytes = whole.extracting(droppingFirst: Self.length)
        do throws(DecodeError) { try walkExtensions(&bytes) } catch { bytes.limit(to: 0) }
    }

    /// The part that every header has: it stands where the extension headers do not decode. What is left ends where the payload length says.
    @inline(__always)
    init(fixed bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        guard bytes[0] >> 4 == 6 else { throw .malformed("version") }
        trafficClass = bytes[0] << 4 | bytes[1] >> 4
        flowLabel = bytes.uint32(at: 0) & 0xf_ffff
        payloadLength = bytes.uint16(at: 4)
        nextHeader = IPProtocol(rawValue: bytes[6])
        hopLimit = bytes[7]
        bytes = bytes.extracting(droppingFirst: 8)
        source = try bytes.read()
        destination = try bytes.read()
        upperLayer = nextHeader
        // Zero stands for a jumbogram or for segmentation offload.
        if payloadLength != 0 { bytes.limit(to: Int(payloadLength)) }
    }

    /// Stops before the extension header that fails.
    mutating func walkExtensions(_ bytes: inout Span<UInt8>) throws(DecodeError) {
        for _ in 0...Self.longestChain {
            let length: Int
            switch upperLayer {
            case .hopByHop, .routing, .destinationOptions, .mobility:
                try bytes.require(8)
                length = (Int(bytes[1]) + 1) * 8
            case .authentication:
                try bytes.require(8)
                length = (Int(bytes[1]) + 2) * 4
            case .fragment:
                try bytes.require(8)
                let offset = bytes.uint16(at: 2)
                let part = Fragment(
                    offset: Int(offset & 0xfff8), moreFragments: offset & 1 != 0, identification: bytes.uint32(at: 4),
                    nextHeader: IPProtocol(rawValue: bytes[0]), end: extensionsLength + 8)
                fragment = part
                length = 8
                if part.offset > 0 {  // the rest is the middle of something
                    upperLayer = IPProtocol(rawValue: bytes[0])
                    extensionsLength += length
                    try bytes.skip(length)
                    return
                }
            default:
                return
            }
            upperLayer = IPProtocol(rawValue: bytes[0])
            extensionsLength += length
            try bytes.skip(length)
        }
        throw .malformed("extension header chain")
    }
}
