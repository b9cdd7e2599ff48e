import Testing
import Wire

struct ServerHelloTests {
    static let body = Array(TLSSamples.serverHello[4...])
    static let retry = Array(TLSSamples.helloRetryRequest[4...])
    static let body12 = Array(TLSSamples.serverHello12[4...])

    private func hello(_ octets: some Collection<UInt8>) throws(DecodeError) -> ServerHello {
        try decode(octets) { bytes throws(DecodeError) in try ServerHello(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let hello = try hello(Self.body)
        #expect(hello.legacyVersion == .tls12 && hello.selectedVersion == .tls13 && hello.version == .tls13)
        #expect(hello.version.encryptsHandshake && hello.version.name == "TLS 1.3")
        #expect(hello.cipherSuite.rawValue == 0x1301 && hello.compressionMethod == 0 && hello.sessionID.isEmpty)
        #expect(hello.extensions.map(\.type) == [.keyShare, .supportedVersions])
        #expect(hello.keyShareGroup?.rawValue == 29)
        #expect(!hello.isHelloRetryRequest && hello.applicationProtocol == nil)
    }

    @Test func helloRetryRequest() throws {
        let hello = try hello(Self.retry)
        #expect(hello.isHelloRetryRequest)
        #expect(hello.keyShareGroup?.rawValue == 23 && hello.version == .tls13)
    }

    @Test func helloOfTLS12() throws {
        let hello = try hello(Self.body12)
        #expect(hello.version == .tls12 && hello.selectedVersion == nil && !hello.version.encryptsHandshake)
        #expect(hello.cipherSuite.rawValue == 0xc02b)
        #expect(hello.applicationProtocol == TLSName("h2"))
        #expect(hello.keyShareGroup == nil)
    }

    /// Draft 18 of TLS 1.3, §4.1.3: neither session nor compression.
    @Test func earlyDraft() throws {
        let hello = try hello(hex("7f12") + [UInt8](repeating: 7, count: 32) + hex("1301 0006 0028 0002 001d"))
        #expect(hello.version.encryptsHandshake && hello.cipherSuite.rawValue == 0x1301)
        #expect(hello.extensions.map(\.type) == [.keyShareDraft] && hello.keyShareGroup?.rawValue == 29)
    }

    @Test(
        arguments: [
            ("002b 0001 03", "supported_versions"), ("0033 0000", "key_share"),
            ("0010 0004 0002 0561", "application_layer_protocol_negotiation"), ("0010 0004 00", "extensions"),
        ] as [(String, Field)]) func contradictions(_ extensions: String, _ field: Field)
    {
        let list = hex(extensions)
        #expect(throws: DecodeError.malformed(field)) {
            try hello(hex("0303") + [UInt8](repeating: 7, count: 32) + hex("00 1301 00") + [0, UInt8(list.count)] + list)
        }
    }

    @Test func refusals() {
        #expect(throws: DecodeError.unsupported("legacy_version")) { try hello(hex("0002") + Self.body.dropFirst(2)) }
        #expect(throws: DecodeError.malformed("legacy_session_id_echo")) {
            try hello(hex("0303") + [UInt8](repeating: 33, count: 80))
        }
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(hello(Self.body12)) == [
                "legacy_version=771", "random=\(try hello(Self.body12).random)", "hello_retry_request=false", "legacy_session_id=",
                "cipher_suite=49195", "legacy_compression_method=0", "extensions[0].type=65281", "extensions[0].length=1",
                "extensions[1].type=11", "extensions[1].length=4", "extensions[2].type=35", "extensions[2].length=0",
                "extensions[3].type=16", "extensions[3].length=5", "extensions[4].type=23", "extensions[4].length=0",
                "ec_point_formats[0].code=0", "ec_point_formats[1].code=1", "ec_point_formats[2].code=2", "application_protocol=h2",
            ])
        #expect(try described(hello(Self.retry)).suffix(2) == ["selected_version=772", "key_share_group=23"])
    }

    @Test(arguments: [body, retry, body12]) func everyPrefixIsTruncated(_ body: [UInt8]) throws {
        for length in 0..<body.count where length != 38 {  // a hello without extensions
            let error = #expect(throws: DecodeError.self) { try hello(body.prefix(length)) }
            guard case .truncated? = error else {
                Issue.record("\(length) octets: \(String(describing: error))")
                continue
            }
        }
        #expect(try hello(body.prefix(38)).extensions.isEmpty)
    }

    @Test(arguments: [body, retry, body12]) func anyOctetMayBeWrong(_ body: [UInt8]) {
        var decoded = 0
        for index in body.indices {
            for value: UInt8 in [0, 1, 0x7f, 0xff] {
                var damaged = body
                damaged[index] = value
                if (try? hello(damaged)) != nil { decoded += 1 }
            }
        }
        #expect(decoded > body.count, "most octets may have any value")
    }
}
