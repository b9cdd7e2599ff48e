/// The three parts of a client's JA4, of which the latter two are to be hashed (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md).
/// GREASE is left out throughout.
public struct JA4: Sendable {
    /// Transport, version, server name or none, counts, and the ends of the first application protocol.
    public private(set) var prefix: InlineArray<10, UInt8>
    /// The parts that follow, one behind the other.
    private var text: [UInt8] = []
    private var ciphersEnd = 0
    /// To be sorted: cipher suites, then extensions.
    private var codes: [UInt16] = []
    private var typeCount = 0
    private var isPastTypes = false

    /// Cipher suites, hexadecimal and sorted.
    public var ciphers: ArraySlice<UInt8> { text[..<ciphersEnd] }
    /// Extensions, sorted, but for server name and application protocols, then the signature algorithms as sent.
    public var extensions: ArraySlice<UInt8> { text[ciphersEnd...] }

    public enum Transport: UInt8, Sendable {
        case tcp = 0x74  // t
        case quic = 0x71  // q
    }

    public init(_ hello: borrowing ClientHello, over transport: Transport) {
        self.init(over: transport, hello.highestVersion)
        let (suites, algorithms) = (hello.cipherSuites, hello.signatureAlgorithms)
        take(cipherSuites: suites.count) { suites[$0].rawValue }
        for index in hello.extensions.indices { take(hello.extensions[index].type) }
        take(signatureAlgorithms: algorithms.count) { algorithms[$0].rawValue }
        if let name = hello.applicationProtocols.first { take(firstProtocol: name.octets.span) }
        finish()
    }

    // MARK: Part by part, in the order of the hello

    /// - Parameter version: where no extension says more.
    init(over transport: Transport, _ version: TLSVersion) {
        prefix = InlineArray(repeating: 0x30)
        prefix[0] = transport.rawValue
        prefix[3] = 0x69  // i
        note(version)
    }

    private mutating func note(_ version: TLSVersion) { (prefix[1], prefix[2]) = Self.version(version) }

    @inline(__always)
    mutating func take(cipherSuites count: Int, _ code: (Int) -> UInt16) {
        // As long as browsers make them.
        text.reserveCapacity(192)
        codes.reserveCapacity(32)
        take(codes: count, code)
        codes.sort()
        text.append(hexadecimal: codes)
        ciphersEnd = text.count
        (prefix[4], prefix[5]) = Self.twoDigits(codes.count)
        codes.removeAll(keepingCapacity: true)
    }

    mutating func take(_ type: TLSExtensionType) {
        guard !type.isGREASE else { return }
        typeCount += 1
        switch type {
        case .serverName: prefix[3] = 0x64  // d
        case .applicationLayerProtocolNegotiation: break
        default: codes.append(type.rawValue)
        }
    }

    @inline(__always)
    mutating func take(signatureAlgorithms count: Int, _ code: (Int) -> UInt16) {
        finishTypes()
        take(codes: count, code)
        guard !codes.isEmpty else { return }
        text.append(0x5f)
        text.append(hexadecimal: codes)
    }

    @inline(__always)
    mutating func take(supportedVersions count: Int, _ code: (Int) -> UInt16) {
        var best: TLSVersion?
        for index in 0..<count {
            let version = TLSVersion(rawValue: code(index))
            if !version.isGREASE, version.rawValue >= best?.rawValue ?? 0 { best = version }
        }
        if let best { note(best) }
    }

    mutating func take(firstProtocol name: Span<UInt8>) { (prefix[8], prefix[9]) = Self.ends(of: name) }

    mutating func finish() { finishTypes() }

    private mutating func finishTypes() {
        guard !isPastTypes else { return }
        isPastTypes = true
        codes.sort()
        text.append(hexadecimal: codes)
        (prefix[6], prefix[7]) = Self.twoDigits(typeCount)
        codes.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func take(codes count: Int, _ code: (Int) -> UInt16) {
        codes.append(addingCapacity: count) { codes in
            for index in 0..<count {
                let code = TLSCipherSuite(rawValue: code(index))
                if !code.isGREASE { codes.append(code.rawValue) }
            }
        }
    }

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
    private static func ends(of name: Span<UInt8>) -> (UInt8, UInt8) {
        guard !name.isEmpty else { return (0x30, 0x30) }
        let (first, last) = (name[0], name[name.count - 1])
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
    /// Four digits each, and commas between them.
    fileprivate mutating func append(hexadecimal codes: [UInt16]) {
        append(addingCapacity: 5 * codes.count) { text in
            for index in codes.indices {
                if index > 0 { text.append(0x2c) }
                // All four at once, an octet each.
                var digits = UInt32(codes[index])
                digits = (digits | digits << 8) & 0x00ff_00ff
                digits = (digits | digits << 4) & 0x0f0f_0f0f
                let isLetter = (digits &+ 0x0606_0606) >> 4 & 0x0101_0101
                digits = digits &+ 0x3030_3030 &+ isLetter &* 0x27
                for shift in 0..<4 { text.append(UInt8(truncatingIfNeeded: digits >> UInt32(24 - 8 * shift))) }
            }
        }
    }
}
