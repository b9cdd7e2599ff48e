import LAN
import Support
import Testing
import Wire

@testable import Anonymize

struct NameMapTests {
    private let addresses: AddressMap
    private let names: NameMap

    init() throws {
        let function = try KeyedFunction(Array("one key".utf8))
        addresses = AddressMap(function, keepsVendors: false)
        names = NameMap(function)
    }

    private func text(_ text: String) -> String { names.text(text, addresses) }

    @Test func `a name is as long, label by label, and zones stay zones`() {
        let (one, other) = (text("argocd.laurivan.com").split(separator: "."), text("grafana.laurivan.com").split(separator: "."))
        #expect(one.map(\.count) == [6, 8, 3] && other.map(\.count) == [7, 8, 3])
        #expect(one[1...] == other[1...] && one.last == "com")
        #expect(one[0] != "argocd" && one[1] != "laurivan")
        #expect(text("*.laurivan.com") == "*.\(one[1]).com")
        #expect(text("ArgoCD.Laurivan.COM").lowercased() == text("argocd.laurivan.com"))
        #expect(text("ArgoCD.laurivan.com").first?.isUppercase == true)
    }

    /// What is kept of each.
    @Test(arguments: [
        ("a-host.example.co.uk", ".co.uk"), ("_https._tcp.laurivan.com", "_https._tcp."), ("quic.cftunnel.com", "quic.cftunnel.com"),
        ("printer.local", ".local"), ("http://", "http://"), ("host.name:8443/", ":8443/"), ("x.home.arpa", ".home.arpa"),
    ])
    func `what tells nothing is kept`(_ text: String, _ kept: String) {
        let mapped = self.text(text)
        #expect(mapped.contains(kept) && mapped.utf8.count == text.utf8.count, "\(mapped)")
    }

    @Test func `a name of one label is no country's`() {
        #expect(text("pi") != "pi" && text("pi.de").hasSuffix(".de") && text("localhost") == "localhost")
    }

    @Test func `no two labels become one`() {
        for length in 1...3 {
            var seen: Set<String> = []
            var count = 0
            for first in 0..<26 {
                for second in 0..<(length > 1 ? 26 : 1) {
                    for third in 0..<(length > 2 ? 6 : 1) {
                        let label = [first, second, third].prefix(length).map { UInt8(0x61 + $0) }
                        // Before a label, because some are top-level domains.
                        let mapped = names([label, Array("laurivan".utf8), Array("com".utf8)], addresses)
                        seen.insert(String(decoding: mapped[0], as: UTF8.self))
                        count += 1
                    }
                }
            }
            #expect(seen.count == count)
        }
    }

    @Test func `addresses in names are addresses, as long`() throws {
        let mapped = text("10.0.0.157")
        #expect(mapped.utf8.count == 10 && IPAddress(mapped) != nil && mapped != "10.0.0.157", "\(mapped)")
        let reverse = text("157.0.0.10.in-addr.arpa")
        #expect(reverse.hasSuffix(".in-addr.arpa") && !reverse.hasPrefix("157.0.0.10") && reverse.utf8.count == 23)
    }

    /// One step for all would tell an address's digits to whoever knows one of them.
    @Test func `labels of one character depend on those behind them`() throws {
        let steps = (1...20).map { number in
            let mapped = text("5.\(number).0.10.in-addr.arpa")
            return mapped.prefix(1)
        }
        #expect(Set(steps).count > 3)
        let digits = (0...9).map { text("\($0).laurivan.com") }
        #expect(Set(digits).count == 10)
        var moved: Set<Int> = []
        for digit in 0...9 {
            let other = try #require(Int(digits[digit].prefix(1)))
            moved.insert((other - digit + 10) % 10)
        }
        #expect(moved.count > 1)
        #expect(text("a.laurivan.com").lowercased() == text("A.laurivan.com").lowercased())
    }

    @Test func `a password is no port, and a word no service`() {
        #expect(!text("http://alice:1234@host.name/").contains("1234") && !text("http://alice:12:34@host.name/").contains(":12"))
        #expect(text("http://host.name:8443/a@b").contains(":8443/"))
        #expect(!text("token _secret_word here").contains("_secret_word"))
        #expect(names([Array("_secret".utf8), Array("laurivan".utf8), Array("com".utf8)], addresses)[0] == Array("_secret".utf8))
    }

    @Test func `names below ip6.arpa are of the new addresses, whole or of a prefix`() {
        let address = v6("2001:db8::157")
        let mapped: IPv6Address = addresses(address)
        func reverse(_ address: IPv6Address, _ count: Int) -> String {
            let digits = (octets(address).map { [$0 >> 4, $0 & 15] }.joined().prefix(count)).reversed()
            return digits.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa"
        }
        #expect(text(reverse(address, 32)) == reverse(mapped, 32))
        #expect(text(reverse(address, 16)) == reverse(mapped, 16))
        let browsed = Array("b._dns-sd._udp.\(reverse(address, 16))".utf8).split(separator: 0x2e).map(Array.init)
        let names = names(browsed, addresses).map { String(decoding: $0, as: UTF8.self) }
        #expect(names[1...].joined(separator: ".") == "_dns-sd._udp.\(reverse(mapped, 16))" && names[0].utf8.count == 1)
    }

    /// What stands before an address's digits has no suffix of its own, and in text no service's mark.
    @Test func `names before an address's digits are others`() {
        let end = ".8.b.d.0.1.0.0.2.ip6.arpa"
        func labels(_ text: String) -> [[UInt8]] { text.utf8.split(separator: 0x2e).map(Array.init) }
        #expect(!text("_secret" + end).contains("_secret") && text("_dns-sd._udp" + end).hasPrefix("_dns-sd._udp."))
        #expect(names(labels("_secret" + end), addresses)[0] == Array("_secret".utf8))
        #expect(!text("nas.dev" + end).contains("dev.") && text("nas.dev" + end).hasSuffix(text(String(end.dropFirst()))))
        #expect(names(labels("nas.dev" + end), addresses)[1] != Array("dev".utf8))
    }

    @Test(arguments: [
        ("h3", true), ("h3-29", true), ("h3-Q050", true), ("h3-T051", true), ("hq-29", true), ("doq-i02", true), ("h2-14", true),
        ("h3-lan1", false), ("h2-a1", false), ("hq-home1", false), ("doq-nas2", false), ("h3-12345", false), ("h3-Q", false),
    ])
    func `a draft has a number, and no name of one's own`(_ name: String, _ stays: Bool) {
        #expect((names.protocol(Array(name.utf8)) == Array(name.utf8)) == stays)
    }

    @Test func `another key says another thing`() throws {
        let function = try KeyedFunction(Array("another key".utf8))
        let other = NameMap(function).text("argocd.laurivan.com", AddressMap(function, keepsVendors: false))
        #expect(other != text("argocd.laurivan.com"))
        #expect(text("argocd.laurivan.com") == text("argocd.laurivan.com"))
    }

    @Test func `text of any octets is as long as it was`() {
        var random = SeededGenerator(seed: 4)
        for count in 0..<300 {
            let octets = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(names.text(octets, addresses).count == count)
            #expect(names.opaque(octets).count == count)
        }
    }
}
