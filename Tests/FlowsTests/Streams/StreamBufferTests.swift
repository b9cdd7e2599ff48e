import Flows
import Testing

struct StreamBufferTests {
    /// What a reader got that consumes all, or so many octets at a time.
    struct Reader {
        var buffer = StreamBuffer(limit: 4096)
        var text = ""
        var calls = 0
        var appetite = Int.max

        mutating func take(_ sequence: UInt32, _ segment: String) {
            let octets = Array(segment.utf8)
            var (text, calls) = ("", 0)
            let appetite = appetite
            buffer.take(sequence, octets.span) { span in
                calls += 1
                let consumed = min(span.count, appetite)
                for index in 0..<consumed { text.unicodeScalars.append(Unicode.Scalar(span[index])) }
                return consumed
            }
            self.text += text
            self.calls += calls
        }
    }

    private func read(_ segments: [(UInt32, String)], from start: UInt32? = 1000) -> Reader {
        var reader = Reader()
        if let start { reader.buffer.begin(at: start) }
        for (sequence, segment) in segments { reader.take(sequence, segment) }
        return reader
    }

    /// What its arrays take, which no count tells.
    private static func capacity(_ buffer: StreamBuffer) -> Int {
        Mirror(reflecting: buffer).children.compactMap { ($0.value as? [UInt8])?.capacity }.reduce(0, +)
    }

    @Test func `the memory of what was read is given back`() {
        var buffer = StreamBuffer(limit: 1 << 20)
        buffer.begin(at: 0)
        let segment = [UInt8](repeating: 7, count: 1000)
        for number in 0..<500 as Range<UInt32> { buffer.take(number * 1000, segment.span) { _ in 0 } }
        #expect(buffer.kept == 500_000 && Self.capacity(buffer) >= 500_000)
        buffer.take(500_000, segment.span) { $0.count - 10 }
        #expect(buffer.kept == 10 && Self.capacity(buffer) < 4096)
    }

    /// Copied when it has doubled, not for each segment.
    @Test func `memory grows by doubling`() {
        var buffer = StreamBuffer(limit: 1 << 20)
        buffer.begin(at: 0)
        var capacities: Set<Int> = []
        for number in 0..<20_000 as Range<UInt32> {
            buffer.take(number, [7].span) { _ in 0 }
            if number % 10 == 0 { capacities.insert(Self.capacity(buffer)) }
        }
        #expect(capacities.count < 20)
    }

    @Test(
        arguments: [
            ([(1000, "abc"), (1003, "def")], "abcdef"),
            ([(1000, "abc"), (1000, "abc"), (1003, "def"), (1002, "cd")], "abcdef"),  // retransmissions
            ([(1000, "abc"), (1001, "XXdef")], "abcdef"),  // an overlap, the first copy wins
            ([(1003, "def"), (1000, "abc")], "abcdef"),
            ([(1006, "ghi"), (1003, "def"), (1000, "abc"), (1009, "jkl")], "abcdefghijkl"),
            ([(1003, "def"), (1000, "abcXXXghi")], "abcdefghi"),  // around what came first
            ([(1003, "def"), (1002, "cXXXgh"), (1000, "abX")], "abcdefgh"),
            ([(1001, "b"), (1003, "d"), (1005, "f"), (1000, "aXcXeXg")], "abcdefg"),
            ([(1004, "e"), (1002, "cdX"), (1000, "ab")], "abcde"),
            ([(1000, ""), (1000, "a"), (1000, "Xb"), (999, "XXXc")], "abc"),
            ([(990, "before"), (1000, "abc")], "abc"),
            ([(1005, "lost"), (1000, "abc")], "abc"),
        ] as [([(UInt32, String)], String)]) func order(_ segments: [(UInt32, String)], _ expected: String)
    {
        let reader = read(segments)
        #expect(reader.text == expected)
        #expect(!reader.buffer.isLost)
    }

    @Test func gaps() {
        var reader = read([(1000, "abc"), (1005, "fg")])
        #expect(reader.buffer.hasGap && reader.buffer.kept > 0 && reader.text == "abc")
        // The snapshot length left "abc" of "abcde": a retransmission fills in.
        reader.take(1003, "de")
        #expect(!reader.buffer.hasGap && reader.buffer.kept == 0 && reader.text == "abcdefg")
    }

