extension Packet {
    /// States every decoded header field, in wire order; the message above comes from the registry.
    package func describeHeaders(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
        if outer.count > 0 {
            fields.list("outer", count: outer.count) { outer[$0].describe(in: bytes, to: &$1) }
        }
        if let ethernet { fields.object("ethernet") { ethernet.describe(to: &$0) } }
        if let cooked {
            fields.object("cooked") { fields in
                fields.field("packet_type", cooked.packetType.rawValue)
                fields.field("hardware_type", cooked.hardwareType)
                if let source = cooked.source { fields.field("source", source) }
                fields.field("ether_type", cooked.etherType.rawValue)
            }
        }
        vlan.describe(to: &fields)
        if let pppoe { fields.object("pppoe") { pppoe.describe(to: &$0) } }
        if let ppp { fields.object("ppp") { ppp.describe(to: &$0) } }
        switch network {
        case .none: break
        case .ipv4(let header): fields.object("ipv4") { header.describe(to: &$0) }
        case .ipv6(let header): fields.object("ipv6") { header.describe(to: &$0) }
        }
        switch transport {
        case .tcp(let header):
            var options = bytes.extracting(first: min(transportOffset + header.headerLength, bytes.count))
            options = options.extracting(droppingFirst: min(transportOffset + TCPHeader.minimumLength, options.count))
            let decoded = try? TCPOptions(decoding: &options)
            fields.object("tcp") { fields in
                header.describe(to: &fields)
                decoded?.describe(to: &fields)
                fields.field("payload_length", payload.count)
            }
        case .udp(let header):
            fields.object("udp") { header.describe(to: &$0) }
        case .none, .arp, .icmpv4, .icmpv6, .fragment, .other: break
        }
    }
}

extension EthernetHeader {
    func describe(to fields: inout some FieldVisitor) {
        fields.field("destination", destination)
        fields.field("source", source)
        fields.field("ether_type", etherType.rawValue)
    }
}

extension PPPoEHeader {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("code", code.rawValue)
        fields.field("session", session)
        fields.field("length", length)
    }
}

extension PPPHeader {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        if let isSent { fields.field("sent", flag: isSent) }
        fields.field("protocol", `protocol`.rawValue)
    }
}

extension IPv4Header {
    func describe(to fields: inout some FieldVisitor) {
        fields.field("header_length", headerLength)
        fields.field("type_of_service", typeOfService)
        fields.field("total_length", totalLength)
        fields.field("identification", identification)
        fields.field("dont_fragment", flag: dontFragment)
        fields.field("more_fragments", flag: moreFragments)
        fields.field("fragment_offset", fragmentOffset)
        fields.field("time_to_live", timeToLive)
        fields.field("protocol", `protocol`.rawValue)
        fields.field("checksum", checksum)
        fields.field("source", source)
        fields.field("destination", destination)
    }
}

extension IPv6Header {
    func describe(to fields: inout some FieldVisitor) {
        fields.field("traffic_class", trafficClass)
        fields.field("flow_label", flowLabel)
        fields.field("payload_length", payloadLength)
        fields.field("next_header", nextHeader.rawValue)
        fields.field("hop_limit", hopLimit)
        fields.field("source", source)
        fields.field("destination", destination)
        fields.field("upper_layer", upperLayer.rawValue)
        if let fragment {
            fields.object("fragment") { fields in
                fields.field("offset", fragment.offset)
                fields.field("more_fragments", flag: fragment.moreFragments)
                fields.field("identification", fragment.identification)
            }
        }
    }
}

extension UDPHeader {
    func describe(to fields: inout some FieldVisitor) {
        fields.field("source_port", sourcePort.rawValue)
        fields.field("destination_port", destinationPort.rawValue)
        fields.field("length", length)
        fields.field("checksum", checksum)
    }
}

extension TCPHeader {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("source_port", sourcePort.rawValue)
        fields.field("destination_port", destinationPort.rawValue)
        fields.field("sequence", sequence)
        fields.field("acknowledgment", acknowledgment)
        fields.field("header_length", headerLength)
        fields.field("flags", flags.rawValue)
        fields.field("window", window)
        fields.field("checksum", checksum)
        fields.field("urgent_pointer", urgentPointer)
    }
}

extension TCPOptions {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        guard self != TCPOptions() else { return }
        fields.object("options") { fields in
            if let maximumSegmentSize { fields.field("maximum_segment_size", maximumSegmentSize) }
            if let windowScale { fields.field("window_scale", windowScale) }
            if sackPermitted { fields.field("sack_permitted", flag: true) }
            if sackBlocks > 0 { fields.field("sack_blocks", sackBlocks) }
            if let timestampValue { fields.field("timestamp_value", timestampValue) }
            if let timestampEcho { fields.field("timestamp_echo", timestampEcho) }
        }
    }
}
