import Wire

/// Link, network and transport headers, those of tunnels first.
extension Anonymizer {
    mutating func rewrite(_ packet: Packet, _ linkType: LinkType, _ frame: inout FrameEditor) {
        rewriteLink(linkType, packet.outer.count > 0 ? packet.outer[0].ethernet : packet.ethernet, &frame)
        for index in 0..<packet.outer.count {
            let outer = packet.outer[index]
            let network = Int(outer.networkOffset)
            if index > 0, let ethernet = outer.ethernet {
                rewriteInner(ethernet, span(Int(packet.outer[index - 1].tunnelOffset), network), &frame)
            }
            let end = rewriteNetwork(at: network, &frame)
            let transport = Int(outer.transportOffset)
            if outer.destinationPort != nil {
                frame.note(checksum: transport + 6, over: span(transport, end), others: pseudoHeader(network, frame), .udp)
            }
            if outer.kind == .gre || outer.kind == .erspan, let flags = frame.uint8(Int(outer.tunnelOffset)), flags & 0x80 != 0 {
                frame.note(checksum: Int(outer.tunnelOffset) + 4, over: span(Int(outer.tunnelOffset), end))
            }
        }
        if packet.outer.count > 0, let ethernet = packet.ethernet {
            rewriteInner(ethernet, span(Int(packet.outer[packet.outer.count - 1].tunnelOffset), packet.networkOffset), &frame)
        }
        var end = packet.payload.upperBound
        if packet.network != .none { end = rewriteNetwork(at: packet.networkOffset, &frame) }
        rewriteTransport(packet, end: end, &frame)
        // What stands behind the packet is padding, or what a driver forgot there.
        let outermost = packet.outer.count > 0 ? networkEnd(Int(packet.outer[0].networkOffset), frame) : end
        if packet.network != .none || packet.transport == .arp { frame.blot(span(outermost, frame.octets.count)) }
    }

    private mutating func rewriteLink(_ linkType: LinkType, _ ethernet: EthernetHeader?, _ frame: inout FrameEditor) {
        switch linkType {
        case .ethernet where ethernet != nil:
            frame.replace(mac: 0, addresses)
            frame.replace(mac: 6, addresses)
        case .ethernet: frame.cut(to: 0)
        case .linuxCooked: rewriteCooked(at: 6, length: frame.uint16(4), &frame)
        case .linuxCooked2: rewriteCooked(at: 12, length: frame.uint8(11), &frame)
        default: break
        }
    }

    private mutating func rewriteCooked(at offset: Int, length: Int?, _ frame: inout FrameEditor) {
        if length == 6 { frame.replace(mac: offset, addresses) } else { frame.blot(offset..<offset + 6) }
        frame.blot(offset + 6..<offset + 8)
    }

    /// The Ethernet header within a tunnel: somewhere before its network header, behind the tunnel's own.
    private mutating func rewriteInner(_ ethernet: EthernetHeader, _ range: Range<Int>, _ frame: inout FrameEditor) {
        let wanted = (ethernet.destination.rawValue.octets.dropFirst(2) + ethernet.source.rawValue.octets.dropFirst(2))[...]
        let last = range.upperBound - EthernetHeader.length
        guard last >= range.lowerBound, frame.holds(range),
            let start = (range.lowerBound...last).first(where: { frame.original[$0..<$0 + 12].elementsEqual(wanted) })
        else { return frame.cut(to: range.lowerBound) }
        frame.replace(mac: start, addresses)
        frame.replace(mac: start + 6, addresses)
    }

    // MARK: Network

    /// - Returns: where the packet ends in the frame.
    @discardableResult
    mutating func rewriteNetwork(at offset: Int, _ frame: inout FrameEditor) -> Int {
        if frame.uint8(offset).map({ $0 >> 4 }) == 4 {
            let length = (frame.uint8(offset).map { $0 & 15 } ?? 5) * 4
            frame.replace(ipv4: offset + 12, addresses)
            frame.replace(ipv4: offset + 16, addresses)
            rewriteOptions(offset + 20..<offset + max(20, length), &frame)
            frame.note(checksum: offset + 10, over: offset..<offset + max(20, length))
        } else {
            frame.replace(ipv6: offset + 8, addresses)
            frame.replace(ipv6: offset + 24, addresses)
            rewriteExtensions(at: offset, &frame)
        }
        return networkEnd(offset, frame)
    }

    func networkEnd(_ offset: Int, _ frame: FrameEditor) -> Int {
        let isIPv4 = frame.uint8(offset).map { $0 >> 4 } == 4
        let stated = isIPv4 ? frame.uint16(offset + 2) ?? 0 : frame.uint16(offset + 4).map { $0 == 0 ? 0 : $0 + 40 } ?? 0
        // A length that ends within the header is wrong, and the header is there.
        let header = isIPv4 ? max(20, (frame.uint8(offset).map { $0 & 15 } ?? 5) * 4) : 40
        return stated == 0 ? frame.octets.count : min(frame.octets.count, offset + max(header, stated))
    }

    /// Routes and time stamps hold addresses (RFC 791 §3.1): what an option says beyond its length is cleared but for router alert.
    private func rewriteOptions(_ range: Range<Int>, _ frame: inout FrameEditor) {
        var offset = range.lowerBound
        while offset + 1 < range.upperBound, let type = frame.uint8(offset), type != 0 {
            if type == 1 {
                offset += 1
                continue
            }
            guard let length = frame.uint8(offset + 1), length >= 2 else { return frame.blot(offset..<range.upperBound) }
            if type != 148 { frame.blot(span(offset + min(3, length), min(offset + length, range.upperBound))) }
            offset += length
        }
    }

