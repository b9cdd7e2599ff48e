private import COpenSSL

/// libcrypto had no memory, or does not offer the algorithm.
public struct Unavailable: Error, Hashable, Sendable, CustomStringConvertible {
    public var algorithm: String

    public var description: String { "libcrypto offers no \(algorithm)" }
}

/// The context of one of libcrypto's ciphers, used again and again: with another key alone, since naming the cipher once more would have
/// libcrypto make its state anew.
@safe struct CipherContext: ~Copyable {
    let context: OpaquePointer
    /// The key that the context has.
    private var key: InlineArray<16, UInt8>?

    init(_ name: String) throws(Unavailable) {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, name, nil) else { throw Unavailable(algorithm: name) }
        // The context holds on to it.
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw Unavailable(algorithm: name) }
        // Once here, so that what a provider refuses is known before the first packet.
        guard unsafe EVP_EncryptInit_ex2(context, cipher, nil, nil, nil) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw Unavailable(algorithm: name)
        }
        unsafe self.context = context
    }

    enum Direction: Int32 { case open = 0, seal = 1 }

    /// Readies the context for another message. It keeps a key that it has: the Initials of one hello follow each other, and what is made of a
    /// key costs as much as a short packet.
    ///
    /// - Returns: false where libcrypto fails.
    mutating func begin(_ direction: Direction, _ key: InlineArray<16, UInt8>, nonce: InlineArray<12, UInt8>? = nil) -> Bool {
        let isKnown = has(key)
        self.key = nil
        let context = unsafe context
        let keySpan = key.span
        let nonceOctets = nonce ?? InlineArray(repeating: 0)
        let nonceSpan = nonceOctets.span
        let isReady = unsafe keySpan.withUnsafeBufferPointer { key in
            unsafe nonceSpan.withUnsafeBufferPointer { octets in
                unsafe EVP_CipherInit_ex2(
                    context, nil, isKnown ? nil : key.baseAddress, nonce == nil ? nil : octets.baseAddress, direction.rawValue, nil) == 1
            }
        }
        if isReady { self.key = key }
        return isReady
    }

    private func has(_ key: InlineArray<16, UInt8>) -> Bool {
        guard let known = self.key else { return false }
        let (old, new) = (known.span, key.span)
        var difference: UInt8 = 0
        for index in new.indices { difference |= old[index] ^ new[index] }
        return difference == 0
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }
}
