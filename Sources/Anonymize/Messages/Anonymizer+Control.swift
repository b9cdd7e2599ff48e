import Wire

/// ARP, ICMP of both families with Neighbor Discovery, IGMP, and VRRP.
extension Anonymizer {
    mutating func rewriteARP(at start: Int, _ frame: inout FrameEditor) {
        // Ethernet and IPv4 (RFC 826).
        guard frame.uint16(start + 2) == 0x0800, frame.uint16(start + 4) == 0x0604 else { return frame.cut(to: start + 8) }
        frame.replace(mac: start + 8, addresses)
        frame.replace(ipv4: start + 14, addresses)
        frame.replace(mac: start + 18, addresses)
        frame.replace(ipv4: start + 24, addresses)
        frame.blot(span(start + 28, frame.octets.count))
        // What ends within an address is not replaced.
        for (offset, length) in [(8, 6), (14, 4), (18, 6), (24, 4)] where !frame.holds(start + offset..<start + offset + length) {
            frame.cut(to: start + offset)
        }
    }

    // MARK: IGMP

    /// Who is asked for a group, or is in one (RFC 2236 §2); of version 3 a query begins so, and a report with the number of its groups (RFC 3376
    /// §4).
    func rewriteIGMP(_ range: Range<Int>, _ frame: inout FrameEditor) {
        let start = range.lowerBound
        frame.note(checksum: start + 2, over: range)
        switch frame.uint8(start) {
        case 0x11, 0x12, 0x16, 0x17:
            frame.replace(ipv4: start + 4, addresses)
            frame.cut(to: frame.holds(start + 4..<start + 8) ? start + 8 : start + 4)
        case 0x22: frame.cut(to: start + 8)
        default: frame.cut(to: start + 4)
        }
    }

    // MARK: ICMP

    mutating func rewriteICMPv4(at start: Int, end: Int, _ frame: inout FrameEditor) {
        guard let value = frame.uint8(start) else { return }
        let type = ICMPv4Message.MessageType(rawValue: UInt8(value))
        if type == .redirect { frame.replace(ipv4: start + 4, addresses) }
        if type.isError {
            rewriteQuote(at: start + 8, end: end, &frame)
        } else {
            frame.cut(to: start + (type == .timestampRequest || type == .timestampReply ? 20 : 8))
        }
    }

    mutating func rewriteICMPv6(at start: Int, end: Int, _ frame: inout FrameEditor) {
        guard let value = frame.uint8(start) else { return }
        let type = ICMPv6Message.MessageType(rawValue: UInt8(value))
        switch type {
        case _ where type.isError: rewriteQuote(at: start + 8, end: end, &frame)
        case .routerSolicitation: rewriteOptions(at: start + 8, end: end, &frame)
        case .routerAdvertisement: rewriteOptions(at: start + 16, end: end, &frame)
        case .neighborSolicitation, .neighborAdvertisement:
            replace(ipv6: start + 8, &frame)
            rewriteOptions(at: start + 24, end: end, &frame)
        case .redirect:
            replace(ipv6: start + 8, &frame)
            replace(ipv6: start + 24, &frame)
            rewriteOptions(at: start + 40, end: end, &frame)
        case .multicastListenerQuery, .multicastListenerReport, .multicastListenerDone:
            replace(ipv6: start + 8, &frame)
            frame.cut(to: start + 24)
        default: frame.cut(to: start + 8)
        }
    }

    /// What ends within the address is cut.
    private mutating func replace(ipv6 offset: Int, _ frame: inout FrameEditor) {
        if frame.holds(offset..<offset + 16) { frame.replace(ipv6: offset, addresses) } else { frame.cut(to: offset) }
    }

