import Testing
import Wire

struct VRRPAdvertisementTests {
    /// keepalived 2.2, version 3: Captures/vrrp-mac-mirror, frame 15.
    static let frame = hex(
        """
        01005e000012 00005e000133 0800
        45c0002000080000ff70d0000a000093e0000012
        3133000100 64d8a8 0a00009d
        """)
    /// Version 2 with its eight octets of authentication data, as RFC 3768 §5.1 draws it.
    static let version2 = hex("21 33 64 01 00 01 1234 0a00009d 0000000000000000")
    /// Version 3 for IPv6 (RFC 9568 §5.1).
    static let overIPv6 = hex("31 07 c8 01 0064 1234 fe800000000000000000000000000001")

    private func advertisement(_ octets: [UInt8]) throws(DecodeError) -> VRRPAdvertisement {
        try decode(octets) { bytes throws(DecodeError) in try VRRPAdvertisement(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let message = try #require(try message(in: Self.frame) as? VRRPAdvertisement)
        #expect(message.version == 3)
        #expect(message.virtualRouter == 0x33)
        #expect(message.priority == 0)
        #expect(message.addresses == [.v4(IPv4Address(rawValue: 0x0a00_009d))])
        #expect(message.isResignation, "keepalived gives the address up when it stops")
    }

    @Test func version2AndIPv6() throws {
        let old = try advertisement(Self.version2)
        #expect(old.version == 2 && old.priority == 100 && old.addresses == [.v4(IPv4Address(rawValue: 0x0a00_009d))])
        #expect(!old.isResignation)
        #expect(try advertisement(Self.overIPv6).addresses == [.v6(IPv6Address(high: 0xfe80_0000_0000_0000, low: 1))])
    }

    @Test(arguments: [
        (hex("41 33 64 01 0001 1234 0a00009d"), DecodeError.unsupported("version")),
        (hex("32 33 64 01 0001 1234 0a00009d"), .unsupported("type")),
        (hex("31 33 64 02 0064 1234 0a00009d"), .truncated(needed: 4, available: 0)),
        (hex("31 33 64 01 0064"), .truncated(needed: 8, available: 6)),
    ]) func refusals(_ octets: [UInt8], _ expected: DecodeError) {
        #expect(throws: expected) { try advertisement(octets) }
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(advertisement(Self.version2)) == [
                "version=2", "virtual_router=51", "priority=100", "interval=1", "checksum=4660", "addresses[0].address=10.0.0.157",
            ])
    }

    @Test(arguments: 0..<frame.count) func everyPrefixEnds(_ length: Int) {
        let prefix = Array(Self.frame.prefix(length))
        let packet = dissect(prefix, originalLength: Self.frame.count)
        guard packet.anomaly == nil else { return }
        #expect(throws: Anomaly.self) { try message(in: prefix) }
    }
}
