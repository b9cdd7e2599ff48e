import Wire

/// How an input tells a target what to do: a missing octet is zero, so that every input is one.
extension Span<UInt8> {
    mutating func octet() -> UInt8 { (try? read()) ?? 0 }

    mutating func word() -> UInt16 {
        let high = octet()
        return UInt16(high) << 8 | UInt16(octet())
    }

    /// The octets of a piece that states its length in two octets; the last piece ends with the input.
    mutating func piece() -> [UInt8] {
        let length = Swift.min(Int(word()), count)
        return (try? readArray(length)) ?? []
    }
}

/// Random numbers that follow from an input (xorshift).
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt16) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
