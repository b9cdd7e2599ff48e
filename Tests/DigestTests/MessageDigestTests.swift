import Digest
import Testing

struct MessageDigestTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        var algorithm: MessageDigest.Algorithm
        var message: String
        var digest: String
        var testDescription: String { "\(algorithm) of \(message.prefix(20))" }
    }

    static let vectors = [
        // RFC 1321 §A.5.
        Vector(algorithm: .md5, message: "", digest: "d41d8cd98f00b204e9800998ecf8427e"),
        Vector(algorithm: .md5, message: "a", digest: "0cc175b9c0f1b6a831c399e269772661"),
        Vector(algorithm: .md5, message: "abc", digest: "900150983cd24fb0d6963f7d28e17f72"),
        Vector(algorithm: .md5, message: "message digest", digest: "f96b697d7cb7938d525a2f31aaf161d0"),
        Vector(algorithm: .md5, message: "abcdefghijklmnopqrstuvwxyz", digest: "c3fcd3d76192e4007dfb496cca67e13b"),
        Vector(
            algorithm: .md5, message: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            digest: "d174ab98d277d9f5a5611c2c9f419d9f"),
        Vector(
            algorithm: .md5, message: String(repeating: "1234567890", count: 8), digest: "57edf4a22be3c955ac49da2e2107b67a"),
        // RFC 3174 §7.3.
        Vector(algorithm: .sha1, message: "abc", digest: "a9993e364706816aba3e25717850c26c9cd0d89d"),
        Vector(
            algorithm: .sha1, message: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        Vector(
            algorithm: .sha1, message: String(repeating: "a", count: 1_000_000), digest: "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        Vector(
            algorithm: .sha1, message: String(repeating: "01234567", count: 80), digest: "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
        // The shortest, and those about the end of the only block (sha1sum).
        Vector(algorithm: .sha1, message: "", digest: "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        Vector(algorithm: .sha1, message: String(repeating: "b", count: 54), digest: "4e32338b4aa5b0e034fed1bd84a735ab783601fb"),
        Vector(algorithm: .sha1, message: String(repeating: "b", count: 55), digest: "4d055f5334ac4bca50260deff4707cd8d4fc1454"),
        Vector(algorithm: .sha1, message: String(repeating: "b", count: 56), digest: "049adea016c8a8e3b7a9054aeeaa8643453bebd9"),
        // RFC 6234 §8.5.
        Vector(algorithm: .sha256, message: "abc", digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Vector(
            algorithm: .sha256, message: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        Vector(
            algorithm: .sha256, message: String(repeating: "a", count: 1_000_000),
            digest: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        Vector(
            algorithm: .sha256, message: String(repeating: "01234567", count: 80),
            digest: "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"),
    ]

    @Test(arguments: vectors) func digestOfTheVector(_ vector: Vector) throws {
        let digest = try MessageDigest(vector.algorithm)
        let octets = Array(vector.message.utf8)
        let value = digest.digest(octets.span)
        #expect(value.hexadecimal() == vector.digest)
        #expect(value.count == vector.digest.count / 2)
        #expect(value.hexadecimal(first: 6) == String(vector.digest.prefix(12)))
    }

    /// One context serves all: what came before leaves no trace.
    @Test(arguments: MessageDigest.Algorithm.allCases) func contextIsUsedAgain(_ algorithm: MessageDigest.Algorithm) throws {
        let digest = try MessageDigest(algorithm)
        for vector in Self.vectors where vector.algorithm == algorithm {
            let octets = Array(vector.message.utf8)
            let value = digest.digest(octets.span)
            #expect(value.hexadecimal() == vector.digest)
            #expect(value[0] == UInt8(vector.digest.prefix(2), radix: 16))
        }
    }
}
