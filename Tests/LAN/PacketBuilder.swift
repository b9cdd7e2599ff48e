package import Wire

// Frames for tests, octet by octet, so that every test goes through the real dissector. Checksums are left at zero, as segmentation and
// checksum offload leave them: nothing may depend on them.

/// A station of the test LAN.
package struct Host: Hashable, Sendable {
    package var mac: MACAddress
    package var ip: IPv4Address

    package init(_ mac: UInt64, _ ip: String) {
        self.mac = MACAddress(rawValue: mac)
        self.ip = v4(ip)
    }

    package var address: IPAddress { .v4(ip) }

    package static let client = Host(0x0200_0000_0014, "10.0.0.20")
    package static let other = Host(0x0200_0000_0015, "10.0.0.21")
    package static let bystander = Host(0x0200_0000_001e, "10.0.0.30")
    package static let node = Host(0x0050_56aa_bb03, "10.0.0.147")
    package static let second = Host(0x0050_56aa_bb04, "10.0.0.148")
    package static let router = Host(0x0200_0000_0001, "10.0.0.1")
    package static let resolver = Host(0x0200_0000_0035, "10.0.0.53")
    package static let authority = Host(0x0200_0000_009c, "10.0.0.156")
}

/// The watched addresses.
package let theVIP = v4("10.0.0.157")
package let otherVIP = v4("10.0.0.158")

package func v4(_ text: String) -> IPv4Address {
    guard let address = IPv4Address(text) else { fatalError("\(text) is no IPv4 address") }
    return address
}

package func v6(_ text: String) -> IPv6Address {
    guard let address = IPv6Address(text) else { fatalError("\(text) is no IPv6 address") }
    return address
}

/// Seconds of packet time.
package func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64((seconds * 1e9).rounded())) }

/// A nanosecond, for "just below" and "just above".
package let tick = 1e-9

package func big16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
package func big32(_ value: UInt32) -> [UInt8] { big16(UInt16(value >> 16)) + big16(UInt16(truncatingIfNeeded: value)) }
package func big64(_ value: UInt64) -> [UInt8] { big32(UInt32(value >> 32)) + big32(UInt32(truncatingIfNeeded: value)) }
package func octets(_ mac: MACAddress) -> [UInt8] { Array(big64(mac.rawValue).dropFirst(2)) }

// MARK: Link

package func ethernet(from source: MACAddress, to destination: MACAddress, vlan: [UInt16] = [], _ etherType: UInt16, _ payload: [UInt8])
    -> [UInt8]
{
    octets(destination) + octets(source) + vlan.flatMap { [0x81, 0x00] + big16($0) } + big16(etherType) + payload
}

/// A version 1 cooked frame around the same payload: packet type 4 is outgoing, 1 is broadcast.
package func cooked(_ packetType: UInt16, from source: MACAddress, _ etherType: UInt16, _ payload: [UInt8]) -> [UInt8] {
    big16(packetType) + big16(1) + big16(6) + octets(source) + [0, 0] + big16(etherType) + payload
}

// MARK: ARP

package func arp(_ operation: UInt16, sender: (MACAddress, IPv4Address), target: (MACAddress, IPv4Address)) -> [UInt8] {
    [0, 1, 8, 0, 6, 4] + big16(operation) + octets(sender.0) + big32(sender.1.rawValue) + octets(target.0) + big32(target.1.rawValue)
}

/// A request: broadcast, unless it tests a cache entry.
package func whoHas(_ address: IPv4Address, asks asker: Host, to destination: MACAddress = .broadcast, vlan: [UInt16] = []) -> [UInt8] {
    ethernet(
        from: asker.mac, to: destination, vlan: vlan, 0x0806, arp(1, sender: (asker.mac, asker.ip), target: (.zero, address)))
}

package func isAt(_ address: IPv4Address, _ mac: MACAddress, tells asker: Host, vlan: [UInt16] = []) -> [UInt8] {
    ethernet(from: mac, to: asker.mac, vlan: vlan, 0x0806, arp(2, sender: (mac, address), target: (asker.mac, asker.ip)))
}

/// `arping -U` fills the target hardware address with ones, MetalLB with zeros.
package func gratuitousRequest(_ address: IPv4Address, _ mac: MACAddress, target: MACAddress = .broadcast, vlan: [UInt16] = []) -> [UInt8] {
    ethernet(from: mac, to: .broadcast, vlan: vlan, 0x0806, arp(1, sender: (mac, address), target: (target, address)))
}

