/// The start of an IP packet that an ICMP error quotes (RFC 792, RFC 1812 §4.3.2.3; RFC 4443 §2.4).
///
/// A quote promises the header and eight octets, and seldom holds the whole packet, so it is read leniently: lengths
/// are not held against what is there, and each part is nil where it does not reach.
public struct QuotedDatagram: Hashable, Sendable {
    public var source: IPAddress
    public var destination: IPAddress
    /// What stands behind the IP header, be it an extension header.
    public var nextHeader: IPProtocol
    /// What stands above the header, and in IPv6 above those extension headers that were quoted.
    public var `protocol`: IPProtocol
    /// Nil in IPv6, unless the packet is a fragment.
    public var identification: UInt32?
    /// Time to live, or hop limit.
    public var timeToLive: UInt8
    /// Octets of the packet as its sender stated them, the header included.
    public var totalLength: Int
    public var fragmentOffset = 0
    public var sourcePort: Port?
    public var destinationPort: Port?
    public var tcpSequence: UInt32?
    public var tcpFlags: TCPHeader.Flags?
    /// A type of ICMPv4 or of ICMPv6, as the protocol says.
    public var icmpType: UInt8?
    public var icmpCode: UInt8?
    public var icmpChecksum: UInt16?
    public var icmpIdentifier: UInt16?
    public var icmpSequence: UInt16?

    /// An echo request of either family.
    public var isEchoRequest: Bool {
        switch `protocol` {
        case .icmpv4: icmpType == ICMPv4Message.MessageType.echoRequest.rawValue
        case .icmpv6: icmpType == ICMPv6Message.MessageType.echoRequest.rawValue
        default: false
        }
    }

    /// Nil where not even an IP header is there.
    public init?(lenient bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        var rest = bytes
        switch bytes[0] >> 4 {
        case 4:
            guard bytes.count >= 20 else { return nil }
            let headerLength = Int(bytes[0] & 15) * 4
            guard headerLength >= 20 else { return nil }
            totalLength = Int(bytes.uint16(at: 2))
            identification = UInt32(bytes.uint16(at: 4))
            fragmentOffset = Int(bytes.uint16(at: 6) & 0x1fff) * 8
            timeToLive = bytes[8]
            nextHeader = IPProtocol(rawValue: bytes[9])
            `protocol` = nextHeader
            source = .v4(IPv4Address(rawValue: bytes.uint32(at: 12)))
            destination = .v4(IPv4Address(rawValue: bytes.uint32(at: 16)))
            rest = bytes.extracting(droppingFirst: min(headerLength, bytes.count))
        case 6:
            guard let header = IPv6Header(lenient: &rest) else { return nil }
            totalLength = Int(header.payloadLength) + IPv6Header.length
            identification = header.fragment?.identification
            fragmentOffset = header.fragment?.offset ?? 0
            timeToLive = header.hopLimit
            nextHeader = header.nextHeader
            `protocol` = header.upperLayer
            source = .v6(header.source)
            destination = .v6(header.destination)
        default: return nil
        }
        if fragmentOffset == 0 { readUpper(rest) }
    }

    private mutating func readUpper(_ upper: Span<UInt8>) {
        switch `protocol` {
        case .tcp, .udp:
            guard upper.count >= 4 else { return }
            sourcePort = Port(rawValue: upper.uint16(at: 0))
            destinationPort = Port(rawValue: upper.uint16(at: 2))
            guard `protocol` == .tcp else { return }
            if upper.count >= 8 { tcpSequence = upper.uint32(at: 4) }
            if upper.count >= 14 { tcpFlags = TCPHeader.Flags(rawValue: upper.uint16(at: 12) & 0x0fff) }
        case .icmpv4, .icmpv6:
            if upper.count >= 1 { icmpType = upper[0] }
            if upper.count >= 2 { icmpCode = upper[1] }
            if upper.count >= 4 { icmpChecksum = upper.uint16(at: 2) }
            if upper.count >= 8 {
                icmpIdentifier = upper.uint16(at: 4)
                icmpSequence = upper.uint16(at: 6)
            }
        default: break
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("source", source.description)
        fields.field("destination", destination.description)
        if nextHeader != `protocol` { fields.field("next_header", nextHeader.rawValue) }
        fields.field("protocol", `protocol`.rawValue)
        if let identification { fields.field("identification", identification) }
        fields.field("time_to_live", timeToLive)
        fields.field("total_length", totalLength)
        if let sourcePort { fields.field("source_port", sourcePort.rawValue) }
        if let destinationPort { fields.field("destination_port", destinationPort.rawValue) }
        if let tcpSequence { fields.field("sequence", tcpSequence) }
        if let tcpFlags { fields.field("flags", tcpFlags.rawValue) }
        if let icmpType { fields.field("icmp_type", icmpType) }
        if let icmpCode { fields.field("icmp_code", icmpCode) }
        if let icmpChecksum { fields.field("icmp_checksum", icmpChecksum) }
        if let icmpIdentifier { fields.field("icmp_identifier", icmpIdentifier) }
        if let icmpSequence { fields.field("icmp_sequence", icmpSequence) }
    }
}
