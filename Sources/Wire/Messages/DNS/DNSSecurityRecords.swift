extension DNSRecordData {
    /// A child zone's key, told by its parent (RFC 4034 §5, RFC 7344).
    public struct DelegationSigner: Hashable, Sendable {
        public var keyTag: UInt16
        public var algorithm: UInt8
        public var digestType: UInt8
        public var digest: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            keyTag = try data.read()
            algorithm = try data.read()
            digestType = try data.read()
            digest = try data.readArray(data.count)
        }

        var description: String { "\(keyTag) \(algorithm) \(digestType) \(digest.hexadecimal)" }
    }

    /// A zone's key (RFC 4034 §2).
    public struct PublicKey: Hashable, Sendable {
        public var flags: UInt16
        public var `protocol`: UInt8
        public var algorithm: UInt8
        public var key: [UInt8]

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            flags = try data.read()
            `protocol` = try data.read()
            algorithm = try data.read()
            key = try data.readArray(data.count)
        }

        var description: String { "\(flags) \(`protocol`) \(algorithm) \(DNSText.base64(key))" }
    }

    /// What vouches for a set of records (RFC 4034 §3). Times are seconds since 1970, in serial arithmetic.
    public struct Signature: Hashable, Sendable {
        public var covered: DNSType
        public var algorithm: UInt8
        public var labels: UInt8
        public var originalTimeToLive: UInt32
        public var expiration: UInt32
        public var inception: UInt32
        public var keyTag: UInt16
        public var signer: DNSName
        public var signature: [UInt8]

        init(decoding message: Span<UInt8>, at start: Int) throws(DecodeError) {
            var data = message.extracting(droppingFirst: start)
            covered = DNSType(rawValue: try data.read())
            algorithm = try data.read()
            labels = try data.read()
            originalTimeToLive = try data.read()
            expiration = try data.read()
            inception = try data.read()
            keyTag = try data.read()
            var offset = start + 18
            signer = try DNSNameBuffer(decoding: message, at: &offset).name
            signature = [UInt8](copying: message.extracting(droppingFirst: offset))
        }

        /// RFC 4034 §3.2 lets times stand as numbers.
        var description: String {
            "\(covered.name) \(algorithm) \(labels) \(originalTimeToLive) \(expiration) \(inception) \(keyTag) \(signer) "
                + DNSText.base64(signature)
        }
    }

    /// The next name of a zone, hashed (RFC 5155 §3).
    public struct HashedNextSecure: Hashable, Sendable {
        public var parameters: Parameters
        public var next: [UInt8]
        public var types: DNSTypeBitmap

        /// How names are hashed: all that NSEC3PARAM says (RFC 5155 §4).
        public struct Parameters: Hashable, Sendable {
            public var algorithm: UInt8
            public var flags: UInt8
            public var iterations: UInt16
            public var salt: [UInt8]

            init(decoding data: inout Span<UInt8>) throws(DecodeError) {
                algorithm = try data.read()
                flags = try data.read()
                iterations = try data.read()
                salt = try data.readCharacterString()
            }

            var description: String { "\(algorithm) \(flags) \(iterations) \(salt.isEmpty ? "-" : salt.hexadecimal)" }
        }

        init(decoding data: inout Span<UInt8>) throws(DecodeError) {
            parameters = try Parameters(decoding: &data)
            next = try data.readCharacterString()
            types = try DNSTypeBitmap(decoding: data)
        }

        var description: String { ([parameters.description, DNSText.base32Hex(next)] + types.names).joined(separator: " ") }
    }
}

/// The types that a name has: windows of 256 types, each with a bitmap as long as it needs (RFC 4034 §4.1.2).
///
/// Kept as it came: a bit takes less room than the type that it stands for.
public struct DNSTypeBitmap: Hashable, Sendable {
    public let octets: [UInt8]

    init(decoding data: Span<UInt8>) throws(DecodeError) {
        var rest = data
        var earlier = -1
        while !rest.isEmpty {
            let window: UInt8 = try rest.read()
            let length: UInt8 = try rest.read()
            guard Int(window) > earlier else { throw .malformed("window block") }
            guard (1...32).contains(length) else { throw .malformed("bitmap length") }
            try rest.skip(Int(length))
            earlier = Int(window)
        }
        octets = [UInt8](copying: data)
    }

    public var types: [DNSType] {
        var types: [DNSType] = []
        var start = 0
        while start + 1 < octets.count {
            let end = min(start + 2 + Int(octets[start + 1]), octets.count)
            for index in (start + 2)..<end {
                for bit in 0..<8 where octets[index] & (0x80 >> bit) != 0 {
                    types.append(DNSType(rawValue: UInt16(octets[start]) << 8 | UInt16((index - start - 2) * 8 + bit)))
                }
            }
            start = end
        }
        return types
    }

    var names: [String] { types.map(\.name) }
}
