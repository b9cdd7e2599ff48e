import QUICInitial
import Wire

/// What transport headers carry.
extension Anonymizer {
    // MARK: Put together from several frames

    mutating func rewrite(_ stream: StreamSurvey.Stream) {
        let whole = stream.pieces.assembled()
        let editor = StreamEditor(whole, isDNS: stream.isDNS, starts: stream.pieces.list.map(\.start), names, addresses)
        for (piece, octets) in stream.pieces.changes(to: editor.editor.octets, known: editor.known.list) where !octets.isEmpty {
            changes[piece.frame, default: []].append(Change(piece, octets))
        }
    }

    mutating func rewrite(fragments pieces: Pieces) {
        let whole = pieces.assembled()
        var rewritten = whole
        var known = 0
        if whole.count >= UDPHeader.length {
            known = UDPHeader.length
            let ports = [Port(rawValue: whole.span.uint16(at: 0)), Port(rawValue: whole.span.uint16(at: 2))]
            if ports.contains(where: \.isOfNames) {
                let message = DNSEditor.rewrite(Array(whole[UDPHeader.length...]), names, addresses)
                rewritten = Array(whole[..<UDPHeader.length]) + message.octets
                known += message.known
            }
        }
        for (piece, octets) in pieces.changes(to: rewritten, known: [0..<known]) where !octets.isEmpty {
            var change = Change(piece, octets)
            // Fragments end at even places (RFC 791 §3.2).
            if piece.start == 0, piece.end < whole.count {
                change.others = OnesComplement(from: whole, to: rewritten, piece.end..<known.clamped(piece.end))
            }
            changes[piece.frame, default: []].append(change)
        }
    }

    mutating func finishInitials() { notices.closedInitials += initials.finish(names, addresses) }

    mutating func rewriteFragment(_ payload: Range<Int>, _ packet: borrowing Packet, _ frame: inout FrameEditor) {
        guard let change = changes[packet.frame.number]?.first else { return frame.cut(to: payload.lowerBound) }
        frame.write(change.octets, at: change.offset + change.first)
        if change.known < change.count { frame.cut(to: max(payload.lowerBound, change.offset + change.known)) }
    }

    mutating func rewriteStream(_ packet: borrowing Packet, _ frame: inout FrameEditor) {
        let payload = packet.payload
        if payload.isEmpty { return }
        if let change = changes[packet.frame.number]?.first, change.known > 0 {
            frame.write(change.octets, at: change.offset + change.first)
            if change.known < change.count { frame.cut(to: change.offset + change.known) }
            return
        }
        frame.cut(to: payload.lowerBound + Self.recordOctets(frame.original[payload]))
    }

    /// Of TLS records later on the five octets of the header, and alerts, of which no more than the length can be read.
    private static func recordOctets(_ payload: ArraySlice<UInt8>) -> Int {
        let header = Array(payload.prefix(5))
        guard header.count == 5, header[1] == 3, header[2] <= 4 else { return 0 }
        let length = Int(header[3]) << 8 | Int(header[4])
        switch header[0] {
        case 23: return 5
        case 21 where payload.count >= 5 + length && length <= StreamEditor.longestAlert: return 5 + length
        default: return 0
        }
    }

    // MARK: Datagrams

    mutating func rewriteDatagram(_ udp: UDPHeader, _ packet: borrowing Packet, _ frame: inout FrameEditor) {
        let range = packet.payload
        if packet.anomaly != nil { return frame.cut(to: packet.transportOffset + UDPHeader.length) }
        // Options of UDP may follow what it carries (RFC 9868 §4).
        frame.blot(span(range.upperBound, frame.octets.count))
        if range.isEmpty { return }
        let payload = Array(frame.original[range])
        let isQUICPort = quicPorts.contains(udp.sourcePort) || quicPorts.contains(udp.destinationPort)
        if udp.sourcePort.isOfNames || udp.destinationPort.isOfNames {
            let message = DNSEditor.rewrite(payload, names, addresses)
            frame.write(message.octets, at: range.lowerBound)
            frame.cut(to: range.lowerBound + message.known)
        } else if WireGuardMessage.recognizes(payload.span) {
            if payload[0] == WireGuardMessage.MessageType.data.rawValue { frame.cut(to: range.lowerBound + 32) }
        } else if STUNMessage.recognizes(payload.span) {
            frame.cut(to: range.lowerBound + 20)
        } else if payload[0] & 0x80 != 0, isQUICPort || Self.isQUIC(payload) {
            rewriteQUIC(payload, at: range.lowerBound, packet.frame.number, &frame)
        } else {
            // Of a short header its first octet and as much as a connection ID may have (RFC 9000 §17.3.1).
            frame.cut(to: range.lowerBound + (isQUICPort && payload[0] & 0xc0 == 0x40 ? 21 : 0))
        }
    }

