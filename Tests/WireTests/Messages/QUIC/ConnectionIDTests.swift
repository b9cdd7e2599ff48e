import Testing
import Wire

struct ConnectionIDTests {
    private func id(_ octets: [UInt8]) -> ConnectionID { ConnectionID(copying: octets.span) }

    @Test(arguments: [0, 1, 8, 20]) func keepsItsOctets(_ count: Int) {
        let octets = (0..<count).map { UInt8($0 + 0x0b) }
        let id = id(octets)
        #expect(id.count == count && Int(id.length) == count && id.isEmpty == (count == 0))
        #expect((0..<count).map { id[$0] } == octets)
    }

    @Test func isWrittenInHexadecimal() {
        #expect(id(hex("8394c8f03e515708")).description == "8394c8f03e515708")
        #expect(ConnectionID.empty.description.isEmpty)
    }

    @Test func differsInLengthAndInOctets() {
        let ids: Set = [id([]), id([0]), id([0, 0]), id([1]), id([0, 1]), id([0, 0])]
        #expect(ids.count == 5)
        #expect(id([1, 2]) == id([1, 2]) && id([1, 2]) != id([1, 3]))
    }

    /// RFC 8999 §5.3.
    @Test func ofALongOneTheBeginningAndTheLengthAreKept() {
        let long = [UInt8](repeating: 7, count: 255)
        #expect(id(long).length == 255 && id(long).count == 20)
        #expect(id(long).description == String(repeating: "07", count: 20) + "…")
        #expect(id(long) != id(Array(long.dropLast())) && id(long) == id(long))
    }
}
