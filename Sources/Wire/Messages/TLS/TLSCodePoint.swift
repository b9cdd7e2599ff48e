/// A two-octet number out of one of TLS's registries (RFC 8447). Numbers that we do not know are kept.
public protocol TLSCodePoint: RawRepresentable, Hashable, Sendable where RawValue == UInt16 {
    init(rawValue: UInt16)
}

extension TLSCodePoint {
    /// Stated, because RawRepresentable's own goes through a witness for every comparison.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// A number that clients offer at random, so that servers learn to ignore what they do not know (RFC 8701 §2): 0x0a0a, 0x1a1a, … 0xfafa.
    public var isGREASE: Bool { rawValue & 0x0f0f == 0x0a0a && rawValue >> 8 == rawValue & 0xff }
}

/// A protocol version (RFC 8446 §4.1.2, appendix D).
public struct TLSVersion: TLSCodePoint {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let ssl3 = Self(rawValue: 0x0300)
    public static let tls10 = Self(rawValue: 0x0301)
    public static let tls11 = Self(rawValue: 0x0302)
    public static let tls12 = Self(rawValue: 0x0303)
    public static let tls13 = Self(rawValue: 0x0304)

    /// A draft of TLS 1.3: 0x7f and its number (draft-ietf-tls-tls13-28 §4.2.1.1), or 0xfb, which Facebook's clients used.
    public var isDraftOfTLS13: Bool { rawValue >> 8 == 0x7f || rawValue >> 8 == 0xfb }
    /// Everything behind the ServerHello is encrypted (RFC 8446 §2).
    public var encryptsHandshake: Bool { self == .tls13 || isDraftOfTLS13 }

    public var name: String? {
        switch self {
        case .ssl3: "SSL 3.0"
        case .tls10: "TLS 1.0"
        case .tls11: "TLS 1.1"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        default: nil
        }
    }
}

/// A cipher suite (RFC 8446 §B.4).
public struct TLSCipherSuite: TLSCodePoint {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A group for the key exchange (RFC 8446 §4.2.7).
public struct TLSGroup: TLSCodePoint {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A signature algorithm (RFC 8446 §4.2.3); before TLS 1.3 a hash and a signature, an octet each (RFC 5246 §7.4.1.4.1).
public struct TLSSignatureScheme: TLSCodePoint {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// What an extension is about (RFC 8446 §4.2).
public struct TLSExtensionType: TLSCodePoint {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// RFC 6066 §3.
    public static let serverName = Self(rawValue: 0)
    public static let supportedGroups = Self(rawValue: 10)
    /// RFC 8422 §5.1.2.
    public static let ecPointFormats = Self(rawValue: 11)
    public static let signatureAlgorithms = Self(rawValue: 13)
    /// RFC 7301 §3.1.
    public static let applicationLayerProtocolNegotiation = Self(rawValue: 16)
    /// RFC 5077 §3.2.
    /// RFC 9345.
    public static let delegatedCredential = Self(rawValue: 34)
    public static let sessionTicket = Self(rawValue: 35)
    public static let preSharedKey = Self(rawValue: 41)
    public static let earlyData = Self(rawValue: 42)
    public static let supportedVersions = Self(rawValue: 43)
    public static let keyShare = Self(rawValue: 51)
    /// The number that drafts used up to the 22nd; it has been left unassigned since.
    public static let keyShareDraft = Self(rawValue: 40)
    /// RFC 9001 §8.2; the other is the number that drafts used.
    public static let quicTransportParameters = Self(rawValue: 0x0039)
    public static let quicTransportParametersDraft = Self(rawValue: 0xffa5)
    /// RFC 9849 §5.
    public static let encryptedClientHello = Self(rawValue: 0xfe0d)

    /// The name of what we read, for anomalies.
    var field: Field {
        switch self {
        case .serverName: "server_name"
        case .supportedGroups: "supported_groups"
        case .ecPointFormats: "ec_point_formats"
        case .signatureAlgorithms: "signature_algorithms"
        case .applicationLayerProtocolNegotiation: "application_layer_protocol_negotiation"
        case .supportedVersions: "supported_versions"
        case .keyShare, .keyShareDraft: "key_share"
        case .encryptedClientHello: "encrypted_client_hello"
        default: "extension_data"
        }
    }
}