    private static func isQUIC(_ payload: [UInt8]) -> Bool {
        guard payload.count >= 7 else { return false }
        return QUICVersion(rawValue: payload.span.uint32(at: 1)).isKnown
    }

    // MARK: QUIC

    private mutating func rewriteQUIC(_ datagram: [UInt8], at offset: Int, _ number: UInt64, _ frame: inout FrameEditor) {
        var walker = QUICPacketWalker()
        while true {
            let start = walker.offset
            let packet: QUICPacket?
            do throws(DecodeError) { packet = try walker.next(in: datagram.span) } catch {
                return frame.cut(to: offset + start + Self.headerLength(datagram, at: start))
            }
            switch packet {
            case .protected(let initial)? where initial.kind == .initial: rewrite(initial, datagram, at: offset, number, &frame)
            case .unknown(_, let octets)?:
                let header = octets.lowerBound + Self.headerLength(datagram, at: octets.lowerBound)
                frame.blot(span(offset + header, offset + octets.upperBound))
            // Encrypted under keys that are not on the wire, or random.
            case .some: break
            case nil: return
            }
        }
    }

    /// First octet, version, and both connection IDs with their lengths.
    private static func headerLength(_ datagram: [UInt8], at start: Int) -> Int {
        var bytes = datagram.span.extracting(droppingFirst: start)
        let count = bytes.count
        guard (try? QUICLongHeader(decoding: &bytes)) != nil else { return min(1, count) }
        return count - bytes.count
    }

    private mutating func rewrite(
        _ initial: QUICProtectedPacket, _ datagram: [UInt8], at offset: Int, _ number: UInt64, _ frame: inout FrameEditor
    ) {
        let sealed = offset + initial.packetNumber..<offset + initial.octets.upperBound
        guard let opened = initials.opened[number]?.first(where: { $0.start == initial.octets.lowerBound }) else {
            // Whoever knows the connection ID of its first packet could open it.
            notices.closedInitials += 1
            return frame.blot(sealed)
        }
        if opened.edits.isEmpty { return }
        let keys = opener.keys(opened.scheme, opened.id, opened.side)
        let content = try? opener.open(initial, in: datagram.span, with: keys, largest: opened.largest) { number, payload in
            (number, [UInt8](copying: payload))
        }
        guard let (packetNumber, plain) = content else { return frame.blot(sealed) }
        var payload = OctetEditor(octets: plain)
        for edit in opened.edits { payload.write(edit.octets, at: edit.offset) }
        let numberLength = initial.octets.upperBound - initial.packetNumber - plain.count - 16
        var header = Array(datagram[initial.octets.lowerBound..<initial.packetNumber])
        header[0] = initial.header.firstOctet & 0xf0 | UInt8(truncatingIfNeeded: numberLength - 1)
        header += packetNumber.octets.suffix(numberLength)
        guard let again = try? opener.seal(header, number: packetNumber, payload: payload.octets, with: keys) else {
            return frame.blot(sealed)
        }
        frame.write(again, at: offset + initial.octets.lowerBound)
    }
}

extension Port {
    /// DNS, and the names of a link.
    fileprivate var isOfNames: Bool { self == .dns || self == .multicastDNS || self == .linkLocalMulticastNames }
}

extension Int {
    /// Not below so much.
    fileprivate func clamped(_ least: Int) -> Int { Swift.max(least, self) }
}
