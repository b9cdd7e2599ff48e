/// The name of a field, as its RFC writes it.
public struct Field: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: StaticString

    public init(stringLiteral value: StaticString) { name = value }

    public var description: String { name.description }
    public static func == (left: Field, right: Field) -> Bool { left.description == right.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// Why octets did not decode. The decoder knows neither its layer nor its offset: the dissector adds both.
public enum DecodeError: Error, Hashable, Sendable {
    /// Octets are missing: so many were needed where only so many were left.
    case truncated(needed: Int, available: Int)
    /// The octets contradict themselves or their specification.
    case malformed(Field)
    /// The octets may be fine; we do not know what they mean.
    case unsupported(Field)
}
