/// The way from an outer packet to the one that it carries.
extension Dissector {
    /// A datagram to one of the tunnels' ports: stepped into where it is what the port promises, else left as it is.
    func datagram(
        to port: Port, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        guard !packet.isFragment else { return }
        switch port {
        case VXLANHeader.port, VXLANHeader.linuxPort:
            guard VXLANHeader.isLikely(cursor) else { return }
            packet.payload = offset..<(offset + cursor.count)
            layer = .vxlan
            let start = offset
            let header = try VXLANHeader(decoding: &cursor)
            offset = packet.payload.upperBound - cursor.count
            try enter(.vxlan, at: start, header.identifier, .transparentBridging, &cursor, &packet, &layer, &offset)
        case GeneveHeader.port:
            guard GeneveHeader.isLikely(cursor) else { return }
            packet.payload = offset..<(offset + cursor.count)
            layer = .geneve
            let start = offset
            let header = try GeneveHeader(decoding: &cursor)
            offset = packet.payload.upperBound - cursor.count
            try enter(.geneve, at: start, header.identifier, header.etherType, &cursor, &packet, &layer, &offset)
        default: break
        }
    }

    /// An IP protocol that is none of the common ones: stepped into where it is a tunnel that we serve, else left as it is.
    func otherProtocol(
        _ protocol: IPProtocol, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        packet.transport = .other(`protocol`)
        guard !packet.isFragment else { return }
        switch `protocol` {
        case .ipv4: try enter(.ip, at: offset, nil, .ipv4, &cursor, &packet, &layer, &offset)
        case .ipv6: try enter(.ip, at: offset, nil, .ipv6, &cursor, &packet, &layer, &offset)
        case .gre where GREHeader.isServed(cursor):
            layer = .gre
            let start = offset
            let header = try GREHeader(decoding: &cursor)
            offset = packet.payload.upperBound - cursor.count
            try enter(.gre, at: start, header.key, header.etherType, &cursor, &packet, &layer, &offset)
        default: break
        }
    }

    /// What was read so far becomes an outer packet; what follows is read as a packet of its own.
    private func enter(
        _ kind: OuterPacket.Kind, at tunnelOffset: Int, _ identifier: UInt32?, _ etherType: EtherType, _ cursor: inout Span<UInt8>,
        _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        guard let outer = OuterPacket(packet, kind, at: tunnelOffset, identifier) else { return }
        guard packet.outer.append(outer) else { throw .unsupported("tunnel depth") }
        packet.ethernet = nil
        packet.vlan = VLANTags()
        packet.network = .none
        packet.transport = .none
        packet.transportOffset = 0
        packet.payload = offset..<(offset + cursor.count)
        var etherType = etherType
        if etherType == .transparentBridging {
            layer = .link
            let header = try EthernetHeader(decoding: &cursor)
            packet.ethernet = header
            offset += EthernetHeader.length
            etherType = header.etherType
            if etherType.isVLAN { etherType = try tags(etherType, &cursor, &packet, &layer, &offset) }
        }
        packet.networkOffset = offset
        try innerNetwork(etherType, &cursor, &packet, &layer, &offset)
    }
}

extension OuterPacket {
    /// Nil where there is no network header, which a tunnel always has.
    fileprivate init?(_ packet: Packet, _ kind: Kind, at tunnelOffset: Int, _ identifier: UInt32?) {
        guard let source = packet.source, let destination = packet.destination else { return nil }
        self.init(
            kind: kind, ethernet: packet.ethernet, vlan: packet.vlan, source: source, destination: destination,
            timeToLive: packet.timeToLive, identifier: identifier, networkOffset: Int32(truncatingIfNeeded: packet.networkOffset),
            transportOffset: Int32(truncatingIfNeeded: packet.transportOffset), tunnelOffset: Int32(truncatingIfNeeded: tunnelOffset))
        if case .ipv4(let header) = packet.network { identification = header.identification }
        if case .udp(let header) = packet.transport { (sourcePort, destinationPort) = (header.sourcePort, header.destinationPort) }
    }
}
