package import Capture
package import Wire

/// Frames of several interfaces in the order of time: each hands over a block of the ring at a time, so one may be ahead of another.
package struct FrameOrder: Sendable {
    private struct Entry {
        var record: LiveRecord
        var octets: Range<Int>
    }

    private var entries: [Entry] = []
    private var octets: [UInt8] = []

    package init() {}

    /// Octets that wait at the most, whatever their time.
    private static let limit = 16 << 20

    package mutating func add(_ bytes: Span<UInt8>, _ record: LiveRecord) {
        let start = octets.count
        unsafe bytes.withUnsafeBufferPointer { unsafe octets.append(contentsOf: $0) }
        entries.append(Entry(record: record, octets: start..<octets.count))
    }

    package var isFull: Bool { octets.count > Self.limit }

    /// Lends what is not younger than `time`, in order; equal times keep the order in which they came.
    package mutating func release(until time: Timestamp, _ body: CaptureHandle.Body) {
        guard entries.contains(where: { $0.record.time <= time }) else { return }
        let sorted = entries.enumerated().sorted { ($0.element.record.time, $0.offset) < ($1.element.record.time, $1.offset) }.map(
            \.element)
        let count = sorted.firstIndex { $0.record.time > time } ?? sorted.count
        for entry in sorted[..<count] { body(octets.span.extracting(entry.octets), entry.record) }
        var rest: [UInt8] = []
        entries = sorted[count...].map { entry in
            let start = rest.count
            rest.append(contentsOf: octets[entry.octets])
            return Entry(record: entry.record, octets: start..<rest.count)
        }
        octets = rest
    }
}
