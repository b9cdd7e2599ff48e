private import COpenSSL

/// AES-128-GCM, whatever the key: of Initials (RFC 9001 §5.3) and of Retry integrity tags (§5.8).
///
/// The context and the octets that it writes are used again for every packet.
@safe struct PacketCipher: ~Copyable {
    private var engine: CipherContext
    /// What the last call wrote.
    private(set) var output: [UInt8] = []
    /// What the next call authenticates beside the payload: its additional data.
    var header: [UInt8] = []

    static let tagLength = 16

    init() throws(Unavailable) { engine = try CipherContext("AES-128-GCM") }

    /// Opens ciphertext and tag into `output`. False where the tag does not fit: `output` means nothing then.
    mutating func open(
        _ key: InlineArray<16, UInt8>, nonce: InlineArray<12, UInt8>, _ sealed: Span<UInt8>
    ) -> Bool {
        guard sealed.count >= Self.tagLength else { return false }
        let count = sealed.count - Self.tagLength
        grow(to: count)
        guard engine.begin(.open, key, nonce: nonce) else { return false }
        let context = unsafe engine.context
        return unsafe header.withUnsafeBufferPointer { header in
            unsafe sealed.withUnsafeBufferPointer { sealed in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    var length: Int32 = 0
                    guard let tag = unsafe sealed.baseAddress?.advanced(by: count) else { return false }
                    return unsafe EVP_DecryptUpdate(context, nil, &length, header.baseAddress, Int32(header.count)) == 1
                        && EVP_DecryptUpdate(context, output.baseAddress, &length, sealed.baseAddress, Int32(count)) == 1
                        && EVP_CIPHER_CTX_ctrl(
                            context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), UnsafeMutableRawPointer(mutating: tag)) == 1
                        && EVP_DecryptFinal_ex(context, output.baseAddress, &length) == 1
                }
            }
        }
    }

    /// Ciphertext and tag, in `output`.
    mutating func seal(
        _ key: InlineArray<16, UInt8>, nonce: InlineArray<12, UInt8>, _ plaintext: Span<UInt8>
    ) {
        let count = plaintext.count
        grow(to: count + Self.tagLength)
        let isReady = engine.begin(.seal, key, nonce: nonce)
        let context = unsafe engine.context
        let succeeded = unsafe header.withUnsafeBufferPointer { header in
            unsafe plaintext.withUnsafeBufferPointer { plaintext in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    var length: Int32 = 0
                    let tag = unsafe output.baseAddress?.advanced(by: count)
                    return unsafe isReady
                        && EVP_EncryptUpdate(context, nil, &length, header.baseAddress, Int32(header.count)) == 1
                        && (count == 0 || EVP_EncryptUpdate(context, output.baseAddress, &length, plaintext.baseAddress, Int32(count)) == 1)
                        && EVP_EncryptFinal_ex(context, tag, &length) == 1
                        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag) == 1
                }
            }
        }
        precondition(succeeded, "libcrypto's ciphers fail to encrypt only where it has no memory")
    }

    private mutating func grow(to count: Int) {
        if output.count < count { output += [UInt8](repeating: 0, count: max(2048, count) - output.count) }
    }
}
