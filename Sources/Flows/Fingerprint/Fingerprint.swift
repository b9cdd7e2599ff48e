package import Digest
package import Wire

/// Fingerprints of TLS software by its hellos: JA3 and JA3S (https://github.com/salesforce/ja3), JA4 (https://github.com/FoxIO-LLC/ja4).
package struct Fingerprint {
    private let md5: MessageDigest
    private let sha256: MessageDigest

    package init() throws(MessageDigest.Unavailable) {
        md5 = try MessageDigest(.md5)
        sha256 = try MessageDigest(.sha256)
    }

    package func ja3(_ hello: ClientHello) -> String { md5.digest(hello.ja3.span).hexadecimal() }

    package func ja3s(_ hello: ServerHello) -> String { md5.digest(hello.ja3s.span).hexadecimal() }

    /// Ten characters and two hashes of twelve digits, with underscores between them.
    package typealias JA4Text = InlineArray<36, UInt8>

    package func ja4(_ hello: ClientHello, over transport: JA4.Transport) -> String {
        String(decoding: [UInt8](copying: octets(JA4(hello, over: transport)).span), as: UTF8.self)
    }

    /// The same, on the stack: for records.
    package func octets(_ parts: borrowing JA4) -> JA4Text {
        var text = JA4Text(repeating: 0x5f)
        for index in parts.prefix.indices { text[index] = parts.prefix[index] }
        shorten(parts.ciphers.span, into: &text, at: 11)
        shorten(parts.extensions.span, into: &text, at: 24)
        return text
    }

    /// Twelve digits; zeros for what is empty, so that it shows.
    private func shorten(_ octets: Span<UInt8>, into text: inout JA4Text, at start: Int) {
        guard !octets.isEmpty else {
            for index in start..<(start + 12) { text[index] = 0x30 }
            return
        }
        let digest = sha256.digest(octets)
        for index in 0..<6 {
            text[start + 2 * index] = (digest[index] >> 4).hexadecimalDigit
            text[start + 2 * index + 1] = (digest[index] & 15).hexadecimalDigit
        }
    }
}
