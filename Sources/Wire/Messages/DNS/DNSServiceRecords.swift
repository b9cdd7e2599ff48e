extension DNSRecordData {
    /// A rule that rewrites a name into another or into a URI (RFC 3403 §4.1).
    package struct NamingAuthorityPointer: Hashable, Sendable {
        package var order: UInt16
        package var preference: UInt16
        package var flags: [UInt8]
        package var services: [UInt8]
        package var regularExpression: [UInt8]
        package var replacement: DNSName

        init(decoding message: Span<UInt8>, at start: Int) throws(DecodeError) {
            var data = message.extracting(droppingFirst: start)
            order = try data.read()
            preference = try data.read()
            flags = try data.readCharacterString()
            services = try data.readCharacterString()
            regularExpression = try data.readCharacterString()
            var offset = message.count - data.count
            replacement = try DNSNameBuffer(decoding: message, at: &offset).name
        }

        var description: String {
            let strings = [flags, services, regularExpression].map(DNSText.quoted).joined(separator: " ")
            return "\(order) \(preference) \(strings) \(replacement)"
        }
    }

    /// Who may issue certificates for a name (RFC 8659 §4.1).
    package struct CertificationAuthorityAuthorization: Hashable, Sendable {
        package var flags: UInt8
        package var tag: [UInt8]
        package var value: [UInt8]

        package var isCritical: Bool { flags & 0x80 != 0 }

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            flags = try data.read()
            tag = try data.readCharacterString()
            guard !tag.isEmpty else { throw .malformed("tag length") }
            value = try data.readArray(data.count)
        }

        var description: String {
            var text: [UInt8] = []
            for octet in tag { text.append(presenting: octet, delimiter: 0x22, printable: 0x21...0x7e) }
            return "\(flags) \(String(decoding: text, as: UTF8.self)) \(DNSText.quoted(value))"
        }
    }

    /// The certificate or key that a service will show (RFC 6698 §2.1, RFC 8162).
    package struct CertificateAssociation: Hashable, Sendable {
        package var usage: UInt8
        package var selector: UInt8
        package var matchingType: UInt8
        package var association: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            usage = try data.read()
            selector = try data.read()
            matchingType = try data.read()
            association = try data.readArray(data.count)
        }

        var description: String { "\(usage) \(selector) \(matchingType) \(association.hexadecimal)" }
    }

    /// The key that an SSH server will show (RFC 4255 §3.1).
    package struct HostKeyFingerprint: Hashable, Sendable {
        package var algorithm: UInt8
        package var type: UInt8
        package var fingerprint: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            algorithm = try data.read()
            type = try data.read()
            fingerprint = try data.readArray(data.count)
        }

        var description: String { "\(algorithm) \(type) \(fingerprint.hexadecimal)" }
    }
}
