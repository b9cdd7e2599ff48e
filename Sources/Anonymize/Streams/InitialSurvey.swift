import QUICInitial
import Wire

/// Opens QUIC Initials of either side and puts the client's hellos together, which Initials carry in pieces, in any order.
struct InitialSurvey {
    /// Who talks to whom, and under which connection ID's keys.
    private var conversations: [Pair: Conversation] = [:]
    /// By frame.
    private(set) var opened: [UInt64: [Opened]] = [:]
    private var hellos: [HelloKey: Pieces] = [:]
    private var places: [Place] = []
    private var held = 0
    private var count = 0

    private struct Pair: Hashable {
        var client: Endpoint
        var server: Endpoint
    }

    private struct Conversation {
        /// The latest last: after a Retry they change (RFC 9001 §5.2).
        var ids: [ConnectionID] = []
        var largest: [QUICSide: UInt64] = [:]
    }

    private struct HelloKey: Hashable {
        var pair: Pair
        var id: ConnectionID
    }

    /// An Initial that can be opened, and what of its payload becomes something else.
    struct Opened {
        /// Where it begins in its datagram.
        var start: Int
        var stamp: FrameStamp
        var scheme: InitialScheme
        var id: ConnectionID
        var side: QUICSide
        var largest: UInt64?
        var edits: [(offset: Int, octets: [UInt8])] = []
    }

    /// Where the octets of a CRYPTO frame stand.
    private struct Place {
        var frame: UInt64
        var index: Int
        /// The frame from its type on, and its data: octets of the payload.
        var whole: Range<Int>
        var data: Range<Int>
    }

    private static let mostIDs = 4
    private static let mostConversations = 1 << 16
    /// What is beyond is as if it could not be opened.
    private static let mostInitials = 1 << 20
    /// Octets of hellos that wait for their rest.
    private static let mostHeld = 64 << 20

    /// Too many hellos wait: they are to be finished as they are.
    var isFull: Bool { held > Self.mostHeld }

    mutating func take(
        _ datagram: Span<UInt8>, from source: Endpoint, to destination: Endpoint, number: UInt64, _ stamp: FrameStamp,
        _ opener: inout InitialOpener
    ) {
        guard !datagram.isEmpty, datagram[0] & 0x80 != 0 else { return }
        var walker = QUICPacketWalker()
        while let packet = try? walker.next(in: datagram) {
            guard case .protected(let initial) = packet, initial.kind == .initial, let scheme = InitialScheme(initial.header.version) else {
                continue
            }
            open(initial, scheme, datagram, from: source, to: destination, number: number, stamp, &opener)
        }
    }

    private mutating func open(
        _ packet: QUICProtectedPacket, _ scheme: InitialScheme, _ datagram: Span<UInt8>, from source: Endpoint, to destination: Endpoint,
        number: UInt64, _ stamp: FrameStamp, _ opener: inout InitialOpener
    ) {
        let asked = Pair(client: source, server: destination)
        let answered = Pair(client: destination, server: source)
        var candidates = (conversations[asked]?.ids ?? []).reversed().map { (asked, $0, QUICSide.client) }
        candidates += (conversations[answered]?.ids ?? []).reversed().map { (answered, $0, .server) }
        if !candidates.contains(where: { $0.1 == packet.header.destination && $0.2 == .client }) {
            candidates.append((asked, packet.header.destination, .client))
        }
        for (pair, id, side) in candidates {
            let largest = conversations[pair]?.largest[side]
            let keys = opener.keys(scheme, id, side)
            let content = try? opener.open(packet, in: datagram, with: keys, largest: largest) { number, payload in
                (number, [UInt8](copying: payload))
            }
            guard let (packetNumber, payload) = content else { continue }
            guard count < Self.mostInitials else { return }
            count += 1
            note(pair, id, side, packetNumber)
            let entry = Opened(start: packet.octets.lowerBound, stamp: stamp, scheme: scheme, id: id, side: side, largest: largest)
            opened[number, default: []].append(entry)
            read(payload, pair, id, side, number, stamp)
            return
        }
    }

