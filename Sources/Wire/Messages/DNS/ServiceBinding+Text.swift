extension ServiceBinding: CustomStringConvertible {
    /// Presentation format (RFC 9460 §2.1), parameters in wire order.
    public var description: String {
        // In octets: every HTTPS answer is told, and strings would be most of what that costs.
        var text: [UInt8] = []
        text.reserveCapacity(128)
        text.append(decimal: UInt64(priority))
        text.append(0x20)
        text += target.text
        forEachParameter { key, value in
            text.append(0x20)
            text.append(key.name)
            text.append(0x3d)
            let start = text.count
            key.write(value, to: &text)
            if text.count == start { text.removeLast() }
        }
        return String(decoding: text, as: UTF8.self)
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
            for (index, address) in (ServiceBinding.addresses(value) as [IPv4Address]).enumerated() {
                if index > 0 { text.append(0x2c) }
                text.append(text: .v4(address))
            }
        case .ipv6Hint:
            for (index, address) in (ServiceBinding.addresses(value) as [IPv6Address]).enumerated() {
                if index > 0 { text.append(0x2c) }
                text.append(text: .v6(address))
            }
        case .ech: text.append(DNSText.base64([UInt8](copying: value)))
        // `dohpath`: a URI template (RFC 9461 §5); and keys that we do not know.
        default: Self.characterString([UInt8](copying: value), &text)
        }
    }

    /// In quotes only where it must be, as the RFC's own examples are.
    private static func characterString(_ octets: [UInt8], _ text: inout [UInt8]) {
        let isPlain = octets.allSatisfy { octet in
            switch octet {
            case 0x22, 0x28, 0x29, 0x3b, 0x5c: false  // quote, parentheses, semicolon, backslash
            default: (0x21...0x7e).contains(octet)
            }
        }
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
