import Testing
import Wire

struct DNSCodesTests {
    /// Resource Record TYPEs (IANA); others as RFC 3597 §5 writes them.
    @Test(
        arguments: [
            (1, "A"), (2, "NS"), (5, "CNAME"), (6, "SOA"), (12, "PTR"), (13, "HINFO"), (15, "MX"), (16, "TXT"), (17, "RP"), (18, "AFSDB"),
            (24, "SIG"), (25, "KEY"), (28, "AAAA"), (29, "LOC"), (33, "SRV"), (35, "NAPTR"), (37, "CERT"), (39, "DNAME"), (41, "OPT"),
            (43, "DS"), (44, "SSHFP"), (45, "IPSECKEY"), (46, "RRSIG"), (47, "NSEC"), (48, "DNSKEY"), (49, "DHCID"), (50, "NSEC3"),
            (51, "NSEC3PARAM"), (52, "TLSA"), (53, "SMIMEA"), (55, "HIP"), (59, "CDS"), (60, "CDNSKEY"), (61, "OPENPGPKEY"),
            (62, "CSYNC"), (63, "ZONEMD"), (64, "SVCB"), (65, "HTTPS"), (99, "SPF"), (108, "EUI48"), (109, "EUI64"), (249, "TKEY"),
            (250, "TSIG"), (251, "IXFR"), (252, "AXFR"), (255, "ANY"), (256, "URI"), (257, "CAA"), (0, "TYPE0"), (32, "TYPE32"),
            (65280, "TYPE65280"),
        ] as [(UInt16, String)])
    func types(_ value: UInt16, _ name: String) {
        #expect(DNSType(rawValue: value).name == name)
    }

    @Test func namesOfTypesAreDistinct() {
        #expect(Set((0...UInt16.max).map { DNSType(rawValue: $0).name }).count == 65536)
    }

    @Test(
        arguments: [
            (0, "NOERROR"), (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"), (6, "YXDOMAIN"),
            (7, "YXRRSET"), (8, "NXRRSET"), (9, "NOTAUTH"), (10, "NOTZONE"), (11, "DSOTYPENI"), (12, "RCODE12"), (15, "RCODE15"),
            (16, "BADVERS"), (23, "BADCOOKIE"), (24, "RCODE24"), (4095, "RCODE4095"),
        ] as [(UInt16, String)])
    func responseCodes(_ value: UInt16, _ name: String) {
        #expect(DNSResponseCode(rawValue: value).name == name)
    }

    @Test(
        arguments: [
            (0, "QUERY"), (1, "IQUERY"), (2, "STATUS"), (3, "OPCODE3"), (4, "NOTIFY"), (5, "UPDATE"), (6, "DSO"), (15, "OPCODE15"),
        ] as [(UInt8, String)])
    func operations(_ value: UInt8, _ name: String) {
        #expect(DNSOperation(rawValue: value).name == name)
    }

    /// RFC 6762 §18.12, §18.13: the first bit of a class is no part of its number there.
    @Test(
        arguments: [
            (1, "IN", false), (3, "CH", false), (4, "HS", false), (254, "NONE", false), (255, "ANY", false), (2, "CLASS2", false),
            (0x8001, "IN", true), (0x80ff, "ANY", true), (0x8002, "CLASS32770", false), (0xff01, "CLASS65281", false),
        ] as [(UInt16, String, Bool)])
    func classes(_ value: UInt16, _ name: String, _ hasBit: Bool) {
        #expect(DNSClass(rawValue: value).name == name)
        #expect(DNSClass(rawValue: value).hasMulticastBit == hasBit)
    }
}