    private mutating func note(_ pair: Pair, _ id: ConnectionID, _ side: QUICSide, _ number: UInt64) {
        if conversations.count >= Self.mostConversations { conversations.removeAll() }
        var conversation = conversations[pair] ?? Conversation()
        if !conversation.ids.contains(id) {
            conversation.ids.append(id)
            conversation.largest = [:]
            if conversation.ids.count > Self.mostIDs { conversation.ids.removeFirst() }
        }
        conversation.largest[side] = max(number, conversation.largest[side] ?? 0)
        conversations[pair] = conversation
    }

    private mutating func read(
        _ payload: [UInt8], _ pair: Pair, _ id: ConnectionID, _ side: QUICSide, _ number: UInt64, _ stamp: FrameStamp
    ) {
        let index = (opened[number]?.count ?? 1) - 1
        var walker = QUICFrameWalker()
        while true {
            let start = walker.offset
            let frame: QUICFrame?
            do throws(DecodeError) { frame = try walker.next(in: payload.span) } catch {
                // What it means is not known, nor what follows it.
                edit(number, index, at: start, [UInt8](repeating: 0, count: payload.count - start))
                return
            }
            switch frame {
            case .crypto(let offset, let data)? where side == .client && offset <= 1 << 20:
                held += data.count
                places.append(Place(frame: number, index: index, whole: start..<data.upperBound, data: data))
                hellos[HelloKey(pair: pair, id: id), default: Pieces()].append(
                    Pieces.Piece(start: Int(offset), octets: Array(payload[data]), frame: number, offset: places.count - 1, stamp: stamp))
            case .crypto? where side == .client:
                // Beyond any hello that is put together.
                edit(number, index, at: start, [UInt8](repeating: 0, count: walker.offset - start))
            case .connectionClose?:
                // The reason is text; without it the code says enough.
                reasons.append((number, index, start..<walker.offset, Array(payload[start..<walker.offset])))
            case .some: break
            case nil: return
            }
        }
    }

    /// CONNECTION_CLOSE frames with their octets, whose reasons are replaced at the end.
    private var reasons: [(frame: UInt64, index: Int, range: Range<Int>, octets: [UInt8])] = []

    private mutating func edit(_ frame: UInt64, _ index: Int, at offset: Int, _ octets: [UInt8]) {
        guard let list = opened[frame], list.indices.contains(index) else { return }
        opened[frame]?[index].edits.append((offset, octets))
    }

    /// - Returns: pieces of hellos that could not be put together.
    mutating func finish(_ names: NameMap, _ addresses: AddressMap) -> Int {
        var missing = 0
        for pieces in hellos.values {
            let whole = pieces.assembled()
            var editor = OctetEditor(octets: whole)
            var read = 0
            while let type = editor.uint8(read), let length = editor.uint24(read + 1), editor.holds(read + 4, length) {
                TLSEditor.rewrite(type: type, read + 4..<read + 4 + length, in: &editor, names, addresses)
                read += 4 + length
            }
            for (piece, octets) in pieces.changes(to: editor.octets, known: [0..<read]) {
                let place = places[piece.offset]
                if octets.count < piece.octets.count {
                    missing += 1
                    // Padding.
                    edit(place.frame, place.index, at: place.whole.lowerBound, [UInt8](repeating: 0, count: place.whole.count))
                } else if octets != piece.octets {
                    edit(place.frame, place.index, at: place.data.lowerBound, octets)
                }
            }
        }
        for reason in reasons {
            var walker = QUICFrameWalker()
            guard case .connectionClose(let close)? = try? walker.next(in: reason.octets.span), !close.reason.isEmpty else { continue }
            let text = names.text(Array(reason.octets[close.reason]), addresses)
            edit(reason.frame, reason.index, at: reason.range.lowerBound + close.reason.lowerBound, text)
        }
        held = 0
        hellos.removeAll()
        places.removeAll()
        reasons.removeAll()
        return missing
    }
}
