import Wire

/// Headers that are no messages.
enum Headers {
    static func ipv4(_ bytes: Span<UInt8>) {
        attempt(bytes) { cursor throws(DecodeError) in _ = try IPv4Header(decoding: &cursor) }
        _ = IPv4Option.list(lenient: bytes)
        quoted(bytes)
    }

    static func ipv6(_ bytes: Span<UInt8>) {
        attempt(bytes) { cursor throws(DecodeError) in
            let header = try IPv6Header(decoding: &cursor)
            // What stands behind the payload is padding, and gone.
            let stated = header.payloadLength == 0 ? bytes.count : IPv6Header.length + Int(header.payloadLength)
            let read = min(bytes.count, stated) - cursor.count
            expect(read == IPv6Header.length + header.extensionsLength, "\(read) octets read, extensions of \(header.extensionsLength)")
            if let part = header.fragment { expect(part.end <= header.extensionsLength, "a fragment header behind the extensions") }
        }
        quoted(bytes)
    }

    private static func quoted(_ bytes: Span<UInt8>) {
        guard let quoted = QuotedDatagram(lenient: bytes) else { return }
        var fields = Fields()
        quoted.describe(to: &fields)
    }

    static func tcp(_ bytes: Span<UInt8>) {
        attempt(bytes) { cursor throws(DecodeError) in _ = try TCPHeader(decoding: &cursor) }
        attempt(bytes) { cursor throws(DecodeError) in _ = try TCPOptions(decoding: &cursor) }
        attempt(bytes) { cursor throws(DecodeError) in _ = try UDPHeader(decoding: &cursor) }
    }

    static func tunnels(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let kind = bytes.octet()
        attempt(bytes) { cursor throws(DecodeError) in
            switch kind % 3 {
            case 0:
                _ = VXLANHeader.isLikely(cursor)
                _ = try VXLANHeader(decoding: &cursor)
            case 1:
                _ = GeneveHeader.isLikely(cursor)
                _ = try GeneveHeader(decoding: &cursor, withOptions: true)
            default:
                _ = GREHeader.isServed(cursor)
                _ = try GREHeader(decoding: &cursor)
            }
        }
    }

    static func ppp(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let kind = bytes.octet()
        attempt(bytes) { cursor throws(DecodeError) in
            switch kind % 4 {
            case 0: _ = try PPPHeader(decoding: &cursor)
            case 1: _ = try PPPHeader(decoding: &cursor, hasDirection: true)
            case 2: _ = try PPPoEHeader(decoding: &cursor)
            default: _ = try CiscoFraming.etherType(decoding: &cursor)
            }
        }
    }
}
