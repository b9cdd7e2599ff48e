import Testing
import Wire

struct PostgreSQLSSLRequestTests {
    static let request = hex("00000008 04d2162f")

    private func request(_ octets: [UInt8]) throws(DecodeError) -> PostgreSQLSSLRequest {
        try decode(octets) { bytes throws(DecodeError) in try PostgreSQLSSLRequest(decoding: &bytes) }.value
    }

    @Test func isRecognised() throws {
        #expect(try described(request(Self.request)) == ["length=8", "request_code=80877103"])
        #expect(PostgreSQLSSLRequest.accepts(0x53) == true && PostgreSQLSSLRequest.accepts(0x4e) == false)
        #expect(PostgreSQLSSLRequest.accepts(0x16) == nil)
    }

    @Test(arguments: [
        (hex("00000009 04d2162f"), DecodeError.unsupported("length")),
        (hex("00000008 04d2162e"), .unsupported("request code")),  // CancelRequest
        (hex("16030100"), .unsupported("length")),
    ]) func refusals(_ octets: [UInt8], _ expected: DecodeError) {
        #expect(throws: expected) { try request(octets) }
    }

    @Test(arguments: 0..<8) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: length < 4 ? 4 : 8, available: length)) {
            try request(Array(Self.request.prefix(length)))
        }
    }
}
