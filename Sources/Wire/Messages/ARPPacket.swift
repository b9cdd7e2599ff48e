/// An ARP or RARP packet for IPv4 over a link whose addresses are Ethernet's, the only pairing that matters to a VIP
/// (RFC 826, RFC 903, RFC 5227).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |         hardware type         |    protocol type = 0x0800     |
///     | hw length = 6 | pr length = 4 |           operation           |
///     |      sender hardware (6 octets), sender protocol (4 octets)   |
///     |      target hardware (6 octets), target protocol (4 octets)   |
///     +---------------------------------------------------------------+
public struct ARPPacket: Hashable, Sendable {
    /// 1 is Ethernet; 6, IEEE 802, has the same addresses.
    public var hardwareType: UInt16
    public var operation: Operation
    public var senderHardware: MACAddress
    public var senderProtocol: IPv4Address
    public var targetHardware: MACAddress
    public var targetProtocol: IPv4Address

    /// The opcode. A value we do not know is kept, never refused.
    public struct Operation: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        public static let request = Self(rawValue: 1)
        public static let reply = Self(rawValue: 2)
        public static let reverseRequest = Self(rawValue: 3)
        public static let reverseReply = Self(rawValue: 4)
    }

    /// A host states its own address to the segment (RFC 5227 §2.3). The RFC uses requests; announcers in the field
    /// also use replies.
    public var isAnnouncement: Bool { senderProtocol == targetProtocol && senderProtocol != .any && !isReverse }
    /// A host asks whether an address is in use before it takes it (RFC 5227 §2.1.1): nobody waits for the answer.
    public var isProbe: Bool { operation == .request && senderProtocol == .any }
    /// RARP's operations share the format (RFC 903).
    public var isReverse: Bool { operation == .reverseRequest || operation == .reverseReply }

    /// The frame was sent by another station than the one that the packet names as its sender: a proxy, or a forgery.
    public func isForAnother(_ packet: borrowing Packet) -> Bool { packet.sourceMAC.map { $0 != senderHardware } ?? false }
}

extension ARPPacket: Message {
    public static let layer = Layer.arp

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        // ATM's addresses have types of their own, so that its packets have another layout (RFC 2225 §8.1).
        if bytes.count >= 2, bytes.uint16(at: 0) == 19 { throw .unsupported("hardware type") }
        hardwareType = try bytes.read()
        try bytes.expect(UInt16(0x0800), field: "protocol type")
        try bytes.expect(UInt8(6), field: "hardware length")
        try bytes.expect(UInt8(4), field: "protocol length")
        operation = Operation(rawValue: try bytes.read())
        senderHardware = try bytes.read()
        senderProtocol = try bytes.read()
        targetHardware = try bytes.read()
        targetProtocol = try bytes.read()
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("hardware_type", hardwareType)
        fields.field("operation", operation.rawValue)
        fields.field("sender_hardware", senderHardware)
        fields.field("sender_protocol", senderProtocol)
        fields.field("target_hardware", targetHardware)
        fields.field("target_protocol", targetProtocol)
    }
}
