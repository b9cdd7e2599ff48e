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

    package func ja4(_ hello: ClientHello, over transport: JA4.Transport) -> String {
        let parts = JA4(hello, over: transport)
        return "\(String(decoding: parts.prefix, as: UTF8.self))_\(shortened(parts.ciphers))_\(shortened(parts.extensions))"
    }

    /// Twelve digits; zeros for what is empty, so that it shows.
    private func shortened(_ text: [UInt8]) -> String {
        text.isEmpty ? "000000000000" : sha256.digest(text.span).hexadecimal(first: 6)
    }
}
