import Testing
import Wire

struct EthernetHeaderTests {
    /// The header of an ARP reply of Captures/vrrp-mac-mirror, frame 2: keepalived to a client, tcpdump.
    static let frame = hex("3c22fb000020 00005e000133 0806")

    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: EthernetHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try EthernetHeader(decoding: &bytes) }
    }

    @Test func fieldsInWireOrder() throws {
        let header = try header(Self.frame + [0xaa]).value
        #expect(header.destination == MACAddress("3c:22:fb:00:00:20"))
        #expect(header.source == MACAddress("00:00:5e:00:01:33"))
        #expect(header.etherType == .arp)
    }

    @Test func leavesWhatItCarries() throws {
        #expect(try header(Self.frame + [0xaa, 0xbb]).rest == [0xaa, 0xbb])
    }

    @Test(arguments: 0..<frame.count) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 14, available: length)) { try header(Self.frame.prefix(length)) }
    }
}
