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
        legacyVersion = TLSVersion(rawValue: try bytes.read())
        // SSL 2 never came in this form, and no version since has had another first octet than 3 (DTLS counts down from 0xfe).
        guard legacyVersion.rawValue >> 8 == 3 else { throw .unsupported("legacy_version") }
        random = try TLSRandom(decoding: &bytes)
        let sessionLength = try bytes.readLength8()
        guard sessionLength <= 32 else { throw .malformed("legacy_session_id") }
        sessionID = try bytes.readArray(sessionLength)
        cipherSuites = try bytes.readCodes(octets: try bytes.readLength16(), field: "cipher_suites")
        compressionMethods = try bytes.readArray(try bytes.readLength8())
        extensions = try [TLSExtension](decoding: &bytes, bodyLength: body.count)
        var seen = 0
        for index in extensions.indices {
            let type = extensions[index].type
            // The first of a type counts.
            guard let bit = Self.bit(of: type), seen & bit == 0 else { continue }
            seen |= bit
            do throws(DecodeError) {
                var data = body.extracting(extensions[index].octets)
                try readExtension(type, &data)
            } catch {
                bytes = body.extracting(droppingFirst: extensions[index].octets.lowerBound)
                throw .malformed(type.field)
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

    private mutating func readExtension(_ type: TLSExtensionType, _ data: inout Span<UInt8>) throws(DecodeError) {
        switch type {
        case .serverName: serverName = try data.readHostName()
        case .supportedGroups: supportedGroups = try data.readCodes(octets: try data.readLength16(), field: type.field)
        case .ecPointFormats: ecPointFormats = try data.readArray(try data.readLength8())
        case .signatureAlgorithms: signatureAlgorithms = try data.readCodes(octets: try data.readLength16(), field: type.field)
        case .applicationLayerProtocolNegotiation: applicationProtocols = try data.readProtocolNames()
        case .supportedVersions: supportedVersions = try data.readCodes(octets: try data.readLength8(), field: type.field)
        case .keyShare, .keyShareDraft:
            data.limit(to: try data.readLength16())
            while !data.isEmpty {
                keyShareGroups.append(TLSGroup(rawValue: try data.read()))
                try data.skip(try data.readLength16())
            }
        case .delegatedCredential:
            delegatedCredentialAlgorithms = try data.readCodes(octets: try data.readLength16(), field: type.field)
        case .encryptedClientHello: encryptedClientHello = ECHType(rawValue: try data.read())
        default: break
        }
    }
}

extension Span<UInt8> {
    /// The first host_name of a ServerNameList; further types of names have never been defined (RFC 6066 §3).
    fileprivate mutating func readHostName() throws(DecodeError) -> TLSName? {
        limit(to: try readLength16())
        while !isEmpty {
            let type: UInt8 = try read()
            let length = try readLength16()
            if type == 0 { return TLSName(octets: try readArray(length)) }
            try skip(length)
        }
        return nil
    }

    /// A ProtocolNameList (RFC 7301 §3.1).
    mutating func readProtocolNames() throws(DecodeError) -> [TLSName] {
        limit(to: try readLength16())
        var names: [TLSName] = []
        while !isEmpty { names.append(TLSName(octets: try readArray(try readLength8()))) }
        return names
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
