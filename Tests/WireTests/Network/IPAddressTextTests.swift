import Testing
import Wire

struct IPAddressTextTests {
    @Test(arguments: ["0.0.0.0", "10.0.0.157", "255.255.255.255", "1.20.203.4"]) func ipv4IsDottedDecimal(_ text: String) {
        #expect(IPv4Address(text)?.description == text)
        #expect(IPAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ".", "10", "10.0.0", "10.0.0.", ".10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.1000", "10.0.0.01", "010.0.0.1", "10.0.0.+1",
        "10.0.0.-1", "10.0.0.0x1", "10.0.0. 1", " 10.0.0.1", "10.0.0.1\n", "10.0.0.１", "10..0.1",
    ]) func refusesOtherIPv4(_ text: String) {
        #expect(IPv4Address(text) == nil)
        #expect(IPAddress(text) == nil)
    }

    /// RFC 5952 §4: its examples, and the forms that §1 and §2 find in the field.
    @Test(arguments: [
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:0db8::0001", "2001:db8::1"),  // §4.1: no leading zeros
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),  // §4.2.1: as short as possible
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  // §4.2.2: not for one group
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),  // §4.2.3: the longest run
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),  // §4.2.3: of two, the first
        ("2001:DB8::AAAA", "2001:db8::aaaa"),  // §4.3: lower case
        ("::", "::"), ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("1:0:0:4:5:6:0:0", "1::4:5:6:0:0"), ("0:0:3:4:5:0:0:0", "0:0:3:4:5::"),
        ("fe80::ff:fe00:a", "fe80::ff:fe00:a"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("::1.2.3.4", "::102:304"), ("1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"),
    ]) func ipv6IsCanonical(_ text: String, _ canonical: String) {
        #expect(IPv6Address(text)?.description == canonical)
        #expect(IPAddress(text)?.description == canonical)
        #expect(IPv6Address(canonical) == IPv6Address(text))
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":1::2", "1::2:", "12345::", "::g", "::+1", "::-1", ":: 1", "fe80::1%eth0", "[::1]", "::1/128",
        "１::",
        "1.2.3.4::", "::1.2.3", "::1.2.3.256", "::1.2.3.04", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        ":1.2.3.4", "1:::1.2.3.4", "1:2:3:4:5:6:1.2.3.4:",
    ]) func refusesOtherIPv6(_ text: String) {
        #expect(IPv6Address(text) == nil)
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/64", "::/0", "::1/128"]) func prefixIsAddressAndLength(
        _ text: String
    ) {
        #expect(IPPrefix(text)?.description == text)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0", "10.0.0.0/", "/24", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/8/8",
        "10.0.0/24",
        "::/129", "::/256", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999", "10.0.0.0/８",
    ]) func refusesOtherPrefixes(_ text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: [0, 9, 10, 99, 100, 18_446_744_073_709_551_615] as [UInt64]) func decimalDigits(_ value: UInt64) {
        var text: [UInt8] = []
        text.append(decimal: value)
        #expect(String(decoding: text, as: UTF8.self) == String(value))
    }
}
