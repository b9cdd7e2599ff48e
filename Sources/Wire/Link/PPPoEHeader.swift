/// The header of PPP over Ethernet (RFC 2516 §4). A session carries PPP; discovery carries tags, which say nothing of what we watch.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-------+---------------+-------------------------------+
///     |ver. 1 |type 1 |     code      |            session            |
///     |            length             |
///     +-------------------------------+
public struct PPPoEHeader: Hashable, Sendable {
    public var code: Code
    public var session: UInt16
    /// Octets behind this header.
    public var length: UInt16

    public static let length = 6

    /// RFC 2516 §5, §6.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

        public static let session = Self(rawValue: 0x00)
        public static let offer = Self(rawValue: 0x07)
        public static let initiation = Self(rawValue: 0x09)
        public static let request = Self(rawValue: 0x19)
        public static let confirmation = Self(rawValue: 0x65)
        public static let termination = Self(rawValue: 0xa7)
    }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.expect(UInt8(0x11), field: "version and type")
        code = Code(rawValue: try bytes.read())
        session = try bytes.read()
        length = try bytes.read()
        bytes.limit(to: Int(length))
    }
}