    @Test func sequenceNumbersWrapAround() {
        #expect(read([(0xffff_fffe, "abc"), (1, "def"), (4, "g")], from: 0xffff_fffe).text == "abcdefg")
        #expect(read([(1, "def"), (4, "g"), (0xffff_ffff, "bcX"), (0xffff_fffe, "abX")], from: 0xffff_fffe).text == "abcdefg")
    }

    @Test func firstSegmentBegins() {
        #expect(read([(77, "abc"), (70, "earlier"), (80, "d")], from: nil).text == "abcd")
    }

    /// Octets in order are lent as they are; those that a reader leaves come again, with more behind them.
    @Test func appetite() {
        var reader = Reader()
        reader.appetite = 2
        reader.buffer.begin(at: 1)
        reader.take(1, "abcde")
        #expect(reader.text == "ab" && reader.buffer.kept == 3)
        reader.take(1, "abcde")
        #expect(reader.calls == 1, "nothing new, nothing said")
        reader.take(6, "f")
        #expect(reader.text == "abcd" && reader.buffer.kept == 2)
        reader.appetite = .max
        reader.take(9, "ij")
        reader.take(7, "gh")
        #expect(reader.text == "abcdefghij" && reader.buffer.kept == 0)
    }

    @Test func whatWaitsIsBounded() {
        var reader = read([(1000, "abc")])
        for index in 0..<4096 where !reader.buffer.isLost {
            reader.take(2000 + UInt32(index), "x")
            #expect(reader.buffer.kept <= 4096)
        }
        #expect(reader.buffer.isLost && !reader.buffer.hasGap && reader.buffer.kept == 0)
        reader.take(1003, "def")
        #expect(reader.text == "abc", "silent from then on")
        reader.buffer.begin(at: 5000)
        reader.take(5000, "again")
        #expect(reader.text == "abcagain" && !reader.buffer.isLost)
    }

    /// An island costs more than its octets, or single octets far apart would cost much and count little.
    @Test func manySmallIslandsAreBounded() {
        var reader = read([])
        var islands = 0
        while !reader.buffer.isLost, islands < 4096 {
            reader.take(2000 + 2 * UInt32(islands), "x")
            islands += 1
        }
        #expect(reader.buffer.isLost && islands < 100)
    }

    @Test func unreadOctetsAreBounded() {
        var reader = read([])
        reader.appetite = 0
        for index in 0..<3 { reader.take(1000 + 2000 * UInt32(index), String(repeating: "x", count: 2000)) }
        #expect(reader.buffer.isLost)
        reader.buffer.begin(at: 1)
        reader.take(1, String(repeating: "x", count: 4097))
        #expect(reader.buffer.isLost)
    }

    @Test func readersMayBeWrong() {
        var buffer = StreamBuffer(limit: 100)
        let octets: [UInt8] = [1, 2, 3]
        buffer.take(1, octets.span) { _ in 7 }
        #expect(buffer.kept == 0)
        buffer.take(4, octets.span) { _ in -7 }
        #expect(buffer.kept == 3)
        buffer.take(7, octets.span) { $0.count + 1 }
        #expect(buffer.kept == 0)
    }

    /// Segments cut, repeated and shuffled at random, about where sequence numbers wrap: the text comes out, once and in order.
    @Test(arguments: 0..<40) func anyOrder(_ seed: UInt64) {
        var generator = Numbers(state: seed &* 0x9e37_79b9 &+ 1)
        let text = (0..<600).map { _ in UInt8.random(in: 0x61...0x7a, using: &generator) }
        var segments: [Range<Int>] = []
        var position = 0
        while position < text.count {
            let end = min(text.count, position + Int.random(in: 1...40, using: &generator))
            segments.append(position..<end)
            let start = Int.random(in: 0..<text.count, using: &generator)
            segments.append(start..<min(text.count, start + Int.random(in: 0...60, using: &generator)))
            position = end
        }
        segments.shuffle(using: &generator)
        let first = 0xffff_ff00 as UInt32
        var reader = Reader()
        reader.buffer.begin(at: first)
        reader.appetite = seed % 3 == 0 ? .max : 100
        for segment in segments {
            reader.take(first &+ UInt32(segment.lowerBound), String(decoding: text[segment], as: UTF8.self))
        }
        #expect(!reader.buffer.hasGap)
        #expect(reader.text == String(decoding: text.prefix(reader.text.utf8.count), as: UTF8.self))
        #expect(reader.text.utf8.count + reader.buffer.kept == text.count)
    }
}

/// Random numbers that are the same in every run (xorshift).
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
