import Flows
import Wire

/// Structures that put back in order what came in pieces. The octets are a function of their place, so that what comes out can be told
/// from what went in, whatever the order.
enum Streams {
    private static func octet(at place: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: place ^ place >> 8 &* 31) }

    /// Segments: two octets of distance from the place that the stream is expected to be at, one of length, one of appetite.
    static func segments(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let limit = 2048
        var buffer = StreamBuffer(limit: limit)
        let first = 0xffff_f000 as UInt32
        var next = first
        buffer.begin(at: first)
        while !bytes.isEmpty {
            let distance = UInt32(bitPattern: Int32(Int16(bitPattern: bytes.word())))
            let length = Int(bytes.octet()) * 8
            let appetite = Int(bytes.octet())
            let start = next &+ distance
            let segment = (0..<UInt32(length)).map { octet(at: start &+ $0) }
            buffer.take(start, segment.span) { octets in
                for index in octets.indices {
                    expect(octets[index] == octet(at: next &+ UInt32(index)), "another octet at \(next &+ UInt32(index))")
                }
                let consumed = appetite < 128 ? octets.count : min(appetite - 128, octets.count)
                next = next &+ UInt32(consumed)
                return consumed
            }
            expect(buffer.kept <= limit, "\(buffer.kept) octets kept")
            guard !buffer.isLost else { return }
        }
    }

    /// Fragments of two IPv4 and two IPv6 datagrams: an octet of flags, one of time, a word of offset, an octet of length.
    static func fragments(_ bytes: Span<UInt8>) {
        var bytes = bytes
        var buffer = FragmentBuffer(datagrams: 3, octets: 1 << 14, hashKey: 1)
        var time = Timestamp(nanoseconds: 0)
        while !bytes.isEmpty {
            let flags = bytes.octet()
            time = time + .milliseconds(Int64(bytes.octet()) * 100)
            let offset = bytes.word() & 0x1fff
            let length = Int(bytes.octet()) * (flags & 8 == 0 ? 8 : 1)
            let frame = flags & 1 == 0 ? ipv4(flags, offset, length) : ipv6(flags, offset, length)
            let reference = FrameReference(number: 1, time: time)
            let packet = Dissector().dissect(frame.span, linkType: .raw, frame: reference, originalLength: frame.count)
            buffer.observe(packet, in: frame.span) { _, octets in
                expect(octets.count <= 0xffff, "a datagram of \(octets.count) octets")
                for index in octets.indices { expect(octets[index] == octet(at: UInt32(index)), "another octet at \(index)") }
            }
            expect(buffer.count <= 3, "\(buffer.count) datagrams")
        }
    }

    private static func content(_ offset: UInt16, _ length: Int) -> [UInt8] {
        (0..<UInt32(length)).map { octet(at: UInt32(offset) * 8 + $0) }
    }

    private static func ipv4(_ flags: UInt8, _ offset: UInt16, _ length: Int) -> [UInt8] {
        let total = UInt16(20 + length)
        let word = offset | (flags & 4 == 0 ? 0 : 0x2000)
        return [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, flags >> 1 & 1, UInt8(word >> 8), UInt8(word & 255), 64, 17, 0, 0]
            + [10, 0, 0, 20, 10, 0, 0, 157] + content(offset, length)
    }

    private static func ipv6(_ flags: UInt8, _ offset: UInt16, _ length: Int) -> [UInt8] {
        let payload = UInt16(8 + length)
        let word = offset << 3 | (flags & 4 == 0 ? 0 : 1)
        let addresses = [UInt8](repeating: 0xfd, count: 31) + [0xfe]
        return [0x60, 0, 0, 0, UInt8(payload >> 8), UInt8(payload & 255), 44, 64] + addresses
            + [17, 0, UInt8(word >> 8), UInt8(word & 255), 0, 0, 0, flags >> 1 & 1] + content(offset, length)
    }
}
