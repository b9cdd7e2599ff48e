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
package struct ARPPacket: Hashable, Sendable {
    /// 1 is Ethernet; 6, IEEE 802, has the same addresses.
    package var hardwareType: UInt16
    package var operation: Operation
    package var senderHardware: MACAddress
    package var senderProtocol: IPv4Address
    package var targetHardware: MACAddress
    package var targetProtocol: IPv4Address

    /// The opcode. A value we do not know is kept, never refused.
    package struct Operation: RawRepresentable, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Stated, because RawRepresentable's own goes through a witness for every packet.
        @inline(__always)
        package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
        package static let request = Self(rawValue: 1)
        package static let reply = Self(rawValue: 2)
        package static let reverseRequest = Self(rawValue: 3)
        package static let reverseReply = Self(rawValue: 4)
    }

    /// A host states its own address to the segment (RFC 5227 §2.3). The RFC uses requests; announcers in the field
    /// also use replies.
    package var isAnnouncement: Bool { senderProtocol == targetProtocol && senderProtocol != .any && !isReverse }
    /// A host asks whether an address is in use before it takes it (RFC 5227 §2.1.1): nobody waits for the answer.
    package var isProbe: Bool { operation == .request && senderProtocol == .any }
    /// RARP's operations share the format (RFC 903).
    package var isReverse: Bool { operation == .reverseRequest || operation == .reverseReply }

    /// The frame was sent by another station than the one that the packet names as its sender: a proxy, or a forgery.
    package func isForAnother(_ packet: Packet) -> Bool { packet.sourceMAC.map { $0 != senderHardware } ?? false }
}

extension ARPPacket: Message {
    package static let layer = Layer.arp

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
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

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("hardware_type", hardwareType)
        fields.field("operation", operation.rawValue)
        fields.field("sender_hardware", senderHardware)
        fields.field("sender_protocol", senderProtocol)
        fields.field("target_hardware", targetHardware)
        fields.field("target_protocol", targetProtocol)
    }
}
