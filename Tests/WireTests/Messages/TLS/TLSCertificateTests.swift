import Testing
import Wire

struct TLSCertificateTests {
    static let body = Array(TLSSamples.certificate12[4...])

    private func message(_ octets: some Collection<UInt8>) throws(DecodeError) -> TLSCertificate {
        try decode(octets) { bytes throws(DecodeError) in try TLSCertificate(decoding: &bytes) }.value
    }

    private func certificate(_ octets: some Collection<UInt8>) throws(DecodeError) -> X509Certificate {
        try decode(octets) { bytes throws(DecodeError) in try X509Certificate(decoding: &bytes) }.value
    }

    @Test func leaf() throws {
        let message = try message(Self.body)
        #expect(message.chainCount == 1)
        let leaf = try #require(message.leaf)
        #expect(leaf.serialNumber == hex("1234567890"))
        #expect(leaf.issuer.commonName == "grafana.example.test" && leaf.subject.organization == "Example Lab")
        #expect(leaf.isSelfIssued)
        #expect(leaf.notBefore == Timestamp(nanoseconds: 1_795_269_711_000_000_000))
        #expect(leaf.notAfter == Timestamp(nanoseconds: 1_803_045_711_000_000_000))
        #expect(leaf.dnsNames.map(\.description) == ["grafana.example.test", "*.apps.example.test"])
        #expect(leaf.addresses.map(\.description) == ["192.0.2.10", "2001:db8::10"])
        #expect(leaf.covers(TLSName("www.apps.example.test")) && !leaf.covers(TLSName("example.test")))
        #expect(leaf.covers(leaf.addresses[1]) && !leaf.covers(.v4(.any)))
        #expect(leaf.isValid(at: leaf.notAfter) && !leaf.isValid(at: leaf.notAfter + .seconds(1)))
        #expect(leaf.isValid(at: leaf.notBefore) && !leaf.isValid(at: leaf.notBefore - .seconds(1)))
    }

    @Test func chain() throws {
        let entry = Self.body.dropFirst(3)
        let length = 2 * entry.count + 5
        let message = try message([0, UInt8(length >> 8), UInt8(length & 255)] + entry + entry + hex("000002 3000"))
        #expect(message.chainCount == 3 && message.leaf?.serialNumber == hex("1234567890"))
        let none = try self.message(hex("000000"))
        #expect(none.chainCount == 0 && none.leaf == nil)
        #expect(described(none) == ["certificates=0"])
    }

