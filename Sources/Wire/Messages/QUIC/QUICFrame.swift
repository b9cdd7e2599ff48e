/// A frame of an Initial packet (RFC 9000 §12.4, §19). Ranges are octets of the packet's payload.
public enum QUICFrame: Hashable, Sendable {
    /// A run of PADDING frames, an octet each (§19.1).
    case padding(count: Int)
    case ping
    case acknowledgment(QUICAcknowledgment)
    case crypto(offset: UInt64, data: Range<Int>)
    case connectionClose(QUICConnectionClose)

    public var name: String {
        switch self {
        case .padding: "padding"
        case .ping: "ping"
        case .acknowledgment: "ack"
        case .crypto: "crypto"
        case .connectionClose: "connection_close"
        }
    }

    public func describe(in payload: Span<UInt8>, to fields: inout some FieldVisitor) {
        fields.field("type", name)
        switch self {
        case .padding(let count): fields.field("octets", count)
        case .ping: break
        case .acknowledgment(let frame): frame.describe(in: payload, to: &fields)
        case .crypto(let offset, let data):
            fields.field("offset", offset)
            fields.field("length", data.count)
        case .connectionClose(let frame): frame.describe(in: payload, to: &fields)
        }
    }
}

/// An ACK frame (RFC 9000 §19.3).
public struct QUICAcknowledgment: Hashable, Sendable {
    public var largest: UInt64
    /// In units that the transport parameters set (§18.2); Initials have none.
    public var delay: UInt64
    public var rangeCount: UInt64
    /// The first range's length, then gaps and lengths, as they stand on the wire.
    public var ranges: Range<Int>
    /// Counts of ECT(0), ECT(1) and ECN-CE (§19.3.2).
    public var ecn: ECN?

    public struct ECN: Hashable, Sendable {
        public var ect0: UInt64, ect1: UInt64, ce: UInt64
    }

    /// - Parameter payload: the whole of it; `bytes` begin behind the frame's type.
    init(decoding bytes: inout Span<UInt8>, in payload: Span<UInt8>, hasECN: Bool) throws(DecodeError) {
        largest = try bytes.readVarint()
        delay = try bytes.readVarint()
        rangeCount = try bytes.readVarint()
        let start = payload.count - bytes.count
        var smallest = largest
        // Each pass takes two octets or more, so the payload's end bounds the count.
        var remaining = rangeCount
        try Self.step(&smallest, down: try bytes.readVarint(), "First ACK Range")
        while remaining > 0 {
            try Self.step(&smallest, down: try bytes.readVarint() + 2, "Gap")
            try Self.step(&smallest, down: try bytes.readVarint(), "ACK Range Length")
            remaining -= 1
        }
        ranges = start..<(payload.count - bytes.count)
        if hasECN { ecn = ECN(ect0: try bytes.readVarint(), ect1: try bytes.readVarint(), ce: try bytes.readVarint()) }
    }

    /// No packet number is below zero (§19.3.1).
    private static func step(_ smallest: inout UInt64, down length: UInt64, _ field: Field) throws(DecodeError) {
        guard length <= smallest else { throw .malformed(field) }
        smallest -= length
    }

    /// The packet numbers acknowledged, greatest first; decoding has vouched for them.
    public func acknowledged(in payload: Span<UInt8>) -> [ClosedRange<UInt64>] {
        var bytes = payload.extracting(ranges)
        guard let first = try? bytes.readVarint(), first <= largest else { return [] }
        var acknowledged = [(largest - first)...largest]
        while let gap = try? bytes.readVarint(), let length = try? bytes.readVarint(), let last = acknowledged.last?.lowerBound,
            last >= gap + 2, last - gap - 2 >= length
        {
            acknowledged.append((last - gap - 2 - length)...(last - gap - 2))
        }
        return acknowledged
    }

    func describe(in payload: Span<UInt8>, to fields: inout some FieldVisitor) {
        fields.field("largest", largest)
        fields.field("delay", delay)
        let acknowledged = acknowledged(in: payload)
        fields.list("ranges", count: acknowledged.count) { index, fields in
            fields.field("first", acknowledged[index].lowerBound)
            fields.field("last", acknowledged[index].upperBound)
        }
        if let ecn {
            fields.object("ecn") { fields in
                fields.field("ect0", ecn.ect0)
                fields.field("ect1", ecn.ect1)
                fields.field("ce", ecn.ce)
            }
        }
    }
}
