import Testing
import Wire

struct KeyedHashTests {
    private func hash(_ words: [UInt64], key: UInt64 = 0x0123_4567_89ab_cdef) -> UInt64 {
        var hash = KeyedHash(key: key)
        for word in words { hash.mix(word) }
        return hash.value
    }

    @Test func dependsOnKeyWordsAndOrder() {
        let values = [hash([1, 2]), hash([2, 1]), hash([1]), hash([1, 0]), hash([]), hash([0]), hash([1, 2], key: 7)]
        #expect(Set(values).count == values.count)
        #expect(hash([1, 2]) == hash([1, 2]))
    }

    /// Counting words, as ports and addresses of one LAN are, fill buckets evenly: chi-square of 1024 buckets is
    /// near 1023, with a standard deviation of 45.
    @Test(arguments: [0, 8, 32, 54], [0x1, 0x1_0001, 0x100_0000_0000] as [UInt64])
    func fillsBucketsEvenly(_ shift: UInt64, _ step: UInt64) {
        var counts = [Int](repeating: 0, count: 1024)
        for index in 0..<102_400 as Range<UInt64> {
            counts[Int(hash([0x0a00_0014_0a00_009d, index &* step]) >> shift & 1023)] += 1
        }
        let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
        #expect((1023.0 - 300...1023.0 + 300).contains(chiSquare))
    }

    /// One bit of one word changes about half of the value's bits.
    @Test(arguments: 0..<64) func everyBitCounts(_ bit: Int) {
        var changed = 0
        for word in 0..<256 as Range<UInt64> {
            let words = [word &* 0x9e37_79b9_7f4a_7c15, word]
            changed += (hash(words) ^ hash([words[0] ^ 1 << bit, word])).nonzeroBitCount
        }
        #expect((24...40).contains(changed / 256))
    }

    /// A word that makes the folded product zero would leave a state that the key has no part in, and with it collisions
    /// that a sender can compute. Only who knows the key finds that word.
    @Test(arguments: [0, 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93, .max] as [UInt64]) func noKnownWordErasesTheKey(_ word: UInt64) {
        let keys: [UInt64] = [1, 2, 0xdead_beef, 0x0123_4567_89ab_cdef]
        #expect(Set(keys.map { hash([word], key: $0) }).count == keys.count)
        #expect(Set(keys.map { hash([word, 5], key: $0) }).count == keys.count)
    }
}
