/// One packet of a datagram, as far as it shows without keys (RFC 9000 §17). Ranges are octets of the datagram.
public enum QUICPacket: Hashable, Sendable {
    /// Initial, 0-RTT or Handshake, protected still.
    case protected(QUICProtectedPacket)
    case retry(QUICRetry)
    case versionNegotiation(QUICVersionNegotiation)
    /// A version of which only the invariants are known: it takes the rest of the datagram.
    case unknown(QUICLongHeader, octets: Range<Int>)
    /// The length of a short header's connection ID is not on the wire (RFC 8999 §5.2), nor is the packet's.
    case short(firstOctet: UInt8, octets: Range<Int>)

    public var longHeader: QUICLongHeader? {
        switch self {
        case .protected(let packet): packet.header
        case .retry(let packet): packet.header
        case .versionNegotiation(let packet): packet.header
        case .unknown(let header, _): header
        case .short: nil
        }
    }

    public var octets: Range<Int> {
        switch self {
        case .protected(let packet): packet.octets
        case .retry(let packet): packet.octets
        case .versionNegotiation(let packet): packet.octets
        case .unknown(_, let octets), .short(_, let octets): octets
        }
    }

    public func describe(in datagram: Span<UInt8>, to fields: inout some FieldVisitor) {
        switch self {
        case .protected(let packet): packet.describe(in: datagram, to: &fields)
        case .retry(let packet): packet.describe(in: datagram, to: &fields)
        case .versionNegotiation(let packet): packet.describe(in: datagram, to: &fields)
        case .unknown(let header, _): header.describe(to: &fields)
        case .short(let firstOctet, let octets):
            fields.field("first_octet", firstOctet)
            fields.field("fixed_bit", flag: firstOctet & 0x40 != 0)
            fields.field("type", "1rtt")
            fields.field("octets", octets.count)
        }
    }
}

/// An Initial, 0-RTT or Handshake packet whose header protection has not been removed (RFC 9000 §17.2.2 to §17.2.4).
///
///     +---------------------------------------------------------------+
///     |  long header  | token length, token (an Initial's alone)      |
///     |  length (of packet number and payload together)               |
///     |  packet number (protected)    |  payload (protected)          |
///     +---------------------------------------------------------------+
public struct QUICProtectedPacket: Hashable, Sendable {
    public var header: QUICLongHeader
    public var kind: QUICLongHeader.Kind
    /// Empty in all but Initials.
    public var token: Range<Int>
    /// Where the packet number begins.
    public var packetNumber: Int
    public var octets: Range<Int>

    public func describe(in datagram: Span<UInt8>, to fields: inout some FieldVisitor) {
        header.describe(to: &fields)
        if kind == .initial { fields.field("token", datagram.extracting(token).hexadecimal) }
        fields.field("length", octets.upperBound - packetNumber)
    }
}

/// A Retry packet, which takes the rest of its datagram (RFC 9000 §17.2.5).
///
///     +---------------------------------------------------------------+
///     |  long header, low bits unused |    token                      |
///     |  integrity tag (16 octets)                                    |
///     +---------------------------------------------------------------+
public struct QUICRetry: Hashable, Sendable {
    public var header: QUICLongHeader
    public var token: Range<Int>
    public var integrityTag: Range<Int>
    public var octets: Range<Int>

    public func describe(in datagram: Span<UInt8>, to fields: inout some FieldVisitor) {
        header.describe(to: &fields)
        fields.field("token", datagram.extracting(token).hexadecimal)
        fields.field("integrity_tag", datagram.extracting(integrityTag).hexadecimal)
    }
}

/// A Version Negotiation packet: the versions that a server speaks fill the datagram (RFC 8999 §6).
public struct QUICVersionNegotiation: Hashable, Sendable {
    public var header: QUICLongHeader
    public var versions: Range<Int>
    public var octets: Range<Int>

    public func supportedVersions(in datagram: Span<UInt8>) -> [QUICVersion] {
        stride(from: versions.lowerBound, to: versions.upperBound, by: 4).map { QUICVersion(rawValue: datagram.uint32(at: $0)) }
    }

    public func describe(in datagram: Span<UInt8>, to fields: inout some FieldVisitor) {
        header.describe(to: &fields)
        let versions = supportedVersions(in: datagram)
        fields.list("supported_versions", count: versions.count) { index, fields in
            fields.field("version", versions[index].rawValue)
            fields.field("version_name", versions[index].name)
        }
    }
}
