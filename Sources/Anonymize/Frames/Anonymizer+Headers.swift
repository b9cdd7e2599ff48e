import Wire

/// Link, network and transport headers, those of tunnels first.
extension Anonymizer {
    mutating func rewrite(_ packet: borrowing Packet, _ linkType: LinkType, _ frame: inout FrameEditor) {
        rewriteLink(linkType, packet.outer.count > 0 ? packet.outer[0].ethernet : packet.ethernet, &frame)
        var limit = frame.octets.count
        for index in 0..<packet.outer.count {
            let outer = packet.outer[index]
            let network = Int(outer.networkOffset)
            if index > 0, let ethernet = outer.ethernet {
                rewriteInner(ethernet, span(Int(packet.outer[index - 1].tunnelOffset), network), &frame)
            }
            let end = rewriteNetwork(at: network, &frame)
            limit = min(limit, end)
            if outer.kind == .geneve { rewriteGeneve(at: Int(outer.tunnelOffset), &frame) }
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
        if packet.network != .none { end = min(limit, rewriteNetwork(at: packet.networkOffset, &frame)) }
        rewriteTransport(packet, end: end, &frame)
        // What stands behind the packet is padding, or what a driver forgot there: within a tunnel, too.
        if packet.network != .none || packet.transport == .arp { frame.blot(span(end, frame.octets.count)) }
    }

    /// Options are each vendor's own: of them stay class, type and length (RFC 8926 §3.5).
    private func rewriteGeneve(at start: Int, _ frame: inout FrameEditor) {
        guard let first = frame.uint8(start) else { return }
        let end = start + 8 + (first & 0x3f) * 4
        var offset = start + 8
        while offset + 4 <= end, let length = frame.uint8(offset + 3).map({ ($0 & 0x1f) * 4 }) {
            frame.blot(offset + 4..<min(end, offset + 4 + length))
            offset += 4 + length
        }
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
            // The last such place: an option before it may say the same.
            let start = (range.lowerBound...last).last(where: { frame.original[$0..<$0 + 12].elementsEqual(wanted) })
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
            frame.blotOptions(offset + 20..<offset + max(20, length)) { type, length in
                switch type {
                case 148 where length == 4: length  // router alert (RFC 2113 §2.1)
                case 7, 68, 131, 137: 3  // routes and time stamps (RFC 791 §3.1): where the next entry goes
                default: 2
                }
            }
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

    /// Routing headers hold addresses (RFC 8200 §4.4), and options may hold anything.
    private mutating func rewriteExtensions(at start: Int, _ frame: inout FrameEditor) {
        for header in frame.extensions(at: start) {
            let (offset, end) = (header.range.lowerBound, header.range.upperBound)
            switch header.type {
            case 0: rewriteHopByHop(offset + 2..<end, &frame)
            case 43: rewriteRouting(header.range, &frame)
            case 60, 135: frame.blot(offset + 2..<end)
            default: break
            }
        }
    }

    private func rewriteHopByHop(_ range: Range<Int>, _ frame: inout FrameEditor) {
        var offset = range.lowerBound
        while offset < range.upperBound, let type = frame.uint8(offset) {
            if type == 0 {
                offset += 1
                continue
            }
            guard let length = frame.uint8(offset + 1), offset + 2 + length <= range.upperBound else {
                return frame.blot(offset..<range.upperBound)
            }
            // Router alert (RFC 2711 §2.1) and a jumbogram's length (RFC 2675 §2).
            if (type, length) != (5, 2), (type, length) != (0xc2, 4) { frame.blot(offset + 2..<offset + 2 + length) }
            offset += 2 + length
        }
    }

    private mutating func rewriteRouting(_ range: Range<Int>, _ frame: inout FrameEditor) {
        let places = frame.segments(range)
        for place in places {
            if frame.holds(place..<place + 16) { frame.replace(ipv6: place, addresses) } else { frame.blot(place..<place + 16) }
        }
        // Of a segment routing header's fixed part the index of the last entry is needed (RFC 8754 §2), of others' nothing.
        frame.blot(range.lowerBound + (frame.uint8(range.lowerBound + 2) == 4 ? 5 : 4)..<range.lowerBound + 8)
        frame.blot(span(places.last.map { $0 + 16 } ?? range.lowerBound + 8, range.upperBound))
    }

    /// How the sum over the addresses changed (RFC 9293 §3.1, RFC 8200 §8.1).
    func pseudoHeader(_ offset: Int, _ frame: FrameEditor) -> OnesComplement {
        if frame.uint8(offset).map({ $0 >> 4 }) == 4 { return frame.change(in: offset + 12..<offset + 20) }
        var change = frame.change(in: offset + 8..<offset + 24)
        let destination = frame.finalDestination(at: offset)
        change.add(frame.change(in: destination..<destination + 16))
        return change
    }

    /// Whether the sender left the sum to its interface: the field holds that over addresses, protocol and length.
    private func isPartial(_ field: Int, _ proto: UInt64, from transport: Int, _ network: Int, _ frame: FrameEditor) -> Bool {
        let isIPv4 = frame.uint8(network).map { $0 >> 4 } == 4
        guard let stated = frame.uint16(network + (isIPv4 ? 2 : 4)), let checksum = frame.uint16(field), stated > 0 else { return false }
        let length = network + stated + (isIPv4 ? 0 : 40) - transport
        var sum = proto &+ UInt64(max(0, length))
        let destination = isIPv4 ? network + 16 : frame.finalDestination(at: network)
        let source = isIPv4 ? network + 12..<network + 16 : network + 8..<network + 24
        for offset in Array(stride(from: source.lowerBound, to: source.upperBound, by: 2))
            + Array(stride(from: destination, to: destination + source.count, by: 2))
        {
            sum &+= UInt64(frame.uint16(offset) ?? 0)
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum == UInt64(checksum)
    }

    // MARK: Transport

    private mutating func rewriteTransport(_ packet: borrowing Packet, end: Int, _ frame: inout FrameEditor) {
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
        case .other(.vrrp) where !packet.isFragment: rewriteVRRP(span(start, end), isIPv6: packet.isIPv6Header, pseudo, &frame)
        case .other(let upper) where upper.rawValue == 2 && !packet.isFragment: rewriteIGMP(span(start, end), &frame)
        case .other: frame.cut(to: start)
        case .fragment: frame.cut(to: packet.payload.lowerBound)
        case .none where packet.network == .none: frame.cut(to: packet.payload.lowerBound)
        case .none: frame.cut(to: max(packet.payload.lowerBound, packet.networkOffset + (packet.isIPv6Header ? 40 : 20)))
        }
    }

    /// Load balancers and proxies put their clients' addresses into options of their own: known ones of the right length stay.
    private func rewriteTCPOptions(_ range: Range<Int>, _ frame: inout FrameEditor) {
        frame.blotOptions(range) { kind, length in
            switch (kind, length) {
            case (2, 4), (3, 3), (4, 2), (8, 10): length
            case (5, _): length % 8 == 2 ? length : 2
            case (34, 2...18): length
            // Multipath; another address of the sender follows in one of them (RFC 8684 §3.4.1).
            case (30, 3...): length
            default: 2
            }
        }
        frame.blotAddedAddresses(range)
    }
}

extension FrameEditor {
    /// Clears what options of IPv4 and TCP say (RFC 791 §3.1, RFC 9293 §3.1) beyond the octets that are kept of each, what follows their end, and
    /// what is none.
    fileprivate mutating func blotOptions(_ range: Range<Int>, keeping kept: (_ kind: Int, _ length: Int) -> Int) {
        var offset = range.lowerBound
        while offset < range.upperBound, let kind = uint8(offset) {
            if kind == 1 {
                offset += 1
                continue
            }
            guard kind != 0, let length = uint8(offset + 1), length >= 2, offset + length <= range.upperBound else {
                return blot(offset..<range.upperBound)
            }
            blot(offset + min(length, kept(kind, length))..<offset + length)
            offset += length
        }
    }

    fileprivate mutating func blotAddedAddresses(_ range: Range<Int>) {
        var offset = range.lowerBound
        while offset + 2 < range.upperBound, let kind = uint8(offset), kind != 0 {
            guard let length = kind == 1 ? 1 : uint8(offset + 1), length >= 1, offset + length <= range.upperBound else { return }
            if kind == 30, uint8(offset + 2).map({ $0 >> 4 }) == 3 { blot(span(offset + 4, offset + length)) }
            offset += length
        }
    }

    // MARK: Extension headers

    /// Those of IPv6, each with its type, as far as they are there.
    fileprivate func extensions(at start: Int) -> [(type: Int, range: Range<Int>)] {
        guard var next = uint8(start + 6) else { return [] }
        var headers: [(type: Int, range: Range<Int>)] = []
        var offset = start + 40
        for _ in 0...IPv6Header.longestChain {
            guard [0, 43, 44, 51, 60, 135].contains(next), let following = uint8(offset), let units = uint8(offset + 1) else { break }
            let length = next == 44 ? 8 : next == 51 ? (units + 2) * 4 : (units + 1) * 8
            headers.append((next, offset..<offset + length))
            // What follows a later fragment's header is the middle of something.
            if next == 44, uint16(offset + 2).map({ $0 >> 3 }) != 0 { break }
            offset += length
            next = following
        }
        return headers
    }

    /// Where the addresses of a routing header stand: of the types that hold whole ones (RFC 5095, RFC 6275 §6.4, RFC 8754 §2).
    fileprivate func segments(_ header: Range<Int>) -> [Int] {
        guard let type = uint8(header.lowerBound + 2), let last = uint8(header.lowerBound + 4), [0, 2, 4].contains(type) else { return [] }
        let places = Array(stride(from: header.lowerBound + 8, to: header.upperBound - 15, by: 16))
        return type == 4 ? Array(places.prefix(last + 1)) : places
    }

    /// Where the address stands that checksums cover: the last one of the way (RFC 8200 §8.1), which segment routing has first.
    fileprivate func finalDestination(at start: Int) -> Int {
        for header in extensions(at: start) where header.type == 43 {
            let places = segments(header.range)
            guard let left = uint8(header.range.lowerBound + 3), left > 0, let first = places.first, let last = places.last else {
                continue
            }
            return uint8(header.range.lowerBound + 2) == 4 ? first : last
        }
        return start + 24
    }
}

extension Packet {
    fileprivate var isIPv6Header: Bool { if case .ipv6 = network { true } else { false } }
}

/// Octets from one place to another, none where that lies before it: lengths in packets may say so.
func span(_ start: Int, _ end: Int) -> Range<Int> { start..<max(start, end) }
