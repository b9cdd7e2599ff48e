public import Wire

/// Opens Initials and seals them: header protection and packet protection (RFC 9001 §5), contexts and buffers used again.
public struct InitialOpener: ~Copyable {
    private let secrets = InitialSecrets()
    private var protection: HeaderProtection
    var cipher: PacketCipher

    public init() throws(Unavailable) {
        let protection = try HeaderProtection()
        let cipher = try PacketCipher()
        self.protection = protection
        self.cipher = cipher
    }

    /// Why a packet stays closed.
    public enum Failure: Error, Hashable, Sendable {
        /// No sample of 16 octets behind a packet number of 4 (RFC 9001 §5.4.2).
        case tooShort
        /// The tag does not fit: other keys, or damage.
        case unauthenticated
        /// The reserved bits are not zero (RFC 9000 §17.2).
        case reservedBits
    }

    public func keys(_ scheme: InitialScheme, _ id: ConnectionID, _ side: QUICSide) -> InitialKeys {
        secrets.keys(scheme, id, side)
    }

    /// Opens a packet and lends its payload.
    ///
    /// - Parameter largest: the greatest packet number that the same side's Initials had so far.
    public mutating func open<Result>(
        _ packet: QUICProtectedPacket, in datagram: Span<UInt8>, with keys: InitialKeys, largest: UInt64?,
        _ body: (_ number: UInt64, _ payload: Span<UInt8>) -> Result
    ) throws(Failure) -> Result {
        let start = packet.packetNumber
        guard packet.octets.upperBound - start >= 4 + HeaderProtection.sampleLength else { throw .tooShort }
        let sample = datagram.extracting((start + 4)..<(start + 4 + HeaderProtection.sampleLength))
        let mask = protection.mask(keys.headerProtection, sample: sample)
        let first = packet.header.firstOctet ^ (mask[0] & 0x0f)
        let numberLength = Int(first & 3) + 1

        // The header as it was before protection.
        cipher.header.removeAll(keepingCapacity: true)
        cipher.header.append(first)
        cipher.header.append(copying: datagram.extracting((packet.octets.lowerBound + 1)..<start))
        var truncated: UInt64 = 0
        for index in 0..<numberLength {
            let octet = datagram[start + index] ^ mask[1 + index]
            cipher.header.append(octet)
            truncated = truncated << 8 | UInt64(octet)
        }
        let number = PacketNumber.decode(truncated, octets: numberLength, largest: largest)
        let sealed = datagram.extracting((start + numberLength)..<packet.octets.upperBound)
        guard cipher.open(keys.key, nonce: Self.nonce(keys.iv, number), sealed) else {
            throw .unauthenticated
        }
        guard first & 0x0c == 0 else { throw .reservedBits }
        return body(number, cipher.output.span.extracting(first: sealed.count - PacketCipher.tagLength))
    }

    /// A protected packet of a header that ends with its packet number, and a payload (RFC 9001 §5.3, §5.4.1).
    ///
    /// - Parameter plainHeader: its length field counts packet number, payload and 16 octets of tag; together they are 20 octets or more.
    public mutating func seal(
        _ plainHeader: [UInt8], number: UInt64, payload: [UInt8], with keys: InitialKeys
    ) throws(Failure) -> [UInt8] {
        guard let first = plainHeader.first else { throw .tooShort }
        let numberLength = Int(first & 3) + 1
        let start = plainHeader.count - numberLength
        guard start > 0, numberLength + payload.count >= 4 else { throw .tooShort }
        cipher.header = plainHeader
        cipher.seal(keys.key, nonce: Self.nonce(keys.iv, number), payload.span)
        var packet = plainHeader
        packet.append(contentsOf: cipher.output.prefix(payload.count + PacketCipher.tagLength))
        let sample = (start + 4)..<(start + 4 + HeaderProtection.sampleLength)
        let mask = protection.mask(keys.headerProtection, sample: packet.span.extracting(sample))
        packet[0] ^= mask[0] & 0x0f
        for index in 0..<numberLength { packet[start + index] ^= mask[1 + index] }
        return packet
    }

    /// RFC 9001 §5.3: the packet number, as wide as the IV, exclusive-or the IV.
    private static func nonce(_ iv: InlineArray<12, UInt8>, _ number: UInt64) -> InlineArray<12, UInt8> {
        var nonce = iv
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
        return nonce
    }
}

/// Packet numbers are sent without the high bits that the receiver can tell (RFC 9000 §17.1).
public enum PacketNumber {
    /// RFC 9000 appendix A.3.
    public static func decode(_ truncated: UInt64, octets: Int, largest: UInt64?) -> UInt64 {
        let expected = largest.map { $0 + 1 } ?? 0
        let window = UInt64(1) << UInt64(8 * octets)
        let candidate = expected & ~(window - 1) | truncated
        if candidate + window / 2 <= expected, candidate < (1 << 62) - window { return candidate + window }
        if candidate > expected + window / 2, candidate >= window { return candidate - window }
        return candidate
    }
}
