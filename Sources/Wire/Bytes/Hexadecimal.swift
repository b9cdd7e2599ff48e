/// Octets as text: two lower-case hexadecimal digits each.
extension [UInt8] {
    public mutating func appendHexadecimal(_ octet: UInt8) {
        append((octet >> 4).hexadecimalDigit)
        append((octet & 15).hexadecimalDigit)
    }

    public var hexadecimal: String { span.hexadecimal }
}

extension UInt8 {
    /// Of a number below 16.
    @inlinable @inline(__always)
    public var hexadecimalDigit: UInt8 { self < 10 ? 0x30 &+ self : 0x57 &+ self }
}

extension Span<UInt8> {
    public var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * count)
        for index in indices { text.appendHexadecimal(self[index]) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension FieldVisitor {
    public mutating func field(_ name: StaticString, octets: Span<UInt8>) { field(name, octets.hexadecimal) }
}
