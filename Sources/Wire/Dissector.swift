/// Takes a frame apart: link, network and transport headers, a closed set, by a plain switch.
///
/// Never fails: what does not decode ends the dissection and stands in the packet as its anomaly.
public struct Dissector: Sendable {
    public init() {}

    /// Tags beyond these are no network we know of.
    static let deepestVLANs = 4

    public func dissect(
        _ bytes: Span<UInt8>, linkType: LinkType, frame: FrameReference, originalLength: Int
    ) -> Packet {
        var packet = Packet()
        dissect(bytes, linkType: linkType, frame: frame, originalLength: originalLength, into: &packet)
        return packet
    }

    /// The same into a packet that is used again for every frame, which spares a copy.
    public func dissect(
        _ bytes: Span<UInt8>, linkType: LinkType, frame: FrameReference, originalLength: Int, into packet: inout Packet
    ) {
        packet.reset(frame: frame, capturedLength: bytes.count, originalLength: originalLength)
        var cursor = bytes
        var layer = Layer.link
        var offset = 0  // where the header being read begins
        do throws(DecodeError) {
            let etherType = try link(&cursor, linkType, &packet, &layer, &offset)
            packet.networkOffset = offset
            try network(etherType, &cursor, &packet, &layer, &offset)
        } catch {
            packet.anomaly = packet.anomaly(in: layer, at: packet.payload.upperBound - cursor.count, error)
            packet.payload = offset..<offset
        }
    }

    @inline(__always)
    private func link(
        _ cursor: inout Span<UInt8>, _ linkType: LinkType, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) -> EtherType {
        let whole = cursor.count
        defer { offset = whole - cursor.count }
        let etherType: EtherType
        if linkType == .ethernet {
            let header = try EthernetHeader(decoding: &cursor)
            packet.ethernet = header
            etherType = header.etherType
        } else {
            etherType = try otherLink(&cursor, linkType, &packet, &layer)
        }
        guard etherType.isVLAN else { return etherType }
        offset = whole - cursor.count
        return try tags(etherType, &cursor, &packet, &layer, &offset)
    }

    /// Steps over VLAN tags, the first of which `etherType` announced.
    func tags(
        _ first: EtherType, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) -> EtherType {
        var etherType = first
        layer = .vlan
        for _ in 0..<Self.deepestVLANs where etherType.isVLAN {
            let tag = try VLANTag(decoding: &cursor)
            offset += VLANTag.length
            packet.vlan.append(tag)
            etherType = tag.etherType
        }
        return etherType
    }

    private func otherLink(
        _ cursor: inout Span<UInt8>, _ linkType: LinkType, _ packet: inout Packet, _ layer: inout Layer
    ) throws(DecodeError) -> EtherType {
        switch linkType {
        case .linuxCooked, .linuxCooked2:
            let header =
                linkType == .linuxCooked
                ? try LinuxCookedHeader(decodingVersion1: &cursor) : try LinuxCookedHeader(decodingVersion2: &cursor)
            packet.cooked = header
            return header.etherType
        case .null, .loop:
            return try LoopbackHeader.etherType(decoding: &cursor)
        case .ppp, .pppWithDirection, .pppSerial:
            if linkType != .pppWithDirection, let etherType = try CiscoFraming.etherType(decoding: &cursor) { return etherType }
            layer = .ppp
            let header = try PPPHeader(decoding: &cursor, hasDirection: linkType == .pppWithDirection)
            packet.ppp = header
            return header.etherType
        default:
            guard linkType.isRawIP else { throw .unsupported("link type") }
            try cursor.require(1)
            switch cursor[0] >> 4 {
            case 4: return .ipv4
            case 6: return .ipv6
            default: throw .malformed("IP version")
            }
        }
    }

    @inline(__always)
    private func network(
        _ etherType: EtherType, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        switch etherType {
        case .ipv4:
            layer = .ipv4
            let header = try IPv4Header(fixed: cursor)
            packet.network = .ipv4(header)
            try header.take(&cursor)
            offset += header.headerLength
            if header.fragmentOffset > 0 {
                packet.transport = .fragment(header.protocol)
            } else {
                try transport(header.protocol, &cursor, &packet, &layer, &offset)
            }
        case .ipv6:
            layer = .ipv6
            var header = try IPv6Header(fixed: &cursor)
            packet.network = .ipv6(header)
            if header.upperLayer.isExtension { try extensions(&header, &cursor, &packet, offset) }
            offset += IPv6Header.length + header.extensionsLength
            if let fragment = header.fragment, fragment.offset > 0 {
                packet.transport = .fragment(header.upperLayer)
            } else {
                try transport(header.upperLayer, &cursor, &packet, &layer, &offset)
            }
        case .arp:
            packet.transport = .arp
            packet.transportOffset = offset
        default:
            return try otherNetwork(etherType, &cursor, &packet, &layer, &offset)
        }
        packet.payload = offset..<(offset + cursor.count)
    }

