private import COpenSSL

/// The mask over first octet and packet number: AES-128-ECB of a sample of the payload (RFC 9001 §5.4.3).
@safe struct HeaderProtection: ~Copyable {
    private var engine: CipherContext

    static let sampleLength = 16

    init() throws(Unavailable) { engine = try CipherContext("AES-128-ECB") }

    /// - Parameter sample: 16 octets.
    mutating func mask(_ key: InlineArray<16, UInt8>, sample: Span<UInt8>) -> InlineArray<16, UInt8> {
        precondition(sample.count == Self.sampleLength)
        var mask = InlineArray<16, UInt8>(repeating: 0)
        var output = mask.mutableSpan
        let isReady = engine.begin(.seal, key)
        var length: Int32 = 0
        let context = unsafe engine.context
        let succeeded = unsafe sample.withUnsafeBufferPointer { sample in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe isReady
                    && EVP_EncryptUpdate(context, output.baseAddress, &length, sample.baseAddress, Int32(Self.sampleLength)) == 1
            }
        }
        precondition(succeeded, "libcrypto's ciphers fail to encrypt only where it has no memory")
        return mask
    }
}
