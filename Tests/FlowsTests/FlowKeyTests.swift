import LAN
@testable import Flows
import Testing
import Wire

struct FlowKeyTests {
    private func key(_ source: Endpoint, _ destination: Endpoint, _ transport: IPProtocol = .tcp) -> (key: FlowKey, sourceIsLower: Bool) {
        var sourceIsLower = false
        let key = FlowKey(transport, source: source, destination: destination, sourceIsLower: &sourceIsLower)
        return (key, sourceIsLower)
    }

    private static func end(_ address: String, _ port: UInt16) -> Endpoint {
        guard let address = IPAddress(address) else { fatalError(address) }
        return Endpoint(address, Port(rawValue: port))
    }

    @Test(arguments: [
        (end("10.0.0.20", 40_000), end("10.0.0.157", 443)),
        (end("10.0.0.157", 443), end("10.0.0.20", 40_000)),
        (end("10.0.0.20", 80), end("10.0.0.20", 81)),
        (end("fd00::20", 40_000), end("fd00::157", 443)),
        (end("fd00:1::20", 40_000), end("fd00:2::20", 443)),
        (end("fd00::20", 1), end("fd00::20", 65_535)),
    ])
    func `both directions give one key, and say which end is which`(_ one: Endpoint, _ other: Endpoint) {
        let (there, lowerThere) = key(one, other)
        let (back, lowerBack) = key(other, one)
        #expect(there == back)
        #expect(lowerThere != lowerBack)
        #expect(lowerThere ? there.lower == one && there.upper == other : there.lower == other && there.upper == one)
        var (hashThere, hashBack) = (KeyedHash(key: 1), KeyedHash(key: 1))
        there.hash(into: &hashThere)
        back.hash(into: &hashBack)
        #expect(hashThere.value == hashBack.value)
    }

    @Test func `other ports, addresses and transports are other flows`() {
        let base = key(Self.end("10.0.0.20", 40_000), Self.end("10.0.0.157", 443)).key
        let others = [
            key(Self.end("10.0.0.20", 40_001), Self.end("10.0.0.157", 443)).key,
            key(Self.end("10.0.0.20", 443), Self.end("10.0.0.157", 40_000)).key,
            key(Self.end("10.0.0.21", 40_000), Self.end("10.0.0.157", 443)).key,
            key(Self.end("10.0.0.20", 40_000), Self.end("10.0.0.158", 443)).key,
            key(Self.end("10.0.0.20", 40_000), Self.end("10.0.0.157", 443), .udp).key,
        ]
        #expect(Set(others + [base]).count == 6)
    }

    @Test func `the families are told apart though their words are the same`() {
        let four = key(Self.end("0.0.0.1", 1), Self.end("0.0.0.2", 2)).key
        let six = key(Self.end("::1", 1), Self.end("::2", 2)).key
        #expect(four != six)
        #expect(four.lower.address == .v4(v4("0.0.0.1")))
        #expect(six.lower.address == .v6(v6("::1")))
    }

    @Test func `hashes of neighbouring flows differ`() {
        let hashes = (0..<1000).map { port in
            var hash = KeyedHash(key: 7)
            key(Self.end("10.0.0.20", UInt16(30_000 + port)), Self.end("10.0.0.157", 443)).key.hash(into: &hash)
            return hash.value
        }
        #expect(Set(hashes).count == 1000)
    }
}
