/// Octets as text: two lower-case hexadecimal digits each.
extension [UInt8] {
    package mutating func appendHexadecimal(_ octet: UInt8) {
        let high = octet >> 4
        let low = octet & 15
        append(high < 10 ? 0x30 + high : 0x57 + high)
        append(low < 10 ? 0x30 + low : 0x57 + low)
    }

    package var hexadecimal: String { span.hexadecimal }
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
