import Wire

/// Octets of something longer than a frame, and the frames that they stand in: repeated, in any order, with gaps.
struct Pieces {
    private(set) var list: [Piece] = []
    private(set) var count = 0
    /// What is held: octets, and what it takes to keep a piece apart.
    var cost: Int { count + list.count * Self.costOfPiece }

    static let costOfPiece = 100

    struct Piece {
        /// Of the whole.
        var start: Int
        var octets: [UInt8]
        var frame: UInt64
        /// Where they stand in the frame, or in a packet of it.
        var offset: Int
        var stamp: FrameStamp

        var end: Int { start + octets.count }
    }

    mutating func append(_ piece: Piece) {
        list.append(piece)
        count += piece.octets.count
    }

    /// From the beginning to the first gap.
    func assembled() -> [UInt8] {
        var whole: [UInt8] = []
        for piece in list.sorted(by: { $0.start < $1.start }) {
            if piece.start > whole.count { break }
            if piece.end > whole.count, piece.start >= 0 { whole += piece.octets[(whole.count - piece.start)...] }
        }
        return whole
    }

    /// What becomes of each piece, up to the first octet that was not understood.
    func changes(to rewritten: [UInt8], known: [Range<Int>]) -> [(piece: Piece, octets: [UInt8])] {
        list.map { piece in
            let range = known.first { $0.contains(piece.start) }
            let end = min(piece.end, range?.upperBound ?? piece.start, rewritten.count)
            return (piece, piece.start >= 0 && end > piece.start ? Array(rewritten[piece.start..<end]) : [])
        }
    }
}

/// What tells that a frame is the one that was read before.
struct FrameStamp: Hashable {
    var time: Timestamp
    var length: Int
}

/// Ranges that were understood, joined where they meet.
struct KnownRanges {
    private(set) var list: [Range<Int>] = []

    mutating func insert(_ range: Range<Int>) {
        if range.isEmpty { return }
        if let last = list.last, last.upperBound >= range.lowerBound, last.lowerBound <= range.lowerBound {
            list[list.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            list.append(range)
        }
    }
}
