import Wire

/// Frames that were read and wait, so that they come in the order of time.
///
/// An adapter with several queues hands its frames over queue by queue, each with the time at which it came: of two stations that talk, the
/// answer may stand before the question. What is read stays where it is, in the read buffer; only what waits when that moves is copied.
struct FrameQueue: Sendable {
    private struct Entry {
        var record = FrameRecord(
            time: .distantPast, capturedLength: 0, originalLength: 0, linkType: LinkType(rawValue: 0), interface: 0)
        var octets = Octets()
        /// Its place in the file, from 0.
        var place = 0
    }

    /// In the read buffer, or in `aside`.
    private struct Octets {
        var range = 0..<0
        var isAside = false
    }

    /// A driver empties its queues in turn within much less, and a step of the clock is no disorder.
    static let window = FrameReference.disorder
    /// A driver takes so many frames from a queue at a time (NAPI_POLL_WEIGHT), so those of two queues are put in order. With n queues a frame may
    /// stand (n - 1) * 64 places behind; of those beyond 63 it stays behind. More would cost dense captures that are in order: with 512, reading
    /// frames 5 us apart takes 1.1 times as long, and 1 us apart, large, 1.5 times.
    static let mostFrames = FrameReference.mostDisordered
    /// Of the octets that wait, but for the last frame's.
    static let mostOctets = 1 << 20
    /// Three times what the frames of a busy millisecond take, mostly.
    private static let usualOctets = 1 << 17

    /// A ring; no places where nothing was ever put in order.
    private var entries: ContiguousArray<Entry> = []
    private var head = 0
    private var count = 0
    private var lent = Octets()
    private var aside: [UInt8] = []
    /// What was aside before: its storage is used in turn.
    private var spare: [UInt8] = []
    private var latest = Timestamp.distantPast
    private var octets = 0
    private var taken = 0
    private var given = 0

    @inline(__always)
    private func place(_ index: Int) -> Int { (head + index) & (Self.mostFrames - 1) }

    /// No frame that is still to be read has its place before the first one here.
    @inline(__always)
    var isRipe: Bool {
        guard count > 0 else { return false }
        return latest - entries[head].record.time > Self.window || count == Self.mostFrames || octets >= Self.mostOctets
    }

    @inline(__always)
    mutating func add(_ record: FrameRecord, at range: Range<Int>) {
        if entries.isEmpty { entries = ContiguousArray(repeating: Entry(), count: Self.mostFrames) }
        if count > 0, record.time < entries[place(count - 1)].record.time {
            insert(record, range)
        } else {
            entries[place(count)] = Entry(record: record, octets: Octets(range: range), place: taken)
        }
        latest = record.time
        octets += range.count
        taken += 1
        count += 1
    }

    @inline(never)
    private mutating func insert(_ late: FrameRecord, _ range: Range<Int>) {
        var record = late
        record.isLate = true
        var index = count
        while index > 0, case let before = entries[place(index - 1)], before.record.time > record.time,
            before.record.time - record.time <= Self.window
        {
            entries[place(index)] = before
            index -= 1
        }
        entries[place(index)] = Entry(record: record, octets: Octets(range: range), place: taken)
    }

    /// The first one; it is lent until the next is taken.
    @inline(__always)
    mutating func take() -> FrameRecord? {
        guard count > 0 else {
            lent = Octets()
            return nil
        }
        lent = entries[head].octets
        var record = entries[head].record
        record.displacement = entries[head].place - given
        octets -= lent.range.count
        head = place(1)
        count -= 1
        given += 1
        return record
    }

    @inline(__always)
    func withFrame<R>(of buffer: Span<UInt8>, _ body: (Span<UInt8>) -> R) -> R {
        lent.isAside ? body(aside.span.extracting(lent.range)) : body(buffer.extracting(lent.range))
    }

    /// Those that waited when the read buffer moved, and those of frames that have been given since.
    var octetsAside: Int { aside.count }

    /// The read buffer moves: what waits there is copied.
    mutating func keep(_ buffer: borrowing [UInt8]) {
        lent = Octets()
        // Once, so that a file's later frames find room without the heap.
        if aside.capacity == 0 {
            aside.reserveCapacity(Self.usualOctets)
            spare.reserveCapacity(Self.usualOctets)
        }
        // Each octet is copied twice at most, however often a pipe moves the buffer: as many have been given as wait.
        if aside.count >= 2 * octets { forgetGiven() }
        for index in 0..<count where !entries[place(index)].octets.isAside {
            let start = aside.count
            aside.append(contentsOf: buffer[entries[place(index)].octets.range])
            entries[place(index)].octets = Octets(range: start..<aside.count, isAside: true)
        }
    }

    private mutating func forgetGiven() {
        swap(&aside, &spare)
        aside.removeAll(keepingCapacity: true)
        for index in 0..<count where entries[place(index)].octets.isAside {
            let start = aside.count
            aside.append(contentsOf: spare[entries[place(index)].octets.range])
            entries[place(index)].octets.range = start..<aside.count
        }
    }
}
