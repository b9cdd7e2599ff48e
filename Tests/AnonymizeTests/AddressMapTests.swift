import LAN
import Support
import Testing
import Wire

@testable import Anonymize

struct AddressMapTests {
    private func map(_ key: String = "one key", vendors: Bool = false) throws -> AddressMap {
        AddressMap(try KeyedFunction(Array(key.utf8)), keepsVendors: vendors)
    }

    private func agreement(_ one: IPAddress, _ other: IPAddress) -> Int {
        switch (one, other) {
        case (.v4(let one), .v4(let other)): (one.rawValue ^ other.rawValue).leadingZeroBitCount
        case (.v6(let one), .v6(let other)):
            one.high != other.high ? (one.high ^ other.high).leadingZeroBitCount : 64 + (one.low ^ other.low).leadingZeroBitCount
        default: 0
        }
    }

    @Test func `addresses agree in as many leading bits as they did`() throws {
        let map = try map()
        var random = SeededGenerator(seed: 1)
        for round in 0..<400 {
            let word: UInt32 = .random(in: .min ... .max, using: &random)
            let shared = UInt32.random(in: 0...32, using: &random)
            let near = word ^ (shared == 32 ? 0 : UInt32.random(in: .min ... .max, using: &random) >> shared)
            let (one, other) = (IPAddress.v4(IPv4Address(rawValue: word)), IPAddress.v4(IPv4Address(rawValue: near)))
            #expect(agreement(map(one), map(other)) == agreement(one, other), "\(one) and \(other)")
            // Every class of IPv6 in turn.
            let high =
                [0x2001_0db8 << 32, 0xfd00 << 48, 0xfe80 << 48, 0x2a00 << 48][round % 4] | UInt64.random(in: 0...0xffff, using: &random)
            let low: UInt64 = .random(in: .min ... .max, using: &random)
            let bits = UInt64.random(in: 0...63, using: &random)
            let left = IPAddress.v6(IPv6Address(high: high, low: low))
            let right = IPAddress.v6(
                bits % 3 == 0
                    ? IPv6Address(high: high ^ UInt64.random(in: 0...0xffff_ffff, using: &random), low: low)
                    : IPv6Address(high: high, low: low ^ UInt64.random(in: .min ... .max, using: &random) >> bits))
            #expect(agreement(map(left), map(right)) == agreement(left, right), "\(left) and \(right)")
        }
    }

    /// Network, and whether its addresses move.
    @Test(arguments: [
        ("10.0.0.157", "10.0.0.0/8", true), ("172.16.3.4", "172.16.0.0/12", true), ("192.168.1.1", "192.168.0.0/16", true),
        ("100.64.7.7", "100.64.0.0/10", true), ("169.254.9.9", "169.254.0.0/16", true), ("127.0.0.1", "127.0.0.1/32", false),
        ("0.0.0.0", "0.0.0.0/32", false), ("255.255.255.255", "255.255.255.255/32", false), ("224.0.0.251", "224.0.0.251/32", false),
        ("239.1.2.3", "239.0.0.0/9", true), ("239.255.255.253", "239.255.255.253/32", false), ("240.0.0.1", "240.0.0.1/32", false),
        // Their frames have the addresses of well-known groups' frames.
        ("232.0.0.1", "232.0.0.1/32", false), ("234.0.1.5", "234.0.1.5/32", false), ("239.0.0.10", "239.0.0.10/32", false),
        ("239.128.1.9", "239.128.1.9/32", false), ("239.127.255.250", "239.127.255.250/32", false), ("239.0.2.10", "239.0.0.0/9", true),
        ("fe80::1", "fe80::/64", true), ("fd00:10::157", "fd00::/8", true),
        ("2001:db8::1", "2000::/3", true), ("::1", "::1/128", false), ("::", "::/128", false), ("ff02::1", "ff02::1/128", false),
        ("ff02::1:ff00:157", "ff02::1:ff00:0/104", true), ("::ffff:10.0.0.157", "::ffff:10.0.0.0/104", true),
        ("64:ff9b::1.1.1.1", "64:ff9b::/96", true),
    ])
    func `special addresses stay in their class`(_ text: String, _ network: String, _ moves: Bool) throws {
        let address = try #require(IPAddress(text))
        let mapped = try map()(address)
        #expect(try #require(IPPrefix(network)).contains(mapped), "\(mapped)")
        #expect((mapped != address) == moves, "\(mapped)")
    }

    @Test func `public addresses stay public, and private ones private`() throws {
        let map = try map()
        var random = SeededGenerator(seed: 2)
        for _ in 0..<1000 {
            let address = IPv4Address(rawValue: .random(in: .min ... .max, using: &random))
            #expect((map(address) as IPv4Address).isPrivate == address.isPrivate, "\(address)")
        }
    }

    @Test func `a key always says the same, and another key another thing`() throws {
        let address = IPAddress.v4(theVIP)
        #expect(try map()(address) == map()(address))
        #expect(try map()(address) != map("another key")(address))
        #expect(try map()(Host.node.mac) == map()(Host.node.mac))
        #expect(try map()(Host.node.mac) != map("another key")(Host.node.mac))
    }

    @Test func `groups of neighbours are those of the new addresses, in frames too`() throws {
        let map = try map()
        let address = v6("2001:db8::12:3456")
        let mapped: IPv6Address = map(address)
        #expect(map(solicitedNode(address)) == solicitedNode(mapped))
        let group = MACAddress(rawValue: 0x3333_ff12_3456)
        #expect(map(group).rawValue == 0x3333_ff00_0000 | mapped.low & 0xff_ffff)
        // One interface's link-local and global addresses have one group.
        let local: IPv6Address = map(v6("fe80::12:3456"))
        #expect(local.low & 0xff_ffff == mapped.low & 0xff_ffff)
        // A group that is made of a prefix (RFC 3306 §4).
        let prefix: IPv6Address = map(v6("2001:db8:1:2::"))
        let made: IPv6Address = map(v6("ff3e:0040:2001:db8:1:2:0:99"))
        #expect(made == IPv6Address(high: 0xff3e_0040 << 32 | prefix.high >> 32, low: prefix.high << 32 | 0x99))
    }

    @Test func `MAC addresses keep what is no device's`() throws {
        let map = try map()
        for kept in [MACAddress.zero, .broadcast, MACAddress(rawValue: 0x0000_5e00_0107), MACAddress(rawValue: 0x0100_5e00_00fb)] {
            #expect(map(kept) == kept)
        }
        var seen: Set<MACAddress> = []
        var random = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            let address = MACAddress(rawValue: .random(in: 0...0xffff_ffff_ffff, using: &random) & ~0x0100_0000_0000)
            let mapped = map(address)
            #expect(mapped.rawValue & 0x0300_0000_0000 == address.rawValue & 0x0300_0000_0000)
            #expect(seen.insert(mapped).inserted)
        }
        let keeping = try self.map(vendors: true)
        #expect(keeping(Host.node.mac).rawValue >> 24 == 0x00_5056)
        #expect(keeping(Host.node.mac) != Host.node.mac)
    }
}
