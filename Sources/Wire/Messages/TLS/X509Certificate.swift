/// A certificate, as far as it tells whom it is for, from whom, and for how long (RFC 5280 §4.1).
///
///     Certificate  ::=  SEQUENCE  { tbsCertificate, signatureAlgorithm, signatureValue }
///     TBSCertificate  ::=  SEQUENCE  {
///          [0] version, serialNumber, signature, issuer, validity { notBefore, notAfter }, subject,
///          subjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID, [3] extensions }
public struct X509Certificate: Hashable, Sendable {
    /// The octets of the number, without a zero that only keeps it positive.
    public var serialNumber: [UInt8]
    public var issuer: X509Name
    public var notBefore: Timestamp
    public var notAfter: Timestamp
    public var subject: X509Name
    /// subjectAltName's dNSName and iPAddress entries (RFC 5280 §4.2.1.6).
    public var dnsNames: [TLSName] = []
    public var addresses: [IPAddress] = []

    /// Who signed is who is named (RFC 5280 §3.2). Whether the signature is right is not looked at.
    public var isSelfIssued: Bool { issuer.octets == subject.octets }

    public func isValid(at time: Timestamp) -> Bool { notBefore <= time && time <= notAfter }

    /// Only subjectAltName counts: the common name has not for years (RFC 9525 §2).
    public func covers(_ host: TLSName) -> Bool { dnsNames.contains { $0.covers(host) } }
    public func covers(_ address: IPAddress) -> Bool { addresses.contains(address) }
}

extension X509Certificate {
    /// Reads a certificate, as its length was stated: what does not fit into it is malformed.
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.enter(.sequence, "Certificate")
        try bytes.enter(.sequence, "tbsCertificate")
        if bytes.isNext(.context(0)) { try bytes.skipElement("version") }
        let serialLength = try bytes.readElement(.integer, "serialNumber")
        serialNumber = try bytes.readArray(serialLength)
        if serialLength > 1, serialNumber.first == 0 { serialNumber.removeFirst() }
        try bytes.skipElement(.sequence, "signature")
        issuer = try X509Name(decoding: &bytes, field: "issuer")
        let validityLength = try bytes.readElement(.sequence, "validity")
        var validity = bytes.extracting(first: validityLength)
        notBefore = try validity.readTime("notBefore")
        notAfter = try validity.readTime("notAfter")
        try bytes.skip(validityLength)
        subject = try X509Name(decoding: &bytes, field: "subject")
        try bytes.skipElement(.sequence, "subjectPublicKeyInfo")
        while !bytes.isEmpty, !bytes.isNext(.context(3)) { try bytes.skipElement("tbsCertificate") }
        guard !bytes.isEmpty else { return }
        try bytes.enter(.context(3), "extensions")
        try bytes.enter(.sequence, "extensions")
        while !bytes.isEmpty {
            let length = try bytes.readElement(.sequence, "extensions")
            var fields = bytes.extracting(first: length)
            try bytes.skip(length)
            try readExtension(&fields)
        }
    }

    private mutating func readExtension(_ fields: inout Span<UInt8>) throws(DecodeError) {
        let length = try fields.readElement(.objectIdentifier, "extnID")
        let isAlternativeName = fields.extracting(first: length).holds(0x55, 0x1d, 0x11)  // 2.5.29.17
        guard isAlternativeName else { return }
        try fields.skip(length)
        if fields.isNext(.boolean) { try fields.skipElement("critical") }
        try fields.enter(.octetString, "extnValue")
        try fields.enter(.sequence, "subjectAltName")
        while !fields.isEmpty {
            let (tag, length) = try fields.readElement("subjectAltName")
            switch (tag, length) {
            case (.primitive(2), _): dnsNames.append(TLSName(octets: try fields.readArray(length)))
            case (.primitive(7), 4): addresses.append(.v4(try fields.read()))
            case (.primitive(7), 16): addresses.append(.v6(try fields.read()))
            case (.primitive(7), _): throw .malformed("iPAddress")
            default: try fields.skip(length)
            }
        }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("serial_number", serialNumber.hexadecimal)
        fields.object("issuer") { issuer.describe(to: &$0) }
        fields.field("not_before", notBefore.nanoseconds / 1_000_000_000)
        fields.field("not_after", notAfter.nanoseconds / 1_000_000_000)
        fields.object("subject") { subject.describe(to: &$0) }
        fields.field("self_issued", flag: isSelfIssued)
        fields.list("dns_names", count: dnsNames.count) { $1.field("name", dnsNames[$0].description) }
        fields.list("ip_addresses", count: addresses.count) { $1.field("address", addresses[$0].description) }
    }
}