    /// The extension headers of an IPv6 header at `offset`. Those before the one that fails stand.
    private func extensions(
        _ header: inout IPv6Header, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ offset: Int
    ) throws(DecodeError) {
        packet.payload = (offset + IPv6Header.length)..<(offset + IPv6Header.length + cursor.count)
        defer { packet.network = .ipv6(header) }
        try header.walkExtensions(&cursor)
    }

    /// What no address family is, but may lead to one. No path from here comes back here more than twice.
    private func otherNetwork(
        _ etherType: EtherType, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        let end = offset + cursor.count
        packet.payload = offset..<end
        switch etherType {
        case .rarp:
            packet.transport = .arp
            packet.transportOffset = offset
        case .pppoeDiscovery, .pppoeSession:
            layer = .pppoe
            let header = try PPPoEHeader(decoding: &cursor)
            packet.pppoe = header
            offset += PPPoEHeader.length
            packet.payload = offset..<(offset + cursor.count)
            packet.end = min(packet.end, offset + Int(header.length))
            guard etherType == .pppoeSession else { return }
            let carried = try pointToPoint(&cursor, &packet, &layer, &offset)
            packet.networkOffset = offset
            try innerNetwork(carried, &cursor, &packet, &layer, &offset)
        case .mpls, .mplsMulticast:
            layer = .mpls
            packet.labels = try MPLSLabelStack(decoding: &cursor, at: offset)
            offset = end - cursor.count
            packet.networkOffset = offset
            try innerNetwork(MPLSLabelStack.etherType(of: cursor), &cursor, &packet, &layer, &offset)
        case _ where etherType.isLength && etherType != .none && (packet.ethernet != nil || etherType == .cookedLLC):
            guard let inner = try LLCHeader.etherType(decoding: &cursor) else { return }
            offset = end - cursor.count
            packet.networkOffset = offset
            try innerNetwork(inner, &cursor, &packet, &layer, &offset)
        default: break
        }
    }

    /// The header of PPP in an Ethernet frame or in a tunnel, and the EtherType that it stands for.
    func pointToPoint(
        _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) -> EtherType {
        layer = .ppp
        let end = offset + cursor.count
        let header = try PPPHeader(decoding: &cursor)
        packet.ppp = header
        offset = end - cursor.count
        return header.etherType
    }

    /// The same as `network`, for packets inside others.
    func innerNetwork(
        _ etherType: EtherType, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        try network(etherType, &cursor, &packet, &layer, &offset)
    }

    /// The same as `transport`, behind a header that is none of the common ones.
    func innerTransport(
        _ protocol: IPProtocol, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        try transport(`protocol`, &cursor, &packet, &layer, &offset)
    }

    @inline(__always)
    private func transport(
        _ protocol: IPProtocol, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        packet.transportOffset = offset
        packet.payload = offset..<(offset + cursor.count)
        switch `protocol` {
        case .tcp:
            layer = .tcp
            let header = try TCPHeader(fixed: cursor)
            packet.transport = .tcp(header)
            try header.take(&cursor)
            offset += header.headerLength
        case .udp:
            layer = .udp
            let header = try UDPHeader(decoding: &cursor)
            packet.transport = .udp(header)
            offset += UDPHeader.length
            // One compare tells nearly every datagram from those to a tunnel's end.
            if header.destinationPort.rawValue &- 4754 <= 8472 - 4754 {
                try datagram(to: header.destinationPort, &cursor, &packet, &layer, &offset)
            }
        case .icmpv4 where !packet.isIPv6:
            packet.transport = .icmpv4
        case .icmpv6 where packet.isIPv6:
            packet.transport = .icmpv6
        default:
            try otherProtocol(`protocol`, &cursor, &packet, &layer, &offset)
        }
    }
}
