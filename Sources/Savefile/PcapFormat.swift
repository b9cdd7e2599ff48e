import Wire

/// A pcap file: a file header, then records to the end (draft-ietf-opsawg-pcap §4, §5).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------------------------------------------------------+
///     |                             magic                             |
///     |         major version         |         minor version         |
///     |                          reserved (8 octets)                  |
///     |                        snapshot length                        |
///     | FCS length, R, P, reserved    |           link type           |
///     +---------------------------------------------------------------+
///     |                            seconds                            |
///     |                  microseconds or nanoseconds                  |
///     |                        captured length                        |
///     |                        original length                        |
///     |  modified formats: interface index, protocol, packet type ... |
///     +---------------------------------------------------------------+
struct PcapFormat: Sendable {
    let order: ByteOrder
    let snapshotLength: UInt32
    let linkType: LinkType
    private let nanosecondsPerTick: Int64
    private let headerLength: Int
    private let longestFrame: UInt32
    private let lengthsMayBeSwapped: Bool

    static let fileHeaderLength = 24

    /// What libpcap takes for the longest frame whatever the file says; a snapshot length beyond it is believed up to the
    /// longest record that the buffer holds.
    static let longestSnapshot: UInt32 = 262_144

    /// Octets behind the file header that tell how long record headers are: four records of any network of the time.
    private static let sight = 1 << 16

    /// The magic number, in the writer's byte order.
    private enum Magic {
        static let microseconds: UInt32 = 0xa1b2_c3d4
        static let nanoseconds: UInt32 = 0xa1b2_3c4d
        /// Alexey Kuznetsov's patched libpcap, with longer record headers.
        static let modified: UInt32 = 0xa1b2_cd34
    }

    static func order(ofMagic littleEndian: UInt32) -> ByteOrder? {
        for order in [ByteOrder.little, .big] {
            if [Magic.microseconds, Magic.nanoseconds, Magic.modified].contains(order(littleEndian)) { return order }
        }
        return nil
    }

    init(order: ByteOrder, decoding buffer: inout ReadBuffer) throws(SavefileError) {
        self.order = order
        try buffer.require(Self.fileHeaderLength)
        let magic = buffer.uint32(at: 0, order)
        nanosecondsPerTick = magic == Magic.nanoseconds ? 1 : 1000
        let (major, minor) = (buffer.uint16(at: 4, order), buffer.uint16(at: 6, order))
        // 543.0 is Digital UNIX's tcpdump.
        guard major == 2 || major == 543 else {
            throw buffer.damage("pcap version \(major).\(minor) is not supported", .notACapture)
        }
        lengthsMayBeSwapped = major == 543 || minor < 4
        snapshotLength = buffer.uint32(at: 16, order)
        longestFrame = min(max(snapshotLength, Self.longestSnapshot), UInt32(ReadBuffer.largestRecord))
        linkType = LinkType(rawValue: buffer.uint32(at: 20, order) & 0xffff)
        buffer.consume(Self.fileHeaderLength)
        let candidates = magic == Magic.modified ? [24, 28] : magic == Magic.microseconds ? [16, 24, 20] : [16]
        // What is at hand of a file must not depend on how it is read; a pipe's writer may send no more for now.
        if candidates.count > 1, buffer.size != nil { _ = try buffer.fill(Self.sight) }
        headerLength = Self.headerLength(among: candidates, order, longestFrame, buffer)
    }

    /// Patched programs around the year 2000 had longer record headers under a magic number that was taken: Red Hat 6.1 (24 octets) and
    /// Nokia (20) the usual one, SuSE 6.3 (28) the modified one. As Wireshark does, we know them by their first records: these follow one
    /// another in one way only.
    ///
    /// Looks at what is at hand, as far as `sight`, and waits for no more, so that a pipe flows on.
    private static func headerLength(
        among candidates: [Int], _ order: ByteOrder, _ longest: UInt32, _ buffer: borrowing ReadBuffer
    ) -> Int {
        func records(_ length: Int) -> Int? {
            var (offset, count, before) = (0, 0, UInt32(0))
            while count < 4, offset + length <= min(buffer.available, sight) {
                let seconds = buffer.uint32(at: offset, order)
                let captured = buffer.uint32(at: offset + 8, order)
                let original = buffer.uint32(at: offset + 12, order)
                guard buffer.uint32(at: offset + 4, order) < 1_000_000, captured <= original, original <= longest,
                    count == 0 || max(seconds, before) - min(seconds, before) < 86_400
                else { return nil }
                (offset, count, before) = (offset + length + Int(captured), count + 1, seconds)
            }
            return count
        }
        guard candidates.count > 1, records(candidates[0]) == nil else { return candidates[0] }
        let others = candidates.dropFirst().map { (length: $0, count: records($0) ?? 0) }
        return others.filter { $0.count > 1 }.max { $0.count < $1.count }?.length ?? candidates[0]
    }

    @inline(__always)
    func next(in buffer: inout ReadBuffer) throws(SavefileError) -> FrameRecord? {
        guard try buffer.requireHeader(headerLength) else { return nil }
        let seconds = buffer.uint32(at: 0, order)
        let ticks = buffer.uint32(at: 4, order)
        var captured = buffer.uint32(at: 8, order)
        var original = buffer.uint32(at: 12, order)
        // Up to version 2.3 some writers had them the other way round.
        if captured > original, lengthsMayBeSwapped { swap(&captured, &original) }
        guard captured <= longestFrame else { throw buffer.damage("captured length \(captured) is more than \(longestFrame)") }
        let length = headerLength + Int(captured)
        try buffer.require(length)
        buffer.consume(length, frame: headerLength..<length)
        return FrameRecord(
            time: Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(ticks) * nanosecondsPerTick),
            capturedLength: Int(captured), originalLength: Int(original), linkType: linkType, interface: 0)
    }
}
