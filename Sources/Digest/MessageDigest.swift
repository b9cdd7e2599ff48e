private import COpenSSL

/// A message digest by OpenSSL's libcrypto.
///
/// Its functions for one algorithm each, which it calls deprecated, because those that its manual recommends look up and set up as much again
/// as a short text costs: flows' names are digests of 16 octets (measured: 2.4 times as many instructions).
public struct MessageDigest: Sendable {
    public enum Algorithm: Sendable, CaseIterable {
        /// RFC 1321; here it names things and protects nothing.
        case md5
        /// RFC 3174; the same holds.
        case sha1
        /// RFC 6234.
        case sha256
    }

    /// A digest, on the stack.
    public struct Value: Sendable {
        fileprivate var octets = InlineArray<32, UInt8>(repeating: 0)
        public fileprivate(set) var count = 0

        public subscript(index: Int) -> UInt8 {
            precondition(index < count, "a digest has \(count) octets")
            return octets[index]
        }
    }

    /// libcrypto's providers do not offer the algorithm: those for FIPS leave MD5 out.
    public struct Unavailable: Error {
        public var algorithm: Algorithm
    }

    private let algorithm: Algorithm

    /// A provider that leaves an algorithm out is respected, though its own functions would work: policy is not ours.
    public init(_ algorithm: Algorithm) throws(Unavailable) {
        let name =
            switch algorithm {
            case .md5: "MD5"
            case .sha1: "SHA1"
            case .sha256: "SHA256"
            }
        guard let type = unsafe EVP_MD_fetch(nil, name, nil) else { throw Unavailable(algorithm: algorithm) }
        unsafe EVP_MD_free(type)
        self.algorithm = algorithm
    }

    /// The digest of all these octets.
    public func digest(_ octets: Span<UInt8>) -> Value { unsafe digest(octets.bytes) }

    /// The same, of what stands in memory as larger words.
    public func digest(_ octets: RawSpan) -> Value {
        var value = Value()
        var digits = value.octets.mutableSpan
        unsafe octets.withUnsafeBytes { octets in
            unsafe digits.withUnsafeMutableBufferPointer { digits in
                switch algorithm {
                case .md5:
                    var context = MD5_CTX()
                    unsafe MD5_Init(&context)
                    unsafe MD5_Update(&context, octets.baseAddress, octets.count)
                    unsafe MD5_Final(digits.baseAddress, &context)
                case .sha1 where octets.count <= Self.mostOfOneBlock: unsafe Self.sha1OfOneBlock(octets, digits)
                case .sha1:
                    var context = SHA_CTX()
                    unsafe SHA1_Init(&context)
                    unsafe SHA1_Update(&context, octets.baseAddress, octets.count)
                    unsafe SHA1_Final(digits.baseAddress, &context)
                case .sha256:
                    var context = SHA256_CTX()
                    unsafe SHA256_Init(&context)
                    unsafe SHA256_Update(&context, octets.baseAddress, octets.count)
                    unsafe SHA256_Final(digits.baseAddress, &context)
                }
            }
        }
        value.count =
            switch algorithm {
            case .md5: 16
            case .sha1: 20
            case .sha256: 32
            }
        return value
    }

    /// The padding's 0x80 and the length have room behind these.
    private static let mostOfOneBlock = 55

    /// What `SHA1_Update` and `SHA1_Final` do besides, which is to keep octets for the next block and to erase them, costs more than the block.
    private static func sha1OfOneBlock(_ octets: UnsafeRawBufferPointer, _ digits: UnsafeMutableBufferPointer<UInt8>) {
        // RFC 3174 §4: the text, 0x80, zeros, and the text's length in bits.
        var block = InlineArray<64, UInt8>(repeating: 0)
        var place = block.mutableSpan
        var context = SHA_CTX()
        unsafe place.withUnsafeMutableBytes { block in
            unsafe block.copyMemory(from: octets)
            unsafe block[octets.count] = 0x80
            unsafe block.storeBytes(of: UInt64(octets.count * 8).bigEndian, toByteOffset: 56, as: UInt64.self)
            unsafe SHA1_Init(&context)
            unsafe SHA1_Transform(&context, block.baseAddress)
        }
        let words = UnsafeMutableRawBufferPointer(digits)
        unsafe words.storeBytes(of: context.h0.bigEndian, toByteOffset: 0, as: UInt32.self)
        unsafe words.storeBytes(of: context.h1.bigEndian, toByteOffset: 4, as: UInt32.self)
        unsafe words.storeBytes(of: context.h2.bigEndian, toByteOffset: 8, as: UInt32.self)
        unsafe words.storeBytes(of: context.h3.bigEndian, toByteOffset: 12, as: UInt32.self)
        unsafe words.storeBytes(of: context.h4.bigEndian, toByteOffset: 16, as: UInt32.self)
    }
}

extension MessageDigest.Value {
    /// RFC 4648 §4, of a SHA-1: 28 octets from `start` on, where there is room for them.
    public func writeBase64SHA1(to text: inout MutableSpan<UInt8>, at start: Int) {
        precondition(count == 20, "no SHA-1")
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for group in 0..<7 {
            // The octet behind the digest is zero, and the digit that it would give is the padding.
            let first = 3 * group
            let word = Int(octets[first]) << 16 | Int(octets[first + 1]) << 8 | Int(octets[first + 2])
            for digit in 0..<4 { unsafe text[start + 4 * group + digit] = alphabet.utf8Start[word >> (18 - 6 * digit) & 63] }
        }
        text[start + 27] = 0x3d
    }

    /// Lower-case hexadecimal digits, of the first octets alone where a number is given.
    public func hexadecimal(first octets: Int = .max) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * Swift.min(octets, count))
        for index in 0..<Swift.min(octets, count) {
            let (high, low) = (self[index] >> 4, self[index] & 15)
            text.append(high < 10 ? 0x30 + high : 0x57 + high)
            text.append(low < 10 ? 0x30 + low : 0x57 + low)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
