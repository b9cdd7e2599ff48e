/// Octets as text: two lower-case hexadecimal digits each.
extension [UInt8] {
    package mutating func appendHexadecimal(_ octet: UInt8) {
        append((octet >> 4).hexadecimalDigit)
        append((octet & 15).hexadecimalDigit)
    }

    package var hexadecimal: String { span.hexadecimal }
}

extension UInt8 {
    /// Of a number below 16.
    @inlinable @inline(__always)
    package var hexadecimalDigit: UInt8 { self < 10 ? 0x30 &+ self : 0x57 &+ self }
}

extension Span<UInt8> {
    package var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * count)
        for index in indices { text.appendHexadecimal(self[index]) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension FieldVisitor {
    package mutating func field(_ name: StaticString, octets: Span<UInt8>) { field(name, octets.hexadecimal) }
}
