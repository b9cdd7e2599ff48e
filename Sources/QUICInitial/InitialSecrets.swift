private import COpenSSL
import Wire

/// Who sent a packet: each side has keys of its own.
package enum QUICSide: String, Hashable, Sendable, CaseIterable {
    case client, server

    package var other: QUICSide { self == .client ? .server : .client }
}

/// What protects one side's Initials (RFC 9001 §5.1).
package struct InitialKeys: Sendable {
    package var key = InlineArray<16, UInt8>(repeating: 0)
    package var iv = InlineArray<12, UInt8>(repeating: 0)
    package var headerProtection = InlineArray<16, UInt8>(repeating: 0)
}

/// Derives Initial keys from a connection ID: HKDF with SHA-256 (RFC 9001 §5.2, RFC 5869, RFC 8446 §7.1).
///
/// HMAC is two digests in contexts that are used again and again: libcrypto's own HKDF and HMAC set up more for each call than
/// these digests cost (measured: 8 and 2.3 µs for a packet's keys).
@safe struct InitialSecrets: ~Copyable {
    private let context: OpaquePointer
    private let sha256: OpaquePointer

    typealias Block = InlineArray<64, UInt8>
    typealias Secret = InlineArray<32, UInt8>

    init() throws(Unavailable) {
        guard let sha256 = unsafe EVP_MD_fetch(nil, "SHA256", nil) else { throw Unavailable(algorithm: "SHA256") }
        guard let context = unsafe EVP_MD_CTX_new() else {
            unsafe EVP_MD_free(sha256)
            throw Unavailable(algorithm: "SHA256")
        }
        // Once here, so that what a provider refuses is known before the first packet.
        guard unsafe EVP_DigestInit_ex2(context, sha256, nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_MD_free(sha256)
            throw Unavailable(algorithm: "SHA256")
        }
        unsafe self.context = context
        unsafe self.sha256 = sha256
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(sha256)
    }

    /// The keys of one side's Initials, from the Destination Connection ID of the client's first Initial.
    mutating func keys(_ scheme: InitialScheme, _ id: ConnectionID, _ side: QUICSide) -> InitialKeys {
        var input = Block(repeating: 0)
        for index in 0..<id.count { input[index] = id[index] }
        let initial = authenticate(Pads(scheme.salt.span), input, id.count)
        let secret = expand(Pads(initial.span), side == .client ? "tls13 client in" : "tls13 server in", 32)
        let pads = Pads(secret.span)
        let labels = scheme.labels
        var keys = InitialKeys()
        let key = expand(pads, labels.key, 16)
        let iv = expand(pads, labels.iv, 12)
        let headerProtection = expand(pads, labels.headerProtection, 16)
        for index in 0..<16 {
            keys.key[index] = key[index]
            keys.headerProtection[index] = headerProtection[index]
        }
        for index in 0..<12 { keys.iv[index] = iv[index] }
        return keys
    }

    /// An HMAC key as its two blocks (RFC 2104 §2).
    private struct Pads {
        var inner = Block(repeating: 0x36)
        var outer = Block(repeating: 0x5c)

        init(_ key: Span<UInt8>) {
            for index in key.indices {
                inner[index] ^= key[index]
                outer[index] ^= key[index]
            }
        }
    }

    /// HKDF-Expand-Label without a context (RFC 8446 §7.1); one block is enough for what Initials need.
    private mutating func expand(_ pads: Pads, _ label: StaticString, _ length: UInt8) -> Secret {
        var input = Block(repeating: 0)
        input[1] = length
        input[2] = UInt8(label.utf8CodeUnitCount)
        label.withUTF8Buffer { text in
            for index in text.indices { input[3 + index] = unsafe text[index] }
        }
        let end = 3 + label.utf8CodeUnitCount
        input[end + 1] = 1
        return authenticate(pads, input, end + 2)
    }

    private mutating func authenticate(_ pads: Pads, _ input: Block, _ count: Int) -> Secret {
        let inner = digest(pads.inner.span, input.span.extracting(first: count))
        return digest(pads.outer.span, inner.span)
    }

    private mutating func digest(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Secret {
        var digest = Secret(repeating: 0)
        var output = digest.mutableSpan
        let succeeded = unsafe first.withUnsafeBufferPointer { first in
            unsafe second.withUnsafeBufferPointer { second in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe EVP_DigestInit_ex2(context, sha256, nil) == 1
                        && EVP_DigestUpdate(context, first.baseAddress, first.count) == 1
                        && EVP_DigestUpdate(context, second.baseAddress, second.count) == 1
                        && EVP_DigestFinal_ex(context, output.baseAddress, nil) == 1
                }
            }
        }
        precondition(succeeded, "libcrypto's digests fail only where it has no memory")
        return digest
    }
}
