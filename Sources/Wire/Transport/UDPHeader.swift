/// A UDP header (RFC 768).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |          source port          |       destination port        |
///     |            length             |           checksum            |
///     +-------------------------------+-------------------------------+
public struct UDPHeader: Hashable, Sendable {
    public var sourcePort: Port
    public var destinationPort: Port
    public var length: UInt16
    public var checksum: UInt16

    public static let length = 8

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        sourcePort = Port(rawValue: bytes.uint16(at: 0))
        destinationPort = Port(rawValue: bytes.uint16(at: 2))
        length = bytes.uint16(at: 4)
        checksum = bytes.uint16(at: 6)
        guard length == 0 || length >= Self.length else { throw .malformed("length") }
        bytes = bytes.extracting(droppingFirst: Self.length)
        // Zero stands for a jumbogram (RFC 2675 §4) or for segmentation offload.
        if length != 0 { bytes.limit(to: Int(length) - Self.length) }
    }
}
