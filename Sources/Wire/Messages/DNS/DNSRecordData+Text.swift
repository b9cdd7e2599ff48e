extension DNSRecordData: CustomStringConvertible {
    /// Presentation format (RFC 1035 §5.1; RFC 3597 §5 for the types that we do not read, and for malformed data). Names stand
    /// without the root's dot.
    public var description: String {
        switch self {
        case .address(let address): address.description
        case .name(let name): name.description
        case .mailExchange(let preference, let name): "\(preference) \(name)"
        case .text(let strings): strings.map(DNSText.quoted).joined(separator: " ")
        case .service(let priority, let weight, let port, let target): "\(priority) \(weight) \(port) \(target)"
        case .startOfAuthority(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .serviceBinding(let binding): binding.description
        case .namingAuthority(let pointer): pointer.description
        case .certificationAuthority(let authorization): authorization.description
        case .uri(let priority, let weight, let target): "\(priority) \(weight) \(DNSText.quoted(target))"
        case .certificateAssociation(let association): association.description
        case .hostKey(let fingerprint): fingerprint.description
        case .delegationSigner(let signer): signer.description
        case .publicKey(let key): key.description
        case .signature(let signature): signature.description
        case .nextSecure(let next, let types): ([next.description] + types.names).joined(separator: " ")
        case .hashedNextSecure(let next): next.description
        case .hashParameters(let parameters): parameters.description
        case .options(let options): options.map(\.description).joined(separator: ", ")
        case .other(let octets), .malformed(let octets, _):
            octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(octets.hexadecimal)"
        }
    }
}

/// How octets are written in zone files.
enum DNSText {
    /// A `<character-string>` in quotes (RFC 1035 §5.1).
    static func quoted(_ octets: [UInt8]) -> String {
        var text: [UInt8] = [0x22]
        for octet in octets { text.append(presenting: octet, delimiter: 0x22, printable: 0x20...0x7e) }
        text.append(0x22)
        return String(decoding: text, as: UTF8.self)
    }

    /// RFC 4648 §4.
    static func base64(_ octets: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text = digits(octets, bits: 6, alphabet: alphabet)
        while text.count % 4 != 0 { text.append(0x3d) }
        return String(decoding: text, as: UTF8.self)
    }

    /// RFC 4648 §7, without padding, as NSEC3 writes its hashes (RFC 5155 §3.3).
    static func base32Hex(_ octets: [UInt8]) -> String {
        String(decoding: digits(octets, bits: 5, alphabet: Array("0123456789ABCDEFGHIJKLMNOPQRSTUV".utf8)), as: UTF8.self)
    }

    private static func digits(_ octets: [UInt8], bits: Int, alphabet: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 8 / bits + 4)
        var word = 0
        var held = 0
        for octet in octets {
            word = (word << 8 | Int(octet)) & 0xffff
            held += 8
            while held >= bits {
                held -= bits
                text.append(alphabet[word >> held & (1 << bits - 1)])
            }
        }
        if held > 0 { text.append(alphabet[word << (bits - held) & (1 << bits - 1)]) }
        return text
    }
}
