package import Digest
package import Wire

/// Community ID, version 1 with seed 0: one name for a flow, whoever saw it and in whichever direction
/// (https://github.com/corelight/community-id-spec).
///
///     "1:" base64(SHA-1(seed (16 bits), lower address, upper address, protocol (8), 0 (8), lower port (16), upper port (16)))
package struct CommunityID {
    private let sha1: MessageDigest

    package init() throws(MessageDigest.Unavailable) { sha1 = try MessageDigest(.sha1) }

    /// The version, a colon, and a SHA-1 in base64: as long as they come.
    package typealias Text = InlineArray<30, UInt8>

    /// Of TCP, UDP and SCTP.
    package func text(_ protocol: IPProtocol, _ source: Endpoint, _ destination: Endpoint) -> String {
        String(octets(`protocol`, source, destination))
    }

    /// The same, on the stack: for records.
    package func octets(_ protocol: IPProtocol, _ source: Endpoint, _ destination: Endpoint) -> Text {
        let isOrdered = (source.address, source.port.rawValue) <= (destination.address, destination.port.rawValue)
        let (lower, upper) = isOrdered ? (source, destination) : (destination, source)
        return octets(`protocol`, lower.address, upper.address, ports: (lower.port.rawValue, upper.port.rawValue))
    }

    /// Of ICMP and ICMPv6, as the addresses' family tells: type and counterpart stand for ports. Types without one go one way, and are
    /// hashed with their code and as sent.
    package func octets(icmpType type: UInt8, code: UInt8, from source: IPAddress, to destination: IPAddress) -> Text {
        let upperLayer: IPProtocol
        let counterpart: UInt8?
        switch source {
        case .v4: (upperLayer, counterpart) = (.icmpv4, Self.counterpart(ofICMPv4: type))
        case .v6: (upperLayer, counterpart) = (.icmpv6, Self.counterpart(ofICMPv6: type))
        }
        guard let counterpart else { return octets(upperLayer, source, destination, ports: (UInt16(type), UInt16(code))) }
        return octets(
            upperLayer, Endpoint(source, Port(rawValue: UInt16(type))), Endpoint(destination, Port(rawValue: UInt16(counterpart))))
    }

    package func text(icmpType type: UInt8, code: UInt8, from source: IPAddress, to destination: IPAddress) -> String {
        String(octets(icmpType: type, code: code, from: source, to: destination))
    }

    /// Of what has no ports.
    package func text(_ protocol: IPProtocol, _ source: IPAddress, _ destination: IPAddress) -> String {
        String(octets(`protocol`, min(source, destination), max(source, destination), ports: nil))
    }

    private func octets(_ protocol: IPProtocol, _ lower: IPAddress, _ upper: IPAddress, ports: (UInt16, UInt16)?) -> Text {
        var input = Input()
        input.append(UInt16(0))
        input.append(lower)
        input.append(upper)
        input.append(UInt16(`protocol`.rawValue) << 8)
        if let ports {
            input.append(ports.0)
            input.append(ports.1)
        }
        return Text(base64: sha1.digest(input.octets.span.extracting(first: input.count)))
    }

    /// As the reference has it: a router advertisement (9) has no counterpart, while a solicitation has.
    private static func counterpart(ofICMPv4 type: UInt8) -> UInt8? {
        switch type {
        case 0: 8
        case 8: 0
        case 10: 9
        case 13: 14
        case 14: 13
        case 15: 16
        case 16: 15
        case 17: 18
        case 18: 17
        default: nil
        }
    }

    private static func counterpart(ofICMPv6 type: UInt8) -> UInt8? {
        switch type {
        case 128, 130, 133, 135, 139, 144: type + 1
        case 129, 131, 134, 136, 140, 145: type - 1
        default: nil
        }
    }
}

/// What is hashed: 40 octets at most, on the stack.
private struct Input {
    var octets = InlineArray<40, UInt8>(repeating: 0)
    var count = 0

    mutating func append(_ value: UInt16) {
        octets[count] = UInt8(value >> 8)
        octets[count + 1] = UInt8(value & 255)
        count += 2
    }

    mutating func append(_ address: IPAddress) {
        let (high, low) = address.words
        switch address {
        case .v4: append(low, octets: 4)
        case .v6:
            append(high, octets: 8)
            append(low, octets: 8)
        }
    }

    private mutating func append(_ word: UInt64, octets number: Int) {
        for index in 0..<number { octets[count + index] = UInt8(truncatingIfNeeded: word >> UInt64(8 * (number - 1 - index))) }
        count += number
    }
}

extension InlineArray where count == 30, Element == UInt8 {
    /// RFC 4648 §4, behind the version.
    fileprivate init(base64 digest: MessageDigest.Value) {
        self.init(repeating: 0x3d)
        (self[0], self[1]) = (0x31, 0x3a)
        for start in stride(from: 0, to: digest.count, by: 3) {
            let left = Swift.min(3, digest.count - start)
            var word: UInt32 = 0
            for offset in 0..<3 { word = word << 8 | (offset < left ? UInt32(digest[start + offset]) : 0) }
            for offset in 0...left { self[2 + start / 3 * 4 + offset] = Self.base64Digit(word >> UInt32(18 - 6 * offset) & 63) }
        }
    }

    private static func base64Digit(_ value: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return switch value {
        case 0..<26: 0x41 + value
        case 26..<52: 0x61 + value - 26
        case 52..<62: 0x30 + value - 52
        case 62: 0x2b
        default: 0x2f
        }
    }
}

extension String {
    fileprivate init(_ text: CommunityID.Text) {
        self.init(decoding: [UInt8](copying: text.span), as: UTF8.self)
    }
}
