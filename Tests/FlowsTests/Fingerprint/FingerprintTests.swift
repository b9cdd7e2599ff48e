import Flows
import Testing
import Wire

struct FingerprintTests {
    /// Decodes a hello's body, made of these numbers.
    private func hello(
        version: UInt16 = 0x0303, ciphers: [UInt16], extensions: [(UInt16, [UInt8])]
    ) throws -> ClientHello {
        func octets(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
        var body = octets(version) + [UInt8](repeating: 7, count: 32) + [0]
        body += octets(UInt16(2 * ciphers.count)) + ciphers.flatMap(octets) + [1, 0]
        let list = extensions.flatMap { octets($0.0) + octets(UInt16($0.1.count)) + $0.1 }
        if !list.isEmpty { body += octets(UInt16(list.count)) + list }
        var cursor = body.span
        return try ClientHello(decoding: &cursor)
    }

    private func codes(_ values: [UInt16]) -> [UInt8] {
        [UInt8(2 * values.count >> 8), UInt8(2 * values.count & 255)] + values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    /// The two examples of https://github.com/salesforce/ja3.
    @Test func ja3() throws {
        let fingerprint = try Fingerprint()
        let first = try hello(
            version: 769, ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
            extensions: [(0, [0, 4, 0, 0, 1, 0x61]), (10, codes([23, 24, 25])), (11, [1, 0])])
        #expect(fingerprint.ja3(first) == "ada70206e40642a3e4461f35503241d5")
        let second = try hello(version: 769, ciphers: [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], extensions: [])
        #expect(fingerprint.ja3(second) == "de350869b8c85de67a350c8d186f11e6")
    }

    /// "769,47,65281-0-11-35-5-16" of https://github.com/salesforce/ja3.
    @Test func ja3s() throws {
        let extensions: [UInt8] = [0xff, 1, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 35, 0, 0, 0, 5, 0, 0, 0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]
        let body: [UInt8] = [3, 1] + [UInt8](repeating: 7, count: 32) + [0, 0, 47, 0, 0, UInt8(extensions.count)] + extensions
        var cursor = body.span
        let hello = try ServerHello(decoding: &cursor)
        #expect(String(decoding: hello.ja3s, as: UTF8.self) == "769,47,65281-0-11-35-5-16")
        #expect(try Fingerprint().ja3s(hello) == "836ce314215654b5b1f85f97c73e506f")
    }

    /// FoxIO's example, technical_details/JA4.md, and the variant without signature algorithms.
    @Test func ja4() throws {
        let ciphers: [UInt16] = [
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ]
        var extensions: [(UInt16, [UInt8])] = [
            (0x001b, []), (0x0000, [0, 4, 0, 0, 1, 0x61]), (0x0033, [0, 0]), (0x0010, [0, 3, 2, 0x68, 0x32]), (0x4469, []), (0x0017, []),
            (0x002d, []), (0x000d, codes([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601])), (0x0005, []), (0x0023, []),
            (0x0012, []), (0x002b, [2, 3, 4]), (0xff01, [0]), (0x000b, [1, 0]), (0x000a, codes([29])), (0x0015, []),
        ]
        let fingerprint = try Fingerprint()
        #expect(try fingerprint.ja4(hello(ciphers: ciphers, extensions: extensions), over: .tcp) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
        extensions[7].1 = [0, 0]
        #expect(try fingerprint.ja4(hello(ciphers: ciphers, extensions: extensions), over: .quic) == "q13d1516h2_8daaf6152771_6d807ffa2a79")
    }

    @Test func nothingIsZeros() throws {
        #expect(try Fingerprint().ja4(hello(ciphers: [0x0a0a], extensions: []), over: .tcp) == "t12i000000_000000000000_000000000000")
    }
}
