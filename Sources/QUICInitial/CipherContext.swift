private import COpenSSL

/// libcrypto had no memory, or does not offer the algorithm.
package struct Unavailable: Error, Hashable, Sendable, CustomStringConvertible {
    package var algorithm: String

    package var description: String { "libcrypto offers no \(algorithm)" }
}

/// The context of one of libcrypto's ciphers, used again and again: with another key alone, since naming the cipher once more would have
/// libcrypto make its state anew.
@safe struct CipherContext: ~Copyable {
    let context: OpaquePointer

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

    deinit { unsafe EVP_CIPHER_CTX_free(context) }
}
