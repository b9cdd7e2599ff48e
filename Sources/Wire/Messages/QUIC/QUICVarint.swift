/// A variable-length integer (RFC 9000 §16): the first two bits tell the length, the others the number.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---+-----------+---------------+-------------------------------+
///     |len|    6, 14, 30 or 62 bits, in 1, 2, 4 or 8 octets           |
///     +---+-----------------------------------------------------------+
public struct QUICVarint: Hashable, Sendable {
    public var value: UInt64

    /// The greatest number that fits (RFC 9000 §16).
    public static let greatest: UInt64 = 1 << 62 - 1

    public init(_ value: UInt64) { self.value = min(value, Self.greatest) }

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(1)
        let length = 1 << Int(bytes[0] >> 6)
        try bytes.require(length)
        value = UInt64(bytes[0] & 0x3f)
        for index in 1..<8 where index < length { value = value << 8 | UInt64(bytes[index]) }
        bytes = bytes.extracting(droppingFirst: length)
    }

    /// The number in as few octets as hold it.
    public var octets: [UInt8] {
        let length = value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8
        var octets = (0..<length).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (length - 1 - $0))) }
        octets[0] |= UInt8(length.trailingZeroBitCount) << 6
        return octets
    }
}

extension Span<UInt8> {
    @inline(__always)
    mutating func readVarint() throws(DecodeError) -> UInt64 { try QUICVarint(decoding: &self).value }

    /// A number of octets that follow, held against what is there before it is used.
    @inline(__always)
    mutating func readVarintLength() throws(DecodeError) -> Int {
        let length = try readVarint()
        guard length <= UInt64(count) else { throw .truncated(needed: Int(length), available: count) }
        return Int(length)
    }
}
