import Wire

/// Collects the fragments of UDP datagrams.
struct FragmentSurvey {
    private var datagrams: [Key: Datagram] = [:]
    private var finished: [Pieces] = []
    private var held = 0

    private struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
    }

    private struct Datagram {
        var pieces = Pieces()
        var last: Timestamp
    }

    /// Then the identification may stand for another datagram (RFC 791 §3.2: fragments wait for 15 seconds).
    private static let lifetime = Interval.seconds(30)
    private static let mostHeld = 64 << 20
    /// Fragments of one datagram, many of them said twice; what comes behind is cut.
    private static let mostPieces = 1024

    mutating func take(_ packet: borrowing Packet, _ source: IPAddress, _ destination: IPAddress, _ bytes: Span<UInt8>, begins: UDPHeader?)
    {
        let place: (identification: UInt32, offset: Int)
        switch packet.network {
        case .ipv4(let header): place = (UInt32(header.identification), header.fragmentOffset)
        case .ipv6(let header): place = (header.fragment?.identification ?? 0, header.fragment?.offset ?? 0)
        case .none: return
        }
        let key = Key(source: source, destination: destination, identification: place.identification)
        let start = begins == nil ? packet.payload.lowerBound : packet.transportOffset
        // Taken out, so that its pieces are not copied for each.
        var datagram = datagrams.removeValue(forKey: key) ?? Datagram(last: packet.frame.time)
        if packet.frame.time - datagram.last > Self.lifetime {
            finish(datagram)
            datagram = Datagram(last: packet.frame.time)
        }
        // The UDP length ends the payload of a first fragment, which goes on to the packet's end.
        let end = begins == nil ? packet.payload.upperBound : max(packet.payload.upperBound, min(bytes.count, packet.networkEnd))
        datagram.last = packet.frame.time
        guard datagram.pieces.list.count < Self.mostPieces else {
            datagrams[key] = datagram
            return
        }
        datagram.pieces.append(
            Pieces.Piece(
                start: place.offset, octets: [UInt8](copying: bytes.extracting(start..<max(start, end))), frame: packet.frame.number,
                offset: start, stamp: packet.stamp))
        held += max(0, end - start) + Pieces.costOfPiece
        datagrams[key] = datagram
        if held > Self.mostHeld { finish() }
    }

    private mutating func finish(_ datagram: Datagram) {
        finished.append(datagram.pieces)
        held -= datagram.pieces.cost
    }

    mutating func finish() {
        for datagram in datagrams.values { finish(datagram) }
        datagrams.removeAll()
    }

    mutating func takeFinished() -> Pieces? { finished.popLast() }
}

extension Packet {
    var stamp: FrameStamp { FrameStamp(time: frame.time, length: capturedLength) }

    /// Where the packet ends on the wire, in octets from the start of the frame.
    fileprivate var networkEnd: Int {
        switch network {
        case .none: 0
        case .ipv4(let header): networkOffset + Int(header.totalLength)
        case .ipv6(let header): networkOffset + IPv6Header.length + Int(header.payloadLength)
        }
    }
}
