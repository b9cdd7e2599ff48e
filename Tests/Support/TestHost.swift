package import Wire

/// A host that sends frames made octet by octet: traffic that no recording holds. Checksums are left at zero, as offload leaves them.
package struct TestHost: Sendable {
    package var mac: MACAddress
    package var address: IPv4Address
    package var vlan: UInt16?
    package var timeToLive: UInt8 = 64

    package init(_ mac: MACAddress, _ address: IPv4Address, vlan: UInt16? = nil) {
        self.mac = mac
        self.address = address
        self.vlan = vlan
    }

    /// Everyone on the segment.
    package static let all = TestHost(.broadcast, IPv4Address(rawValue: .max))

    package enum Operation: UInt16 { case request = 1, reply = 2 }

    // MARK: Link and network

    package func frame(to mac: MACAddress, _ type: EtherType, _ payload: [UInt8]) -> [UInt8] {
        var frame = mac.octets + self.mac.octets
        if let vlan { frame += EtherType.vlan.rawValue.octets + vlan.octets }
        return frame + type.rawValue.octets + payload
    }

    /// - Parameter fragment: flags and offset; "don't fragment" where it is no part of a datagram.
    package func ipv4(
        to host: TestHost, _ protocol: IPProtocol, id: UInt16, fragment: UInt16 = 0x4000, _ payload: [UInt8]
    ) -> [UInt8] {
        frame(to: host.mac, .ipv4, datagram(to: host, `protocol`, id: id, fragment: fragment, payload))
    }

    package func datagram(
        to host: TestHost, _ protocol: IPProtocol, id: UInt16, fragment: UInt16 = 0x4000, _ payload: [UInt8]
    ) -> [UInt8] {
        var header: [UInt8] = [0x45, 0] + UInt16(20 + payload.count).octets + id.octets + fragment.octets
        header += [timeToLive, `protocol`.rawValue, 0, 0] + address.rawValue.octets + host.address.rawValue.octets
        return header + payload
    }

    /// From and to the link-local addresses that the IPv4 ones stand for.
    package func ipv6(to host: TestHost, _ protocol: IPProtocol, _ payload: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [0x60, 0, 0, 0] + UInt16(payload.count).octets + [`protocol`.rawValue, timeToLive]
        for end in [address, host.address] { header += UInt64(0xfe80_0000_0000_0000).octets + UInt64(end.rawValue).octets }
        return frame(to: host.mac, .ipv6, header + payload)
    }

    package func arp(_ operation: Operation, to host: TestHost, of target: IPv4Address, as sender: IPv4Address? = nil) -> [UInt8] {
        let known = operation == .request ? MACAddress.zero : host.mac
        let head: [UInt8] = [0, 1, 8, 0, 6, 4] + operation.rawValue.octets
        let body = mac.octets + (sender ?? address).rawValue.octets + known.octets + target.rawValue.octets
        return frame(to: host.mac, .arp, head + body)
    }

    // MARK: Transport

    package func tcp(
        to host: TestHost, _ ports: (source: UInt16, destination: UInt16), _ flags: TCPHeader.Flags, sequence: UInt32 = 1, id: UInt16 = 1,
        _ data: [UInt8] = []
    ) -> [UInt8] {
        ipv4(to: host, .tcp, id: id, Self.segment(ports, flags, sequence: sequence, data))
    }

    package static func segment(
        _ ports: (source: UInt16, destination: UInt16), _ flags: TCPHeader.Flags, sequence: UInt32, _ data: [UInt8] = []
    ) -> [UInt8] {
        let numbers = ports.source.octets + ports.destination.octets + sequence.octets + UInt32(flags.contains(.ack) ? 1 : 0).octets
        return numbers + [0x50, UInt8(truncatingIfNeeded: flags.rawValue), 0xfa, 0xf0, 0, 0, 0, 0] + data
    }

    package func udp(to host: TestHost, _ ports: (source: UInt16, destination: UInt16), id: UInt16 = 1, _ data: [UInt8]) -> [UInt8] {
        ipv4(to: host, .udp, id: id, Self.datagram(ports, data))
    }

    package static func datagram(_ ports: (source: UInt16, destination: UInt16), _ data: [UInt8]) -> [UInt8] {
        ports.source.octets + ports.destination.octets + UInt16(8 + data.count).octets + [0, 0] + data
    }

    // MARK: Messages

    package func echo(_ type: ICMPv4Message.MessageType, to host: TestHost, sequence: UInt16, id: UInt16 = 1) -> [UInt8] {
        ipv4(
            to: host, .icmpv4, id: id,
            [type.rawValue, 0, 0, 0] + address.host.octets + sequence.octets + [UInt8](repeating: 0x2a, count: 48))
    }

    package func unreachable(to host: TestHost, code: UInt8, quoting datagram: [UInt8], id: UInt16 = 1) -> [UInt8] {
        let type = ICMPv4Message.MessageType.unreachable.rawValue
        return ipv4(to: host, .icmpv4, id: id, [type, code, 0, 0, 0, 0, 0, 0] + datagram.prefix(128))
    }

    package func query(_ name: DNSName, _ type: DNSType, to server: TestHost, port: UInt16, id: UInt16) -> [UInt8] {
        let header = id.octets + [0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        return udp(to: server, (port, 53), id: id, header + name.octets + type.rawValue.octets + [0, 1])
    }

    /// An answer with the given address, or NXDOMAIN without one.
    package func answer(
        _ name: DNSName, _ type: DNSType, _ address: IPv4Address?, to client: TestHost, port: UInt16, id: UInt16
    ) -> [UInt8] {
        let header = id.octets + [0x81, address == nil ? 0x83 : 0x80, 0, 1, 0, address == nil ? 0 : 1, 0, 0, 0, 0]
        var message = header + name.octets + type.rawValue.octets + [0, 1]
        // The name again, by a pointer to the question's.
        if let address { message += [0xc0, 12] + type.rawValue.octets + [0, 1, 0, 0, 1, 44, 0, 4] + address.rawValue.octets }
        return udp(to: client, (53, port), id: id, message)
    }
}

extension IPv4Address {
    fileprivate var host: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
}

extension FixedWidthInteger {
    /// In network byte order.
    package var octets: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }
}

extension MACAddress {
    package var octets: [UInt8] { Array(rawValue.octets.dropFirst(2)) }
}