/// `arping -A`.
package func gratuitousReply(_ address: IPv4Address, _ mac: MACAddress, vlan: [UInt16] = []) -> [UInt8] {
    ethernet(from: mac, to: .broadcast, vlan: vlan, 0x0806, arp(2, sender: (mac, address), target: (mac, address)))
}

/// RFC 5227 §2.1.1.
package func probe(_ address: IPv4Address, _ mac: MACAddress) -> [UInt8] {
    ethernet(from: mac, to: .broadcast, 0x0806, arp(1, sender: (mac, .any), target: (.zero, address)))
}

// MARK: IP

/// A datagram of either family, its link header included. Fragmentation: `offset` in octets.
package struct Datagram: Sendable {
    package var from: MACAddress
    package var to: MACAddress
    package var source: IPAddress
    package var destination: IPAddress
    package var id: UInt16 = 0
    package var ttl: UInt8 = 64
    package var vlan: [UInt16] = []
    package var moreFragments = false
    package var offset: UInt16 = 0

    package init(_ source: Host, _ destination: Host, id: UInt16 = 0, ttl: UInt8 = 64) {
        from = source.mac
        to = destination.mac
        self.source = source.address
        self.destination = destination.address
        self.id = id
        self.ttl = ttl
    }

    /// As a hop sends it on: one second-hand copy.
    package func forwarded(from hop: MACAddress, to next: MACAddress) -> Datagram {
        var copy = self
        (copy.from, copy.to, copy.ttl) = (hop, next, ttl - 1)
        return copy
    }

    package func frame(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        ethernet(from: from, to: to, vlan: vlan, isV6 ? 0x86dd : 0x0800, packet(transport, payload))
    }

    private var isV6: Bool { if case .v6 = source { true } else { false } }

    /// Without the link header, as an ICMP error quotes it.
    package func packet(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        switch (source, destination) {
        case (.v4(let source), .v4(let destination)):
            [0x45, 0] + big16(UInt16(20 + payload.count)) + big16(id) + big16((moreFragments ? 0x2000 : 0) | offset / 8)
                + [ttl, transport, 0, 0] + big32(source.rawValue) + big32(destination.rawValue) + payload
        case (.v6(let source), .v6(let destination)):
            [0x60, 0, 0, 0] + big16(UInt16(payload.count)) + [transport, ttl] + big64(source.high) + big64(source.low)
                + big64(destination.high) + big64(destination.low) + payload
        default: fatalError("two families")
        }
    }
}

package func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
    big16(source) + big16(destination) + big16(UInt16(8 + payload.count)) + [0, 0] + payload
}

package func tcp(
    _ source: UInt16, _ destination: UInt16, _ flags: TCPHeader.Flags, sequence: UInt32, acknowledgment: UInt32 = 0, _ payload: [UInt8] = []
) -> [UInt8] {
    big16(source) + big16(destination) + big32(sequence) + big32(acknowledgment) + [0x50, UInt8(truncatingIfNeeded: flags.rawValue)]
        + big16(flags.contains(.rst) ? 0 : 64_240) + [0, 0, 0, 0] + payload
}

// MARK: ICMP

package func icmp(_ type: UInt8, _ code: UInt8, _ rest: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
    [type, code, 0, 0] + big32(rest) + payload
}

package func ping(_ client: Host, _ server: Host, id: UInt16 = 77, sequence: UInt16 = 1) -> [UInt8] {
    Datagram(client, server).frame(1, icmp(8, 0, UInt32(id) << 16 | UInt32(sequence)))
}

package func pong(_ server: Host, _ client: Host, id: UInt16 = 77, sequence: UInt16 = 1) -> [UInt8] {
    Datagram(server, client).frame(1, icmp(0, 0, UInt32(id) << 16 | UInt32(sequence)))
}

/// An error that quotes a frame's datagram: its header and as many octets behind it as are asked for.
package func icmpError(
    _ type: UInt8, _ code: UInt8, rest: UInt32 = 0, from host: Host, to client: Host, quotes frame: [UInt8], octets: Int = 28
)
    -> [UInt8]
{
    Datagram(host, client).frame(1, icmp(type, code, rest, Array(frame.dropFirst(14).prefix(20 + octets))))
}
