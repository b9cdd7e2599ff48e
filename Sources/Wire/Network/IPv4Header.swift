/// An IPv4 header (RFC 791 §3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-------+---------------+-------------------------------+
///     |version|  IHL  | type of serv. |         total length          |
///     |        identification         |flags|    fragment offset      |
///     | time to live  |   protocol    |        header checksum        |
///     |                        source address                         |
///     |                      destination address                      |
///     |                options, 0 to 40 octets                        |
///     +---------------------------------------------------------------+
public struct IPv4Header: Hashable, Sendable {
    public var headerLength: Int
    public var typeOfService: UInt8
    public var totalLength: UInt16
    public var identification: UInt16
    public var flagsAndOffset: UInt16
    public var timeToLive: UInt8
    public var `protocol`: IPProtocol
    public var checksum: UInt16
    public var source: IPv4Address
    public var destination: IPv4Address

    public var dontFragment: Bool { flagsAndOffset & 0x4000 != 0 }
    public var moreFragments: Bool { flagsAndOffset & 0x2000 != 0 }
    /// In octets.
    public var fragmentOffset: Int { Int(flagsAndOffset & 0x1fff) * 8 }
    public var isFragment: Bool { flagsAndOffset & 0x3fff != 0 }

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try self.init(fixed: bytes)
        try take(&bytes)
    }

    /// The part that every header has, read without a step: it stands where what follows does not decode.
    @inline(__always)
    init(fixed bytes: Span<UInt8>) throws(DecodeError) {
        try bytes.require(20)
        guard bytes[0] >> 4 == 4 else { throw .malformed("version") }
        headerLength = Int(bytes[0] & 15) * 4
        guard headerLength >= 20 else { throw .malformed("IHL") }
        typeOfService = bytes[1]
        totalLength = bytes.uint16(at: 2)
        identification = bytes.uint16(at: 4)
        flagsAndOffset = bytes.uint16(at: 6)
        timeToLive = bytes[8]
        `protocol` = IPProtocol(rawValue: bytes[9])
        checksum = bytes.uint16(at: 10)
        source = IPv4Address(rawValue: bytes.uint32(at: 12))
        destination = IPv4Address(rawValue: bytes.uint32(at: 16))
    }

    /// Steps over the header, and ends where the total length says.
    @inline(__always)
    func take(_ bytes: inout Span<UInt8>) throws(DecodeError) {
        guard totalLength == 0 || Int(totalLength) >= headerLength else { throw .malformed("total length") }
        try bytes.skip(headerLength)
        // Segmentation offload leaves zero here; the captured length is then all there is to know.
        if totalLength != 0 { bytes.limit(to: Int(totalLength) - headerLength) }
    }
}
