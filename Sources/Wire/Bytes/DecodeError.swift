/// The name of a field, as its RFC writes it.
package struct Field: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let name: StaticString

    package init(stringLiteral value: StaticString) { name = value }

    package var description: String { name.description }
    package static func == (left: Field, right: Field) -> Bool { left.description == right.description }
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// Why octets did not decode. The decoder knows neither its layer nor its offset: the dissector adds both.
package enum DecodeError: Error, Hashable, Sendable {
    /// Octets are missing: so many were needed where only so many were left.
    case truncated(needed: Int, available: Int)
    /// The octets contradict themselves or their specification.
    case malformed(Field)
    /// The octets may be fine; we do not know what they mean.
    case unsupported(Field)
}
