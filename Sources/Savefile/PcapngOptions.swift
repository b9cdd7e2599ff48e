/// Walks a block's options: code, length, value padded to four octets (draft-ietf-opsawg-pcapng §3.5).
struct PcapngOptions {
    /// An option claims more octets than its block has left.
    private(set) var isBroken = false
    private var rest: Range<Int>
    private let order: ByteOrder

    struct Option {
        var code: UInt16
        /// Octets from the start of the block.
        var value: Range<Int>

        func uint64(in buffer: borrowing ReadBuffer, _ order: ByteOrder) -> UInt64 {
            let (first, second) = (buffer.uint32(at: value.lowerBound, order), buffer.uint32(at: value.lowerBound + 4, order))
            return order == .big ? UInt64(first) << 32 | UInt64(second) : UInt64(second) << 32 | UInt64(first)
        }

        /// A time stamp: the upper half first in both byte orders (§4.3).
        func units(in buffer: borrowing ReadBuffer, _ order: ByteOrder) -> UInt64 {
            UInt64(buffer.uint32(at: value.lowerBound, order)) << 32 | UInt64(buffer.uint32(at: value.lowerBound + 4, order))
        }
    }

    init(in range: Range<Int>, _ order: ByteOrder) {
        rest = range
        self.order = order
    }

    /// Nil at opt_endofopt, which writers may leave out, or at the block's end.
    mutating func next(in buffer: borrowing ReadBuffer) -> Option? {
        guard rest.count >= 4 else { return nil }
        let code = buffer.uint16(at: rest.lowerBound, order)
        let length = Int(buffer.uint16(at: rest.lowerBound + 2, order))
        let value = rest.lowerBound + 4..<rest.lowerBound + 4 + length
        guard code != 0 else { return nil }
        guard value.upperBound <= rest.upperBound else {
            isBroken = true
            return nil
        }
        rest = min(rest.upperBound, (value.upperBound + 3) & ~3)..<rest.upperBound
        return Option(code: code, value: value)
    }
}
