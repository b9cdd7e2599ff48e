private import COpenSSL
import Wire

/// Who sent a packet: each side has keys of its own.
public enum QUICSide: String, Hashable, Sendable, CaseIterable {
    case client, server

    /// Stated, because RawRepresentable's own compares names, through a witness.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.client, .client), (.server, .server): true
        case (.client, .server), (.server, .client): false
        }
    }

    public var other: QUICSide { self == .client ? .server : .client }
}

/// What protects one side's Initials (RFC 9001 §5.1).
public struct InitialKeys: Sendable {
    public var key = InlineArray<16, UInt8>(repeating: 0)
    public var iv = InlineArray<12, UInt8>(repeating: 0)
    public var headerProtection = InlineArray<16, UInt8>(repeating: 0)
}

/// Derives Initial keys from a connection ID: HKDF with SHA-256 (RFC 9001 §5.2, RFC 5869, RFC 8446 §7.1).
///
/// With SHA-256's own functions, which need no provider: these keys protect nothing (RFC 9001 §5.2) (measured, for a packet's keys: 1.4 µs, against
/// 2.3 µs with EVP's digests and 8 µs with its HKDF).
struct InitialSecrets: Sendable {
    /// In the order of `InitialScheme.allCases`.
    private let salts = InitialScheme.allCases.map { MessageKey($0.salt) }

    /// A block with octets to authenticate, 55 at the most, and zeros.
    private typealias Block = InlineArray<64, UInt8>
    /// A digest, or a key of that length, as the numbers that SHA-256 reckons with.
    private typealias Words = InlineArray<8, UInt32>

    /// The keys of one side's Initials, from the Destination Connection ID of the client's first Initial.
    func keys(_ scheme: InitialScheme, _ id: ConnectionID, _ side: QUICSide) -> InitialKeys {
        var input = Block(repeating: 0)
        for index in 0..<id.count { input[index] = id[index] }
        let initial = MessageKey(salts[scheme.rawValue].authenticate(input, id.count))
        let secret = MessageKey(initial.expand(side == .client ? "tls13 client in" : "tls13 server in", 32))
        let labels = scheme.labels
        let key = secret.expand(labels.key, 16)
        let iv = secret.expand(labels.iv, 12)
        let headerProtection = secret.expand(labels.headerProtection, 16)
        var keys = InitialKeys()
        for index in 0..<4 {
            for octet in 0..<4 {
                let shift = UInt32(24 - 8 * octet)
                keys.key[4 * index + octet] = UInt8(truncatingIfNeeded: key[index] >> shift)
                keys.headerProtection[4 * index + octet] = UInt8(truncatingIfNeeded: headerProtection[index] >> shift)
                if index < 3 { keys.iv[4 * index + octet] = UInt8(truncatingIfNeeded: iv[index] >> shift) }
            }
        }
        return keys
    }

    /// An HMAC key as the states of SHA-256 behind its two blocks (RFC 2104 §4). What it authenticates fits the block that follows.
    private struct MessageKey {
        private let inner: SHA256_CTX
        private let outer: SHA256_CTX

        /// A block in words, as they lie in memory.
        private typealias WordBlock = InlineArray<16, UInt32>

        init(_ key: Words) {
            var (inner, outer) = (WordBlock(repeating: 0x3636_3636), WordBlock(repeating: 0x5c5c_5c5c))
            for index in key.indices {
                inner[index] ^= key[index].bigEndian
                outer[index] ^= key[index].bigEndian
            }
            var start = SHA256_CTX()
            unsafe SHA256_Init(&start)
            self.inner = Self.state(start, and: unsafe inner.span.bytes)
            self.outer = Self.state(start, and: unsafe outer.span.bytes)
        }

        /// A shorter key is filled with zeros (RFC 2104 §2).
        init(_ salt: InlineArray<20, UInt8>) {
            var key = Words(repeating: 0)
            for index in salt.indices { key[index / 4] |= UInt32(salt[index]) << UInt32(24 - index % 4 * 8) }
            self.init(key)
        }

        /// HKDF-Expand-Label without a context (RFC 8446 §7.1); one block is enough for what Initials need.
        func expand(_ label: StaticString, _ length: UInt8) -> Words {
            var input = Block(repeating: 0)
            input[1] = length
            input[2] = UInt8(label.utf8CodeUnitCount)
            label.withUTF8Buffer { text in
                for index in text.indices { input[3 + index] = unsafe text[index] }
            }
            let end = 3 + label.utf8CodeUnitCount
            input[end + 1] = 1
            return authenticate(input, end + 2)
        }

        /// Both digests end with the block that follows their key's: what they are of, a bit, zeros, and the length in bits (FIPS 180-4
        /// §5.1.1).
        func authenticate(_ message: Block, _ count: Int) -> Words {
            var block = message
            block[count] = 0x80
            let bits = 8 * (block.count + count)
            block[62] = UInt8(bits >> 8)
            block[63] = UInt8(bits & 0xff)
            let digest = Self.words(Self.state(inner, and: unsafe block.span.bytes))
            var last = WordBlock(repeating: 0)
            for index in digest.indices { last[index] = digest[index].bigEndian }
            last[8] = UInt32(0x8000_0000).bigEndian
            last[15] = UInt32(8 * (64 + 32)).bigEndian
            return Self.words(Self.state(outer, and: unsafe last.span.bytes))
        }

        private static func state(_ before: SHA256_CTX, and block: RawSpan) -> SHA256_CTX {
            var state = before
            unsafe block.withUnsafeBytes { unsafe SHA256_Transform(&state, $0.baseAddress) }
            return state
        }

        private static func words(_ state: SHA256_CTX) -> Words {
            let all = state.h
            return [all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7]
        }
    }
}
