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
    public var key: InlineArray<16, UInt8>
    public var iv: InlineArray<12, UInt8>
    public var headerProtection: InlineArray<16, UInt8>
}

/// Derives Initial keys from a connection ID: HKDF with SHA-256 (RFC 9001 §5.2, RFC 5869, RFC 8446 §7.1).
///
/// With SHA-256's own functions, which need no provider: these keys protect nothing (RFC 9001 §5.2) (measured, for a packet's keys: 1.4 µs, against
/// 2.3 µs with EVP's digests and 8 µs with its HKDF).
struct InitialSecrets: Sendable {
    /// In the order of `InitialScheme.allCases`.
    private let schemes = InitialScheme.allCases.map(Scheme.init)

    /// A block of SHA-256, in words as they lie in memory.
    private typealias Block = InlineArray<16, UInt32>
    /// SHA-256's state, and so a digest or a key of that length, as the numbers that it reckons with.
    private typealias State = (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)

    /// What every connection ID meets: the salt as a key, and the labels as they are hashed.
    private struct Scheme: Sendable {
        let salt: MessageKey
        let client = Block(expanding: "tls13 client in", to: 32)
        let server = Block(expanding: "tls13 server in", to: 32)
        let key: Block
        let iv: Block
        let headerProtection: Block

        init(_ scheme: InitialScheme) {
            salt = MessageKey(scheme.salt)
            let labels = scheme.labels
            key = Block(expanding: labels.key, to: 16)
            iv = Block(expanding: labels.iv, to: 12)
            headerProtection = Block(expanding: labels.headerProtection, to: 16)
        }
    }

    /// The keys of one side's Initials, from the Destination Connection ID of the client's first Initial.
    func keys(_ scheme: InitialScheme, _ id: ConnectionID, _ side: QUICSide) -> InitialKeys {
        let scheme = schemes[scheme.rawValue]
        let initial = MessageKey(scheme.salt.authenticate(Block(id)))
        let secret = MessageKey(initial.authenticate(side == .client ? scheme.client : scheme.server))
        let key = secret.authenticate(scheme.key)
        let iv = secret.authenticate(scheme.iv)
        let headerProtection = secret.authenticate(scheme.headerProtection)
        return InitialKeys(key: InlineArray(key), iv: InlineArray(iv), headerProtection: InlineArray(headerProtection))
    }

    /// An HMAC key as the states of SHA-256 behind its two blocks (RFC 2104 §4). What it authenticates fits the block that follows.
    private struct MessageKey: Sendable {
        private let inner: State
        private let outer: State

        /// FIPS 180-4 §5.3.3.
        private static let start: State = (
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
        )

        /// A key of 64 octets, as it lies in memory: a shorter one is filled with zeros (RFC 2104 §2).
        private init(filled key: Block) {
            var (inner, outer) = (key, key)
            for index in key.indices {
                inner[index] ^= 0x3636_3636
                outer[index] ^= 0x5c5c_5c5c
            }
            self.inner = Self.state(Self.start, and: inner)
            self.outer = Self.state(Self.start, and: outer)
        }

        init(_ key: State) { self.init(filled: Block(key, 0)) }

        init(_ salt: InlineArray<20, UInt8>) {
            var octets = InlineArray<64, UInt8>(repeating: 0)
            for index in salt.indices { octets[index] = salt[index] }
            self.init(filled: Block(octets))
        }

        /// Of a message that its block ends.
        func authenticate(_ message: Block) -> State {
            var last = Block(Self.state(inner, and: message), 0x8000_0000)
            last[15] = UInt32(8 * (64 + 32)).bigEndian
            return Self.state(outer, and: last)
        }

        @inline(__always)
        private static func state(_ before: State, and block: Block) -> State {
            var context = SHA256_CTX()
            context.h = before
            unsafe block.span.bytes.withUnsafeBytes { unsafe SHA256_Transform(&context, $0.baseAddress) }
            return context.h
        }
    }
}

extension InlineArray<16, UInt32> {
    fileprivate init(_ octets: InlineArray<64, UInt8>) {
        self.init { word in
            (UInt32(octets[4 * word]) << 24 | UInt32(octets[4 * word + 1]) << 16 | UInt32(octets[4 * word + 2]) << 8
                | UInt32(octets[4 * word + 3])).bigEndian
        }
    }

    /// Nine numbers, and zeros.
    @inline(__always)
    fileprivate init(_ words: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32), _ next: UInt32) {
        self = [
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian, words.4.bigEndian, words.5.bigEndian,
            words.6.bigEndian, words.7.bigEndian, next.bigEndian, 0, 0, 0, 0, 0, 0, 0,
        ]
    }

    /// The block that ends a message of up to 55 octets, behind that of an HMAC's key: a bit, zeros, and the length of both in bits
    /// (FIPS 180-4 §5.1.1).
    private init(ending message: InlineArray<64, UInt8>, _ count: Int) {
        var octets = message
        octets[count] = 0x80
        let bits = 8 * (64 + count)
        octets[62] = UInt8(bits >> 8)
        octets[63] = UInt8(bits & 0xff)
        self.init(octets)
    }

    /// Of an ID that two versions' Initials may have: 20 octets at the most.
    fileprivate init(_ id: ConnectionID) {
        self.init(repeating: 0)
        for index in id.words.indices { self[index] = id.words[index].bigEndian }
        let count = id.count
        self[count >> 2] |= (UInt32(0x8000_0000) >> UInt32(8 * (count & 3))).bigEndian
        self[15] = UInt32(8 * (64 + count)).bigEndian
    }

    /// HKDF-Expand-Label without a context (RFC 8446 §7.1); one block is enough for what Initials need.
    fileprivate init(expanding label: StaticString, to length: UInt8) {
        var octets = InlineArray<64, UInt8>(repeating: 0)
        octets[1] = length
        octets[2] = UInt8(label.utf8CodeUnitCount)
        label.withUTF8Buffer { text in
            for index in text.indices { octets[3 + index] = unsafe text[index] }
        }
        let end = 3 + label.utf8CodeUnitCount
        octets[end + 1] = 1
        self.init(ending: octets, end + 2)
    }
}

extension InlineArray where Element == UInt8 {
    /// A digest's first octets, 16 at the most.
    @inline(__always)
    fileprivate init(_ digest: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)) {
        let (high, low) = (UInt64(digest.0) << 32 | UInt64(digest.1), UInt64(digest.2) << 32 | UInt64(digest.3))
        self.init { index in UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7))) }
    }
}
