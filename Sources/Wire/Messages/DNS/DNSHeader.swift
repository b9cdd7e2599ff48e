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
    package var operation: DNSOperation { DNSOperation(rawValue: opcode) }
    package var isAuthoritative: Bool { flags & 0x0400 != 0 }
    package var isTruncated: Bool { flags & 0x0200 != 0 }
    package var recursionDesired: Bool { flags & 0x0100 != 0 }
    package var recursionAvailable: Bool { flags & 0x0080 != 0 }
    /// Must be zero, and no use of it is known (RFC 6895 §2.1).
    package var reserved: Bool { flags & 0x0040 != 0 }
    package var authenticData: Bool { flags & 0x0020 != 0 }
    package var checkingDisabled: Bool { flags & 0x0010 != 0 }
    /// The lower four bits; EDNS may hold eight more (`DNSMessage.responseCode`).
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