    /// Of a quoted datagram the headers, and of its payload nothing.
    private mutating func rewriteQuote(at start: Int, end: Int, _ frame: inout FrameEditor) {
        guard frame.holds(span(start, end)), let version = frame.uint8(start).map({ $0 >> 4 }), version == 4 || version == 6 else {
            return frame.cut(to: start)
        }
        let least = version == 4 ? 20 : 40
        guard end - start >= least else { return frame.cut(to: start) }
        let quoted: QuotedDatagram?
        do { quoted = QuotedDatagram(lenient: frame.original.span.extracting(start..<end)) }
        guard let quoted else { return frame.cut(to: start) }
        let headers: Int
        if version == 4 {
            headers = (frame.uint8(start).map { $0 & 15 } ?? 5) * 4
        } else {
            var rest = frame.original.span.extracting(start..<end)
            let header = try? IPv6Header(decoding: &rest)
            headers = 40 + (header?.extensionsLength ?? 0)
        }
        rewriteNetwork(at: start, &frame)
        let upper = start + max(least, headers)
        let pseudo = pseudoHeader(start, frame)
        guard quoted.fragmentOffset == 0 else { return frame.cut(to: upper) }
        switch quoted.protocol {
        case .tcp:
            frame.note(checksum: upper + 16, over: span(upper, upper), others: pseudo)
            frame.cut(to: upper + 20)
        case .udp:
            frame.note(checksum: upper + 6, over: span(upper, upper), others: pseudo, .udp)
            frame.cut(to: upper + 8)
        case .icmpv6:
            frame.note(checksum: upper + 2, over: span(upper, upper), others: pseudo)
            frame.cut(to: upper + 8)
        case .icmpv4: frame.cut(to: upper + 8)
        default: frame.cut(to: upper)
        }
    }

    // MARK: Neighbor Discovery

    private mutating func rewriteOptions(at start: Int, end: Int, _ frame: inout FrameEditor) {
        var offset = start
        while offset + 8 <= end, let type = frame.uint8(offset), let units = frame.uint8(offset + 1), units > 0,
            offset + units * 8 <= end
        {
            let next = offset + units * 8
            switch (type, units) {
            case (1, 1), (2, 1): frame.replace(mac: offset + 2, addresses)
            case (3, 4): frame.replace(ipv6: offset + 16, addresses)
            case (5, _), (14, _): break  // MTU (RFC 4861 §4.6.4), nonce (RFC 3971 §5.3.2)
            case (24, 3): frame.replace(ipv6: offset + 8, addresses)
            case (24, 2): replaceHalf(at: offset + 8, &frame)
            case (24, 1): break
            case (25, _): for place in stride(from: offset + 8, to: next - 15, by: 16) { frame.replace(ipv6: place, addresses) }
            default: frame.blot(offset + 2..<next)
            }
            offset = next
        }
        frame.cut(to: offset)
    }

    /// The upper half of an address alone (RFC 4191 §2.3).
    private mutating func replaceHalf(at offset: Int, _ frame: inout FrameEditor) {
        guard frame.holds(offset..<offset + 8) else { return }
        let high = frame.original[offset..<offset + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let mapped: IPv6Address = addresses(IPv6Address(high: high, low: 0))
        frame.write(mapped.high.octets, at: offset)
    }

    // MARK: VRRP

    mutating func rewriteVRRP(_ range: Range<Int>, isIPv6: Bool, _ pseudo: OnesComplement, _ frame: inout FrameEditor) {
        let start = range.lowerBound
        guard let version = frame.uint8(start).map({ $0 >> 4 }), let count = frame.uint8(start + 3) else { return frame.cut(to: start) }
        // Version 2 covers its own octets alone; of version 3 some senders add the addresses and some do not (RFC 9568 §5.2.8).
        let coversAddresses = version == 3 && !Self.sumsUp(frame.original[range.clamped(to: 0..<frame.original.count)])
        frame.note(checksum: start + 6, over: range, others: coversAddresses ? pseudo : OnesComplement())
        let length = isIPv6 ? 16 : 4
        for index in 0..<count {
            let offset = start + 8 + length * index
            guard offset + length <= range.upperBound, frame.holds(offset..<offset + length) else { return frame.cut(to: offset) }
            if isIPv6 { frame.replace(ipv6: offset, addresses) } else { frame.replace(ipv4: offset, addresses) }
        }
        // A password in the clear (RFC 3768 §5.3.10).
        frame.blot(span(start + 8 + length * count, range.upperBound))
    }

    private static func sumsUp(_ octets: ArraySlice<UInt8>) -> Bool {
        var sum: UInt32 = 0
        for (index, octet) in octets.enumerated() { sum &+= index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum == 0xffff
    }
}
