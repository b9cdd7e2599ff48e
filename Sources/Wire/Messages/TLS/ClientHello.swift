/// A ClientHello: what a client offers, in the clear (RFC 8446 §4.1.2; the same form since SSL 3).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |        legacy_version         |      random (32 octets)       |
///     | length (1), legacy_session_id | length (2), cipher_suites     |
///     | length (1), compression methods | length (2), extensions      |
///     +---------------------------------------------------------------+
public struct ClientHello: Hashable, Sendable {
    public var legacyVersion: TLSVersion
    public var random: TLSRandom
    public var sessionID: [UInt8]
    public var cipherSuites: [TLSCipherSuite]
    public var compressionMethods: [UInt8]
    /// In wire order, GREASE and repeated ones included.
    public var extensions: [TLSExtension]

    /// The host_name of the server_name extension (RFC 6066 §3): the outer one where there is an encrypted ClientHello.
    public var serverName: TLSName?
    public var supportedGroups: [TLSGroup] = []
    public var ecPointFormats: [UInt8] = []
    public var signatureAlgorithms: [TLSSignatureScheme] = []
    /// Of delegated credentials that the client would accept (RFC 9345 §4.1.1).
    public var delegatedCredentialAlgorithms: [TLSSignatureScheme] = []
    /// The application protocols offered, best first (RFC 7301 §3.1).
    public var applicationProtocols: [TLSName] = []
    public var supportedVersions: [TLSVersion] = []
    /// The groups for which a key is sent along.
    public var keyShareGroups: [TLSGroup] = []
    public var encryptedClientHello: ECHType?

    /// RFC 9849 §5: what is on the wire is the outer one; an inner one should never be seen.
    public struct ECHType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let outer = Self(rawValue: 0)
        public static let inner = Self(rawValue: 1)
    }

    /// The best version offered: supported_versions decides where it is there (RFC 8446 §4.2.1).
    public var highestVersion: TLSVersion {
        supportedVersions.lazy.filter { !$0.isGREASE }.max { $0.rawValue < $1.rawValue } ?? legacyVersion
    }
    /// Resumption, by a key known from before (RFC 8446 §4.2.11).
    public var offersPreSharedKey: Bool { extensions.contains(.preSharedKey) }
    /// The client sends data before the server's answer (RFC 8446 §4.2.10).
    public var offersEarlyData: Bool { extensions.contains(.earlyData) }
    public var offersSessionTicket: Bool { extensions.contains(.sessionTicket) }
    /// The hello stands in QUIC, not in TLS over TCP (RFC 9001 §8.2).
    public var hasQUICTransportParameters: Bool {
        extensions.contains(.quicTransportParameters) || extensions.contains(.quicTransportParametersDraft)
    }
}

extension ClientHello: Message {
    public static let layer = Layer.tls

    /// Reads the body of the handshake message, behind its header. Octets behind the extensions stay.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        let body = bytes
        legacyVersion = try Self.readVersion(&bytes)
        random = try TLSRandom(decoding: &bytes)
        (sessionID, cipherSuites, compressionMethods, extensions) = ([], [], [], [])
        try Self.read(&bytes, of: body, &self)
    }
}

// MARK: Parts

/// What takes the parts of a ClientHello where they lie, as they are read: who keeps no lists need not copy them.
protocol ClientHelloVisitor {
    mutating func take(_ part: ClientHello.Part, _ octets: Span<UInt8>)
    /// In wire order, before what any of them holds.
    mutating func take(_ extension: TLSExtension)
}

extension ClientHello {
    enum Part {
        case sessionID, compressionMethods, ecPointFormats
        /// Codes of two octets each.
        case cipherSuites, supportedGroups, signatureAlgorithms, delegatedCredentialAlgorithms, supportedVersions
        /// One at a time.
        case applicationProtocol, keyShareGroup
        case serverName, encryptedClientHello
    }

    static func readVersion(_ bytes: inout Span<UInt8>) throws(DecodeError) -> TLSVersion {
        let version = TLSVersion(rawValue: try bytes.read())
        // SSL 2 never came in this form, and no version since has had another first octet than 3 (DTLS counts down from 0xfe).
        guard version.rawValue >> 8 == 3 else { throw .unsupported("legacy_version") }
        return version
    }

    /// What follows the random octets.
    static func read(
        _ bytes: inout Span<UInt8>, of body: Span<UInt8>, _ visitor: inout some ClientHelloVisitor
    ) throws(DecodeError) {
        let sessionLength = try bytes.readLength8()
        guard sessionLength <= 32 else { throw .malformed("legacy_session_id") }
        try bytes.give(sessionLength, as: .sessionID, to: &visitor)
        try bytes.giveCodes(try bytes.readLength16(), "cipher_suites", as: .cipherSuites, to: &visitor)
        try bytes.give(try bytes.readLength8(), as: .compressionMethods, to: &visitor)
        let list = bytes
        try TLSExtension.forEach(in: &bytes, bodyLength: body.count) { visitor.take($0) }
        var (seen, rest) = (0, list)
        // The list's length, where there is a list.
        if rest.count > bytes.count { try rest.skip(2) }
        while rest.count > bytes.count {
            let part = try TLSExtension(decoding: &rest, bodyLength: body.count)
            // The first of a type counts.
            guard let bit = Self.bit(of: part.type), seen & bit == 0 else { continue }
            seen |= bit
            do throws(DecodeError) {
                var data = body.extracting(part.octets)
                try readExtension(part.type, &data, &visitor)
            } catch {
                bytes = body.extracting(droppingFirst: part.octets.lowerBound)
                throw .malformed(part.type.field)
            }
        }
    }

