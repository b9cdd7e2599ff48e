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

    /// Whether the context is to be given this key: not where it has it, for the Initials of one hello follow each other, and what is
    /// made of a key costs as much as a short packet.
    mutating func lacks(_ key: InlineArray<16, UInt8>) -> Bool {
        defer { self.key = key }
        guard let known = self.key else { return true }
        let (old, new) = (known.span, key.span)
        var difference: UInt8 = 0
        for index in new.indices { difference |= old[index] ^ new[index] }
        return difference != 0
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }
}
