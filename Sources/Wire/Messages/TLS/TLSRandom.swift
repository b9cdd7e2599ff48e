/// The 32 random octets of a hello (RFC 8446 §4.1.2).
public struct TLSRandom: Hashable, Sendable {
    private var words: Words

    private struct Words: Hashable, Sendable {
        var first: UInt64, second: UInt64, third: UInt64, fourth: UInt64
    }

    /// What a ServerHello says here when it is a HelloRetryRequest: SHA-256 of those words (RFC 8446 §4.1.3).
    public static let helloRetryRequest = Self(
        words: Words(
            first: 0xcf21_ad74_e59a_6111, second: 0xbe1d_8c02_1e65_b891,
            third: 0xc2a2_1116_7abb_8c5e, fourth: 0x079e_09e2_c8a8_339c))

    private init(words: Words) { self.words = words }

    init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(32)
        words = Words(first: try bytes.read(), second: try bytes.read(), third: try bytes.read(), fourth: try bytes.read())
    }
}

extension TLSRandom: CustomStringConvertible {
    public var description: String {
        var text: [UInt8] = []
        for word in [words.first, words.second, words.third, words.fourth] {
            for shift in 0..<8 { text.appendHexadecimal(UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64(shift)))) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
