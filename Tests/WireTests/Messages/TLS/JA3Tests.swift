import Testing
import Wire

struct JA3Tests {
    private func text(_ octets: some Collection<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

    private func text(_ octets: InlineArray<10, UInt8>) -> String { text([UInt8](copying: octets.span)) }

    private func hello(_ sample: [UInt8]) throws(DecodeError) -> ClientHello {
        try decode(sample[4...]) { bytes throws(DecodeError) in try ClientHello(decoding: &bytes) }.value
    }

    @Test func ja3() throws {
        #expect(try text(hello(TLSSamples.clientHello12).ja3) == "771,49195-49199-255,0-11-10-35-16-22-23-13,29-23-30-25-24,0-1-2")
        #expect(
            try text(hello(TLSSamples.clientHello).ja3)
                == "771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,29-23-24-25-256-257-258-259-260,")
    }

    @Test func greaseIsLeftOut() throws {
        var hello = try hello(TLSSamples.clientHello12)
        hello.cipherSuites = [0x0a0a, 0x1301, 0x2a2a].map(TLSCipherSuite.init)
        hello.supportedGroups = [0xfafa, 0x001d].map(TLSGroup.init)
        hello.extensions = [0x1a1a, 0x0000, 0x0a0a].map { TLSExtension(type: TLSExtensionType(rawValue: $0), octets: 0..<0) }
        #expect(text(hello.ja3) == "771,4865,0,29,0-1-2")
        hello.extensions = []
        hello.supportedGroups = []
        hello.ecPointFormats = []
        #expect(text(hello.ja3) == "771,4865,,,", "https://github.com/salesforce/ja3: empty fields keep their commas")
    }

    @Test func ja3s() throws {
        let hello = try decode(TLSSamples.serverHello12[4...]) { bytes throws(DecodeError) in try ServerHello(decoding: &bytes) }.value
        #expect(text(hello.ja3s) == "771,49195,65281-11-35-16-23")
    }

    /// FoxIO's example, technical_details/JA4.md.
    @Test func ja4() throws {
        var hello = try hello(TLSSamples.clientHello)
        hello.cipherSuites = [
            0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ].map(TLSCipherSuite.init)
        hello.extensions = [
            0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a,
            0x0015,
        ].map { TLSExtension(type: TLSExtensionType(rawValue: $0), octets: 0..<0) }
        hello.applicationProtocols = [TLSName("h2"), TLSName("http/1.1")]
        hello.supportedVersions = [0xdada, 0x0304, 0x0303].map(TLSVersion.init)
        hello.signatureAlgorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601].map(TLSSignatureScheme.init)
        let ja4 = JA4(hello, over: .tcp)
        #expect(text(ja4.prefix) == "t13d1516h2")
        #expect(text(ja4.ciphers) == "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9")
        #expect(
            text(ja4.extensions)
                == "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601")
        hello.signatureAlgorithms = []
        #expect(
            text(JA4(hello, over: .tcp).extensions) == "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01",
            "no underscore without algorithms")
    }

    /// technical_details/JA4.md, "ALPN Extension Value".
    @Test(arguments: [
        ("6832", "h2"), ("687474702f312e31", "h1"), ("78", "xx"), ("", "00"), ("ab", "ab"), ("abcd", "ad"), ("30ab", "3b"),
        ("3031abcd", "3d"), ("30abcd31", "01"),
    ]) func applicationProtocols(_ name: String, _ expected: String) throws {
        var hello = try hello(TLSSamples.clientHello)
        hello.applicationProtocols = [TLSName(octets: hex(name))]
        #expect(text(JA4(hello, over: .tcp).prefix) == "t13d0309\(expected)")
    }

    @Test(
        arguments: [
            (0x0304, "13"), (0x0303, "12"), (0x0302, "11"), (0x0301, "10"), (0x0300, "s3"), (0x0002, "s2"), (0x7f1c, "00"),
        ] as [(UInt16, String)]) func versions(_ version: UInt16, _ expected: String) throws
    {
        var hello = try hello(TLSSamples.clientHello)
        hello.supportedVersions = []
        hello.legacyVersion = TLSVersion(rawValue: version)
        hello.extensions = []
        hello.cipherSuites = [TLSCipherSuite](repeating: TLSCipherSuite(rawValue: 1), count: 120)
        #expect(text(JA4(hello, over: .quic).prefix) == "q\(expected)i990000")
    }
}
