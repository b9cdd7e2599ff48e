/// The three parts of a client's JA4, of which the latter two are to be hashed (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md).
/// GREASE is left out throughout.
package struct JA4: Hashable, Sendable {
    /// Transport, version, server name or none, counts, and the ends of the first application protocol.
    package var prefix: [UInt8]
    /// Cipher suites, hexadecimal and sorted.
    package var ciphers: [UInt8]
    /// Extensions, sorted, but for server name and application protocols, then the signature algorithms as sent.
    package var extensions: [UInt8]

    package enum Transport: UInt8, Sendable {
        case tcp = 0x74  // t
        case quic = 0x71  // q
    }

    package init(_ hello: ClientHello, over transport: Transport) {
        let ciphers = hello.cipherSuites.filter { !$0.isGREASE }.map(\.rawValue).sorted()
        let types = hello.extensions.map(\.type).filter { !$0.isGREASE }
        prefix = [transport.rawValue]
        prefix += Array(Self.version(hello.highestVersion).utf8)
        prefix.append(types.contains(.serverName) ? 0x64 : 0x69)  // d or i
        prefix.append(twoDigits: ciphers.count)
        prefix.append(twoDigits: types.count)
        prefix += Self.ends(of: hello.applicationProtocols.first?.octets ?? [])

        self.ciphers = []
        self.ciphers.append(hexadecimal: ciphers)
        extensions = []
        let hashed = types.filter { $0 != .serverName && $0 != .applicationLayerProtocolNegotiation }
        extensions.append(hexadecimal: hashed.map(\.rawValue).sorted())
        let algorithms = hello.signatureAlgorithms.filter { !$0.isGREASE }
        guard !algorithms.isEmpty else { return }
        extensions.append(0x5f)
        extensions.append(hexadecimal: algorithms.map(\.rawValue))
    }

    private static func version(_ version: TLSVersion) -> String {
        switch version {
        case .tls13: "13"
        case .tls12: "12"
        case .tls11: "11"
        case .tls10: "10"
        case .ssl3: "s3"
        default: version.rawValue == 2 ? "s2" : "00"
        }
    }

    /// The first and last character; of the hexadecimal form where one of them is neither letter nor digit.
    private static func ends(of name: [UInt8]) -> [UInt8] {
        guard let first = name.first, let last = name.last else { return [0x30, 0x30] }
        if first.isAlphanumericASCII && last.isAlphanumericASCII { return [first, last] }
        var digits: [UInt8] = []
        digits.appendHexadecimal(first)
        digits.appendHexadecimal(last)
        return [digits[0], digits[3]]
    }
}

extension UInt8 {
    fileprivate var isAlphanumericASCII: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}

extension [UInt8] {
    fileprivate mutating func append(twoDigits count: Int) {
        let count = UInt8(Swift.min(count, 99))
        append(0x30 + count / 10)
        append(0x30 + count % 10)
    }

    fileprivate mutating func append(hexadecimal codes: [UInt16]) {
        for (index, code) in codes.enumerated() {
            if index > 0 { append(0x2c) }
            appendHexadecimal(UInt8(code >> 8))
            appendHexadecimal(UInt8(code & 255))
        }
    }
}
