/// Steps through the frames of an Initial's payload (RFC 9000 §12.4). A frame that is not known has no known length, so it is the end.
public struct QUICFrameWalker: Sendable {
    /// Where the next frame begins; after an error, the field that failed.
    public private(set) var offset = 0

    public init() {}

    /// The next frame, or nil at the end of the payload.
    public mutating func next(in payload: Span<UInt8>) throws(DecodeError) -> QUICFrame? {
        guard offset < payload.count else { return nil }
        if payload[offset] == 0 {
            let start = offset
            // Padding is most of a client's Initial: 32 octets at a time, then what is left.
            while payload.count - offset >= 32, payload.extracting(offset..<(offset + 32)).isZero { offset += 32 }
            while offset < payload.count, payload[offset] == 0 { offset += 1 }
            return .padding(count: offset - start)
        }
        var bytes = payload.extracting(droppingFirst: offset)
        defer { offset = payload.count - bytes.count }
        let start = bytes
        let type = try bytes.readVarint()
        switch type {
        case 0x00: return .padding(count: 1)
        case 0x01: return .ping
        case 0x02, 0x03:
            return .acknowledgment(try QUICAcknowledgment(decoding: &bytes, in: payload, hasECN: type == 0x03))
        case 0x06:
            let offset = try bytes.readVarint()
            let length = try bytes.readVarintLength()
            // The stream ends where its offsets do (§19.6).
            guard offset <= QUICVarint.greatest - UInt64(length) else { throw .malformed("CRYPTO offset") }
            let data = payload.count - bytes.count
            try bytes.skip(length)
            return .crypto(offset: offset, data: data..<(data + length))
        case 0x1c, 0x1d:
            return .connectionClose(try QUICConnectionClose(decoding: &bytes, in: payload, isApplication: type == 0x1d))
        default:
            bytes = start
            throw .unsupported("frame type")
        }
    }
}

extension Span<UInt8> {
    fileprivate var isZero: Bool {
        var all: UInt8 = 0
        for index in indices { all |= self[index] }
        return all == 0
    }
}
