extension ServiceBinding: CustomStringConvertible {
    /// Presentation format (RFC 9460 §2.1), parameters in wire order.
    package var description: String {
        ([priority.description, target.description] + parameters.map(\.description)).joined(separator: " ")
    }

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("priority", priority)
        fields.field("target", target.description)
        fields.list("parameters", count: parameters.count) { index, fields in parameters[index].describe(to: &fields) }
    }
}

extension ServiceBinding.Parameter: CustomStringConvertible {
    package var description: String { written.isEmpty ? key.name : "\(key.name)=\(written)" }

    private var written: String {
        switch value {
        case .none: ""
        case .keys(let keys): keys.map(\.name).joined(separator: ",")
        case .identifiers(let list): Self.characterString(Array(list.map(Self.escapedItem).joined(separator: [0x2c])))
        case .port(let port): port.description
        case .ipv4Addresses(let addresses): addresses.map(\.description).joined(separator: ",")
        case .ipv6Addresses(let addresses): addresses.map(\.description).joined(separator: ",")
        case .octets(let octets): key == .ech ? DNSText.base64(octets) : Self.characterString(octets)
        }
    }

    /// An item of a comma-separated list, before it is written as a string (RFC 9460 appendix A.1).
    private static func escapedItem(_ item: [UInt8]) -> [UInt8] {
        item.reduce(into: []) { text, octet in text += octet == 0x2c || octet == 0x5c ? [0x5c, octet] : [octet] }
    }

    /// In quotes only where it must be, as the RFC's own examples are.
    private static func characterString(_ octets: [UInt8]) -> String {
        let isPlain = octets.allSatisfy { octet in
            switch octet {
            case 0x22, 0x28, 0x29, 0x3b, 0x5c: false  // quote, parentheses, semicolon, backslash
            default: (0x21...0x7e).contains(octet)
            }
        }
        return isPlain ? String(decoding: octets, as: UTF8.self) : DNSText.quoted(octets)
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