    /// Routing headers hold addresses (RFC 8200 §4.4), and so may options for destinations that are not padding.
    private mutating func rewriteExtensions(at start: Int, _ frame: inout FrameEditor) {
        guard var next = frame.uint8(start + 6) else { return }
        var offset = start + 40
        for _ in 0..<IPv6Header.longestChain {
            guard let following = frame.uint8(offset), let units = frame.uint8(offset + 1) else { return }
            switch next {
            case 0, 60, 135: frame.blot(next == 0 ? offset..<offset : offset + 2..<offset + (units + 1) * 8)
            case 43: for place in stride(from: offset + 8, to: offset + (units + 1) * 8, by: 16) { frame.replace(ipv6: place, addresses) }
            case 51: break
            case 44:
                next = following
                offset += 8
                continue
            default: return
            }
            offset += next == 51 ? (units + 2) * 4 : (units + 1) * 8
            next = following
        }
    }

    /// How the sum over the addresses changed (RFC 9293 §3.1, RFC 8200 §8.1).
    func pseudoHeader(_ offset: Int, _ frame: FrameEditor) -> OnesComplement {
        frame.uint8(offset).map { $0 >> 4 } == 4 ? frame.change(in: offset + 12..<offset + 20) : frame.change(in: offset + 8..<offset + 40)
    }

    /// Whether the sender left the sum to its interface: the field holds that over addresses, protocol and length.
    private func isPartial(_ field: Int, _ proto: UInt64, from transport: Int, _ network: Int, _ frame: FrameEditor) -> Bool {
        let isIPv4 = frame.uint8(network).map { $0 >> 4 } == 4
        guard let stated = frame.uint16(network + (isIPv4 ? 2 : 4)), let checksum = frame.uint16(field), stated > 0 else { return false }
        let length = network + stated + (isIPv4 ? 0 : 40) - transport
        var sum = proto &+ UInt64(max(0, length))
        for offset in stride(from: network + (isIPv4 ? 12 : 8), to: network + (isIPv4 ? 20 : 40), by: 2) {
            sum &+= UInt64(frame.uint16(offset) ?? 0)
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum == UInt64(checksum)
    }

    // MARK: Transport

    private mutating func rewriteTransport(_ packet: Packet, end: Int, _ frame: inout FrameEditor) {
        let start = packet.transportOffset
        let pseudo = packet.network == .none ? OnesComplement() : pseudoHeader(packet.networkOffset, frame)
        switch packet.transport {
        case .arp: rewriteARP(at: start, &frame)
        case .tcp(let tcp):
            let isPartial = isPartial(start + 16, 6, from: start, packet.networkOffset, frame)
            frame.note(checksum: start + 16, over: span(start, end), others: pseudo, isPartial ? .partial : .plain)
            rewriteTCPOptions(span(start + 20, start + tcp.headerLength), &frame)
            if packet.anomaly != nil || packet.isFragment { return frame.cut(to: start + tcp.headerLength) }
            rewriteStream(packet, &frame)
        case .udp(let udp):
            var others = pseudo
            let changes = changes[packet.frame.number] ?? []
            for change in changes { others.add(change.others) }
            let length = Int(udp.length)
            let isPartial = isPartial(start + 6, 17, from: start, packet.networkOffset, frame)
            frame.note(
                checksum: start + 6, over: span(start, length >= 8 ? min(end, start + length) : end), others: isPartial ? pseudo : others,
                isPartial ? .partial : .udp)
            if packet.isFragment { rewriteFragment(packet.payload, packet, &frame) } else { rewriteDatagram(udp, packet, &frame) }
        case .icmpv4:
            frame.note(checksum: start + 2, over: span(start, end))
            if packet.isFragment { frame.cut(to: start + 8) } else { rewriteICMPv4(at: start, end: end, &frame) }
        case .icmpv6:
            frame.note(checksum: start + 2, over: span(start, end), others: pseudo)
            if packet.isFragment { frame.cut(to: start + 8) } else { rewriteICMPv6(at: start, end: end, &frame) }
        case .fragment(.udp): rewriteFragment(packet.payload, packet, &frame)
        case .other(.vrrp) where !packet.isFragment: rewriteVRRP(span(start, end), pseudo, &frame)
        // IGMP tells groups, which stay.
        case .other(let upper): frame.cut(to: upper.rawValue == 2 ? start + 8 : start)
        case .fragment: frame.cut(to: packet.payload.lowerBound)
        case .none where packet.network == .none: frame.cut(to: packet.payload.lowerBound)
        case .none: frame.cut(to: max(packet.payload.lowerBound, packet.networkOffset + (packet.isIPv6Header ? 40 : 20)))
        }
    }

    /// Addresses that a multipath connection tells of (RFC 8684 §3.4.1).
    private func rewriteTCPOptions(_ range: Range<Int>, _ frame: inout FrameEditor) {
        var offset = range.lowerBound
        while offset + 1 < range.upperBound, let kind = frame.uint8(offset), kind != 0 {
            if kind == 1 {
                offset += 1
                continue
            }
            guard let length = frame.uint8(offset + 1), length >= 2 else { return }
            if kind == 30, frame.uint8(offset + 2).map({ $0 >> 4 }) == 3 { frame.blot(span(offset + 4, offset + length)) }
            offset += length
        }
    }
}

extension Packet {
    fileprivate var isIPv6Header: Bool { if case .ipv6 = network { true } else { false } }
}

/// Octets from one place to another, none where that lies before it: lengths in packets may say so.
func span(_ start: Int, _ end: Int) -> Range<Int> { start..<max(start, end) }
