/// A QUIC version (QUIC Versions, IANA). A value we do not know is kept, never refused.
public struct QUICVersion: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// No version: what marks a Version Negotiation packet (RFC 8999 §6).
    public static let negotiation = Self(rawValue: 0)
    public static let v1 = Self(rawValue: 1)
    public static let v2 = Self(rawValue: 0x6b33_43cf)
    public static let draft29 = Self(rawValue: 0xff00_001d)

    /// Exists to be negotiated away (RFC 9000 §15).
    public var isGrease: Bool { rawValue & 0x0f0f_0f0f == 0x0a0a_0a0a }

    /// Google QUIC, named by a letter and three digits in ASCII: `Q043`, `T051`.
    public var isGoogle: Bool {
        let letter = rawValue >> 24
        guard letter == 0x51 || letter == 0x54 else { return false }
        return [16, 8, 0].allSatisfy { 0x30...0x39 ~= rawValue >> $0 & 0xff }
    }

    /// The draft of RFC 9000 that it speaks. Facebook's versions are drafts of their own name (Wireshark's `packet-quic.c` lists them).
    public var draft: UInt8? {
        switch rawValue {
        case 0xff00_0001...0xff00_0022: UInt8(truncatingIfNeeded: rawValue)
        case 0xface_b001: 22
        case 0xface_b002, 0xface_b00e: 27
        default: nil
        }
    }

    /// How the two type bits of a long header are read: version 2 turned them by one (RFC 9369 §3.2). Nil where no document
    /// that we know says; before draft 22 connection IDs stood differently.
    var typeBits: TypeBits? {
        if self == .v2 { return .v2 }
        return self == .v1 || (draft ?? 0) >= 22 ? .v1 : nil
    }

    enum TypeBits { case v1, v2 }

    /// Packets beyond the invariants are read.
    public var isKnown: Bool { typeBits != nil }

    public var name: String {
        switch self {
        case .negotiation: return "negotiation"
        case .v1: return "1"
        case .v2: return "2"
        case _ where isGrease: return "grease"
        case _ where isGoogle:
            return String([24, 16, 8, 0].map { Character(Unicode.Scalar(UInt8(truncatingIfNeeded: rawValue >> $0))) })
        default:
            if let draft { return rawValue >> 24 == 0xff ? "draft-\(draft)" : "mvfst-draft-\(draft)" }
            return "0x" + String(repeating: "0", count: rawValue.leadingZeroBitCount / 4) + String(rawValue, radix: 16)
        }
    }
}
