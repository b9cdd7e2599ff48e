import Testing
import Wire

struct ClientHelloTests {
    static let body = Array(TLSSamples.clientHello[4...])
    static let body12 = Array(TLSSamples.clientHello12[4...])

    private func hello(_ octets: some Collection<UInt8>) throws(DecodeError) -> ClientHello {
        try decode(octets) { bytes throws(DecodeError) in try ClientHello(decoding: &bytes) }.value
    }

    /// A hello with one cipher suite and these extensions.
    private func hello(extensions: String, version: String = "0303") throws(DecodeError) -> ClientHello {
        let list = hex(extensions)
        let length = [UInt8(list.count >> 8), UInt8(list.count & 255)]
        return try hello(hex(version) + [UInt8](repeating: 7, count: 32) + hex("00 0002 1301 01 00") + length + list)
    }

    @Test func fieldsInWireOrder() throws {
        let hello = try hello(Self.body)
        #expect(hello.legacyVersion == .tls12)
        #expect(hello.random.description == "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7")
        #expect(hello.sessionID.isEmpty)
        #expect(hello.cipherSuites.map(\.rawValue) == [0x1301, 0x1303, 0x1302])
        #expect(hello.compressionMethods == [0])
        #expect(hello.extensions.map(\.type.rawValue) == [0, 0xff01, 10, 35, 51, 43, 13, 45, 28])
        #expect(hello.extensions.map(\.octets.count) == [11, 1, 20, 0, 38, 3, 32, 2, 2])
        #expect(Self.body[hello.extensions[3].octets].isEmpty && Array(Self.body[hello.extensions[8].octets]) == [0x40, 0x01])
        #expect(hello.serverName == TLSName("server"))
        #expect(hello.supportedGroups.map(\.rawValue) == [29, 23, 24, 25, 256, 257, 258, 259, 260])
        #expect(hello.keyShareGroups.map(\.rawValue) == [29])
        #expect(hello.supportedVersions == [.tls13] && hello.highestVersion == .tls13)
        #expect(hello.signatureAlgorithms.first?.rawValue == 0x0403 && hello.signatureAlgorithms.count == 15)
        #expect(hello.applicationProtocols.isEmpty && hello.ecPointFormats.isEmpty)
        #expect(hello.offersSessionTicket && !hello.offersPreSharedKey && !hello.offersEarlyData && !hello.hasQUICTransportParameters)
    }

    @Test func helloOfTLS12() throws {
        let hello = try hello(Self.body12)
        #expect(hello.serverName?.description == "grafana.example.test")
        #expect(hello.applicationProtocols == [TLSName("h2"), TLSName("http/1.1")])
        #expect(hello.ecPointFormats == [0, 1, 2])
        #expect(hello.supportedVersions.isEmpty && hello.highestVersion == .tls12)
        #expect(hello.encryptedClientHello == nil)
    }

    /// RFC 8701 §2 lists all sixteen.
    @Test func grease() throws {
        let values = (UInt16.min...UInt16.max).filter { TLSCipherSuite(rawValue: $0).isGREASE }
        #expect(values == (0..<16).map { 0x0a0a + 0x1010 * $0 })
        let hello = try hello(extensions: "1a1a 0000 002b 0007 06 dada 0304 0303")
        #expect(hello.supportedVersions.map(\.rawValue) == [0xdada, 0x0304, 0x0303] && hello.highestVersion == .tls13)
    }

    @Test func flags() throws {
        #expect(try hello(extensions: "002a 0000").offersEarlyData)
        #expect(try hello(extensions: "0029 0001 00").offersPreSharedKey)
        #expect(try hello(extensions: "0039 0000").hasQUICTransportParameters)
        #expect(try hello(extensions: "ffa5 0000").hasQUICTransportParameters)
        #expect(try hello(extensions: "fe0d 0001 01").encryptedClientHello == .inner)
        #expect(try hello(extensions: "fe0d 0007 00 0001 0001 2a 00").encryptedClientHello == .outer)
    }

    @Test func namesAreKeptAsSent() throws {
        #expect(try hello(extensions: "0000 0007 0005 00 0002 612e").serverName == TLSName("a."))
        let odd = try hello(extensions: "0000 0009 0007 00 0004 610a5cff").serverName
        #expect(odd?.octets == hex("610a5cff") && odd?.description == #"a\010\\\255"#)
        #expect(try hello(extensions: "0000 000b 0009 01 0001 78 00 0002 6162").serverName == TLSName("ab"), "another type comes first")
        #expect(try hello(extensions: "0000 0002 0000").serverName == nil)
    }

