extension ServiceBinding: CustomStringConvertible {
    /// Presentation format (RFC 9460 §2.1), parameters in wire order.
    package var description: String {
        // In octets: every HTTPS answer is told, and strings would be most of what that costs.
        var text: [UInt8] = []
        text.reserveCapacity(128)
        text.append(decimal: UInt64(priority))
        text.append(0x20)
        text += target.text
        for parameter in parameters {
            text.append(0x20)
            parameter.write(to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("priority", priority)
        fields.field("target", target.description)
        fields.list("parameters", count: parameters.count) { index, fields in parameters[index].describe(to: &fields) }
    }
}

extension ServiceBinding.Parameter: CustomStringConvertible {
    package var description: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func write(to text: inout [UInt8]) {
        text += key.name.utf8
        text.append(0x3d)
        let start = text.count
        writeValue(to: &text)
        if text.count == start { text.removeLast() }
    }

    private func writeValue(to text: inout [UInt8]) {
        switch value {
        case .none: return
        case .keys(let keys): Self.list(keys, &text) { key, text in text += key.name.utf8 }
        case .identifiers(let list):
            var items: [UInt8] = []
            // An item is escaped before it is written as a string (RFC 9460 appendix A.1).
            Self.list(list, &items) { item, items in
                for octet in item {
                    if octet == 0x2c || octet == 0x5c { items.append(0x5c) }
                    items.append(octet)
                }
            }
            Self.characterString(items, &text)
        case .port(let port): text.append(decimal: UInt64(port))
        case .ipv4Addresses(let addresses): Self.list(addresses, &text) { address, text in text.append(text: .v4(address)) }
        case .ipv6Addresses(let addresses): Self.list(addresses, &text) { address, text in text.append(text: .v6(address)) }
        case .octets(let octets):
            if key == .ech { text += DNSText.base64(octets).utf8 } else { Self.characterString(octets, &text) }
        }
    }

    private static func list<Item>(_ items: [Item], _ text: inout [UInt8], _ write: (Item, inout [UInt8]) -> Void) {
        for index in items.indices {
            if index > 0 { text.append(0x2c) }
            write(items[index], &text)
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
        if isPlain { text += octets } else { text += DNSText.quoted(octets).utf8 }
    }

    private var written: String {
        var text: [UInt8] = []
        writeValue(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("key", key.rawValue)
        fields.field("key_name", key.name)
        switch value {
        case .port(let port): fields.field("port", port)
        case .none: break
        default: fields.field("value", written)
        }
    }
}
