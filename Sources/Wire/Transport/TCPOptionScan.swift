/// What following a connection takes of a segment's options (RFC 9293 §3.1, RFC 7323, RFC 2018), read without the heap.
///
/// Options that make no sense end the reading: what stood before them counts.
public struct TCPOptionScan: Hashable, Sendable {
    public var maximumSegmentSize: UInt16?
    public var windowScale: UInt8?
    public var sackPermitted = false
    public var hasTimestamps = false
    /// Octets arrived beyond a gap behind the acknowledged ones; blocks below those report duplicates (RFC 2883 §4).
    public var hasGap = false

    /// - Parameter options: the octets behind the fixed header.
    public init(_ options: Span<UInt8>, acknowledgment: UInt32) {
        var index = 0
        while index < options.count {
            let kind = options[index]
            if kind == 0 { return }
            if kind == 1 {
                index += 1
                continue
            }
            guard index + 1 < options.count else { return }
            let length = Int(options[index + 1])
            guard length >= 2, index + length <= options.count else { return }
            switch (kind, length) {
            case (2, 4): maximumSegmentSize = options.uint16(at: index + 2)
            case (3, 3): windowScale = options[index + 2]
            case (4, 2): sackPermitted = true
            case (5, _):
                for block in stride(from: index + 2, to: index + length - 7, by: 8)
                where Int32(bitPattern: options.uint32(at: block) &- acknowledgment) > 0 { hasGap = true }
            case (8, 10): hasTimestamps = true
            default: break
            }
            index += length
        }
    }
}
