import Testing
import Wire

struct ClientHelloSummaryTests {
    /// A summary is what the whole hello says: of the samples, each of their prefixes, and each with one octet changed.
    @Test(arguments: [TLSSamples.clientHello, TLSSamples.clientHello12]) func saysWhatTheHelloSays(_ sample: [UInt8]) {
        let body = Array(sample[4...])
        for count in 0...body.count { compare(Array(body[..<count])) }
        for index in body.indices {
            for change: UInt8 in [1, 2, 0x40, 0xff] {
                var other = body
                other[index] ^= change
                compare(other)
            }
        }
    }

    /// Repeated extensions, an encrypted hello, protocols, GREASE, and lists longer than anybody's.
    @Test(arguments: [
        "0010 0005 0003 02 6832  0010 0005 0003 02 6833  fe0d 0001 00  1a1a 0000", "0010 0003 0001 00  002b 0007 06 0a0a 0302 0304",
        "000d 0006 0004 0a0a 0403  000d 0004 0002 0804  0022 0004 0002 0403  0033 0006 0004 001d 0000", "fe0d 0000", "0000 0003 0001 01",
        "0000 000b 0009 01 0001 61 00 0002 6263",
    ]) func saysWhatTheExtensionsSay(_ extensions: String) {
        let list = hex(extensions)
        compare(hex("0303") + [UInt8](repeating: 7, count: 32) + hex("00 0004 1301 0a0a 01 00") + [0, UInt8(list.count)] + list)
    }

    private func compare(_ body: [UInt8]) {
        let hello = try? decode(body) { bytes throws(DecodeError) in try ClientHello(decoding: &bytes) }.value
        let summary = try? decode(body) { bytes throws(DecodeError) in try ClientHelloSummary(decoding: &bytes, over: .quic) }.value
        #expect((hello == nil) == (summary == nil))
        guard let hello, let summary else { return }
        let ja4 = JA4(hello, over: .quic)
        #expect(summary.serverName == hello.serverName && summary.applicationProtocols == hello.applicationProtocols)
        #expect(summary.isEncrypted == (hello.encryptedClientHello != nil) && summary.extensionCount == hello.extensions.count)
        #expect(
            summary.mostCodes
                == [
                    hello.cipherSuites.count, hello.supportedGroups.count, hello.signatureAlgorithms.count,
                    hello.delegatedCredentialAlgorithms.count, hello.keyShareGroups.count,
                ].max())
        #expect([UInt8](copying: summary.ja4.prefix.span) == [UInt8](copying: ja4.prefix.span))
        #expect(summary.ja4.ciphers == ja4.ciphers && summary.ja4.extensions == ja4.extensions)
    }
}
