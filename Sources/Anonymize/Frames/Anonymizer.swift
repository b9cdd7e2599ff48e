import Digest
import QUICInitial
package import Wire

/// Replaces addresses, names and what else tells whose a capture is, and leaves what decoders read: frames of the same lengths with the same meaning.
/// What no decoder reads is cut.
///
/// Messages that several frames carry are put together first: `survey` takes every frame, then `rewrite` takes them again in the same order.
package struct Anonymizer: ~Copyable {
    let addresses: AddressMap
    let names: NameMap
    var opener: InitialOpener
    let quicPorts: Set<Port>
    private let dissector = Dissector()
    private var packet = Packet()
    var streams = StreamSurvey()
    var fragments = FragmentSurvey()
    var initials = InitialSurvey()
    var changes: [UInt64: [Change]] = [:]
    /// A frame of the second pass is not that which had its number in the first: what is put together from both is wrong.
    package private(set) var hasStrayed = false
    package internal(set) var notices = Notices()

    /// What was left out although a decoder would read it.
    package struct Notices: Hashable, Sendable {
        /// QUIC packets that could not be opened, or whose hello is not whole.
        package var closedInitials = 0
        /// Frames of link types that are not read.
        package var unsupportedFrames = 0
        /// Connections of which more had to be held than there is room for.
        package var longStreams = 0

        package init() {}
    }

    /// - Parameter key: what decides; whoever has it can undo the replacement.
    /// - Parameter quicPorts: UDP ports, beside the usual ones, on which long headers of any version are QUIC's.
    package init(key: [UInt8], keepsVendors: Bool, quicPorts: Set<Port> = []) throws(AnonymizerError) {
        let function: KeyedFunction
        do throws(MessageDigest.Unavailable) { function = try KeyedFunction(key) } catch {
            throw AnonymizerError(problem: "libcrypto offers no \(error.algorithm)")
        }
        let opener: InitialOpener
        do throws(Unavailable) { opener = try InitialOpener() } catch { throw AnonymizerError(problem: error.description) }
        self.init(function, opener, keepsVendors: keepsVendors, quicPorts: quicPorts.union([.https, Port(rawValue: 7844)]))
    }

    private init(_ function: KeyedFunction, _ opener: consuming InitialOpener, keepsVendors: Bool, quicPorts: Set<Port>) {
        addresses = AddressMap(function, keepsVendors: keepsVendors)
        names = NameMap(function)
        self.opener = opener
        self.quicPorts = quicPorts
    }

    /// The first pass.
    package mutating func survey(_ bytes: Span<UInt8>, _ linkType: LinkType, originalLength: Int, at time: Timestamp, number: UInt64) {
        guard linkType.isSupported else { return }
        dissector.dissect(
            bytes, linkType: linkType, frame: FrameReference(number: number, time: time), originalLength: originalLength, into: &packet)
        guard let source = packet.source, let destination = packet.destination else { return }
        switch packet.transport {
        case .tcp(let tcp) where packet.anomaly == nil && !packet.isFragment:
            streams.take(tcp, packet, source, destination, bytes)
            while let stream = streams.takeFinished() { rewrite(stream) }
        case .udp(let udp) where packet.isFragment:
            fragments.take(packet, source, destination, bytes, begins: udp)
            while let pieces = fragments.takeFinished() { rewrite(fragments: pieces) }
        case .fragment(.udp):
            fragments.take(packet, source, destination, bytes, begins: nil)
            while let pieces = fragments.takeFinished() { rewrite(fragments: pieces) }
        case .udp(let udp):
            let payload = bytes.extracting(packet.payload)
            initials.take(
                payload, from: Endpoint(source, udp.sourcePort), to: Endpoint(destination, udp.destinationPort), number: number,
                packet.stamp, &opener)
            if initials.isFull { finishInitials() }
        default: break
        }
    }

    package mutating func endSurvey() {
        streams.finish()
        while let stream = streams.takeFinished() { rewrite(stream) }
        fragments.finish()
        while let pieces = fragments.takeFinished() { rewrite(fragments: pieces) }
        notices.longStreams = streams.overfull
        finishInitials()
    }

    /// The second pass.
    ///
    /// - Returns: the frame's octets, as many as are kept.
    package mutating func rewrite(
        _ bytes: Span<UInt8>, _ linkType: LinkType, originalLength: Int, at time: Timestamp, number: UInt64
    ) -> [UInt8] {
        guard linkType.isSupported else {
            notices.unsupportedFrames += 1
            return []
        }
        let found = dissector.dissect(
            bytes, linkType: linkType, frame: FrameReference(number: number, time: time), originalLength: originalLength)
        var frame = FrameEditor(bytes)
        if let stamp = changes[number]?.first?.stamp ?? initials.opened[number]?.first?.stamp, stamp != found.stamp { hasStrayed = true }
        rewrite(found, linkType, &frame)
        frame.mendChecksums()
        return Array(frame.octets.prefix(frame.kept))
    }
}

package struct AnonymizerError: Error, Hashable, Sendable, CustomStringConvertible {
    package var problem: String
    package var description: String { problem }
}

/// What becomes of octets of one frame that are part of something longer.
struct Change {
    /// Of the frame, and how many octets from there on are known, of how many.
    var offset: Int
    var stamp: FrameStamp
    var known: Int
    var count: Int
    /// Of these, the octets that are others now: from the first one on.
    var first = 0
    var octets: [UInt8] = []
    /// What changed in later fragments, for the checksum of the first.
    var others = OnesComplement()

    init(_ piece: Pieces.Piece, _ rewritten: [UInt8]) {
        offset = piece.offset
        stamp = piece.stamp
        count = piece.octets.count
        known = rewritten.count
        guard let first = rewritten.indices.first(where: { rewritten[$0] != piece.octets[$0] }),
            let last = rewritten.indices.last(where: { rewritten[$0] != piece.octets[$0] })
        else { return }
        self.first = first
        octets = Array(rewritten[first...last])
    }
}

struct Endpoint: Hashable {
    var address: IPAddress
    var port: Port

    init(_ address: IPAddress, _ port: Port) {
        self.address = address
        self.port = port
    }
}
