/// The start of an IPv4 datagram that an ICMP error quotes (RFC 792, RFC 1812 §4.3.2.3).
///
/// A quote promises the header and eight octets, and seldom holds the whole datagram, so it is read leniently: lengths
/// are not held against what is there, and each part is nil where it does not reach.
package struct QuotedDatagram: Hashable, Sendable {
    package var source: IPv4Address
    package var destination: IPv4Address
    package var `protocol`: IPProtocol
    package var identification: UInt16
    package var timeToLive: UInt8
    package var totalLength: UInt16
    package var fragmentOffset: Int
    package var sourcePort: Port?
    package var destinationPort: Port?
    package var tcpSequence: UInt32?
    package var tcpFlags: TCPHeader.Flags?
    package var icmpType: ICMPv4Message.MessageType?
    package var icmpCode: UInt8?
    package var icmpIdentifier: UInt16?
    package var icmpSequence: UInt16?

    /// Nil where not even an IPv4 header is there.
    package init?(lenient bytes: Span<UInt8>) {
        guard bytes.count >= 20, bytes[0] >> 4 == 4 else { return nil }
        let headerLength = Int(bytes[0] & 15) * 4
        guard headerLength >= 20 else { return nil }
        totalLength = bytes.uint16(at: 2)
        identification = bytes.uint16(at: 4)
        fragmentOffset = Int(bytes.uint16(at: 6) & 0x1fff) * 8
        timeToLive = bytes[8]
        `protocol` = IPProtocol(rawValue: bytes[9])
        source = IPv4Address(rawValue: bytes.uint32(at: 12))
        destination = IPv4Address(rawValue: bytes.uint32(at: 16))
        guard fragmentOffset == 0, bytes.count > headerLength else { return }
        let upper = bytes.extracting(droppingFirst: headerLength)
        switch `protocol` {
        case .tcp, .udp:
            guard upper.count >= 4 else { return }
            sourcePort = Port(rawValue: upper.uint16(at: 0))
            destinationPort = Port(rawValue: upper.uint16(at: 2))
            guard `protocol` == .tcp else { return }
            if upper.count >= 8 { tcpSequence = upper.uint32(at: 4) }
            if upper.count >= 14 { tcpFlags = TCPHeader.Flags(rawValue: upper.uint16(at: 12) & 0x0fff) }
        case .icmpv4:
            icmpType = ICMPv4Message.MessageType(rawValue: upper[0])
            if upper.count >= 2 { icmpCode = upper[1] }
            if upper.count >= 8 {
                icmpIdentifier = upper.uint16(at: 4)
                icmpSequence = upper.uint16(at: 6)
            }
        default: break
        }
    }

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("source", source)
        fields.field("destination", destination)
        fields.field("protocol", `protocol`.rawValue)
        fields.field("identification", identification)
        fields.field("time_to_live", timeToLive)
        fields.field("total_length", totalLength)
        if let sourcePort { fields.field("source_port", sourcePort.rawValue) }
        if let destinationPort { fields.field("destination_port", destinationPort.rawValue) }
        if let tcpSequence { fields.field("sequence", tcpSequence) }
        if let tcpFlags { fields.field("flags", tcpFlags.rawValue) }
        if let icmpType { fields.field("icmp_type", icmpType.rawValue) }
        if let icmpCode { fields.field("icmp_code", icmpCode) }
        if let icmpIdentifier { fields.field("icmp_identifier", icmpIdentifier) }
        if let icmpSequence { fields.field("icmp_sequence", icmpSequence) }
    }
}
