import Testing
import Wire

/// Names are copied, compared and hashed by words of eight octets: octet by octet the result is the same.
struct DNSNameWordTests {
    private func folded(_ octets: [UInt8]) -> [UInt8] { octets.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 } }

    private func read(_ message: [UInt8], at offset: Int = 0) throws(DecodeError) -> DNSNameBuffer {
        var offset = offset
        return try DNSNameBuffer(decoding: message.span, at: &offset)
    }

    private func hash(_ name: DNSNameBuffer) -> UInt64 {
        var hash = KeyedHash(key: 7)
        name.hash(into: &hash)
        return hash.value
    }

    /// Every octet, at every place of a word.
    @Test(arguments: 0..<8) func foldingOfEveryOctet(_ place: Int) throws {
        for octet in UInt8.min...UInt8.max {
            for other in [octet ^ 0x20, octet ^ 0x80, octet &+ 1] {
                let one = try read(
                    [17] + [UInt8](repeating: 0x6d, count: place) + [octet] + [UInt8](repeating: 0x4d, count: 16 - place) + [0])
                let two = try read(
                    [17] + [UInt8](repeating: 0x4d, count: place) + [other] + [UInt8](repeating: 0x6d, count: 16 - place) + [0])
                let isEqual = folded([octet]) == folded([other])
                #expect((one.name == two.name) == isEqual && (hash(one) == hash(two)) == isEqual && one.isWithin(two.name) == isEqual)
                if isEqual { #expect(one.name.hashValue == two.name.hashValue) }
            }
        }
    }

    /// Names of every length, at the end of a message and before other octets, in one piece and by a pointer.
    @Test(arguments: 1...120) func namesOfEveryLength(_ length: Int) throws {
        let first = [UInt8(min(length, 63))] + (0..<min(length, 63)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
        let second = length > 63 ? [UInt8(length - 63)] + (0..<(length - 63)).map { UInt8(truncatingIfNeeded: $0 &* 91) } : []
        let octets = first + second + [0]
        let name = try read(octets).name
        #expect(name.octets == octets)
        #expect(try read(octets + [UInt8](repeating: 0xff, count: 9)).name.octets == octets)
        for prefix in 1...8 {
            let label = [UInt8(prefix)] + [UInt8](repeating: 0x58, count: prefix)
            let below = try read(octets + label + [0xc0, 0], at: octets.count)
            #expect(below.name.octets == label + octets)
            #expect(below.isWithin(name) && below.isWithin(.root) && below.name.commonSuffix(name) == name)
            #expect(try hash(below) == hash(read(label + octets)))
            #expect(below.name == DNSNameBuffer(below.name).name)
        }
    }
}
