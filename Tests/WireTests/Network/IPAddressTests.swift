import Testing
import Wire

struct IPAddressTests {
    /// RFC 1918 §3, RFC 6598 §7, RFC 3927, and the addresses next to them.
    @Test(arguments: [
        ("10.0.0.0", true), ("10.255.255.255", true), ("9.255.255.255", false), ("11.0.0.0", false), ("172.16.0.0", true),
        ("172.31.255.255", true),
        ("172.15.255.255", false), ("172.32.0.0", false), ("192.168.0.1", true), ("192.167.255.255", false), ("192.169.0.0", false),
        ("169.254.1.1", true), ("169.253.1.1", false), ("100.64.0.0", true), ("100.127.255.255", true), ("100.63.255.255", false),
        ("100.128.0.0", false), ("203.0.113.1", false), ("0.0.0.0", false),
        ("fc00::", true), ("fdff:ffff::1", true), ("fbff::", false), ("fe00::", false), ("fe80::1", true), ("febf::1", true),
        ("fec0::", false),
        ("2001:db8::1", false), ("::1", false),
    ]) func privateAddresses(_ text: String, _ isPrivate: Bool) {
        #expect(IPAddress(text)?.isPrivate == isPrivate)
    }

    @Test func addressesAreOrderedByNumberAndIPv4First() throws {
        let sorted = ["9.0.0.1", "10.0.0.1", "::2", "0:0:0:1::", "1::"]
        #expect(try sorted.reversed().map { try #require(IPAddress($0)) }.sorted().map(\.description) == sorted)
    }

    @Test(arguments: [
        ("10.0.0.0/24", "10.0.0.255", true), ("10.0.0.0/24", "10.0.1.0", false), ("10.0.0.7/32", "10.0.0.7", true),
        ("10.0.0.7/32", "10.0.0.6", false),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::", false), ("::/0", "ffff::", true), ("::/0", "0.0.0.0", false),
        ("128.0.0.0/1", "127.255.255.255", false), ("2001:db8::/63", "2001:db8:0:1::", true), ("2001:db8::/63", "2001:db8:0:2::", false),
        ("2001:db8::/64", "2001:db8::ffff:0:0:0", true), ("2001:db8::/64", "2001:db8:0:1::", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("2001:db8::/65", "2001:db8:0:1::", false), ("::8/127", "::9", true),
        ("::8/127", "::a", false),
        ("::1/128", "::1", true), ("::1/128", "::", false),
    ]) func prefixContains(_ prefix: String, _ address: String, _ contains: Bool) throws {
        #expect(try #require(IPPrefix(prefix)).contains(try #require(IPAddress(address))) == contains)
    }
}
