/// An Extended DNS Error: why an answer is as it is (RFC 8914 §2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |           info code           |      extra text, UTF-8        |
///     +-------------------------------+-------------------------------+
public struct ExtendedDNSError: Hashable, Sendable, CustomStringConvertible {
    public var infoCode: InfoCode
    public var extraText: [UInt8]

    /// Extended DNS Error Codes (IANA).
    public struct InfoCode: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let staleAnswer = Self(rawValue: 3)
        public static let staleNonExistentDomain = Self(rawValue: 19)

        public var name: String {
            switch rawValue {
            case 0: "Other Error"
            case 1: "Unsupported DNSKEY Algorithm"
            case 2: "Unsupported DS Digest Type"
            case 3: "Stale Answer"
            case 4: "Forged Answer"
            case 5: "DNSSEC Indeterminate"
            case 6: "DNSSEC Bogus"
            case 7: "Signature Expired"
            case 8: "Signature Not Yet Valid"
            case 9: "DNSKEY Missing"
            case 10: "RRSIGs Missing"
            case 11: "No Zone Key Bit Set"
            case 12: "NSEC Missing"
            case 13: "Cached Error"
            case 14: "Not Ready"
            case 15: "Blocked"
            case 16: "Censored"
            case 17: "Filtered"
            case 18: "Prohibited"
            case 19: "Stale NXDOMAIN Answer"
            case 20: "Not Authoritative"
            case 21: "Not Supported"
            case 22: "No Reachable Authority"
            case 23: "Network Error"
            case 24: "Invalid Data"
            case 25: "Signature Expired before Valid"
            case 26: "Too Early"
            case 27: "Unsupported NSEC3 Iterations Value"
            case 28: "Unable to conform to policy"
            case 29: "Synthesized"
            case 30: "Invalid Query Type"
            default: "INFO-CODE\(rawValue)"
            }
        }
    }

    /// A null at the end is the sender's habit and not part of the text (RFC 8914 §2).
    public var text: String { String(decoding: extraText.last == 0 ? extraText.dropLast() : extraText[...], as: UTF8.self) }

    /// Nil for another option, and for one that is too short for a code.
    public init?(_ option: EDNSOption) {
        guard option.code == .extendedError, option.data.count >= 2 else { return nil }
        infoCode = InfoCode(rawValue: UInt16(option.data[0]) << 8 | UInt16(option.data[1]))
        extraText = Array(option.data[2...])
    }

    public var description: String {
        extraText.isEmpty ? "\(infoCode.rawValue) (\(infoCode.name))" : "\(infoCode.rawValue) (\(infoCode.name)) \(text)"
    }
}
