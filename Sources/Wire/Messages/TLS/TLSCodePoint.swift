/// A two-octet number out of one of TLS's registries (RFC 8447). Numbers that we do not know are kept.
package protocol TLSCodePoint: RawRepresentable, Hashable, Sendable where RawValue == UInt16 {
    init(rawValue: UInt16)
}

extension TLSCodePoint {
    /// Stated, because RawRepresentable's own goes through a witness for every comparison.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// A number that clients offer at random, so that servers learn to ignore what they do not know (RFC 8701 §2): 0x0a0a, 0x1a1a, … 0xfafa.
    package var isGREASE: Bool { rawValue & 0x0f0f == 0x0a0a && rawValue >> 8 == rawValue & 0xff }
}

/// A protocol version (RFC 8446 §4.1.2, appendix D).
package struct TLSVersion: TLSCodePoint {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let ssl3 = Self(rawValue: 0x0300)
    package static let tls10 = Self(rawValue: 0x0301)
    package static let tls11 = Self(rawValue: 0x0302)
    package static let tls12 = Self(rawValue: 0x0303)
    package static let tls13 = Self(rawValue: 0x0304)

    /// A draft of TLS 1.3: 0x7f and its number (draft-ietf-tls-tls13-28 §4.2.1.1), or 0xfb, which Facebook's clients used.
    package var isDraftOfTLS13: Bool { rawValue >> 8 == 0x7f || rawValue >> 8 == 0xfb }
    /// Everything behind the ServerHello is encrypted (RFC 8446 §2).
    package var encryptsHandshake: Bool { self == .tls13 || isDraftOfTLS13 }

    package var name: String? {
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
package struct TLSCipherSuite: TLSCodePoint {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A group for the key exchange (RFC 8446 §4.2.7).
package struct TLSGroup: TLSCodePoint {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// A signature algorithm (RFC 8446 §4.2.3); before TLS 1.3 a hash and a signature, an octet each (RFC 5246 §7.4.1.4.1).
package struct TLSSignatureScheme: TLSCodePoint {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// What an extension is about (RFC 8446 §4.2).
package struct TLSExtensionType: TLSCodePoint {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// RFC 6066 §3.
    package static let serverName = Self(rawValue: 0)
    package static let supportedGroups = Self(rawValue: 10)
    /// RFC 8422 §5.1.2.
    package static let ecPointFormats = Self(rawValue: 11)
    package static let signatureAlgorithms = Self(rawValue: 13)
    /// RFC 7301 §3.1.
    package static let applicationLayerProtocolNegotiation = Self(rawValue: 16)
    /// RFC 5077 §3.2.
    /// RFC 9345.
    package static let delegatedCredential = Self(rawValue: 34)
    package static let sessionTicket = Self(rawValue: 35)
    package static let preSharedKey = Self(rawValue: 41)
    package static let earlyData = Self(rawValue: 42)
    package static let supportedVersions = Self(rawValue: 43)
    package static let keyShare = Self(rawValue: 51)
    /// The number that drafts used up to the 22nd; it has been left unassigned since.
    package static let keyShareDraft = Self(rawValue: 40)
    /// RFC 9001 §8.2; the other is the number that drafts used.
    package static let quicTransportParameters = Self(rawValue: 0x0039)
    package static let quicTransportParametersDraft = Self(rawValue: 0xffa5)
    /// RFC 9849 §5.
    package static let encryptedClientHello = Self(rawValue: 0xfe0d)

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
