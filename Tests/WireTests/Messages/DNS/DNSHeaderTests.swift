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
            (0x0080, ["available"]), (0x7800, ["opcode 15"]), (0x0040, ["reserved"]), (0x0020, ["authentic"]),
            (0x0010, ["unchecked"]), (0x000f, ["RCODE15"]), (0x2000, ["opcode 4"]),
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
        if header.reserved { found.append("reserved") }
        if header.authenticData { found.append("authentic") }
        if header.checkingDisabled { found.append("unchecked") }
        if header.responseCode != .noError { found.append(header.responseCode.name) }
        #expect(found == expected)
    }

    @Test(arguments: 0..<12) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 12, available: length)) { try header(DNSAnswers.ns.prefix(length)) }
    }
}
