/// A Linux "cooked" header, version 1 or 2, which stands for the link header in captures on `any`
/// (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2, tcpdump.org). It has no destination address.
///
///     v1: packet type (2) | ARPHRD (2) | address length (2) | address (8) | protocol (2)
///     v2: protocol (2) | reserved (2) | interface (4) | ARPHRD (2) | packet type (1) | address length (1) | address (8)
public struct LinuxCookedHeader: Hashable, Sendable {
    public var packetType: PacketType
    public var hardwareType: UInt16
    /// Nil where the address is not six octets long.
    public var source: MACAddress?
    public var etherType: EtherType

    /// Whom the kernel took the packet to be for.
    public struct PacketType: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        public static let host = Self(rawValue: 0)
        public static let broadcast = Self(rawValue: 1)
        public static let multicast = Self(rawValue: 2)
        public static let otherHost = Self(rawValue: 3)
        public static let outgoing = Self(rawValue: 4)
    }

    public init(decodingVersion1 bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(16)
        packetType = PacketType(rawValue: try bytes.read())
        hardwareType = try bytes.read()
        let length: UInt16 = try bytes.read()
        source = try Self.address(length: Int(length), from: &bytes)
        etherType = EtherType(rawValue: try bytes.read())
    }

    public init(decodingVersion2 bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(20)
        etherType = EtherType(rawValue: try bytes.read())
        try bytes.skip(6)
        hardwareType = try bytes.read()
        packetType = PacketType(rawValue: UInt16(try bytes.read() as UInt8))
        let length: UInt8 = try bytes.read()
        source = try Self.address(length: Int(length), from: &bytes)
    }

    private static func address(length: Int, from bytes: inout Span<UInt8>) throws(DecodeError) -> MACAddress? {
        let address: MACAddress = try bytes.read()
        try bytes.skip(2)
        return length == 6 ? address : nil
    }
}
