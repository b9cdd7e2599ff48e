import Support
import Wire

/// The forms in which other networks, adapters and programs would have recorded the same packets. Frames keep their numbers.
enum RewrittenForm: String, Sendable, CaseIterable {
    /// A port that carries one VLAN, tagged.
    case tagged
    /// A mirror port that shows both sides of each switch port.
    case twice
    /// One side of which is tagged, as where a trunk's port and an access port are mirrored.
    case twiceTagged
    /// `tcpdump -s 96`.
    case cut
    /// An adapter with several queues, each in order: the first of two neighbours comes last, or the second and third change places.
    case reordered, reorderedLater
    /// The sender leaves transport checksums to its adapter, which is behind the capture.
    case offloaded

    /// Those in which no octet is missing.
    static let whole = allCases.filter { $0 != .cut }

    /// What the kernel and tcpdump take: Ethernet, IPv4 and TCP with its options, and a little more.
    static let snapshotLength = 96
    /// Two queues of one adapter are emptied within this time.
    static let disorder = Interval(nanoseconds: 100_000)

    func rewrite(_ frames: [TestFrame]) -> [TestFrame] {
        switch self {
        case .tagged: frames.map(\.tagged)
        case .twice: Self.duplicated(frames) { $0 }
        case .twiceTagged: Self.duplicated(frames, \.tagged)
        case .cut: frames.map(\.cut)
        case .reordered: Self.reordered(frames, from: 0)
        case .reorderedLater: Self.reordered(frames, from: 1)
        case .offloaded: frames.map(\.offloaded)
        }
    }

    /// Each frame again, a few microseconds later.
    private static func duplicated(_ frames: [TestFrame], _ change: (TestFrame) -> TestFrame) -> [TestFrame] {
        let copies = frames.map { frame in
            var copy = change(frame)
            copy.time = frame.time + Interval(nanoseconds: 3_000)
            copy.number += 1_000_000
            return copy
        }
        // Others' frames may come between the two; a capture keeps the order of each side.
        var merged: [TestFrame] = []
        merged.reserveCapacity(2 * frames.count)
        var rest = copies[...]
        for frame in frames {
            while let copy = rest.first, copy.time < frame.time { merged.append(rest.removeFirst()) }
            merged.append(frame)
        }
        return merged + rest
    }

    /// Neighbours of different queues change places, and keep their times.
    private static func reordered(_ frames: [TestFrame], from start: Int) -> [TestFrame] {
        var frames = frames
        var index = start
        while index + 1 < frames.count {
            let (first, second) = (frames[index], frames[index + 1])
            guard second.time - first.time <= disorder, first.queue != second.queue else {
                index += 1
                continue
            }
            frames.swapAt(index, index + 1)
            index += 2
        }
        return frames
    }
}

extension TestFrame {
    fileprivate var packet: Packet {
        Dissector().dissect(
            bytes.span, linkType: linkType, frame: FrameReference(number: number, time: time), originalLength: originalLength)
    }

    /// With one tag of VLAN 20 more. A cooked header states the type first, what follows it the tag.
    fileprivate var tagged: TestFrame {
        var frame = self
        let tag = EtherType.vlan.rawValue.octets
        switch linkType {
        case .ethernet where bytes.count >= 14: frame.bytes.insert(contentsOf: tag + UInt16(20).octets, at: 12)
        case .linuxCooked2 where bytes.count >= 20:
            frame.bytes.insert(contentsOf: UInt16(20).octets + bytes[..<2], at: 20)
            frame.bytes.replaceSubrange(..<2, with: tag)
        default: return self
        }
        frame.originalLength += 4
        return frame
    }

    fileprivate var cut: TestFrame {
        var frame = self
        frame.bytes = Array(bytes.prefix(RewrittenForm.snapshotLength))
        return frame
    }

    /// The sum of the pseudo-header alone (RFC 9293 §3.1), which is what Linux leaves for the adapter to complete.
    fileprivate var offloaded: TestFrame {
        let packet = packet
        let offset: Int
        let upper: IPProtocol
        switch packet.transport {
        case .tcp: (offset, upper) = (packet.transportOffset + 16, .tcp)
        case .udp: (offset, upper) = (packet.transportOffset + 6, .udp)
        default: return self
        }
        // The kernel itself completes what it sends in fragments.
        guard !packet.isFragment, !packet.isTunnelled, offset + 2 <= bytes.count else { return self }
        let addresses: Range<Int>
        let length: Int
        switch packet.network {
        case .ipv4(let header):
            addresses = packet.networkOffset + 12..<packet.networkOffset + 20
            length = Int(header.totalLength) - (packet.transportOffset - packet.networkOffset)
        case .ipv6(let header):
            addresses = packet.networkOffset + 8..<packet.networkOffset + 40
            length = Int(header.payloadLength) - (packet.transportOffset - packet.networkOffset - 40)
        case .none: return self
        }
        var sum = UInt32(upper.rawValue) + UInt32(length)
        for index in stride(from: addresses.lowerBound, to: addresses.upperBound, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        while sum >> 16 > 0 { sum = sum & 0xffff + sum >> 16 }
        var frame = self
        frame.bytes.replaceSubrange(offset..<offset + 2, with: UInt16(sum).octets)
        return frame
    }

    /// What an adapter's hash puts into one queue: stations, addresses and ports in one direction.
    fileprivate struct Queue: Equatable {
        var stations: ArraySlice<UInt8>
        var source: IPAddress?
        var destination: IPAddress?
        var ports: [UInt16] = []
    }

    fileprivate var queue: Queue {
        let packet = packet
        var queue = Queue(stations: bytes.prefix(linkType == .ethernet ? 12 : 20), source: packet.source, destination: packet.destination)
        switch packet.transport {
        case .tcp(let header): queue.ports = [header.sourcePort.rawValue, header.destinationPort.rawValue]
        case .udp(let header): queue.ports = [header.sourcePort.rawValue, header.destinationPort.rawValue]
        default: break
        }
        return queue
    }
}
