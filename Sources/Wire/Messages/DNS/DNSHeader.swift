/// The header of a DNS message (RFC 1035 §4.1.1, RFC 4035 §3.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-+-------+-+-+-+-+-+-+-+-------+
///     |              id               |Q| opcode|A|T|R|R|Z|A|C| rcode |
///     |           questions           |            answers            |
///     |          authorities          |          additionals          |
///     +-------------------------------+-------------------------------+
package struct DNSHeader: Hashable, Sendable {
    package var id: UInt16
    package var flags: UInt16
    package var questionCount: UInt16
    package var answerCount: UInt16
    package var authorityCount: UInt16
    package var additionalCount: UInt16

    package static let length = 12

    package var isResponse: Bool { flags & 0x8000 != 0 }
    package var opcode: UInt8 { UInt8(flags >> 11 & 15) }
    package var isAuthoritative: Bool { flags & 0x0400 != 0 }
    package var isTruncated: Bool { flags & 0x0200 != 0 }
    package var recursionDesired: Bool { flags & 0x0100 != 0 }
    package var recursionAvailable: Bool { flags & 0x0080 != 0 }
    package var responseCode: DNSResponseCode { DNSResponseCode(rawValue: flags & 15) }

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        id = bytes.uint16(at: 0)
        flags = bytes.uint16(at: 2)
        questionCount = bytes.uint16(at: 4)
        answerCount = bytes.uint16(at: 6)
        authorityCount = bytes.uint16(at: 8)
        additionalCount = bytes.uint16(at: 10)
        bytes = bytes.extracting(droppingFirst: Self.length)
    }
}

/// A response code (DNS RCODEs, IANA).
package struct DNSResponseCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let noError = Self(rawValue: 0)
    package static let serverFailure = Self(rawValue: 2)
    package static let nonExistentDomain = Self(rawValue: 3)
    package static let refused = Self(rawValue: 5)

    package var name: String {
        switch rawValue {
        case 0: "NOERROR"
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "RCODE\(rawValue)"
        }
    }
}

/// A record or query type (Resource Record TYPEs, IANA).
package struct DNSType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Stated, because RawRepresentable's own goes through a witness for every packet.
    @inline(__always)
    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package static let a = Self(rawValue: 1)
    package static let ns = Self(rawValue: 2)
    package static let cname = Self(rawValue: 5)
    package static let soa = Self(rawValue: 6)
    package static let ptr = Self(rawValue: 12)
    package static let mx = Self(rawValue: 15)
    package static let txt = Self(rawValue: 16)
    package static let aaaa = Self(rawValue: 28)
    package static let srv = Self(rawValue: 33)
    package static let opt = Self(rawValue: 41)
    package static let svcb = Self(rawValue: 64)
    package static let https = Self(rawValue: 65)
    package static let any = Self(rawValue: 255)

    package var name: String {
        switch self {
        case .a: "A"
        case .ns: "NS"
        case .cname: "CNAME"
        case .soa: "SOA"
        case .ptr: "PTR"
        case .mx: "MX"
        case .txt: "TXT"
        case .aaaa: "AAAA"
        case .srv: "SRV"
        case .opt: "OPT"
        case .svcb: "SVCB"
        case .https: "HTTPS"
        case .any: "ANY"
        default: "TYPE\(rawValue)"
        }
    }
}
