import QUICInitial
import Testing
import Wire

extension CryptoReassembly {
    @discardableResult
    fileprivate mutating func take(_ data: [UInt8], at offset: UInt64) -> Bool { take(data.span, at: offset) }

    fileprivate func isNext(_ data: [UInt8], at offset: UInt64) -> Bool { isNext(data.span, at: offset) }
}

struct CryptoReassemblyTests {
    private func stream(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    private func contiguous(_ reassembly: CryptoReassembly) -> [UInt8] { reassembly.withContiguous { [UInt8](copying: $0) } }

    @Test func inOrder() {
        var reassembly = CryptoReassembly()
        let grew0 = reassembly.take(stream(4), at: 0)
        #expect(grew0)
        let grew1 = reassembly.take([UInt8](stream(9)[4...]), at: 4)
        #expect(grew1)
        #expect(contiguous(reassembly) == stream(9) && reassembly.contiguousCount == 9)
    }

    @Test func whatIsUsedWhereItLiesIsNotHeld() {
        var reassembly = CryptoReassembly(limit: 8)
        #expect(reassembly.isNext(stream(8), at: 0) && !reassembly.isNext(stream(8), at: 1))
        #expect(!reassembly.isNext(stream(9), at: 0), "more than would be kept")
        reassembly.pass(8)
        #expect(reassembly.isNext(stream(4), at: 8) && reassembly.heldOctets == 0)
        reassembly.take(stream(4), at: 10)
        #expect(!reassembly.isNext(stream(2), at: 8), "something is held")
        reassembly.take(stream(2), at: 8)
        #expect(reassembly.contiguousCount == 6 && !reassembly.isNext(stream(2), at: 14))
    }

    /// As Chromium sends it: pieces of any size, in any order, some of them twice or overlapping.
    @Test(arguments: 1...200) func scrambled(_ seed: Int) {
        var generator = SystemRandomNumberGenerator()
        let stream = stream(1890)
        var pieces: [Range<Int>] = []
        var start = 0
        while start < stream.count {
            let end = min(stream.count, start + .random(in: 1...200, using: &generator))
            pieces.append(max(0, start - .random(in: 0...20, using: &generator))..<end)
            start = end
        }
        pieces += pieces.prefix(seed % 7)
        pieces.shuffle(using: &generator)
        var reassembly = CryptoReassembly()
        var seen = Set<Int>()
        for piece in pieces {
            reassembly.take([UInt8](stream[piece]), at: UInt64(piece.lowerBound))
            seen.formUnion(piece)
            let expected = (0..<stream.count).first { !seen.contains($0) } ?? stream.count
            #expect(contiguous(reassembly) == Array(stream.prefix(expected)))
        }
        #expect(!reassembly.isOverfull && reassembly.heldOctets == stream.count)
    }

    @Test func whatIsDroppedIsFreedAndDoesNotComeBack() {
        var reassembly = CryptoReassembly(limit: 100)
        let stream = stream(180)
        reassembly.take(Array(stream[..<90]), at: 0)
        reassembly.drop(80)
        #expect(contiguous(reassembly) == Array(stream[80..<90]) && reassembly.heldOctets == 10 && reassembly.base == 80)
        reassembly.take(Array(stream[..<90]), at: 0)
        reassembly.take(Array(stream[100...]), at: 100)
        reassembly.take(Array(stream[70..<110]), at: 70)
        #expect(contiguous(reassembly) == Array(stream[80...]) && !reassembly.isOverfull)
        reassembly.drop(1000)
        #expect(reassembly.heldOctets == 0 && reassembly.base == 180)
    }

    @Test func theSameAgainAddsNothing() {
        var reassembly = CryptoReassembly()
        for _ in 0..<10_000 {
            reassembly.take(stream(100), at: 0)
            reassembly.take(stream(100), at: 1000)
        }
        #expect(reassembly.heldOctets == 200 && !reassembly.isOverfull)
        let grew2 = reassembly.take([UInt8](), at: 50)
        #expect(!grew2)
    }

    @Test(arguments: [(0, 1001), (1000, 1), (999, 2), (1001, 0), (UInt64.max, 1)]) func nothingBeyondItsLimit(
        _ offset: UInt64, _ count: Int
    ) {
        var reassembly = CryptoReassembly(limit: 1000)
        let grew3 = reassembly.take(stream(count), at: offset)
        #expect(!grew3)
        #expect(reassembly.isOverfull && reassembly.heldOctets == 0)
        let grew4 = reassembly.take(stream(1000), at: 0)
        #expect(grew4)
    }

    @Test func heldOctetsAreBoundedWhateverComes() {
        var generator = SystemRandomNumberGenerator()
        var reassembly = CryptoReassembly(limit: 4096)
        for _ in 0..<20_000 {
            let offset = Int.random(in: 1...4095, using: &generator)
            reassembly.take(stream(.random(in: 0...(4096 - offset), using: &generator)), at: UInt64(offset))
        }
        #expect(reassembly.heldOctets <= 8192 && reassembly.isOverfull && reassembly.contiguousCount == 0)
    }
}
