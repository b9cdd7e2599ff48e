/// Issuer or subject of a certificate (RFC 5280 §4.1.2.4): as it stands there, and the two attributes that people know it by.
public struct X509Name: Hashable, Sendable {
    /// The content of the Name: equal names are compared by it.
    public var octets: [UInt8]
    public var commonName: String?
    public var organization: String?
}

extension X509Name {
    init(decoding bytes: inout Span<UInt8>, field: Field) throws(DecodeError) {
        let length = try bytes.readElement(.sequence, field)
        var names = bytes.extracting(first: length)
        try bytes.skip(length)
        octets = [UInt8](copying: names)
        while !names.isEmpty {
            let setLength = try names.readElement(.set, field)
            var set = names.extracting(first: setLength)
            try names.skip(setLength)
            while !set.isEmpty {
                let attributeLength = try set.readElement(.sequence, field)
                var attribute = set.extracting(first: attributeLength)
                try set.skip(attributeLength)
                try readAttribute(&attribute, field: field)
            }
        }
    }

    private mutating func readAttribute(_ attribute: inout Span<UInt8>, field: Field) throws(DecodeError) {
        let length = try attribute.readElement(.objectIdentifier, field)
        let type = attribute.extracting(first: length)
        try attribute.skip(length)
        let value = try attribute.readElement(field)
        let text = attribute.extracting(first: value.length)
        if type.holds(0x55, 0x04, 0x03), commonName == nil {  // 2.5.4.3
            commonName = Self.text(value.tag, text)
        } else if type.holds(0x55, 0x04, 0x0a), organization == nil {  // 2.5.4.10
            organization = Self.text(value.tag, text)
        }
    }

    /// A DirectoryString: UTF-8 and its subsets, Latin 1 where it says Teletex, as everybody reads it, or UTF-16.
    private static func text(_ tag: DERTag, _ octets: Span<UInt8>) -> String {
        switch tag {
        case .teletexString:
            var text = ""
            for index in octets.indices { text.unicodeScalars.append(Unicode.Scalar(octets[index])) }
            return text
        case .bmpString:
            var units: [UInt16] = []
            for index in 0..<(octets.count / 2) { units.append(octets.uint16(at: 2 * index)) }
            return String(decoding: units, as: UTF16.self)
        default:
            return String(decoding: [UInt8](copying: octets), as: UTF8.self)
        }
    }

    func describe(to fields: inout some FieldVisitor) {
        if let commonName { fields.field("common_name", commonName) }
        if let organization { fields.field("organization", organization) }
    }
}
