extension OuterPacket {
    /// Every header of the outer packet. `bytes` are the captured frame, whose headers decoded once.
    func describe(in bytes: Span<UInt8>, to fields: inout some FieldVisitor) {
        if let ethernet { fields.object("ethernet") { ethernet.describe(to: &$0) } }
        vlan.describe(to: &fields)
        if let pppoe { fields.object("pppoe") { pppoe.describe(to: &$0) } }
        if let ppp { fields.object("ppp") { ppp.describe(to: &$0) } }
        labels.describe(in: bytes, to: &fields)
        var cursor = bytes.extracting(droppingFirst: min(Int(networkOffset), bytes.count))
        if case .v4 = source {
            if let header = try? IPv4Header(decoding: &cursor) { fields.object("ipv4") { header.describe(to: &$0) } }
        } else {
            if let header = try? IPv6Header(decoding: &cursor) { fields.object("ipv6") { header.describe(to: &$0) } }
        }
        if sourcePort != nil {
            cursor = bytes.extracting(droppingFirst: min(Int(transportOffset), bytes.count))
            if let header = try? UDPHeader(decoding: &cursor) { fields.object("udp") { header.describe(to: &$0) } }
        }
        cursor = bytes.extracting(droppingFirst: min(Int(tunnelOffset), bytes.count))
        switch kind {
        case .ip, .ethernet: break
        case .erspan:
            guard let header = try? GREHeader(decoding: &cursor) else { return }
            fields.object("gre") { header.describe(to: &$0) }
            guard header.hasERSPANHeader, let mirror = try? ERSPANHeader(decoding: &cursor) else { return }
            fields.object("erspan") { mirror.describe(to: &$0) }
        case .gre: if let header = try? GREHeader(decoding: &cursor) { fields.object("gre") { header.describe(to: &$0) } }
        case .vxlan: if let header = try? VXLANHeader(decoding: &cursor) { fields.object("vxlan") { header.describe(to: &$0) } }
        case .geneve:
            if let header = try? GeneveHeader(decoding: &cursor, withOptions: true) { fields.object("geneve") { header.describe(to: &$0) } }
        }
    }
}
