import Flows
import LAN
import QUICInitial
import Wire

enum QUIC {
    /// The most that a datagram on the wire has room for.
    private static let largest = 1400

    /// Datagrams of both sides: each is an octet that says what it is, and a piece. Even ones are datagrams as they are; a random one never
    /// passes authentication, so the others are the frames of an Initial, which is sealed here as its sender would.
    static func conversation(_ bytes: Span<UInt8>) {
        var bytes = bytes
        var ends = QUICEnds()
        ends.version = bytes.octet() & 1 == 0 ? .v1 : .v2
        guard var opener = try? InitialOpener() else { return }
        var conversation: QUICConversation?
        var visitor = Hearing()
        var datagrams = 0
        while !bytes.isEmpty, datagrams < 32 {
            datagrams += 1
            let kind = bytes.octet()
            let side: QUICSide = kind & 2 == 0 ? .client : .server
            var datagram = bytes.piece()
            if kind & 1 == 1 { datagram = ends.initial(side, number: kind >> 4, Array(datagram.prefix(largest))) }
            if conversation == nil { conversation = QUICConversation(first: datagram.span) }
            visitor.octets = datagram.count
            _ = conversation?.take(datagram.span, from: side, &opener, &visitor)
            // Two sides, each with its limit, and room for one datagram beyond.
            expect(conversation?.heldOctets ?? 0 <= 2 * (16_384 + largest), "\(conversation?.heldOctets ?? 0) octets held")
        }
    }

    private struct Hearing: QUICVisitor {
        var octets = 0

        mutating func packet(_ packet: QUICPacket, _ opening: QUICOpening) {}
        mutating func frame(_ frame: QUICFrame, in payload: Span<UInt8>) { QUIC.look(frame, payload) }
        mutating func anomaly(_ error: DecodeError, at offset: Int, inPayload: Bool) {
            expect((0...octets).contains(offset), "\(error) at \(offset) of \(octets)")
            expectSense(error)
        }
        mutating func handshakeMessage(_ header: TLSHandshakeHeader, _ body: Span<UInt8>, from side: QUICSide) {
            switch header.type {
            case .clientHello: decode(ClientHello.self, body)
            case .serverHello: decode(ServerHello.self, body)
            default: break
            }
        }
    }

    static func packets(_ bytes: Span<UInt8>) {
        attempt(bytes) { cursor throws(DecodeError) in
            var fields = Fields()
            try QUICLongHeader(decoding: &cursor).describe(to: &fields)
        }
        attempt(bytes) { cursor throws(DecodeError) in
            let number = try QUICVarint(decoding: &cursor)
            expect(number.value <= QUICVarint.greatest, "\(number.value)")
            let again = number.octets
            var span = again.span
            expect((try QUICVarint(decoding: &span)) == number && span.isEmpty, "\(number.value) is read otherwise than written")
        }
        var walker = QUICPacketWalker()
        var before = -1
        attempt(bytes) { cursor throws(DecodeError) in
            while let packet = try walker.next(in: cursor) {
                var fields = Fields()
                packet.describe(in: cursor, to: &fields)
                expect(walker.offset > before && walker.offset <= cursor.count, "a packet ends at \(walker.offset)")
                before = walker.offset
            }
        }
        expect((0...bytes.count).contains(walker.offset), "packets to \(walker.offset)")
    }

    static func frames(_ bytes: Span<UInt8>) {
        var walker = QUICFrameWalker()
        var before = -1
        attempt(bytes) { cursor throws(DecodeError) in
            while let frame = try walker.next(in: cursor) {
                expect(walker.offset > before && walker.offset <= cursor.count, "a frame ends at \(walker.offset)")
                before = walker.offset
                look(frame, cursor)
            }
        }
        expect((0...bytes.count).contains(walker.offset), "frames to \(walker.offset)")
    }

    private static func look(_ frame: QUICFrame, _ payload: Span<UInt8>) {
        var fields = Fields()
        frame.describe(in: payload, to: &fields)
        if case .crypto(_, let data) = frame { expect(data.upperBound <= payload.count, "CRYPTO data to \(data.upperBound)") }
    }
}
