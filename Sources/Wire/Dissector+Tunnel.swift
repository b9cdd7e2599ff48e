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
        case GREHeader.port:
            guard GREHeader.isLikely(cursor) else { return }
            packet.payload = offset..<(offset + cursor.count)
            try routed(&cursor, &packet, &layer, &offset)
        default: break
        }
    }

    /// An IP protocol that is none of the common ones: stepped into where it is a tunnel that we serve, else left as it is.
    func otherProtocol(
        _ protocol: IPProtocol, _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        packet.transport = .other(`protocol`)
        if `protocol` == .authentication { return try authenticated(&cursor, &packet, &layer, &offset) }
        guard !packet.isFragment else { return }
        switch `protocol` {
        case .ipv4: try enter(.ip, at: offset, nil, .ipv4, &cursor, &packet, &layer, &offset)
        case .ipv6: try enter(.ip, at: offset, nil, .ipv6, &cursor, &packet, &layer, &offset)
        case .ethernet: try enter(.ethernet, at: offset, nil, .transparentBridging, &cursor, &packet, &layer, &offset)
        case .gre:
            layer = .gre
            try cursor.require(GREHeader.minimumLength)
            if GREHeader.isServed(cursor) { try routed(&cursor, &packet, &layer, &offset) }
        default: break
        }
    }

    /// Steps over authentication headers in IPv4; in IPv6 they are extension headers (RFC 4302 §3.1.1).
    private func authenticated(
        _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        var next = IPProtocol.authentication
        while next == .authentication {
            try cursor.require(8)
            let length = (Int(cursor[1]) + 2) * 4
            next = IPProtocol(rawValue: cursor[0])
            try cursor.skip(length)
            offset += length
        }
        try innerTransport(next, &cursor, &packet, &layer, &offset)
    }

    /// A GRE header that we serve, and what it carries.
    private func routed(
        _ cursor: inout Span<UInt8>, _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        layer = .gre
        let start = offset
        let header = try GREHeader(decoding: &cursor)
        offset = packet.payload.upperBound - cursor.count
        if let length = header.payloadLength { cursor.limit(to: length) }
        guard header.etherType == .mirrored || header.etherType == .mirrored3 else {
            return try enter(.gre, at: start, header.identifier, header.etherType, &cursor, &packet, &layer, &offset)
        }
        guard header.hasERSPANHeader else {
            return try enter(.erspan, at: start, nil, .transparentBridging, &cursor, &packet, &layer, &offset)
        }
        layer = .erspan
        let mirror = try ERSPANHeader(decoding: &cursor)
        offset = packet.payload.upperBound - cursor.count
        let carried = mirror.etherType ?? MPLSLabelStack.etherType(of: cursor)
        try enter(.erspan, at: start, UInt32(mirror.session), carried, &cursor, &packet, &layer, &offset)
    }

    /// What was read so far becomes an outer packet; what follows is read as a packet of its own.
    private func enter(
        _ kind: OuterPacket.Kind, at tunnelOffset: Int, _ identifier: UInt32?, _ etherType: EtherType, _ cursor: inout Span<UInt8>,
        _ packet: inout Packet, _ layer: inout Layer, _ offset: inout Int
    ) throws(DecodeError) {
        guard let outer = OuterPacket(packet, kind, at: tunnelOffset, identifier) else { return }
        guard packet.outer.append(outer) else { throw .unsupported("tunnel depth") }
        packet.end = min(packet.end, max(offset, packet.payload.lowerBound + packet.payloadLength))
        packet.ethernet = nil
        packet.ppp = nil
        packet.pppoe = nil
        packet.vlan = VLANTags()
        packet.labels = MPLSLabelStack()
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
        if etherType == .ppp { etherType = try pointToPoint(&cursor, &packet, &layer, &offset) }
        packet.networkOffset = offset
        try innerNetwork(etherType, &cursor, &packet, &layer, &offset)
    }
}

extension OuterPacket {
    /// Nil where there is no network header, which a tunnel always has.
    fileprivate init?(_ packet: borrowing Packet, _ kind: Kind, at tunnelOffset: Int, _ identifier: UInt32?) {
        guard let source = packet.source, let destination = packet.destination else { return nil }
        self.init(
            kind: kind, ethernet: packet.ethernet, ppp: packet.ppp, pppoe: packet.pppoe, vlan: packet.vlan, labels: packet.labels,
            source: source, destination: destination,
            timeToLive: packet.timeToLive, identifier: identifier, networkOffset: Int32(truncatingIfNeeded: packet.networkOffset),
            transportOffset: Int32(truncatingIfNeeded: packet.transportOffset), tunnelOffset: Int32(truncatingIfNeeded: tunnelOffset))
        if case .ipv4(let header) = packet.network { identification = header.identification }
        if case .udp(let header) = packet.transport { (sourcePort, destinationPort) = (header.sourcePort, header.destinationPort) }
    }
}
