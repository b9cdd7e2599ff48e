import Testing
import Wire

struct LoopbackHeaderTests {
    private func etherType(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: EtherType, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try LoopbackHeader.etherType(decoding: &bytes) }
    }

    /// Address families as tcpdump.org/linktypes.html lists them, in both byte orders.
    @Test(arguments: [(2, .ipv4), (10, .ipv6), (24, .ipv6), (28, .ipv6), (30, .ipv6)] as [(UInt8, EtherType)])
    func familiesInBothByteOrders(_ family: UInt8, _ etherType: EtherType) throws {
        for octets in [[family, 0, 0, 0, 0x45], [0, 0, 0, family, 0x45]] {
            let (value, rest) = try self.etherType(octets)
            #expect(value == etherType)
            #expect(rest == [0x45])
        }
    }

    /// 7 is AppleTalk's and OSI's, 0 nobody's.
    @Test(arguments: ["00000000", "07000000", "00000007", "02020000", "00000100", "ffffffff"]) func refusesOtherFamilies(_ family: String) {
        #expect(throws: DecodeError.unsupported("address family")) { try etherType(hex(family)) }
        let anomaly = dissect(hex(family), .null).anomaly
        #expect(anomaly?.description == "link at octet 0: unsupported address family")
    }

    @Test(arguments: 0..<4) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 4, available: length)) { try etherType(hex("02000000").prefix(length)) }
    }
}