    /// A certificate of no more than must be there, with another name form and other times.
    private static func small(issuer: String = "3000", times: String, rest: String = "") -> [UInt8] {
        func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, 0x81, UInt8(content.count)] + content }
        let validity = wrap(0x30, hex(times))
        return wrap(0x30, wrap(0x30, hex("0201 ff 3000 \(issuer)") + validity + hex("3000 3000 \(rest)")))
    }

    @Test(arguments: [
        // RFC 5280 §4.1.2.5.1: two digits from 50 on are of the last century.
        ("170d 3530303130313030303030305a", -631_152_000), ("170d 3439313233313233353935395a", 2_524_607_999),
        ("180f 32303234303232393132303030305a", 1_709_208_000), ("170d 3730303130313030303030315a", 1),
    ]) func times(_ time: String, _ seconds: Int64) throws {
        let read = try certificate(Self.small(times: time + time))
        #expect(read.notBefore == Timestamp(nanoseconds: seconds * 1_000_000_000) && read.notAfter == read.notBefore)
        #expect(read.serialNumber == [0xff] && read.issuer.commonName == nil && read.isSelfIssued)
    }

    /// RFC 5280 §4.1.2.5: 99991231235959Z for no expiry.
    @Test func timesBeyondTheClock() throws {
        let read = try certificate(Self.small(times: "180f 30303031303130313030303030305a 180f 39393939313233313233353935395a"))
        #expect(read.notBefore == .distantPast && read.notAfter == .distantFuture)
    }

    @Test(arguments: [
        ("3011 310f 300d 0603550403 1306 61622e636f6d", "ab.com"), ("300d 310b 3009 0603550403 1402 e962", "éb"),
        ("300f 310d 300b 0603550403 1e04 00e90062", "éb"), ("300d 310b 3009 0603550403 0c02 c3a9", "é"),
        ("3018 310b 3009 0603550403 0c02 6161 3109 3007 0603550403 0c00", "aa"),
    ]) func commonNames(_ issuer: String, _ name: String) throws {
        let times = "170d 3730303130313030303030315a 170d 3730303130313030303030315a"
        let read = try certificate(Self.small(issuer: issuer, times: times))
        #expect(read.issuer.commonName == name && !read.isSelfIssued)
    }

    @Test(
        arguments: [
            ("170d 3730313330313030303030315a", "", "notBefore"), ("170d 37303031303130303030302b5a", "", "notBefore"),
            ("170c 37303031303130303030305a", "", "notBefore"), ("1302 3030", "", "notBefore"), ("", "", "notBefore"),
            ("T", "a304 3002 3000", "extnID"), ("T", "a30b 3009 3007 0603 551d11 0400", "subjectAltName"),
            ("T", "a30f 300d 300b 0603 551d11 0404 3002 8700", "iPAddress"),
            ("T", "a30f 300d 300b 0603 551d11 0404 3002 8205", "subjectAltName"), ("T", "8180", "tbsCertificate"),
            ("T", "1f00", "tbsCertificate"),
            ("T", "8184ffffffff", "tbsCertificate"), ("T", "a3", "extensions"),
        ] as [(String, String, Field)]) func contradictions(_ time: String, _ rest: String, _ field: Field)
    {
        let good = "170d 3730303130313030303030315a"
        let octets = Self.small(times: time == "T" ? good + good : time, rest: rest)
        #expect(throws: DecodeError.malformed(field)) { try certificate(octets) }
    }

    @Test func listsThatContradictThemselves() {
        #expect(throws: DecodeError.malformed("certificate_list")) { try message(hex("000003 000000")) }
        #expect(throws: DecodeError.malformed("certificate_list")) { try message(hex("000002 0000")) }
        #expect(throws: DecodeError.malformed("certificate_list")) { try message(hex("000005 000003 3000")) }
        #expect(throws: DecodeError.malformed("Certificate")) { try message(hex("000005 000002 3100")) }
        #expect(throws: DecodeError.truncated(needed: 0xffffff, available: 0)) { try message(hex("ffffff")) }
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(message(Self.body)) == [
                "certificates=1", "leaf.serial_number=1234567890", "leaf.issuer.common_name=grafana.example.test",
                "leaf.issuer.organization=Example Lab", "leaf.not_before=1795269711", "leaf.not_after=1803045711",
                "leaf.subject.common_name=grafana.example.test", "leaf.subject.organization=Example Lab", "leaf.self_issued=true",
                "leaf.dns_names[0].name=grafana.example.test", "leaf.dns_names[1].name=*.apps.example.test",
                "leaf.ip_addresses[0].address=192.0.2.10", "leaf.ip_addresses[1].address=2001:db8::10",
            ])
    }

    @Test func everyPrefixEnds() {
        for length in 0..<Self.body.count {
            let error = #expect(throws: DecodeError.self) { try message(Self.body.prefix(length)) }
            guard case .truncated? = error else {
                Issue.record("\(length) octets: \(String(describing: error))")
                continue
            }
            guard length > 6 else { continue }
            // Of the certificate alone, whose length somebody vouched for, a part contradicts itself.
            let cut = #expect(throws: DecodeError.self) { try certificate(Self.body[6..<length]) }
            guard case .malformed? = cut else {
                Issue.record("\(length) octets: \(String(describing: cut))")
                continue
            }
        }
    }

    @Test func anyOctetMayBeWrong() {
        var decoded = 0
        for index in Self.body.indices {
            for value: UInt8 in [0, 1, 0x30, 0x7f, 0x82, 0xff] {
                var damaged = Self.body
                damaged[index] = value
                if (try? message(damaged)) != nil { decoded += 1 }
            }
        }
        #expect(decoded > Self.body.count, "keys and signatures may have any value")
    }
}