    private static func bit(of type: TLSExtensionType) -> Int? {
        switch type {
        case .serverName: 1
        case .supportedGroups: 2
        case .ecPointFormats: 4
        case .signatureAlgorithms: 8
        case .applicationLayerProtocolNegotiation: 16
        case .supportedVersions: 32
        case .keyShare, .keyShareDraft: 64
        case .encryptedClientHello: 128
        case .delegatedCredential: 256
        default: nil
        }
    }

    private static func readExtension(
        _ type: TLSExtensionType, _ data: inout Span<UInt8>, _ visitor: inout some ClientHelloVisitor
    ) throws(DecodeError) {
        switch type {
        case .serverName:
            // The first host_name of a ServerNameList; further types of names have never been defined (RFC 6066 §3).
            data.limit(to: try data.readLength16())
            while !data.isEmpty {
                let type: UInt8 = try data.read()
                let length = try data.readLength16()
                if type == 0 { return try data.give(length, as: .serverName, to: &visitor) }
                try data.skip(length)
            }
        case .supportedGroups: try data.giveCodes(try data.readLength16(), type.field, as: .supportedGroups, to: &visitor)
        case .ecPointFormats: try data.give(try data.readLength8(), as: .ecPointFormats, to: &visitor)
        case .signatureAlgorithms: try data.giveCodes(try data.readLength16(), type.field, as: .signatureAlgorithms, to: &visitor)
        case .applicationLayerProtocolNegotiation:
            data.limit(to: try data.readLength16())
            while !data.isEmpty { try data.give(try data.readLength8(), as: .applicationProtocol, to: &visitor) }
        case .supportedVersions: try data.giveCodes(try data.readLength8(), type.field, as: .supportedVersions, to: &visitor)
        case .keyShare, .keyShareDraft:
            data.limit(to: try data.readLength16())
            while !data.isEmpty {
                try data.give(2, as: .keyShareGroup, to: &visitor)
                try data.skip(try data.readLength16())
            }
        case .delegatedCredential:
            try data.giveCodes(try data.readLength16(), type.field, as: .delegatedCredentialAlgorithms, to: &visitor)
        case .encryptedClientHello: try data.give(1, as: .encryptedClientHello, to: &visitor)
        default: break
        }
    }
}

extension Span<UInt8> {
    @inline(__always)
    fileprivate mutating func give(
        _ octets: Int, as part: ClientHello.Part, to visitor: inout some ClientHelloVisitor
    ) throws(DecodeError) {
        try require(octets)
        visitor.take(part, extracting(first: octets))
        try skip(octets)
    }

    @inline(__always)
    fileprivate mutating func giveCodes(
        _ octets: Int, _ field: Field, as part: ClientHello.Part, to visitor: inout some ClientHelloVisitor
    ) throws(DecodeError) {
        guard octets & 1 == 0 else { throw .malformed(field) }
        try give(octets, as: part, to: &visitor)
    }

    fileprivate func codes<Code: TLSCodePoint>() -> [Code] {
        var codes: [Code] = []
        codes.reserveCapacity(count / 2)
        for index in 0..<(count / 2) { codes.append(Code(rawValue: uint16(at: 2 * index))) }
        return codes
    }
}

extension ClientHello: ClientHelloVisitor {
    @inline(__always)
    mutating func take(_ part: Part, _ octets: Span<UInt8>) {
        switch part {
        case .sessionID: sessionID = [UInt8](copying: octets)
        case .cipherSuites: cipherSuites = octets.codes()
        case .compressionMethods: compressionMethods = [UInt8](copying: octets)
        case .serverName: serverName = TLSName(octets: [UInt8](copying: octets))
        case .supportedGroups: supportedGroups = octets.codes()
        case .ecPointFormats: ecPointFormats = [UInt8](copying: octets)
        case .signatureAlgorithms: signatureAlgorithms = octets.codes()
        case .delegatedCredentialAlgorithms: delegatedCredentialAlgorithms = octets.codes()
        case .applicationProtocol: applicationProtocols.append(TLSName(octets: [UInt8](copying: octets)))
        case .supportedVersions: supportedVersions = octets.codes()
        case .keyShareGroup: keyShareGroups.append(TLSGroup(rawValue: octets.uint16(at: 0)))
        case .encryptedClientHello: encryptedClientHello = ECHType(rawValue: octets[0])
        }
    }

    mutating func take(_ extension: TLSExtension) {
        // Browsers send up to 18.
        if extensions.isEmpty { extensions.reserveCapacity(18) }
        extensions.append(`extension`)
    }
}

extension ClientHello {
    public func describe(to fields: inout some FieldVisitor) {
        fields.field("legacy_version", legacyVersion.rawValue)
        fields.field("random", random.description)
        fields.field("legacy_session_id", sessionID.hexadecimal)
        fields.list("cipher_suites", codes: cipherSuites)
        fields.list("legacy_compression_methods", count: compressionMethods.count) { $1.field("code", compressionMethods[$0]) }
        extensions.describe(to: &fields)
        if let serverName { fields.field("server_name", serverName.description) }
        fields.list("supported_groups", codes: supportedGroups)
        fields.list("ec_point_formats", count: ecPointFormats.count) { $1.field("code", ecPointFormats[$0]) }
        fields.list("signature_algorithms", codes: signatureAlgorithms)
        fields.list("delegated_credential_algorithms", codes: delegatedCredentialAlgorithms)
        fields.list("application_protocols", count: applicationProtocols.count) { index, fields in
            fields.field("name", applicationProtocols[index].description)
        }
        fields.list("supported_versions", codes: supportedVersions)
        fields.list("key_share_groups", codes: keyShareGroups)
        if let encryptedClientHello { fields.field("encrypted_client_hello", encryptedClientHello.rawValue) }
    }
}
