/// The options of a TCP header (RFC 9293 §3.1, RFC 7323, RFC 2018, RFC 7413). Unknown kinds are stepped over.
public struct TCPOptions: Hashable, Sendable {
    public var maximumSegmentSize: UInt16?
    public var windowScale: UInt8?
    public var sackPermitted = false
    public var selectiveAcknowledgments: [Block] = []
    public var timestampValue: UInt32?
    public var timestampEcho: UInt32?
    /// Empty where a client asks for a cookie (RFC 7413 §4.1.1).
    public var fastOpenCookie: [UInt8]?

    /// Octets that arrived beyond a gap: from the left edge up to, and without, the right one (RFC 2018 §3).
    public struct Block: Hashable, Sendable {
        public var leftEdge: UInt32
        public var rightEdge: UInt32
    }

    public init() {}

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try read(&bytes)
    }

    /// What was read before an option fails stands.
    public mutating func read(_ bytes: inout Span<UInt8>) throws(DecodeError) {
        while !bytes.isEmpty {
            let kind: UInt8 = try bytes.read()
            if kind == 0 { return }
            if kind == 1 { continue }
            let length: UInt8 = try bytes.read()
            guard length >= 2 else { throw .malformed("option length") }
            try bytes.require(Int(length) - 2)
            var content = bytes.extracting(first: Int(length) - 2)
            try bytes.skip(content.count)
            switch (kind, content.count) {
            case (2, 2): maximumSegmentSize = content.uint16(at: 0)
            case (3, 1): windowScale = content[0]
            case (4, 0): sackPermitted = true
            case (5, _):
                while content.count >= 8 {
                    selectiveAcknowledgments.append(Block(leftEdge: try content.read(), rightEdge: try content.read()))
                }
            case (8, 8):
                timestampValue = content.uint32(at: 0)
                timestampEcho = content.uint32(at: 4)
            // A cookie has 4 to 16 octets (RFC 7413 §4.1.1).
            case (34, 0), (34, 4...16): fastOpenCookie = [UInt8](copying: content)
            // As it was sent before it had a kind (TCP Experimental Option Experiment Identifiers, IANA; RFC 6994 §3).
            case (253, 2), (253, 6...18), (254, 2), (254, 6...18):
                guard try content.read() == 0xf989 as UInt16 else { break }
                fastOpenCookie = [UInt8](copying: content)
            default: break
            }
        }
    }
}
