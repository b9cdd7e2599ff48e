import Testing
import Wire

struct IPv4OptionTests {
    private func list(_ octets: String) -> [IPv4Option] {
        let octets = hex(octets)
        return IPv4Option.list(lenient: octets.span)
    }

    /// Router alert, as IGMP sends it (RFC 2113 §2.1, RFC 3376 §4).
    @Test func routerAlert() {
        let options = list("94040000")
        #expect(options.map(\.type) == [148])
        #expect(options.map(\.content) == [[0, 0]])
    }

    /// Options of one octet have no length, and the end of the list ends it (RFC 791 §3.1).
    @Test func noOperationAndEnd() {
        #expect(list("01 01 00 94040000").map(\.type) == [1, 1, 0])
    }

    /// What does not decode ends the list; what stood before it stands.
    @Test(arguments: [("", 0), ("94", 0), ("9400", 0), ("9401", 0), ("940400", 0), ("01 9405 0000", 1), ("94040000 07", 1)])
    func damageEndsTheList(_ octets: String, _ count: Int) {
        #expect(list(octets).count == count)
    }
}
