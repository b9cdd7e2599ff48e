import Testing
import Wire

struct PortTests {
    @Test func portsAreNumbersInOrder() {
        #expect([Port.https, .dns, .http].sorted() == [.dns, .http, .https])
        #expect(Port.https.description == "443")
        #expect(Port(rawValue: 65535).description == "65535")
    }
}
