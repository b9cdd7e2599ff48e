package import Capture
package import Wire

/// The most recent frames, as many as so many octets hold: what evidence files are made of.
///
/// Small frames have a bound of their own, or what is known of them would take more room than they do.
package struct FrameMemory: Sendable {
    private struct Entry {
        var number: UInt64
        var record: LiveRecord
        var octets: Range<Int>
    }

    private var octets: [UInt8]
    private var entries: [Entry] = []
    /// Entries before it are gone.
    private var first = 0
    private var next = 0
    private let mostFrames: Int

    package init(capacity: Int) {
        octets = [UInt8](repeating: 0, count: capacity)
        mostFrames = max(1, capacity / 256)
    }

    package mutating func keep(_ bytes: Span<UInt8>, _ record: LiveRecord, number: UInt64) {
        guard bytes.count <= octets.count else { return }
        if next + bytes.count > octets.count {
            // What lies behind is older than all that begins at the front.
            while first < entries.count, entries[first].octets.lowerBound >= next { first += 1 }
            next = 0
        }
        let place = next..<next + bytes.count
        while first < entries.count, entries[first].octets.overlaps(place) { first += 1 }
        if count == mostFrames { first += 1 }
        if first > 4096, first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
        for index in bytes.indices { octets[place.lowerBound + index] = bytes[index] }
        entries.append(Entry(number: number, record: record, octets: place))
        next = place.upperBound
    }

    package var count: Int { entries.count - first }
    package var oldest: Timestamp? { first < entries.count ? entries[first].record.time : nil }

    /// Lends them in their order.
    package func forEach(_ body: (UInt64, LiveRecord, Span<UInt8>) -> Void) {
        for entry in entries[first...] { body(entry.number, entry.record, octets.span.extracting(entry.octets)) }
    }
}
