extension ServiceBinding: CustomStringConvertible {
    /// Presentation format (RFC 9460 §2.1), parameters in wire order.
    public var description: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same in octets: every HTTPS answer is told, and strings would be most of what that costs.
    public func write(to text: inout [UInt8]) {
        text.append(decimal: UInt64(priority))
        text.append(0x20)
        target.write(to: &text)
        forEachParameter { key, value in
            text.append(0x20)
            text.append(key.name)
            text.append(0x3d)
            let start = text.count
            key.write(value, to: &text)
            if text.count == start { text.removeLast() }
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("priority", priority)
        fields.field("target", target.description)
        var parameters: [(key: Key, value: [UInt8])] = []
        forEachParameter { parameters.append(($0, [UInt8](copying: $1))) }
        fields.list("parameters", count: parameters.count) { index, fields in
            parameters[index].key.describe(parameters[index].value, to: &fields)
        }
    }
}

extension ServiceBinding.Key {
    /// What the value says, in presentation format (RFC 9460 §2.1); nothing where it says all by being there.
    fileprivate func write(_ value: Span<UInt8>, to text: inout [UInt8]) {
        switch self {
        case .mandatory:
            for index in stride(from: 0, to: value.count, by: 2) {
                if index > 0 { text.append(0x2c) }
                text.append(Self(rawValue: value.uint16(at: index)).name)
            }
        case .alpn:
            if Self.writePlain(value, to: &text) { return }
            var items: [UInt8] = []
            items.reserveCapacity(2 * value.count)
            // An item is escaped before it is written as a string (RFC 9460 appendix A.1).
            ServiceBinding.forEachIdentifier(in: value) { item in
                if !items.isEmpty { items.append(0x2c) }
                for index in item.indices {
                    if item[index] == 0x2c || item[index] == 0x5c { items.append(0x5c) }
                    items.append(item[index])
                }
            }
            Self.characterString(items, &text)
        case .port: text.append(decimal: UInt64(value.uint16(at: 0)))
        case .ipv4Hint:
            for index in 0..<(value.count / 4) {
                if index > 0 { text.append(0x2c) }
                text.append(text: .v4(ServiceBinding.ipv4Address(value, index)))
            }
        case .ipv6Hint:
            for index in 0..<(value.count / 16) {
                if index > 0 { text.append(0x2c) }
                text.append(text: .v6(ServiceBinding.ipv6Address(value, index)))
            }
        case .ech: text.append(DNSText.base64([UInt8](copying: value)))
        // `dohpath`: a URI template (RFC 9461 §5); and keys that we do not know.
        default: Self.characterString([UInt8](copying: value), &text)
        }
    }

    /// Identifiers that need neither escape nor quotes; false, and nothing written, where one does.
    private static func writePlain(_ identifiers: Span<UInt8>, to text: inout [UInt8]) -> Bool {
        let start = text.count
        var isPlain = true
        ServiceBinding.forEachIdentifier(in: identifiers) { item in
            if text.count > start { text.append(0x2c) }
            for index in item.indices {
                isPlain = isPlain && item[index] != 0x2c && self.isPlain(item[index])
                text.append(item[index])
            }
        }
        if !isPlain { text.removeSubrange(start...) }
        return isPlain
    }

    /// It may stand in a string without quotes.
    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x22, 0x28, 0x29, 0x3b, 0x5c: false  // quote, parentheses, semicolon, backslash
        default: (0x21...0x7e).contains(octet)
        }
    }

    /// In quotes only where it must be, as the RFC's own examples are.
    private static func characterString(_ octets: [UInt8], _ text: inout [UInt8]) {
        let isPlain = octets.allSatisfy(isPlain)
        if isPlain { text += octets } else { text.append(DNSText.quoted(octets)) }
    }

    fileprivate func describe(_ octets: [UInt8], to fields: inout some FieldVisitor) {
        let value = octets.span
        fields.field("key", rawValue)
        fields.field("key_name", name)
        switch self {
        case .port: fields.field("port", value.uint16(at: 0))
        case .noDefaultALPN, .ohttp: break
        default:
            var text: [UInt8] = []
            write(value, to: &text)
            fields.field("value", String(decoding: text, as: UTF8.self))
        }
    }
}
