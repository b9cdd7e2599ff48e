import QUICInitial
package import Wire

/// What a UDP datagram holds of QUIC: its packets, the frames of those that could be opened, and the handshake messages that they complete.
package struct QUICContent: Describable {
    package static let layer = Layer.quic

    package struct PacketContent: Sendable {
        package var packet: QUICPacket
        package var opening: QUICOpening
        package var frames: [QUICFrame] = []
        /// Of a short header, where the connection tells how long it is (RFC 9000 §17.3.1).
        package internal(set) var destination: ConnectionID?
        /// Without protection; empty where it was not removed.
        fileprivate var payload: [UInt8] = []

        init(_ packet: QUICPacket, _ opening: QUICOpening) {
            self.packet = packet
            self.opening = opening
        }
    }

    package internal(set) var packets: [PacketContent] = []
    package internal(set) var handshakes: [TLSHandshakeContent] = []
    private let datagram: [UInt8]

    init(_ datagram: Span<UInt8>) { self.datagram = [UInt8](copying: datagram) }

    /// Where the capture cut the first packet off, its header still says what it is.
    mutating func takeHeader(of datagram: Span<UInt8>) {
        var cursor = datagram
        guard let header = try? QUICLongHeader(decoding: &cursor), header.version.isKnown || header.version.isGrease else { return }
        packets.append(PacketContent(.unknown(header, octets: 0..<datagram.count), .noKeys))
    }

    /// The receiver chose the ID, and so how long it is.
    mutating func nameShortHeader(_ id: ConnectionID?, in datagram: Span<UInt8>) {
        guard let id, let last = packets.indices.last, case .short(_, let octets) = packets[last].packet, octets.count > id.count else {
            return
        }
        packets[last].destination = ConnectionID(copying: datagram.extracting((octets.lowerBound + 1)..<(octets.lowerBound + 1 + id.count)))
    }

    package func describe(to fields: inout some FieldVisitor) {
        fields.list("packets", count: packets.count) { index, fields in
            let content = packets[index]
            content.packet.describe(in: datagram.span, to: &fields)
            if let destination = content.destination { fields.field("dcid", destination.description) }
            switch content.opening {
            case .opened(let number):
                fields.field("packet_number", number)
                fields.list("frames", count: content.frames.count) { content.frames[$0].describe(in: content.payload.span, to: &$1) }
            case .failed: fields.field("undecrypted", flag: true)
            case .verified(let isRight): if let isRight { fields.field("integrity_tag_valid", flag: isRight) }
            case .plain, .noKeys: break
            }
        }
        handshakes.describe(to: &fields)
    }
}

/// Collects the packets of one datagram as a conversation reads them.
struct QUICCollector: QUICVisitor {
    var content: QUICContent
    /// The first thing that did not decode, by its place in the datagram.
    var failure: (offset: Int, error: DecodeError)?
    let fingerprint: Fingerprint?

    init(_ datagram: Span<UInt8>, _ fingerprint: Fingerprint?) {
        content = QUICContent(datagram)
        self.fingerprint = fingerprint
    }

    mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening) {
        content.packets.append(QUICContent.PacketContent(packet, opening))
    }

    mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>) {
        let last = content.packets.count - 1
        guard last >= 0 else { return }
        if content.packets[last].frames.isEmpty { content.packets[last].payload = [UInt8](copying: payload) }
        content.packets[last].frames.append(frame)
    }

    mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide) {
        content.handshakes.append(TLSHandshakeContent(header, body, over: .quic, fingerprint))
    }

    mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool) {
        // Octets of a payload lie behind its packet's header; the packet's place is as near as can be told.
        let start = content.packets.last?.packet.octets.lowerBound ?? 0
        if failure == nil { failure = (inPayload ? start : offset, error) }
    }
}
