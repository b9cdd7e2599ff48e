/// A keyed 64-bit hash of a few words: the key keeps an attacker from choosing packets that collide.
///
/// Folded multiplication, as in wyhash. Nothing observable may depend on the key.
public struct KeyedHash: Sendable {
    @usableFromInline let key: UInt64
    @usableFromInline var state: UInt64

    /// - Parameter key: random where packets are an attacker's; nothing observable may depend on it.
    @inlinable @inline(__always)
    public init(key: UInt64) {
        self.key = key ^ 0x9e37_79b9_7f4a_7c15
        state = key
    }

    /// The key stands on both sides of the product: against a known constant alone a sender can choose the word that makes
    /// the product zero, which leaves a state without the key, and collisions from there on.
    @inlinable @inline(__always)
    public mutating func mix(_ word: UInt64) {
        let product = (word ^ key).multipliedFullWidth(by: state ^ 0xd6e8_feb8_6659_fd93)
        state = product.high ^ product.low ^ word.byteSwapped
    }

    /// The hash of the words mixed in so far.
    @inlinable @inline(__always)
    public var value: UInt64 {
        let product = state.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }
}
