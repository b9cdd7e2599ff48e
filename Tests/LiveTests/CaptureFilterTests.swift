import Agent
import Capture
import Diagnosis
import Flows
import Foundation
import LAN
import Savefile
import Site
import Support
import Testing
import Wire

/// The generated filter, held against what each need declares and against what the correlators make of real frames.
struct CaptureFilterTests {
    private static let watched = TrafficNeed.Watched(addresses: [.v4(theVIP), .v6(v6("2001:db8::157"))], quicPorts: [.https])

    /// Every recorded case: with the frames that the filter lets pass, the same is concluded, and as surely.
    @Test(arguments: CaptureCase.all.filter { !$0.site.vips.isEmpty })
    func `a recorded case says the same through the filter`(_ example: CaptureCase) throws {
        let filter = CaptureFilter(watched: TrafficNeed.Watched(site: example.site))
        let all = try TestFrame.read(example.capture.path)
        var kept: [TestFrame] = []
        for linkType in Set(all.map(\.linkType)) {
            let expression = try #require(filter.expression(for: linkType))
            var frames = FrameFilter(expression)
            for frame in all where frame.linkType == linkType {
                if try frames.matches(frame.bytes.span, linkType, originalLength: frame.originalLength) { kept.append(frame) }
            }
        }
        kept.sort { $0.number < $1.number }
        let end = all.last?.time
        let whole = TestReplay.run(all, site: example.site, observedUntil: end)
        let filtered = TestReplay.run(kept, site: example.site, observedUntil: end)
        func told(_ findings: [Finding]) -> [String] { findings.map { "\($0.id) \($0.severity) \($0.confidence) \($0.state)" } }
        #expect(told(filtered.findings) == told(whole.findings))
    }

    @Test(arguments: [[], [7], [7, 8]] as [[UInt16]])
    func `what is declared passes, behind VLAN tags too, and bulk does not`(_ vlan: [UInt16]) throws {
        let filter = try #require(CaptureFilter(watched: Self.watched).expression(for: .ethernet))
        var frames = FrameFilter(filter)
        for (name, etherType, payload, expected) in Self.samples {
            let frame = ethernet(from: Host.client.mac, to: Host.node.mac, vlan: vlan, etherType, payload)
            let passes = try frames.matches(frame.span, .ethernet, originalLength: frame.count)
            #expect(passes == expected, "\(name) behind \(vlan.count) tags")
        }
    }

    private static func ip4(_ proto: UInt8, _ from: String, _ to: String, fragment: UInt16 = 0, _ payload: [UInt8]) -> [UInt8] {
        [0x45, 0] + big16(UInt16(20 + payload.count)) + [0, 1] + big16(fragment) + [64, proto, 0, 0] + big32(v4(from).rawValue)
            + big32(v4(to).rawValue) + payload
    }

    private static func ip6(_ next: UInt8, _ from: String, _ to: String, _ payload: [UInt8]) -> [UInt8] {
        [0x60, 0, 0, 0] + big16(UInt16(payload.count)) + [next, 64] + big64(v6(from).high) + big64(v6(from).low) + big64(v6(to).high)
            + big64(v6(to).low) + payload
    }

