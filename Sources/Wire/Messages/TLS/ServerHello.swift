/// A ServerHello: what a server chose; with a random of its own kind, a HelloRetryRequest (RFC 8446 §4.1.3, §4.1.4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |        legacy_version         |      random (32 octets)       |
///     | length (1), legacy_session_id |         cipher_suite          |
///     |  compression  | length (2), extensions                        |
///     +---------------+-----------------------------------------------+
public struct ServerHello: Hashable, Sendable {
    public var legacyVersion: TLSVersion
    public var random: TLSRandom
    public var sessionID: [UInt8]
    public var cipherSuite: TLSCipherSuite
    public var compressionMethod: UInt8
    public var extensions: [TLSExtension]

    /// TLS 1.3 alone says its version here (RFC 8446 §4.2.1).
    public var selectedVersion: TLSVersion?
    /// The group of the server's key, or the one that a HelloRetryRequest asks for (RFC 8446 §4.2.8).
    public var keyShareGroup: TLSGroup?
    /// RFC 8422 §5.2.
    public var ecPointFormats: [UInt8] = []
    /// In the clear before TLS 1.3 alone (RFC 7301 §3.1).
    public var applicationProtocol: TLSName?

    public var version: TLSVersion { selectedVersion ?? legacyVersion }
    public var isHelloRetryRequest: Bool { random == .helloRetryRequest }
}

extension ServerHello: Message {
    public static let layer = Layer.tls

    /// Reads the body of the handshake message, behind its header. Octets behind the extensions stay.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        let body = bytes
        legacyVersion = TLSVersion(rawValue: try bytes.read())
        guard legacyVersion.rawValue >> 8 == 3 || legacyVersion.isDraftOfTLS13 else { throw .unsupported("legacy_version") }
        random = try TLSRandom(decoding: &bytes)
        if legacyVersion.isDraftOfTLS13 {
            // Up to draft 21 the version itself stood here, and neither session nor compression did.
            (sessionID, compressionMethod) = ([], 0)
            cipherSuite = TLSCipherSuite(rawValue: try bytes.read())
        } else {
            let sessionLength = try bytes.readLength8()
            guard sessionLength <= 32 else { throw .malformed("legacy_session_id_echo") }
            sessionID = try bytes.readArray(sessionLength)
            cipherSuite = TLSCipherSuite(rawValue: try bytes.read())
            compressionMethod = try bytes.read()
        }
        extensions = try [TLSExtension](decoding: &bytes, bodyLength: body.count)
        for type in [TLSExtensionType.supportedVersions, .keyShare, .keyShareDraft, .ecPointFormats, .applicationLayerProtocolNegotiation] {
            guard let found = extensions.first(type) else { continue }
            do throws(DecodeError) {
                var data = body.extracting(found.octets)
                switch type {
                case .supportedVersions: selectedVersion = TLSVersion(rawValue: try data.read())
                case .keyShare, .keyShareDraft: keyShareGroup = TLSGroup(rawValue: try data.read())
                case .ecPointFormats: ecPointFormats = data.isEmpty ? [] : try data.readArray(try data.readLength8())
                default: applicationProtocol = try data.readProtocolNames().first
                }
            } catch {
                bytes = body.extracting(droppingFirst: found.octets.lowerBound)
                throw .malformed(type.field)
            }
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("legacy_version", legacyVersion.rawValue)
        fields.field("random", random.description)
        fields.field("hello_retry_request", flag: isHelloRetryRequest)
        if !legacyVersion.isDraftOfTLS13 { fields.field("legacy_session_id", sessionID.hexadecimal) }
        fields.field("cipher_suite", cipherSuite.rawValue)
        if !legacyVersion.isDraftOfTLS13 { fields.field("legacy_compression_method", compressionMethod) }
        extensions.describe(to: &fields)
        if let selectedVersion { fields.field("selected_version", selectedVersion.rawValue) }
        if let keyShareGroup { fields.field("key_share_group", keyShareGroup.rawValue) }
        fields.list("ec_point_formats", count: ecPointFormats.count) { $1.field("code", ecPointFormats[$0]) }
        if let applicationProtocol { fields.field("application_protocol", applicationProtocol.description) }
    }
}

extension Span<UInt8> {
    /// A ProtocolNameList (RFC 7301 §3.1).
    fileprivate mutating func readProtocolNames() throws(DecodeError) -> [TLSName] {
        limit(to: try readLength16())
        var names: [TLSName] = []
        while !isEmpty { names.append(TLSName(octets: try readArray(try readLength8()))) }
        return names
    }
}
