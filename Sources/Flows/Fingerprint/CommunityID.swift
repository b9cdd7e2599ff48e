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
        let isOrdered =
            source.address == destination.address
            ? source.port.rawValue <= destination.port.rawValue : source.address < destination.address
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
        // What is hashed, in words: 16 octets between addresses of IPv4, 40 between those of IPv6, four less without ports.
        let words: InlineArray<5, UInt64>
        let tail = UInt64(`protocol`.rawValue) << 40 | UInt64(ports?.0 ?? 0) << 16 | UInt64(ports?.1 ?? 0)
        let count: Int
        switch (lower, upper) {
        case (.v4(let lower), .v4(let upper)):
            let (lower, upper) = (UInt64(lower.rawValue), UInt64(upper.rawValue))
            words = [(lower << 16 | upper >> 16).bigEndian, (upper << 48 | tail).bigEndian, 0, 0, 0]
            count = 16
        default:
            let (lower, upper) = (lower.words, upper.words)
            words = [
                (lower.0 >> 16).bigEndian, (lower.0 << 48 | lower.1 >> 16).bigEndian, (lower.1 << 48 | upper.0 >> 16).bigEndian,
                (upper.0 << 48 | upper.1 >> 16).bigEndian, (upper.1 << 48 | tail).bigEndian,
            ]
            count = 40
        }
        var text = Text(repeating: 0x31)
        text[1] = 0x3a
        var place = text.mutableSpan
        unsafe sha1.digest(words.span.bytes.extracting(first: ports == nil ? count - 4 : count)).writeBase64SHA1(to: &place, at: 2)
        return text
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

extension String {
    fileprivate init(_ text: CommunityID.Text) {
        self.init(decoding: [UInt8](copying: text.span), as: UTF8.self)
    }
}
