/// The options of a TCP header (RFC 9293 §3.1, RFC 7323, RFC 2018), those that a correlator may ask for.
/// Unknown kinds are stepped over.
package struct TCPOptions: Hashable, Sendable {
    package var maximumSegmentSize: UInt16?
    package var windowScale: UInt8?
    package var sackPermitted = false
    package var timestampValue: UInt32?
    package var timestampEcho: UInt32?
    /// Blocks of a SACK option.
    package var sackBlocks = 0

    package init() {}

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        while !bytes.isEmpty {
            let kind: UInt8 = try bytes.read()
            if kind == 0 { return }
            if kind == 1 { continue }
            let length: UInt8 = try bytes.read()
            guard length >= 2 else { throw .malformed("option length") }
            try bytes.require(Int(length) - 2)
            switch (kind, length) {
            case (2, 4): maximumSegmentSize = bytes.uint16(at: 0)
            case (3, 3): windowScale = bytes[0]
            case (4, 2): sackPermitted = true
            case (5, _): sackBlocks = (Int(length) - 2) / 8
            case (8, 10):
                timestampValue = bytes.uint32(at: 0)
                timestampEcho = bytes.uint32(at: 4)
            default: break
            }
            try bytes.skip(Int(length) - 2)
        }
    }
}
