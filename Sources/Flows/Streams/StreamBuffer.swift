import Wire

/// One direction of a TCP connection, put back in order (RFC 9293 §3.4): octets that come twice are passed on once, octets that come early
/// wait. What waits is bounded; a gap that outgrows the bound loses the stream, which then stays silent.
///
/// Octets that the snapshot length took away need no word: the next segment begins behind them, so they are a gap.
package struct StreamBuffer {
    /// The sequence number behind the last octet that came in order; nil before the first.
    private var end: UInt32?
    /// Octets in order that the reader has not consumed yet.
    private var unread: [UInt8] = []
    /// Octets that came early: in order, apart from each other, all behind `end`.
    private var islands: [Island] = []
    private var waiting = 0
    private let limit: Int

    /// More waited than may; what comes is ignored until `begin`.
    package private(set) var isLost = false

    private struct Island {
        var start: UInt32
        var octets: [UInt8]
        var end: UInt32 { start &+ UInt32(truncatingIfNeeded: octets.count) }

        /// What an island costs beside its octets, roughly: many small ones must not cost more than few large ones.
        static let overhead = 64
    }

    /// `limit` bounds what is kept, in octets.
    package init(limit: Int) { self.limit = limit }

    /// Octets waiting for others before them.
    package var hasGap: Bool { !islands.isEmpty }
    /// The sequence number of the next octet in order; nil before the first.
    package var next: UInt32? { end }
    /// What is kept, in octets.
    package var kept: Int { unread.count + waiting }

    /// Begins, or begins anew: with the sequence number of the first octet, which is SYN's and 1. Without this the first segment begins.
    package mutating func begin(at sequence: UInt32) {
        self = Self(limit: limit)
        end = sequence
    }

    /// Takes a segment's octets. `body` gets all octets in order that it has not consumed yet, where there are new ones, and says how many it
    /// consumes; the rest comes again with the next. A segment in order, with nothing waiting, is lent as it is.
    @inline(__always)
    package mutating func take(_ sequence: UInt32, _ octets: Span<UInt8>, _ body: (Span<UInt8>) -> Int) {
        guard !isLost, !octets.isEmpty else { return }
        guard sequence == end ?? sequence, unread.isEmpty, islands.isEmpty else {
            takeOutOfOrder(sequence, octets, body)
            return
        }
        end = sequence &+ UInt32(truncatingIfNeeded: octets.count)
        let consumed = min(max(body(octets), 0), octets.count)
        if consumed < octets.count { unread.append(octets, from: consumed) }
        if unread.count > limit { lose() }
    }

    private mutating func takeOutOfOrder(_ sequence: UInt32, _ octets: Span<UInt8>, _ body: (Span<UInt8>) -> Int) {
        let end = end ?? sequence
        // Sequence numbers wrap around: half of them lie ahead, half behind (RFC 9293 §3.4).
        let distance = Int(Int32(bitPattern: sequence &- end))
        guard distance > -octets.count else { return }  // nothing new
        let before = unread.count
        if islands.isEmpty, distance <= 0 {
            unread.append(octets, from: -distance)
            self.end = end &+ UInt32(truncatingIfNeeded: octets.count + distance)
        } else {
            keep(octets, distance: distance, behind: end)
            var reached = end
            var joined = 0
            for island in islands {
                guard island.start == reached else { break }
                unread += island.octets
                waiting -= island.octets.count + Island.overhead
                reached = island.end
                joined += 1
            }
            islands.removeFirst(joined)
            self.end = reached
        }
        if unread.count > before {
            let consumed = min(max(body(unread.span), 0), unread.count)
            drop(consumed)
        }
        if kept > limit { lose() }
    }

    /// Drops octets that were read, and the memory that they took where it is much more than the rest needs.
    private mutating func drop(_ count: Int) {
        if count == unread.count {
            unread = []
        } else if unread.capacity > 4096, unread.capacity / 4 > unread.count - count {
            unread = Array(unread.dropFirst(count))
        } else {
            unread.removeFirst(count)
        }
    }

    /// Keeps those octets of a segment that no island holds: what came first is what counts.
    private mutating func keep(_ octets: Span<UInt8>, distance: Int, behind end: UInt32) {
        let stop = distance + octets.count
        var position = max(distance, 0)
        var index = 0
        while position < stop {
            while index < islands.count, Int(islands[index].end &- end) <= position { index += 1 }
            let next = index < islands.count ? Int(islands[index].start &- end) : stop
            if next <= position {
                position = Int(islands[index].end &- end)
                continue
            }
            let piece = octets.extracting((position - distance)..<(min(next, stop) - distance))
            if index > 0, Int(islands[index - 1].end &- end) == position {
                islands[index - 1].octets.append(piece, from: 0)
            } else {
                islands.insert(Island(start: end &+ UInt32(truncatingIfNeeded: position), octets: [UInt8](copying: piece)), at: index)
                waiting += Island.overhead
                index += 1
            }
            waiting += piece.count
            position += piece.count
        }
    }

    private mutating func lose() {
        self = Self(limit: limit)
        isLost = true
    }
}

extension [UInt8] {
    mutating func append(_ octets: Span<UInt8>, from start: Int) {
        // To ask for exactly what is needed would copy everything for each segment.
        let needed = count + octets.count - start
        if needed > capacity { reserveCapacity(Swift.max(needed, 2 * capacity)) }
        for index in start..<octets.count { append(octets[index]) }
    }
}
