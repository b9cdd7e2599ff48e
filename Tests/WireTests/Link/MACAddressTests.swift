import Testing
import Wire

struct MACAddressTests {
    @Test(arguments: [
        ("00:00:00:00:00:00", MACAddress.zero), ("ff:ff:ff:ff:ff:ff", .broadcast),
        ("3c:22:fb:00:00:20", MACAddress(rawValue: 0x3c22_fb00_0020)),
    ]) func textIsLowerCasePairs(_ text: String, _ address: MACAddress) {
        #expect(address.description == text)
        #expect(MACAddress(text) == address)
        #expect(String(decoding: address.text, as: UTF8.self) == text)
    }

    @Test(arguments: ["00-50-56-AA-BB-03", "00:50:56:AA:bb:03"]) func readsDashesAndUpperCase(_ text: String) {
        #expect(MACAddress(text)?.description == "00:50:56:aa:bb:03")
    }

    @Test(arguments: [
        "", ":", "00:50:56:aa:bb", "00:50:56:aa:bb:03:04", "0:50:56:aa:bb:03", "000:50:56:aa:bb:03", "00:50:56:aa:bb:0g",
        "00:50:56:aa:bb:+3",
        "00:50:56:aa:bb:", ":50:56:aa:bb:03", "0050.56aa.bb03", "005056aabb03", " 00:50:56:aa:bb:03", "00:50:56:aa:bb:０３",
    ]) func refusesOtherText(_ text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test func keepsSixOctets() {
        #expect(MACAddress(rawValue: 0xffff_3c22_fb00_0020) == MACAddress(rawValue: 0x3c22_fb00_0020))
    }

    /// The lowest bit of the first octet (IEEE 802-2014 §8.2.2).
    @Test(arguments: [
        ("01:00:5e:00:00:12", true), ("33:33:ff:00:00:01", true), ("ff:ff:ff:ff:ff:ff", true), ("02:00:00:00:00:0a", false),
        ("00:ff:ff:ff:ff:ff", false),
    ]) func groupAddresses(_ text: String, _ isMulticast: Bool) {
        #expect(MACAddress(text)?.isMulticast == isMulticast)
    }

    /// RFC 9568 §7.3: IPv4 virtual routers in :01:, IPv6 ones in :02:.
    @Test(arguments: [
        ("00:00:5e:00:01:33", true), ("00:00:5e:00:02:ff", true), ("00:00:5e:00:00:33", false), ("00:00:5e:00:03:33", false),
        ("01:00:5e:00:01:33", false),
    ]) func virtualRouters(_ text: String, _ isVRRP: Bool) {
        #expect(MACAddress(text)?.isVRRP == isVRRP)
    }

    @Test func readsSixOctetsInOrder() throws {
        let (address, rest) = try decode(hex("005056aabb03 ff")) { bytes throws(DecodeError) -> MACAddress in try bytes.read() }
        #expect(address.description == "00:50:56:aa:bb:03")
        #expect(rest == [0xff])
    }

    @Test(arguments: 0..<6) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 6, available: length)) {
            try decode(hex("005056aabb03").prefix(length)) { bytes throws(DecodeError) -> MACAddress in try bytes.read() }
        }
    }
}
