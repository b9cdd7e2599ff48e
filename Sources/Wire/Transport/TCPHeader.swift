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
public struct TCPHeader: Hashable, Sendable {
    public var sourcePort: Port
    public var destinationPort: Port
    public var sequence: UInt32
    public var acknowledgment: UInt32
    public var headerLength: Int
    public var flags: Flags
    public var window: UInt16
    public var checksum: UInt16
    public var urgentPointer: UInt16

    public static let minimumLength = 20

    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        @inline(__always)
        public func contains(_ member: Self) -> Bool { rawValue & member.rawValue == member.rawValue }

        public static let fin = Self(rawValue: 0x001)
        public static let syn = Self(rawValue: 0x002)
        public static let rst = Self(rawValue: 0x004)
        public static let psh = Self(rawValue: 0x008)
        public static let ack = Self(rawValue: 0x010)
        public static let urg = Self(rawValue: 0x020)
        public static let ece = Self(rawValue: 0x040)
        public static let cwr = Self(rawValue: 0x080)
        public static let ae = Self(rawValue: 0x100)
    }

    /// The first segment of a connection.
    @inline(__always)
    public var isSYN: Bool { stage == 0x002 }
    @inline(__always)
    public var isSYNACK: Bool { stage == 0x012 }
    /// Of its flags those that open or end a connection: FIN, SYN, RST, ACK.
    @inline(__always)
    private var stage: UInt16 { flags.rawValue & 0x017 }

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
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
