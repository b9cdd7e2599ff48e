private import COpenSSL

/// libcrypto had no memory, or does not offer the algorithm.
package struct Unavailable: Error, Hashable, Sendable, CustomStringConvertible {
    package var algorithm: String

    package var description: String { "libcrypto offers no \(algorithm)" }
}

/// A cipher of libcrypto, and the context in which it is used again and again.
@safe struct CipherContext: ~Copyable {
    let context: OpaquePointer
    let cipher: OpaquePointer

    init(_ name: String) throws(Unavailable) {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, name, nil) else { throw Unavailable(algorithm: name) }
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            unsafe EVP_CIPHER_free(cipher)
            throw Unavailable(algorithm: name)
        }
        // Once here, so that what a provider refuses is known before the first packet.
        guard unsafe EVP_EncryptInit_ex2(context, cipher, nil, nil, nil) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            unsafe EVP_CIPHER_free(cipher)
            throw Unavailable(algorithm: name)
        }
        unsafe self.context = context
        unsafe self.cipher = cipher
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
        unsafe EVP_CIPHER_free(cipher)
    }
}
