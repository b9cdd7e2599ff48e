import Testing
import Wire

/// Octets changed, cut and doubled: a message decodes or refuses, and what decodes describes itself.
struct DNSDamageTests {
    static let samples = [
        DNSAnswers.soa, DNSAnswers.ns, DNSAnswers.mx, DNSAnswers.txt, DNSAnswers.srv, DNSAnswers.https, DNSAnswers.extended,
        DNSAnswers.nameError, EDNSTests.message("00008000", EDNSTests.blocked + hex("000a 0008 0102030405060708")),
        DNSRecordFormatTests.all,
    ]

    /// SplitMix64: the same damage in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }

    @Test(arguments: samples.indices) func damageEndsInAValueOrAnError(_ sample: Int) {
        var generator = Generator(state: UInt64(sample))
        var decoded = 0
        let rounds = 3000
        for _ in 0..<rounds {
            var octets = Self.samples[sample]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<octets.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: octets[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: octets[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: octets[index] = [0, 1, 0x3f, 0x40, 0x7f, 0xc0, 0xff].randomElement(using: &generator) ?? 0
                default: octets[index] = octets.randomElement(using: &generator) ?? 0
                }
            }
            if Int.random(in: 0..<8, using: &generator) == 0 { octets.removeLast(Int.random(in: 0..<octets.count, using: &generator)) }
            var cursor = octets.span
            guard let message = try? DNSMessage(decoding: &cursor) else { continue }
            decoded += 1
            #expect(described(message).count >= 17)
        }
        #expect((1..<rounds).contains(decoded), "some decode and some do not")
    }
}
