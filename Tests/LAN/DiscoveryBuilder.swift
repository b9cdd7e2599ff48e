package import Wire

// IPv6 on the test LAN: neighbor discovery and ICMPv6 (RFC 4861, RFC 4443).

package let theVIP6 = v6("fd00:10::157")
package let client6 = v6("fd00:10::20")

/// A datagram of IPv6 between two stations; multicast goes to the group's hardware address (RFC 2464 §7).
package func datagram6(_ source: IPv6Address, _ destination: IPv6Address, from: MACAddress, to: MACAddress? = nil, hopLimit: UInt8 = 255)
    -> Datagram
{
    var datagram = Datagram(.client, .node, ttl: hopLimit)
    (datagram.source, datagram.destination, datagram.from) = (.v6(source), .v6(destination), from)
    datagram.to = to ?? MACAddress(rawValue: 0x3333_0000_0000 | destination.low & 0xffff_ffff)
    return datagram
}

package func solicitedNode(_ target: IPv6Address) -> IPv6Address {
    IPv6Address(high: 0xff02 << 48, low: 0x1_ff00_0000 | target.low & 0xff_ffff)
}

package func octets(_ address: IPv6Address) -> [UInt8] { big64(address.high) + big64(address.low) }

/// A solicitation by multicast, unless it tests a cache entry. Without a source it probes for duplicates.
package func solicitation(
    _ target: IPv6Address, asks source: IPv6Address, _ mac: MACAddress, to: MACAddress? = nil, hopLimit: UInt8 = 255
) -> [UInt8] {
    let option: [UInt8] = source == .unspecified ? [] : [1, 1] + octets(mac)
    return datagram6(source, to == nil ? solicitedNode(target) : target, from: mac, to: to, hopLimit: hopLimit)
        .frame(58, icmp(135, 0, 0, octets(target) + option))
}

/// An advertisement: to an asker solicited, else to all nodes. Flags: 0x40 solicited, 0x20 override.
package func advertisement(_ target: IPv6Address, _ mac: MACAddress, tells asker: (IPv6Address, MACAddress)? = nil, overrides: Bool = true)
    -> [UInt8]
{
    let flags: UInt32 = (asker == nil ? 0 : 0x4000_0000) | (overrides ? 0x2000_0000 : 0)
    return datagram6(target, asker?.0 ?? v6("ff02::1"), from: mac, to: asker?.1).frame(
        58, icmp(136, 0, flags, octets(target) + [2, 1] + octets(mac)))
}

package func ping6(_ type: UInt8 = 128, sequence: UInt16 = 1, from source: IPv6Address = client6, to destination: IPv6Address = theVIP6)
    -> [UInt8]
{
    datagram6(source, destination, from: Host.client.mac, to: Host.node.mac, hopLimit: 64).frame(
        58, icmp(type, 0, 77 << 16 | UInt32(sequence)))
}

/// An error that quotes a frame's packet.
package func icmpError6(_ type: UInt8, _ code: UInt8, rest: UInt32 = 0, from source: IPv6Address, quotes frame: [UInt8]) -> [UInt8] {
    datagram6(source, client6, from: Host.node.mac, to: Host.client.mac, hopLimit: 64)
        .frame(58, icmp(type, code, rest, Array(frame.dropFirst(14).prefix(1232))))
}
