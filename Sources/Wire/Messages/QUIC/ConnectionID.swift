/// A connection ID (RFC 9000 §5.1), inline: 0 to 20 octets.
///
/// Other versions may have 255 octets (RFC 8999 §5.3): of those the first 20 are kept, and the length.
public struct ConnectionID: Sendable {
    private var octets = InlineArray<20, UInt8>(repeating: 0)
    /// Octets on the wire.
    public private(set) var length: UInt8

    /// The most that versions 1 and 2 allow (RFC 9000 §17.2).
    public static let longest = 20
    public static let empty = Self(copying: [UInt8]().span)

    /// From octets of which there are 255 at the most.
    public init(copying bytes: Span<UInt8>) {
        length = UInt8(clamping: bytes.count)
        for index in 0..<min(bytes.count, Self.longest) { octets[index] = bytes[index] }
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
    public subscript(index: Int) -> UInt8 { octets[index] }
}

extension ConnectionID: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.length == right.length else { return false }
        for index in 0..<left.count where left.octets[index] != right.octets[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(length)
        for index in 0..<count { hasher.combine(octets[index]) }
    }
}

extension ConnectionID: CustomStringConvertible {
    /// Hexadecimal digits; an ellipsis stands for octets that were not kept.
    public var description: String { octets.span.extracting(first: count).hexadecimal + (length > Self.longest ? "…" : "") }
}
