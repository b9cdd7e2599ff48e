import Testing
import Wire

struct DNSHeaderTests {
    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: DNSHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try DNSHeader(decoding: &bytes) }
    }

    @Test func fieldsInWireOrder() throws {
        let (header, rest) = try header(DNSAnswers.ns)
        #expect(header.id == 0xa6fb)
        #expect(header.flags == 0x8500)
        #expect(header.questionCount == 1)
        #expect(header.answerCount == 2)
        #expect(header.authorityCount == 0)
        #expect(header.additionalCount == 3)
        #expect(rest == Array(DNSAnswers.ns[12...]))
    }

    /// RFC 1035 §4.1.1: QR, opcode, AA, TC, RD, RA, and the code in the last four bits.
    @Test(
        arguments: [
            (0x0000, []), (0x8000, ["response"]), (0x0400, ["authoritative"]), (0x0200, ["truncated"]), (0x0100, ["desired"]),
            (0x0080, ["available"]), (0x7870, ["opcode 15"]), (0x000f, ["RCODE15"]), (0x2000, ["opcode 4"]),
            (0x8583, ["response", "authoritative", "desired", "available", "NXDOMAIN"]),
        ] as [(UInt16, [String])])
    func flags(_ flags: UInt16, _ expected: [String]) throws {
        let header = try header([0, 0, UInt8(flags >> 8), UInt8(flags & 255)] + [UInt8](repeating: 0, count: 8)).value
        var found: [String] = []
        if header.isResponse { found.append("response") }
        if header.opcode != 0 { found.append("opcode \(header.opcode)") }
        if header.isAuthoritative { found.append("authoritative") }
        if header.isTruncated { found.append("truncated") }
        if header.recursionDesired { found.append("desired") }
        if header.recursionAvailable { found.append("available") }
        if header.responseCode != .noError { found.append(header.responseCode.name) }
        #expect(found == expected)
    }

    @Test(
        arguments: [(0, "NOERROR"), (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"), (15, "RCODE15")]
            as [(UInt16, String)])
    func responseCodes(_ value: UInt16, _ name: String) {
        #expect(DNSResponseCode(rawValue: value).name == name)
    }

    /// Resource Record TYPEs (IANA); others as RFC 3597 §5 writes them.
    @Test(
        arguments: [
            (1, "A"), (2, "NS"), (5, "CNAME"), (6, "SOA"), (12, "PTR"), (15, "MX"), (16, "TXT"), (28, "AAAA"), (33, "SRV"), (41, "OPT"),
            (64, "SVCB"),
            (65, "HTTPS"), (255, "ANY"), (99, "TYPE99"), (65280, "TYPE65280"),
        ] as [(UInt16, String)])
    func types(_ value: UInt16, _ name: String) {
        #expect(DNSType(rawValue: value).name == name)
    }

    @Test(arguments: 0..<12) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 12, available: length)) { try header(DNSAnswers.ns.prefix(length)) }
    }
}
