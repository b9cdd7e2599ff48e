/// What a ClientHello says of the client and of its aim: the rest is read where it lies, and not kept.
///
/// A ClientHello's lists take a dozen pieces of the heap, and most attempts need none of them (measured: twice as many instructions).
public struct ClientHelloSummary: Sendable {
    public var serverName: TLSName?
    public var applicationProtocols: [TLSName] = []
    public private(set) var isEncrypted = false
    public private(set) var ja4: JA4
    /// Entries of its longest list of codes.
    public private(set) var mostCodes = 0
    public private(set) var extensionCount = 0
    private var keyShareCount = 0

    /// Reads the body of the handshake message, as `ClientHello` does, and refuses what it refuses.
    public init(decoding bytes: inout Span<UInt8>, over transport: JA4.Transport) throws(DecodeError) {
        let body = bytes
        ja4 = JA4(over: transport, try ClientHello.readVersion(&bytes))
        _ = try TLSRandom(decoding: &bytes)
        try ClientHello.read(&bytes, of: body, &self)
        ja4.finish()
    }
}

extension ClientHelloSummary: ClientHelloVisitor {
    @inline(__always)
    mutating func take(_ part: ClientHello.Part, _ octets: Span<UInt8>) {
        let codes = octets.count / 2
        switch part {
        case .cipherSuites:
            mostCodes = codes
            ja4.take(cipherSuites: codes) { octets.uint16(at: 2 * $0) }
        case .signatureAlgorithms:
            mostCodes = max(mostCodes, codes)
            ja4.take(signatureAlgorithms: codes) { octets.uint16(at: 2 * $0) }
        case .supportedGroups, .delegatedCredentialAlgorithms: mostCodes = max(mostCodes, codes)
        case .keyShareGroup:
            keyShareCount += 1
            mostCodes = max(mostCodes, keyShareCount)
        case .supportedVersions: ja4.take(supportedVersions: codes) { octets.uint16(at: 2 * $0) }
        case .serverName: serverName = TLSName(octets: [UInt8](copying: octets))
        case .applicationProtocol:
            if applicationProtocols.isEmpty { ja4.take(firstProtocol: octets) }
            applicationProtocols.append(TLSName(octets: [UInt8](copying: octets)))
        case .encryptedClientHello: isEncrypted = true
        case .sessionID, .compressionMethods, .ecPointFormats: break
        }
    }

    mutating func take(_ extension: TLSExtension) {
        extensionCount += 1
        ja4.take(`extension`.type)
    }
}
