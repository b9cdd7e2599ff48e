/// Steps through the packets that share a datagram (RFC 9000 §12.2). A packet without a length is the last.
public struct QUICPacketWalker: Sendable {
    /// Where the next packet begins; after an error, the field that failed.
    public private(set) var offset = 0

    public init() {}

    /// The next packet, or nil at the end of the datagram.
    public mutating func next(in datagram: Span<UInt8>) throws(DecodeError) -> QUICPacket? {
        guard offset < datagram.count else { return nil }
        var bytes = datagram.extracting(droppingFirst: offset)
        guard bytes[0] & 0x80 != 0 else {
            defer { offset = datagram.count }
            return .short(firstOctet: bytes[0], octets: offset..<datagram.count)
        }
        do throws(DecodeError) {
            return try long(&bytes, in: datagram)
        } catch {
            offset = datagram.count - bytes.count
            throw error
        }
    }

    private mutating func long(_ bytes: inout Span<UInt8>, in datagram: Span<UInt8>) throws(DecodeError) -> QUICPacket {
        let start = offset
        let end = datagram.count
        let header = try QUICLongHeader(decoding: &bytes)
        let body = end - bytes.count
        if header.version == .negotiation {
            guard bytes.count % 4 == 0, !bytes.isEmpty else { throw .malformed("supported versions") }
            offset = end
            return .versionNegotiation(QUICVersionNegotiation(header: header, versions: body..<end, octets: start..<end))
        }
        guard let kind = header.kind else {
            offset = end
            return .unknown(header, octets: start..<end)
        }
        if kind == .retry {
            try bytes.require(Self.integrityTagLength)
            let tag = end - Self.integrityTagLength
            offset = end
            return .retry(QUICRetry(header: header, token: body..<tag, integrityTag: tag..<end, octets: start..<end))
        }
        var token = body..<body
        if kind == .initial {
            let length = try bytes.readVarintLength()
            let tokenStart = end - bytes.count
            token = tokenStart..<(tokenStart + length)
            try bytes.skip(length)
        }
        let length = try bytes.readVarintLength()
        let packetNumber = end - bytes.count
        offset = packetNumber + length
        return .protected(
            QUICProtectedPacket(header: header, kind: kind, token: token, packetNumber: packetNumber, octets: start..<offset))
    }

    /// RFC 9001 §5.8.
    private static let integrityTagLength = 16
}
