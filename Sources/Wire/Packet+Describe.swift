extension Packet {
    /// States every decoded header field, in wire order; the message above comes from the registry.
    public func describeHeaders(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
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
        labels.describe(in: bytes, to: &fields)
        switch network {
        case .none: break
        case .ipv4(let header):
            let options = IPv4Option.list(
                lenient: bytes.extracting(bytes.options(at: networkOffset, behind: 20, upTo: header.headerLength)))
            fields.object("ipv4") { fields in
                header.describe(to: &fields)
                describe(options, to: &fields)
            }
        case .ipv6(let header): fields.object("ipv6") { header.describe(to: &$0) }
        }
        switch transport {
        case .tcp(let header):
            let octets = bytes.extracting(bytes.options(at: transportOffset, behind: TCPHeader.minimumLength, upTo: header.headerLength))
            fields.object("tcp") { fields in
                header.describe(to: &fields)
                if !octets.isEmpty { fields.object("options") { TCPOptions.describe(octets, to: &$0) } }
                if header.headerLength >= TCPHeader.minimumLength { fields.field("payload_length", payloadLength) }
            }
        case .udp(let header):
            fields.object("udp") { header.describe(to: &$0) }
        case .none: describePorts(in: bytes, to: &fields)
        case .arp, .icmpv4, .icmpv6, .fragment, .other: break
        }
    }

    /// Of a header that was cut short: TCP's and UDP's begin with the ports.
    private func describePorts(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
        guard let anomaly, anomaly.layer == .tcp || anomaly.layer == .udp, anomaly.offset == transportOffset,
            case .truncated(_, let available) = anomaly.error, available >= 4
        else { return }
        fields.object(anomaly.layer == .tcp ? "tcp" : "udp") { fields in
            fields.field("source_port", bytes.uint16(at: transportOffset))
            fields.field("destination_port", bytes.uint16(at: transportOffset + 2))
        }
    }

    private func describe(_ options: [IPv4Option], to fields: inout some FieldVisitor) {
        guard !options.isEmpty else { return }
        fields.list("options", count: options.count) { index, fields in
            fields.field("type", options[index].type)
            let content = options[index].content
            if !content.isEmpty { fields.field("octets", octets: content.span) }
        }
    }
}

extension Span<UInt8> {
    /// Where a header's options stand, as far as they were captured: behind its fixed part.
    fileprivate func options(at header: Int, behind fixed: Int, upTo length: Int) -> Range<Int> {
        Swift.min(header + fixed, count)..<Swift.min(header + Swift.max(fixed, length), count)
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
    func describe(to fields: inout some FieldVisitor) {
        fields.field("code", code.rawValue)
        fields.field("session", session)
        fields.field("length", length)
    }
}

extension PPPHeader {
    func describe(to fields: inout some FieldVisitor) {
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
                fields.field("next_header", fragment.nextHeader.rawValue)
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
    /// The octets whole, then what they say as far as they decode.
    fileprivate static func describe(_ octets: Span<UInt8>, to fields: inout some FieldVisitor) {
        fields.field("octets", octets: octets)
        var options = TCPOptions()
        var rest = octets
        try? options.read(&rest)
        options.describe(to: &fields)
    }

    private func describe(to fields: inout some FieldVisitor) {
        if let maximumSegmentSize { fields.field("maximum_segment_size", maximumSegmentSize) }
        if let windowScale { fields.field("window_scale", windowScale) }
        if sackPermitted { fields.field("sack_permitted", flag: true) }
        if !selectiveAcknowledgments.isEmpty {
            fields.list("sack", count: selectiveAcknowledgments.count) { index, fields in
                fields.field("left_edge", selectiveAcknowledgments[index].leftEdge)
                fields.field("right_edge", selectiveAcknowledgments[index].rightEdge)
            }
        }
        if let timestampValue { fields.field("timestamp_value", timestampValue) }
        if let timestampEcho { fields.field("timestamp_echo", timestampEcho) }
        if let fastOpenCookie { fields.field("fast_open_cookie", octets: fastOpenCookie.span) }
    }
}