    private static func ports(_ source: UInt16, _ destination: UInt16) -> [UInt8] { big16(source) + big16(destination) }
    private static func tcp(_ source: UInt16, _ destination: UInt16, flags: UInt8) -> [UInt8] {
        ports(source, destination) + big32(1) + big32(0) + [0x50, flags] + big16(512) + [0, 0, 0, 0]
    }
    private static func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
        ports(source, destination) + big16(UInt16(8 + payload.count)) + [0, 0] + payload
    }

    private static let (a, b, a6, b6) = ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    private static let long = [UInt8](arrayLiteral: 0xc0, 0, 0, 0, 1) + [UInt8](repeating: 7, count: 40)
    private static let short = [UInt8](repeating: 0x41, count: 60)

    /// Name, EtherType, packet, whether it passes.
    private static let samples: [(String, UInt16, [UInt8], Bool)] = [
        ("ARP between strangers", 0x0806, [0, 1, 8, 0, 6, 4, 0, 1] + [UInt8](repeating: 1, count: 20), true),
        ("bulk to a VIP", 0x0800, ip4(6, a, "10.0.0.157", tcp(5000, 443, flags: 0x10)), true),
        ("bulk to a VIP of IPv6", 0x86dd, ip6(6, a6, "2001:db8::157", tcp(5000, 443, flags: 0x10)), true),
        ("bulk between others", 0x0800, ip4(6, a, b, tcp(5000, 443, flags: 0x10)), false),
        ("bulk between others of IPv6", 0x86dd, ip6(6, a6, b6, tcp(5000, 443, flags: 0x10)), false),
        ("SYN between others", 0x0800, ip4(6, a, b, tcp(5000, 443, flags: 2)), true),
        ("RST between others of IPv6", 0x86dd, ip6(6, a6, b6, tcp(5000, 443, flags: 4)), true),
        ("SYN to a mesh", 0x0800, ip4(6, a, b, tcp(5000, 15008, flags: 2)), true),
        ("neighbor solicitation", 0x86dd, ip6(58, a6, b6, [135, 0] + [UInt8](repeating: 0, count: 22)), true),
        ("unreachable", 0x0800, ip4(1, a, b, [3, 1] + [UInt8](repeating: 0, count: 34)), true),
        ("too big", 0x86dd, ip6(58, a6, b6, [2, 0] + [UInt8](repeating: 0, count: 46)), true),
        ("echo between others", 0x0800, ip4(1, a, b, [8, 0] + [UInt8](repeating: 0, count: 34)), false),
        ("echo between others of IPv6", 0x86dd, ip6(58, a6, b6, [128, 0] + [UInt8](repeating: 0, count: 34)), false),
        ("VRRP", 0x0800, ip4(112, a, "224.0.0.18", [0x31, 1, 100, 1, 0, 100, 0, 0]), true),
        ("VRRP of IPv6", 0x86dd, ip6(112, a6, "ff02::12", [0x31, 1, 100, 1, 0, 100, 0, 0]), true),
        ("query", 0x0800, ip4(17, a, b, udp(5000, 53, [UInt8](repeating: 0, count: 12))), true),
        ("query by TCP", 0x0800, ip4(6, a, b, tcp(5000, 53, flags: 0x18)), true),
        ("query of IPv6", 0x86dd, ip6(17, a6, b6, udp(5000, 53, [UInt8](repeating: 0, count: 12))), true),
        ("first fragment", 0x0800, ip4(17, a, b, fragment: 0x2000, udp(53, 5000, short)), true),
        ("later fragment", 0x0800, ip4(17, a, b, fragment: 0x00b9, short), true),
        ("later fragment of TCP", 0x0800, ip4(6, a, b, fragment: 0x00b9, short), false),
        ("fragment of IPv6", 0x86dd, ip6(44, a6, b6, [17, 0, 5, 0xc9, 0, 0, 0, 1] + short), true),
        ("somebody's QUIC Initial in answer", 0x0800, ip4(17, a, b, udp(443, 5000, long)), true),
        ("somebody's QUIC Initial in answer, of IPv6", 0x86dd, ip6(17, a6, b6, udp(443, 5000, long)), true),
        ("others' QUIC", 0x0800, ip4(17, a, b, udp(443, 5000, short)), false),
        ("others' QUIC of IPv6", 0x86dd, ip6(17, a6, b6, udp(443, 5000, short)), false),
        ("handshake of cloudflared", 0x0800, ip4(17, a, b, udp(5000, 7844, long)), true),
        ("bulk of cloudflared", 0x0800, ip4(17, a, b, udp(5000, 7844, short)), false),
        ("WireGuard initiation", 0x0800, ip4(17, a, b, udp(51820, 51820, [1, 0, 0, 0] + short)), true),
        ("WireGuard cookie of IPv6", 0x86dd, ip6(17, a6, b6, udp(51820, 51820, [3, 0, 0, 0] + short)), true),
        ("WireGuard data", 0x0800, ip4(17, a, b, udp(51820, 51820, [4, 0, 0, 0] + short)), false),
        ("LLDP", 0x88cc, short, false),
    ]

    @Test func `every need has a sample, and none lets pass what nobody needs`() throws {
        for need in TrafficNeed.all {
            let expression = need.expressions(Self.watched).map { "(\($0))" }.joined(separator: " or ")
            var frames = FrameFilter(expression)
            let passing = try Self.samples.filter { sample in
                let frame = ethernet(from: Host.client.mac, to: Host.node.mac, sample.1, sample.2)
                return try frames.matches(frame.span, .ethernet, originalLength: frame.count)
            }
            #expect(!passing.isEmpty, "\(need.whose)")
            #expect(passing.filter { !$0.3 }.map(\.0) == [], "\(need.whose)")
        }
    }

    @Test(arguments: [LinkType.raw, .linuxCooked, .linuxCooked2, .null])
    func `the filter compiles for links without VLAN tags`(_ linkType: LinkType) throws {
        let expression = try #require(CaptureFilter(watched: Self.watched).expression(for: linkType))
        let filter = try BPFFilter(expression, linkType: linkType)
        #expect(filter.linkType == linkType)
    }

    @Test func `the user's filter narrows ours, and stands alone where it moves offsets`() throws {
        let ours = try #require(CaptureFilter(watched: Self.watched).expression(for: .ethernet))
        #expect(CaptureFilter(watched: Self.watched, user: "not port 22").expression(for: .ethernet) == "(not port 22) and (\(ours))")
        #expect(CaptureFilter(watched: Self.watched, user: "vlan 5 and arp").expression(for: .ethernet) == "(vlan 5 and arp)")
        #expect(CaptureFilter(watched: nil, user: "arp").expression(for: .ethernet) == "(arp)")
        #expect(CaptureFilter(watched: nil).expression(for: .ethernet) == nil)
    }

    @Test func `an address that is learned is a filter that differs`() {
        var more = Self.watched
        more.addresses.append(.v4(otherVIP))
        #expect(CaptureFilter(watched: more) != CaptureFilter(watched: Self.watched))
        #expect(CaptureFilter(watched: more).expression(for: .raw)?.contains("ip host 10.0.0.158") == true)
    }
}
