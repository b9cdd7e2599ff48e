import Wire

/// What has come of a fragmented datagram so far.
struct PartialDatagram {
    /// Its beginning has come.
    var isBegun = false
    var `protocol` = IPProtocol(rawValue: 0)
    /// It contradicts itself: its time is waited for, so that what is still to come of it is known and dropped.
    private(set) var isDiscarded = false
    /// The same, because nobody wants it.
    private(set) var isRefused = false
    /// In the order of arrival.
    private var parts: [Part] = []
    /// What the parts cover, in order, none touching another.
    private var covered: [Range<Int>] = []
    private var total: Int?
    private var octets = 0

    private struct Part {
        var offset: Int
        var octets: [UInt8]
    }

    /// The smallest MTU, 68 octets, leaves 48 for a fragment (RFC 791 §3.2): a datagram of the longest has fewer than these.
    private static let mostParts = 1400

    /// Octets of memory, as good as: those held, and what holding them takes.
    var cost: Int { octets + parts.count * 64 + MemoryLayout<Self>.size }

    /// Adds a fragment.
    ///
    /// - Returns: false where it contradicts those before it.
    mutating func add(_ bytes: Span<UInt8>, at offset: Int, isLast: Bool, mayOverlap: Bool) -> Bool {
        let range = offset..<(offset + bytes.count)
        if isLast {
            guard total == nil || total == range.upperBound else { return false }
            total = range.upperBound
        }
        if let total, range.upperBound > total || covered.last?.upperBound ?? 0 > total { return false }
        if !cover(range) {
            if parts.contains(where: { $0.offset == offset && $0.octets.span.isEqual(to: bytes) }) { return true }
            guard mayOverlap else { return false }
        }
        guard parts.count < Self.mostParts else { return false }
        parts.append(Part(offset: offset, octets: [UInt8](copying: bytes)))
        octets += bytes.count
        return true
    }

    mutating func discard() {
        self = Self()
        isDiscarded = true
    }

    mutating func refuse() {
        discard()
        isRefused = true
    }

    /// The datagram, once all of it has come.
    var whole: [UInt8]? {
        guard let total, covered.count == 1, covered[0] == 0..<total else { return nil }
        var whole = [UInt8](repeating: 0, count: total)
        for part in parts { whole.replaceSubrange(part.offset..<(part.offset + part.octets.count), with: part.octets) }
        return whole
    }

    /// - Returns: false where a part of the range was covered before.
    private mutating func cover(_ range: Range<Int>) -> Bool {
        let start = covered.firstIndex { $0.upperBound >= range.lowerBound } ?? covered.count
        var (end, merged, isNew) = (start, range, true)
        while end < covered.count, covered[end].lowerBound <= range.upperBound {
            isNew = isNew && !covered[end].overlaps(range)
            merged = min(merged.lowerBound, covered[end].lowerBound)..<max(merged.upperBound, covered[end].upperBound)
            end += 1
        }
        covered.replaceSubrange(start..<end, with: CollectionOfOne(merged))
        return isNew
    }
}

extension Span<UInt8> {
    fileprivate func isEqual(to other: Self) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
