import Flows
package import Wire

/// How much of each packet of evidence is kept: what the decoders read, and no user's data.
///
/// Whole: ARP, ICMP, VRRP, DNS (UDP and TCP port 53), QUIC packets with long headers, WireGuard handshakes, TLS hellos, certificates and alerts, HTTP/1 heads.
/// Of TLS application data the record's five octets, of other UDP the first 32, of all else on TCP nothing but the headers. Lengths stay as they
/// were on the wire.
package struct PayloadCut: ~Copyable {
    private struct Direction: Hashable {
        var source: Endpoint
        var destination: Endpoint
    }

    /// What the next segment of a direction goes on with.
    private enum Rest {
        /// Octets of a TLS record that is kept.
        case record(Int)
        /// An HTTP head without its end.
        case head(Int)
    }

    private var rests: [Direction: Rest] = [:]
    private let dissector = Dissector()
    private var packet = Packet()

    private static let otherDatagram = 32
    /// A head that goes on for longer is none.
    private static let longestHead = 16_384
    private static let mostDirections = 65_536

    package init() {}

    /// - Returns: octets of the frame to keep.
    package mutating func kept(_ bytes: Span<UInt8>, _ linkType: LinkType, originalLength: Int, at time: Timestamp) -> Int {
        guard linkType.isSupported else { return bytes.count }
        dissector.dissect(
            bytes, linkType: linkType, frame: FrameReference(number: 1, time: time), originalLength: originalLength, into: &packet)
        let payload = bytes.extracting(packet.payload)
        let headers = packet.payload.lowerBound
        switch packet.transport {
        case .udp(let udp):
            let isWhole =
                udp.sourcePort == .dns || udp.destinationPort == .dns || (!payload.isEmpty && payload[0] & 0x80 != 0)
                || (WireGuardMessage.recognizes(payload) && payload[0] != WireGuardMessage.MessageType.data.rawValue)
            // A first fragment's later ones may hold the rest of a message.
            return isWhole || packet.isFragment ? bytes.count : min(bytes.count, headers + Self.otherDatagram)
        case .tcp(let tcp):
            guard tcp.sourcePort != .dns, tcp.destinationPort != .dns, !payload.isEmpty, let source = packet.source,
                let destination = packet.destination
            else { return bytes.count }
            let direction = Direction(
                source: Endpoint(source, tcp.sourcePort), destination: Endpoint(destination, tcp.destinationPort))
            return headers + keptOfStream(payload, direction)
        default: return bytes.count
        }
    }

    private mutating func keptOfStream(_ payload: Span<UInt8>, _ direction: Direction) -> Int {
        var kept = 0
        switch rests.removeValue(forKey: direction) {
        case .record(let count)?:
            guard count <= payload.count else {
                rests[direction] = .record(count - payload.count)
                return payload.count
            }
            kept = count
        case .head(let count)?: return keptOfHead(payload, direction, before: count)
        case nil: if Self.beginsHead(payload) { return keptOfHead(payload, direction, before: 0) }
        }
        while payload.count - kept >= 5, (20...23).contains(payload[kept]), payload[kept + 1] == 3 {
            let length = 5 + (Int(payload[kept + 3]) << 8 | Int(payload[kept + 4]))
            if payload[kept] == 23 { return kept + 5 }
            if kept + length > payload.count {
                if rests.count < Self.mostDirections { rests[direction] = .record(kept + length - payload.count) }
                return payload.count
            }
            kept += length
        }
        return kept
    }

    private mutating func keptOfHead(_ payload: Span<UInt8>, _ direction: Direction, before: Int) -> Int {
        var lineFeeds = 0
        for index in payload.indices {
            if payload[index] == 0x0a { lineFeeds += 1 } else if payload[index] != 0x0d { lineFeeds = 0 }
            if lineFeeds == 2 { return index + 1 }
        }
        if before + payload.count < Self.longestHead, rests.count < Self.mostDirections {
            rests[direction] = .head(before + payload.count)
        }
        return payload.count
    }

    /// A method and a blank, or a version.
    private static let beginnings = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ", "PATCH ", "HTTP/1."]
        .map { Array($0.utf8) }

    private static func beginsHead(_ payload: Span<UInt8>) -> Bool {
        for word in beginnings where payload.count >= word.count {
            var isEqual = true
            for index in word.indices where payload[index] != word[index] { isEqual = false }
            if isEqual { return true }
        }
        return false
    }
}
