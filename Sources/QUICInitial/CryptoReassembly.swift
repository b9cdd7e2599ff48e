import Wire

/// Puts the CRYPTO frames of one side together again (RFC 9000 §19.6): over several packets, in any order, repeated in part or whole.
///
/// Holds no more octets than came in, and no more than its limit; what is beyond is left out, and said.
public struct CryptoReassembly: Sendable {
    /// Octets of the stream that were used and dropped.
    public private(set) var base = 0
    /// The stream's octets from there on, without a gap.
    private var prefix: [UInt8] = []
    /// Octets beyond a gap, piece after piece.
    private var ahead: [UInt8] = []
    private var pieces: [Piece] = []
    private let limit: Int
    /// A piece did not fit, so there may be a gap for ever.
    public private(set) var isOverfull = false

    private struct Piece {
        var offset: Int
        var octets: Range<Int>
        var end: Int { offset + octets.count }
    }

    /// Chromium cuts its ClientHello into a dozen pieces or two; a stream of more than these is none that a client sends.
    static let mostPieces = 128

    /// - Parameter limit: RFC 9000 §7.5 asks for 4096 octets at least.
    public init(limit: Int = 65_536) { self.limit = limit }

    public var heldOctets: Int { prefix.count + ahead.count }
    public var contiguousCount: Int { prefix.count }

    /// Lends the stream from `base` to the first gap.
    public func withContiguous<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(prefix.span) }

    /// Whether these octets go on where the stream ends, with nothing held: they can be used where they lie.
    public func isNext(_ data: Span<UInt8>, at offset: UInt64) -> Bool {
        offset == UInt64(base) && data.count <= limit && prefix.isEmpty && pieces.isEmpty
    }

    /// Octets that were used where they lay.
    public mutating func pass(_ count: Int) { base += count }

    /// Drops octets that were used, and frees their memory.
    public mutating func drop(_ count: Int) {
        let count = min(count, prefix.count)
        base += count
        prefix = count == prefix.count ? [] : Array(prefix.dropFirst(count))
    }

    /// Takes a frame's data; true where the contiguous part has grown.
    @discardableResult
    public mutating func take(_ data: Span<UInt8>, at offset: UInt64) -> Bool {
        guard offset <= UInt64(base + limit), data.count <= base + limit - Int(offset) else {
            isOverfull = true
            return false
        }
        let start = Int(offset)
        guard start + data.count > end else { return false }
        if start > end {
            hold(data, at: start)
            return false
        }
        prefix.append(copying: data.extracting(droppingFirst: end - start))
        while let index = pieces.firstIndex(where: { $0.offset <= end }) {
            let piece = pieces.remove(at: index)
            guard piece.end > end else { continue }
            prefix.append(contentsOf: ahead[(piece.octets.lowerBound + end - piece.offset)..<piece.octets.upperBound])
        }
        if pieces.isEmpty { ahead.removeAll() }
        return true
    }

    /// Where the first gap begins.
    private var end: Int { base + prefix.count }

    private mutating func hold(_ data: Span<UInt8>, at offset: Int) {
        // A retransmission brings the same pieces again.
        guard !pieces.contains(where: { $0.offset <= offset && $0.end >= offset + data.count }) else { return }
        guard pieces.count < Self.mostPieces, ahead.count + data.count <= limit else {
            isOverfull = true
            return
        }
        let start = ahead.count
        ahead.append(copying: data)
        pieces.append(Piece(offset: offset, octets: start..<ahead.count))
    }
}
