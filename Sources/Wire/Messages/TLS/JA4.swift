/// The three parts of a client's JA4, of which the latter two are to be hashed (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md).
/// GREASE is left out throughout.
public struct JA4: Sendable {
    /// Transport, version, server name or none, counts, and the ends of the first application protocol.
    public var prefix: InlineArray<10, UInt8>
    /// Cipher suites, hexadecimal and sorted.
    public var ciphers: [UInt8]
    /// Extensions, sorted, but for server name and application protocols, then the signature algorithms as sent.
    public var extensions: [UInt8]

    public enum Transport: UInt8, Sendable {
        case tcp = 0x74  // t
        case quic = 0x71  // q
    }

    public init(_ hello: borrowing ClientHello, over transport: Transport) {
        var codes: [UInt16] = []
        codes.reserveCapacity(max(hello.cipherSuites.count, hello.extensions.count + hello.signatureAlgorithms.count))
        for suite in hello.cipherSuites where !suite.isGREASE { codes.append(suite.rawValue) }
        codes.sort()
        ciphers = [UInt8](repeating: 0x2c, count: Self.length(of: codes))
        ciphers.write(hexadecimal: codes, at: 0)
        let cipherCount = codes.count

        codes.removeAll(keepingCapacity: true)
        var (typeCount, hasName) = (0, false)
        for type in hello.extensions.lazy.map(\.type) where !type.isGREASE {
            typeCount += 1
            if type == .serverName { hasName = true }
            if type != .serverName, type != .applicationLayerProtocolNegotiation { codes.append(type.rawValue) }
        }
        codes.sort()
        let end = Self.length(of: codes)
        let typesCount = codes.count
        for algorithm in hello.signatureAlgorithms where !algorithm.isGREASE { codes.append(algorithm.rawValue) }
        let algorithms = codes[typesCount...]
        extensions = [UInt8](repeating: 0x2c, count: end + (algorithms.isEmpty ? 0 : 1 + Self.length(of: algorithms)))
        extensions.write(hexadecimal: codes[..<typesCount], at: 0)
        if !algorithms.isEmpty {
            extensions[end] = 0x5f
            extensions.write(hexadecimal: algorithms, at: end + 1)
        }

        let version = Self.version(hello.highestVersion)
        let (ciphers, types) = (Self.twoDigits(cipherCount), Self.twoDigits(typeCount))
        let ends = Self.ends(of: hello.applicationProtocols.first?.octets ?? [])
        let name: UInt8 = hasName ? 0x64 : 0x69  // d or i
        prefix = [transport.rawValue, version.0, version.1, name, ciphers.0, ciphers.1, types.0, types.1, ends.0, ends.1]
    }

    /// Four digits each, and commas between them.
    private static func length(of codes: some Collection<UInt16>) -> Int { Swift.max(0, 5 * codes.count - 1) }

    /// Two characters.
    private static func version(_ version: TLSVersion) -> (UInt8, UInt8) {
        switch version {
        case .tls13: (0x31, 0x33)  // 13
        case .tls12: (0x31, 0x32)
        case .tls11: (0x31, 0x31)
        case .tls10: (0x31, 0x30)
        case .ssl3: (0x73, 0x33)  // s3
        default: version.rawValue == 2 ? (0x73, 0x32) : (0x30, 0x30)
        }
    }

    private static func twoDigits(_ count: Int) -> (UInt8, UInt8) {
        let count = UInt8(Swift.min(count, 99))
        return (0x30 + count / 10, 0x30 + count % 10)
    }

    /// The first and last character; of the hexadecimal form where one of them is neither letter nor digit.
    private static func ends(of name: [UInt8]) -> (UInt8, UInt8) {
        guard let first = name.first, let last = name.last else { return (0x30, 0x30) }
        if first.isAlphanumericASCII && last.isAlphanumericASCII { return (first, last) }
        return ((first >> 4).hexadecimalDigit, (last & 15).hexadecimalDigit)
    }
}

extension UInt8 {
    fileprivate var isAlphanumericASCII: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}

extension [UInt8] {
    /// Over commas.
    fileprivate mutating func write(hexadecimal codes: some Collection<UInt16>, at start: Int) {
        var place = start
        for code in codes {
            for digit in 0..<4 { self[place + digit] = UInt8(code >> UInt16(12 - 4 * digit) & 15).hexadecimalDigit }
            place += 5
        }
    }
}
