import Testing
import Wire

struct DNSNameTests {
    private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    @Test(arguments: [("example", "07 6578616d706c65 00"), ("a.b.", "01 61 01 62 00"), (".", "00"), ("*.a", "01 2a 01 61 00")])
    func wireFormIsLabelsAndRoot(_ text: String, _ octets: String) throws {
        #expect(try name(text).octets == hex(octets))
    }

    @Test(arguments: ["argocd.laurivan.com", "A.b", ".", "_sip._tcp.example", "*.laurivan.com"]) func textKeepsItsCase(_ text: String)
        throws
    {
        #expect(try name(text).description == text)
    }

    @Test func dotAtTheEndIsTheRoots() throws {
        #expect(try name("example.").description == "example")
        #expect(try name("example.") == name("example"))
    }

    /// RFC 1035 §5.1: `\X` for a character that is special, `\DDD` for an octet.
    @Test(arguments: [
        (#"a\.b.example"#, "03 612e62 07 6578616d706c65 00"), (#"a\\b"#, "03 615c62 00"), (#"\000\032\127\255"#, "04 00207fff 00"),
        (#"a\."#, "02 612e 00"),
    ]) func escapesReadBack(_ text: String, _ octets: String) throws {
        #expect(try name(text).octets == hex(octets))
        #expect(try name(text).description == text)
    }

    @Test func needlessEscapesAndUTF8Read() throws {
        #expect(try name(#"\a\097"#).description == "aa")
        #expect(try name("ü").octets == hex("02 c3bc 00"))
        #expect(try name("ü").description == #"\195\188"#)
    }

    static let longest = String(repeating: String(repeating: "a", count: 63) + ".", count: 3) + String(repeating: "a", count: 61)

    @Test(arguments: [
        "", "..", "a..b", ".a", "a..", String(repeating: "a", count: 64), longest + "a", #"\"#, #"a\"#, #"\12"#, #"\256"#, #"\1a2"#,
        #"\..."#,
    ]) func refusals(_ text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test func longestNameIs255Octets() throws {
        #expect(try name(Self.longest).octets.count == 255)
        #expect(try name(String(repeating: "a", count: 63)).octets.count == 65)
    }

    /// RFC 4343: equal whatever the case of ASCII letters, and of nothing else.
    @Test func equalityFoldsCase() throws {
        #expect(try name("WWW.eXaMPle") == name("www.example"))
        #expect(try name("WWW.eXaMPle").hashValue == name("www.example").hashValue)
        #expect(try name("www.example") != name("www.example2"))
        #expect(try name("a.bc") != name("ab.c"))
        #expect(try name(#"a\."#) != name("a"))
        #expect(try name("@") != name("`"))
        #expect(try name("[") != name("{"))
        #expect(try name("Ü") != name("ü"))
    }

    @Test(arguments: [(".", 0), ("a", 1), ("a.b.c", 3), (#"a\.b.c"#, 2)]) func labelsBeforeTheRoot(_ text: String, _ count: Int) throws {
        #expect(try name(text).labelCount == count)
    }

    @Test(arguments: [
        ("a.example", "example", true), ("example", "example", true), ("b.a.EXAMPLE", "a.example", true), ("example", "a.example", false),
        ("badexample", "example", false), ("a.b", "c.b", false), ("a", ".", true), (".", ".", true), (".", "a", false),
        // The octets of the zone's wire form end the name's, but not at a label's beginning.
        (#"x\007example"#, "example", false),
    ]) func withinAZone(_ text: String, _ zone: String, _ isWithin: Bool) throws {
        #expect(try name(text).isWithin(name(zone)) == isWithin)
    }

    @Test(arguments: [
        ("a.b.example", "c.B.example", "b.example"), ("a", "b", "."), ("a.b", "a.b", "a.b"), ("a.b", "b", "b"), ("b", "a.b", "b"),
        (".", "a", "."),
        ("ba.example", "a.example", "example"),
    ]) func commonSuffix(_ one: String, _ other: String, _ suffix: String) throws {
        #expect(try name(one).commonSuffix(name(other)).description == suffix)
    }
}
