import Testing
import Wire

struct TLSRecordTests {
    private func record(_ octets: [UInt8]) throws(DecodeError) -> (value: TLSRecord, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try TLSRecord(decoding: &bytes) }
    }

    /// RFC 8448 §3: the client's first record.
    @Test func headerInWireOrder() throws {
        let (header, rest) = try record(hex("16 0301 00c4 01 0000c0"))
        #expect(header.contentType == .handshake && header.version == .tls10 && header.length == 196)
        #expect(rest == hex("01 0000c0"))
        #expect(described(header) == ["content_type=22", "legacy_record_version=769", "length=196"])
    }

    @Test(arguments: [
        (hex("17 0303 4801"), DecodeError.malformed("length")),  // RFC 5246 §6.2.3: 2^14 + 2048 at most
        (hex("48 5454 502f"), .unsupported("content type")),  // "HTTP/"
        (hex("19 0303 0001"), .unsupported("content type")),
        (hex("16 fefd 0000"), .unsupported("legacy_record_version")),  // DTLS 1.2
        (hex("80 2e 01 0300"), .unsupported("SSL 2 ClientHello")),
        (hex("80 2e 01 0002"), .unsupported("SSL 2 ClientHello")),
        (hex("16 03"), .truncated(needed: 5, available: 2)),
        ([], .truncated(needed: 1, available: 0)),
    ]) func refusals(_ octets: [UInt8], _ expected: DecodeError) {
        #expect(throws: expected) { try record(octets) }
    }

    @Test func largestLengthIsAllowed() throws {
        #expect(try record(hex("17 0303 4800")).value.length == 18_432)
    }

    @Test func handshakeHeader() throws {
        let (header, rest) = try decode(TLSSamples.serverHello) { bytes throws(DecodeError) in try TLSHandshakeHeader(decoding: &bytes) }
        #expect(header.type == .serverHello && header.bodyLength == 86 && rest.count == 86)
        #expect(described(header) == ["msg_type=2", "length=86"])
        #expect(throws: DecodeError.truncated(needed: 4, available: 3)) {
            try decode(hex("020000")) { bytes throws(DecodeError) in try TLSHandshakeHeader(decoding: &bytes) }
        }
    }
}
