extension DNSRecordData {
    /// A rule that rewrites a name into another or into a URI (RFC 3403 §4.1).
    public struct NamingAuthorityPointer: Hashable, Sendable {
        public var order: UInt16
        public var preference: UInt16
        public var flags: [UInt8]
        public var services: [UInt8]
        public var regularExpression: [UInt8]
        public var replacement: DNSName

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
    public struct CertificationAuthorityAuthorization: Hashable, Sendable {
        public var flags: UInt8
        public var tag: [UInt8]
        public var value: [UInt8]

        public var isCritical: Bool { flags & 0x80 != 0 }

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
    public struct CertificateAssociation: Hashable, Sendable {
        public var usage: UInt8
        public var selector: UInt8
        public var matchingType: UInt8
        public var association: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            usage = try data.read()
            selector = try data.read()
            matchingType = try data.read()
            association = try data.readArray(data.count)
        }

        var description: String { "\(usage) \(selector) \(matchingType) \(association.hexadecimal)" }
    }

    /// The key that an SSH server will show (RFC 4255 §3.1).
    public struct HostKeyFingerprint: Hashable, Sendable {
        public var algorithm: UInt8
        public var type: UInt8
        public var fingerprint: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            algorithm = try data.read()
            type = try data.read()
            fingerprint = try data.readArray(data.count)
        }

        var description: String { "\(algorithm) \(type) \(fingerprint.hexadecimal)" }
    }
}