    @Test func firstOfATypeCounts() throws {
        let hello = try hello(extensions: "0000 0006 0004 00 0001 61 0000 0006 0004 00 0001 62")
        #expect(hello.serverName == TLSName("a") && hello.extensions.count == 2)
    }

    /// Hellos before TLS 1.2 may end with the compression methods; what comes behind the extensions is left.
    @Test func endsOfHellos() throws {
        let short = hex("0301") + [UInt8](repeating: 7, count: 32) + hex("00 0002 0005 01 00")
        #expect(try hello(short).extensions.isEmpty)
        let (value, rest) = try decode(short + hex("0000 aabb")) { bytes throws(DecodeError) in try ClientHello(decoding: &bytes) }
        #expect(value.extensions.isEmpty && rest == [0xaa, 0xbb])
    }

    @Test(
        arguments: [
            ("0000 0006 0009 00 0001 61", "server_name"), ("0000 0000", "server_name"),
            ("0010 0004 0002 0561", "application_layer_protocol_negotiation"),
            ("002b 0004 03 030403", "supported_versions"), ("000a 0002 0004", "supported_groups"),
            ("000a 0005 0003 001d00", "supported_groups"), ("000b 0001 03", "ec_point_formats"), ("000d 0001 00", "signature_algorithms"),
            ("0033 0006 0004 001d 0020", "key_share"), ("fe0d 0000", "encrypted_client_hello"),
            ("0023 0005 00", "extensions"), ("0023 00", "extensions"),
        ] as [(String, Field)]) func contradictions(_ extensions: String, _ field: Field)
    {
        #expect(throws: DecodeError.malformed(field)) { try hello(extensions: extensions) }
    }

    @Test func refusals() {
        #expect(throws: DecodeError.unsupported("legacy_version")) { try hello(extensions: "", version: "0002") }
        #expect(throws: DecodeError.unsupported("legacy_version")) { try hello(extensions: "", version: "fefd") }
        let random = hex("0303") + [UInt8](repeating: 7, count: 32)
        #expect(throws: DecodeError.malformed("legacy_session_id")) { try hello(random + [33] + [UInt8](repeating: 1, count: 40)) }
        #expect(throws: DecodeError.malformed("cipher_suites")) { try hello(random + hex("00 0003 130113 01 00")) }
        #expect(throws: DecodeError.truncated(needed: 0xffff, available: 1)) { try hello(random + hex("00 ffff 13")) }
    }

    @Test func describesEveryField() throws {
        let lines = try described(hello(extensions: "0000 0006 0004 00 0001 61 0010 0005 0003 02 6832 002b 0003 02 0304 fe0d 0001 00"))
        #expect(
            lines == [
                "legacy_version=771", "random=\(String(repeating: "07", count: 32))", "legacy_session_id=", "cipher_suites[0].code=4865",
                "legacy_compression_methods[0].code=0", "extensions[0].type=0", "extensions[0].length=6", "extensions[1].type=16",
                "extensions[1].length=5", "extensions[2].type=43", "extensions[2].length=3", "extensions[3].type=65037",
                "extensions[3].length=1", "server_name=a", "application_protocols[0].name=h2", "supported_versions[0].code=772",
                "encrypted_client_hello=0",
            ])
        #expect(try described(hello(Self.body12)).contains("supported_groups[0].code=29"))
    }

    @Test(arguments: [body, body12]) func everyPrefixIsTruncated(_ body: [UInt8]) throws {
        let withoutExtensions = 2 + 32 + 1 + 2 + Int(body[36]) + 2
        for length in 0..<body.count where length != withoutExtensions {
            let error = #expect(throws: DecodeError.self) { try hello(body.prefix(length)) }
            guard case .truncated? = error else {
                Issue.record("\(length) octets: \(String(describing: error))")
                continue
            }
        }
        #expect(try hello(body.prefix(withoutExtensions)).extensions.isEmpty)
    }

    @Test(arguments: [body, body12]) func anyOctetMayBeWrong(_ body: [UInt8]) {
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
