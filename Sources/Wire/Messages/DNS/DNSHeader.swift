/// The header of a DNS message (RFC 1035 §4.1.1, RFC 4035 §3.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-+-------+-+-+-+-+-+-+-+-------+
///     |              id               |Q| opcode|A|T|R|R|Z|A|C| rcode |
///     |           questions           |            answers            |
///     |          authorities          |          additionals          |
///     +-------------------------------+-------------------------------+
public struct DNSHeader: Hashable, Sendable {
    public var id: UInt16
    public var flags: UInt16
    public var questionCount: UInt16
    public var answerCount: UInt16
    public var authorityCount: UInt16
    public var additionalCount: UInt16

    public static let length = 12

    public var isResponse: Bool { flags & 0x8000 != 0 }
    public var opcode: UInt8 { UInt8(flags >> 11 & 15) }
    public var operation: DNSOperation { DNSOperation(rawValue: opcode) }
    public var isAuthoritative: Bool { flags & 0x0400 != 0 }
    public var isTruncated: Bool { flags & 0x0200 != 0 }
    public var recursionDesired: Bool { flags & 0x0100 != 0 }
    public var recursionAvailable: Bool { flags & 0x0080 != 0 }
    /// Must be zero, and no use of it is known (RFC 6895 §2.1).
    public var reserved: Bool { flags & 0x0040 != 0 }
    public var authenticData: Bool { flags & 0x0020 != 0 }
    public var checkingDisabled: Bool { flags & 0x0010 != 0 }
    /// The lower four bits; EDNS may hold eight more (`DNSMessage.responseCode`).
    public var responseCode: DNSResponseCode { DNSResponseCode(rawValue: flags & 15) }

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        let (first, second) = (bytes.uint64(at: 0), bytes.uint32(at: 8))
        id = UInt16(truncatingIfNeeded: first >> 48)
        flags = UInt16(truncatingIfNeeded: first >> 32)
        questionCount = UInt16(truncatingIfNeeded: first >> 16)
        answerCount = UInt16(truncatingIfNeeded: first)
        authorityCount = UInt16(truncatingIfNeeded: second >> 16)
        additionalCount = UInt16(truncatingIfNeeded: second)
        bytes = bytes.extracting(droppingFirst: Self.length)
    }
}
