private import COpenSSL

/// The mask over first octet and packet number: AES-128-ECB of a sample of the payload (RFC 9001 §5.4.3).
@safe struct HeaderProtection: ~Copyable {
    private let context: OpaquePointer
    private let cipher: OpaquePointer

    static let sampleLength = 16

    init() {
        guard let context = unsafe EVP_CIPHER_CTX_new(), let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-128-ECB", nil) else {
            fatalError("libcrypto has no AES-128-ECB")
        }
        unsafe self.context = context
        unsafe self.cipher = cipher
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
        unsafe EVP_CIPHER_free(cipher)
    }

    /// - Parameter sample: 16 octets.
    mutating func mask(_ key: InlineArray<16, UInt8>, sample: Span<UInt8>) -> InlineArray<16, UInt8> {
        precondition(sample.count == Self.sampleLength)
        var mask = InlineArray<16, UInt8>(repeating: 0)
        var output = mask.mutableSpan
        let key = key.span
        var length: Int32 = 0
        let succeeded = unsafe key.withUnsafeBufferPointer { key in
            unsafe sample.withUnsafeBufferPointer { sample in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe EVP_EncryptInit_ex2(context, cipher, key.baseAddress, nil, nil) == 1
                        && EVP_EncryptUpdate(context, output.baseAddress, &length, sample.baseAddress, Int32(Self.sampleLength)) == 1
                }
            }
        }
        guard succeeded else { fatalError("libcrypto cannot encrypt a block") }
        return mask
    }
}
