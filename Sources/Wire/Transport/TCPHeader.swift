/// A TCP header (RFC 9293 §3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |          source port          |       destination port        |
///     |                        sequence number                        |
///     |                     acknowledgment number                     |
///     | offset|     flags (12)        |            window             |
///     |           checksum            |        urgent pointer         |
///     |                options, 0 to 40 octets                        |
///     +---------------------------------------------------------------+
package struct TCPHeader: Hashable, Sendable {
    package var sourcePort: Port
    package var destinationPort: Port
    package var sequence: UInt32
    package var acknowledgment: UInt32
    package var headerLength: Int
    package var flags: Flags
    package var window: UInt16
    package var checksum: UInt16
    package var urgentPointer: UInt16

    package static let minimumLength = 20

    package struct Flags: OptionSet, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        @inline(__always)
        package func contains(_ member: Self) -> Bool { rawValue & member.rawValue == member.rawValue }

        package static let fin = Self(rawValue: 0x001)
        package static let syn = Self(rawValue: 0x002)
        package static let rst = Self(rawValue: 0x004)
        package static let psh = Self(rawValue: 0x008)
        package static let ack = Self(rawValue: 0x010)
        package static let urg = Self(rawValue: 0x020)
        package static let ece = Self(rawValue: 0x040)
        package static let cwr = Self(rawValue: 0x080)
        package static let ae = Self(rawValue: 0x100)
    }

    /// The first segment of a connection.
    package var isSYN: Bool { flags.intersection([.syn, .ack, .rst, .fin]) == .syn }
    package var isSYNACK: Bool { flags.intersection([.syn, .ack, .rst, .fin]) == [.syn, .ack] }

    @inline(__always)
    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try self.init(fixed: bytes)
        try take(&bytes)
    }

    /// The part that every header has, read without a step: it stands where the options were cut.
    @inline(__always)
    init(fixed bytes: Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.minimumLength)
        sourcePort = Port(rawValue: bytes.uint16(at: 0))
        destinationPort = Port(rawValue: bytes.uint16(at: 2))
        sequence = bytes.uint32(at: 4)
        acknowledgment = bytes.uint32(at: 8)
        headerLength = Int(bytes[12] >> 4) * 4
        flags = Flags(rawValue: bytes.uint16(at: 12) & 0x0fff)
        window = bytes.uint16(at: 14)
        checksum = bytes.uint16(at: 16)
        urgentPointer = bytes.uint16(at: 18)
    }

    /// Steps over the header.
    @inline(__always)
    func take(_ bytes: inout Span<UInt8>) throws(DecodeError) {
        guard headerLength >= Self.minimumLength else { throw .malformed("data offset") }
        try bytes.skip(headerLength)
    }
}
