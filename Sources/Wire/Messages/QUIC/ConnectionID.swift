/// A connection ID (RFC 9000 §5.1), inline: 0 to 20 octets.
///
/// Other versions may have 255 octets (RFC 8999 §5.3): of those the first 20 are kept, and the length.
public struct ConnectionID: Sendable {
    /// Its octets in network byte order, then zeros.
    public private(set) var words = InlineArray<5, UInt32>(repeating: 0)
    /// Octets on the wire.
    public private(set) var length: UInt8

    /// The most that versions 1 and 2 allow (RFC 9000 §17.2).
    public static let longest = 20
    public static let empty = Self(copying: [UInt8]().span)

    /// From octets of which there are 255 at the most.
    public init(copying bytes: Span<UInt8>) {
        length = UInt8(clamping: bytes.count)
        for index in 0..<min(bytes.count, Self.longest) {
            words[index >> 2] |= UInt32(bytes[index]) << Self.shift(of: index)
        }
    }

    /// A length octet, and as many octets.
    init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        var rest = bytes
        let length: UInt8 = try rest.read()
        try rest.require(Int(length))
        self.init(copying: rest.extracting(first: Int(length)))
        bytes = rest.extracting(droppingFirst: Int(length))
    }

    /// Octets that are kept.
    public var count: Int { min(Int(length), Self.longest) }
    public var isEmpty: Bool { length == 0 }
    public subscript(index: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[index >> 2] >> Self.shift(of: index)) }

    @inline(__always)
    private static func shift(of index: Int) -> UInt32 { 24 - 8 * UInt32(truncatingIfNeeded: index & 3) }

    /// Two lower-case hexadecimal digits for each octet that is kept, and zeros behind.
    public var digits: InlineArray<40, UInt8> {
        var digits = InlineArray<40, UInt8>(repeating: 0x30)
        for index in 0..<count {
            let octet = self[index]
            digits[2 * index] = (octet >> 4).hexadecimalDigit
            digits[2 * index + 1] = (octet & 15).hexadecimalDigit
        }
        return digits
    }
}

extension ConnectionID: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.length == right.length else { return false }
        for index in left.words.indices where left.words[index] != right.words[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(length)
        for index in words.indices { hasher.combine(words[index]) }
    }
}

extension ConnectionID: CustomStringConvertible {
    /// Hexadecimal digits; an ellipsis stands for octets that were not kept.
    public var description: String {
        String(decoding: [UInt8](copying: digits.span.extracting(first: 2 * count)), as: UTF8.self) + (length > Self.longest ? "…" : "")
    }
}
