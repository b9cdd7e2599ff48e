extension Packet {
    /// States every decoded header field, in wire order; the message above comes from the registry.
    package func describeHeaders(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
        if let ethernet {
            fields.object("ethernet") { fields in
                fields.field("destination", ethernet.destination)
                fields.field("source", ethernet.source)
                fields.field("ether_type", ethernet.etherType.rawValue)
            }
        }
        if let cooked {
            fields.object("cooked") { fields in
                fields.field("packet_type", cooked.packetType.rawValue)
                fields.field("hardware_type", cooked.hardwareType)
                if let source = cooked.source { fields.field("source", source) }
                fields.field("ether_type", cooked.etherType.rawValue)
            }
        }
        let tags = [vlan.outer, vlan.inner].compactMap(\.self)
        if !tags.isEmpty {
            fields.list("vlan", count: tags.count) { index, fields in
                fields.field("id", tags[index].identifier)
                fields.field("priority", tags[index].priority)
                fields.field("drop_eligible", flag: tags[index].dropEligible)
                fields.field("ether_type", tags[index].etherType.rawValue)
            }
        }
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
            fields.object("udp") { fields in
                fields.field("source_port", header.sourcePort.rawValue)
                fields.field("destination_port", header.destinationPort.rawValue)
                fields.field("length", header.length)
                fields.field("checksum", header.checksum)
            }
        case .none, .arp, .icmpv4, .icmpv6, .fragment, .other: break
        }
    }
}

extension IPv4Header {
    fileprivate func describe(to fields: inout some FieldVisitor) {
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
    fileprivate func describe(to fields: inout some FieldVisitor) {
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
