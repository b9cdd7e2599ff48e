import Wire

// What is kept of a message lasts as long as its flow: lists and names longer than any software's are shortened, and this is told, since
// fingerprints of what is left would be another's.

/// Entries at the most: IANA knows some 350 cipher suites, of which scanners offer up to 128 at one time, and 70 extensions; public
/// authorities put 100 names into a certificate.
private enum Most {
    static let codes = 256, extensions = 128, protocols = 16, alternativeNames = 512
    /// A name of DNS has 253 characters (RFC 1035 §3.1), and an attribute of a certificate's name 64 (RFC 5280 appendix A.1, ub-).
    static let name = 255, distinguishedName = 1024, serialNumber = 64
}

extension ClientHello {
    /// - Returns: true where something had to go.
    mutating func shorten() -> Bool {
        var isShort = cipherSuites.keep(first: Most.codes)
        isShort = extensions.keep(first: Most.extensions) || isShort
        isShort = supportedGroups.keep(first: Most.codes) || isShort
        isShort = signatureAlgorithms.keep(first: Most.codes) || isShort
        isShort = delegatedCredentialAlgorithms.keep(first: Most.codes) || isShort
        isShort = keyShareGroups.keep(first: Most.codes) || isShort
        isShort = applicationProtocols.keep(first: Most.protocols) || isShort
        return serverName?.octets.keep(first: Most.name) == true || isShort
    }
}

extension ClientHelloSummary {
    /// - Returns: true where something had to go, or would have had to from the whole hello.
    mutating func shorten() -> Bool {
        var isShort = mostCodes > Most.codes || extensionCount > Most.extensions
        isShort = applicationProtocols.keep(first: Most.protocols) || isShort
        return serverName?.octets.keep(first: Most.name) == true || isShort
    }
}

extension ServerHello {
    mutating func shorten() -> Bool { extensions.keep(first: Most.extensions) }
}

extension TLSCertificate {
    mutating func shorten() -> Bool { leaf?.shorten() ?? false }
}

extension X509Certificate {
    fileprivate mutating func shorten() -> Bool {
        var isShort = serialNumber.keep(first: Most.serialNumber)
        isShort = issuer.shorten() || isShort
        isShort = subject.shorten() || isShort
        isShort = dnsNames.keep(first: Most.alternativeNames) || isShort
        for index in dnsNames.indices { isShort = dnsNames[index].octets.keep(first: Most.name) || isShort }
        return addresses.keep(first: Most.alternativeNames) || isShort
    }
}

extension X509Name {
    fileprivate mutating func shorten() -> Bool {
        var isShort = octets.keep(first: Most.distinguishedName)
        isShort = commonName?.keep(first: Most.name) == true || isShort
        return organization?.keep(first: Most.name) == true || isShort
    }
}

extension Array {
    /// A copy: what only takes out the end keeps its memory.
    mutating func keep(first number: Int) -> Bool {
        guard count > number else { return false }
        self = Array(prefix(number))
        return true
    }
}

extension String {
    fileprivate mutating func keep(first number: Int) -> Bool {
        guard utf8.count > number, unicodeScalars.count > number else { return false }
        self = String(String.UnicodeScalarView(unicodeScalars.prefix(number)))
        return true
    }
}
