import Digest
import Wire

/// What nobody can foretell without the key: HMAC with SHA-256 (RFC 2104), a word of domain before each input.
struct KeyedFunction {
    private let digest: MessageDigest
    private let inner: [UInt8]
    private let outer: [UInt8]

    private static let block = 64

    /// - Parameter key: any octets; their digest is what counts.
    init(_ key: [UInt8]) throws(MessageDigest.Unavailable) {
        digest = try MessageDigest(.sha256)
        let key = digest.digest(key.span)
        var (inner, outer) = ([UInt8](repeating: 0x36, count: Self.block), [UInt8](repeating: 0x5c, count: Self.block))
        for index in 0..<key.count {
            inner[index] ^= key[index]
            outer[index] ^= key[index]
        }
        (self.inner, self.outer) = (inner, outer)
    }

    /// 32 octets.
    func callAsFunction(_ domain: Domain, _ input: some Sequence<UInt8>) -> [UInt8] {
        var message = inner
        message.append(domain.rawValue)
        message.append(contentsOf: input)
        let first = digest.digest(message.span)
        message = outer
        for index in 0..<first.count { message.append(first[index]) }
        let second = digest.digest(message.span)
        return (0..<second.count).map { second[$0] }
    }

    /// As many octets as are asked for.
    func stream(_ domain: Domain, _ input: [UInt8], count: Int) -> [UInt8] {
        var octets: [UInt8] = []
        var number: UInt32 = 0
        while octets.count < count {
            octets += self(domain, number.octets + input)
            number &+= 1
        }
        return Array(octets.prefix(count))
    }

    /// What a value of the function is for: the same input means another thing in each.
    enum Domain: UInt8 { case ipv4, ipv6, lowest24, mac, text, opaque, character, group }
}

extension FixedWidthInteger {
    /// In network byte order.
    var octets: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }
}
