/// The texts whose MD5 are JA3 and JA3S: decimal numbers in wire order, GREASE left out (https://github.com/salesforce/ja3).
extension ClientHello {
    /// Version, cipher suites, extensions, groups and point formats.
    public var ja3: [UInt8] {
        var text: [UInt8] = []
        text.append(decimal: UInt64(legacyVersion.rawValue))
        text.append(0x2c)
        text.append(dashed: cipherSuites)
        text.append(0x2c)
        text.append(dashed: extensions.lazy.map(\.type))
        text.append(0x2c)
        text.append(dashed: supportedGroups)
        text.append(0x2c)
        for (index, format) in ecPointFormats.enumerated() {
            if index > 0 { text.append(0x2d) }
            text.append(decimal: UInt64(format))
        }
        return text
    }
}

extension ServerHello {
    /// Version, cipher suite and extensions.
    public var ja3s: [UInt8] {
        var text: [UInt8] = []
        text.append(decimal: UInt64(legacyVersion.rawValue))
        text.append(0x2c)
        text.append(decimal: UInt64(cipherSuite.rawValue))
        text.append(0x2c)
        text.append(dashed: extensions.lazy.map(\.type))
        return text
    }
}

extension [UInt8] {
    fileprivate mutating func append(dashed codes: some Sequence<some TLSCodePoint>) {
        var isFirst = true
        for code in codes where !code.isGREASE {
            if !isFirst { append(0x2d) }
            isFirst = false
            append(decimal: UInt64(code.rawValue))
        }
    }
}
