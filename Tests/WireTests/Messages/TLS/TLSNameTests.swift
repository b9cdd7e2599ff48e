import Testing
import Wire

struct TLSNameTests {
    /// RFC 9525 §6.3, RFC 6125 §6.4.3.
    @Test(arguments: [
        ("www.example.com", "www.example.com", true), ("www.example.com", "WWW.Example.COM", true),
        ("www.example.com", "www.example.com.", true), ("www.example.com", "example.com", false),
        ("*.example.com", "foo.example.com", true), ("*.example.com", "FOO.EXAMPLE.com.", true),
        ("*.example.com", "bar.foo.example.com", false), ("*.example.com", "example.com", false), ("*.example.com", ".example.com", false),
        ("baz*.example.net", "baz1.example.net", false), ("w*.example.com", "www.example.com", false),
        ("www.*.com", "www.example.com", false), ("*", "example", false), ("*.*.com", "a.b.com", false),
        ("*.example.com", "*.example.com", true), ("", "", false), ("", ".", false), ("*.", "a.", false),
    ]) func covers(_ pattern: String, _ host: String, _ expected: Bool) {
        #expect(TLSName(pattern).covers(TLSName(host)) == expected)
    }
}
