import Wire

/// Collects the beginnings of TCP streams, each direction by itself, as far as names may stand in them.
struct StreamSurvey {
    private var streams: [Key: Stream] = [:]
    private var finished: [Stream] = []
    private var held = 0
    /// Streams that had to be ended before their time.
    private(set) var overfull = 0

    struct Key: Hashable {
        var source: Endpoint
        var destination: Endpoint
    }

    /// One direction of a connection.
    struct Stream {
        var key: Key
        /// The sequence number of its first octet.
        var base: UInt32
        var pieces = Pieces()
        var isOver = false

        var isDNS: Bool { key.source.port == .dns || key.destination.port == .dns }
    }

    /// Handshakes and heads are shorter; DNS goes on as long as its connection.
    private static let longest = 1 << 16
    private static let longestDNS = 1 << 20
    private static let mostHeld = 256 << 20
    private static let mostStreams = 1 << 18
    /// A second look at what a stream carries is worth its time when it has grown so much.
    private static let step = 1 << 14

    mutating func take(_ tcp: TCPHeader, _ packet: borrowing Packet, _ source: IPAddress, _ destination: IPAddress, _ bytes: Span<UInt8>) {
        let key = Key(source: Endpoint(source, tcp.sourcePort), destination: Endpoint(destination, tcp.destinationPort))
        let begins = tcp.flags.contains(.syn)
        let base = begins ? tcp.sequence &+ 1 : tcp.sequence
        if begins, let stream = streams[key], stream.base != base { finish(stream) }
        if begins, streams[key]?.base != base { streams[key] = Stream(key: key, base: base) }
        guard !packet.payload.isEmpty else { return }
        let octets = [UInt8](copying: bytes.extracting(packet.payload))
        var stream = streams[key] ?? Stream(key: key, base: base)
        if stream.isOver {
            // A request on a connection that carried something else, or more than was held.
            guard HTTPEditor.begins(octets) else { return }
            stream = Stream(key: key, base: base)
        }
        streams[key] = nil
        let start = Int(Int32(bitPattern: base &- stream.base))
        let limit = stream.isDNS ? Self.longestDNS : Self.longest
        if start < limit {
            let before = stream.pieces.count
            stream.pieces.append(
                Pieces.Piece(
                    start: start, octets: octets, frame: packet.frame.number, offset: packet.payload.lowerBound, stamp: packet.stamp))
            held += octets.count + Pieces.costOfPiece
            if !stream.isDNS, before / Self.step != stream.pieces.count / Self.step, StreamEditor.isOver(stream.pieces.assembled()) {
                finish(stream)
                stream = ended(stream)
            }
        } else {
            overfull += stream.isDNS ? 1 : 0
            finish(stream)
            stream = ended(stream)
        }
        streams[key] = stream
        if streams.count > Self.mostStreams {
            // A segment of one that is forgotten begins nothing that is read, or is read anew.
            streams = streams.filter { !$0.value.isOver }
            if streams.count > Self.mostStreams / 2 {
                overfull += streams.count
                finish()
                streams.removeAll()
            }
        }
        guard held > Self.mostHeld else { return }
        overfull += streams.values.count { !$0.isOver }
        finish()
    }

    private func ended(_ stream: Stream) -> Stream {
        var stream = stream
        stream.pieces = Pieces()
        stream.isOver = true
        return stream
    }

    private mutating func finish(_ stream: Stream) {
        if !stream.isOver { finished.append(stream) }
        held -= stream.pieces.cost
    }

    mutating func finish() {
        for (key, stream) in streams where !stream.isOver {
            finish(stream)
            streams[key] = ended(stream)
        }
    }

    mutating func takeFinished() -> Stream? { finished.popLast() }
}
