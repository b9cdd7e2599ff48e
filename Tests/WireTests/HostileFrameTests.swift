import Testing
import Wire

/// What is made to keep a decoder busy ends in an anomaly that says where.
struct HostileFrameTests {
    /// An IPv4 header and what it carries.
    private static func ipv4(_ upper: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = UInt16(20 + payload.count)
        return hex("4500") + [UInt8(length >> 8), UInt8(length & 255)] + hex("0007 0000 40") + [upper] + hex("0000 0a000014 0a00009d")
            + payload
    }

    private static func dns(_ counts: String, _ rest: String) -> [UInt8] {
        let message = hex("0001 8180") + hex(counts) + hex(rest)
        return ipv4(17, hex("0035 d431 00") + [UInt8(8 + message.count)] + hex("0000") + message)
    }

    private static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        hex("60000000 00") + [UInt8(payload.count), next, 64]
            + hex("20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002")
            + payload
    }

    private static func tunnels(_ count: Int) -> [UInt8] {
        (0..<count).reduce(ipv4(17, hex("d431 0009 0008 0000"))) { inner, _ in ipv4(4, inner) }
    }

    private static let chain = [UInt8](repeating: 0, count: 8 * 17) + hex("3b00 000000000000")

    @Test(
        arguments: [
            ("a name that points to itself", dns("0001 0000 0000 0000", "c00c 0001 0001"), .dns, 40, .malformed("compression pointer")),
            (
                "names that point in a circle", dns("0001 0000 0000 0000", "0161 c010 0162 c00c 0001 0001"), .dns, 40,
                .malformed("compression pointer")
            ),
            ("more records than octets", dns("0000 ffff ffff ffff", "00"), .dns, 41, .truncated(needed: 2, available: 0)),
            (
                "data longer than the message", dns("0000 0001 0000 0000", "00 0001 0001 0000003c ffff 0a"), .dns, 51,
                .truncated(needed: 65_535, available: 1)
            ),
            (
                "a TCP header longer than the segment", ipv4(6, hex("d431 0050 00000001 00000000 f002 ffff 0000 0000")), .tcp, 20,
                .truncated(needed: 60, available: 20)
            ),
            (
                "an IPv4 header longer than the packet", hex("4f00 003c 0007 0000 4006 0000 0a000014 0a00009d"), .ipv4, 0,
                .truncated(needed: 60, available: 20)
            ),
            (
                "a hop-by-hop header longer than the packet", ipv6(0, hex("06ff 000000000000")), .ipv6, 40,
                .truncated(needed: 2048, available: 8)
            ),
            ("a chain of extension headers", ipv6(0, chain), .ipv6, 176, .malformed("extension header chain")),
            ("a tunnel in a tunnel in a tunnel", tunnels(5), .ipv4, 100, .unsupported("tunnel depth")),
        ] as [(String, [UInt8], Layer, Int, DecodeError)])
    func `ends in an anomaly`(_ name: String, _ frame: [UInt8], _ layer: Layer, _ offset: Int, _ error: DecodeError) {
        var anomaly = dissect(frame, .raw).anomaly
        if anomaly == nil {
            do throws(Anomaly) { _ = try message(in: frame, .raw) } catch { anomaly = error }
        }
        #expect(anomaly == Anomaly(layer: layer, offset: offset, error: error, cutByCapture: false), "\(name)")
    }

    @Test func `as deep as tunnels go`() {
        let packet = dissect(Self.tunnels(4), .raw)
        #expect(packet.anomaly == nil && packet.outer.count == 4)
    }
}
