/// How DNS messages stand in a TCP stream: each behind its length, in two octets (RFC 1035 §4.2.2, RFC 7766 §8).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |             length            |      message ...              |
///     +-------------------------------+-------------------------------+
///
/// Messages share segments and cross them, so a stream's owner keeps what is not consumed and adds to it: 65,537 octets at most.
public enum DNSStreamFraming {
    public static let longestFrame = 2 + Int(UInt16.max)

    /// Calls `body` with each message that is there in full, in order.
    ///
    /// A message shorter than a DNS header, an empty one above all, means that this is no DNS or that octets went missing: nothing behind it
    /// can be trusted. Messages before it have been given to `body` by then.
    ///
    /// - Parameter stream: from the beginning of a frame.
    /// - Returns: the octets of whole frames, which are done with.
    public static func messages(
        in stream: Span<UInt8>, _ body: (Span<UInt8>) throws(DecodeError) -> Void
    ) throws(DecodeError) -> Int {
        var start = 0
        while stream.count - start >= 2 {
            let length = Int(stream.uint16(at: start))
            guard length >= DNSHeader.length else { throw .malformed("length") }
            guard stream.count - start - 2 >= length else { break }
            try body(stream.extracting((start + 2)..<(start + 2 + length)))
            start += 2 + length
        }
        return start
    }
}
