/// Where a message is found: the open set above the headers, as a value.
public struct MessageRegistry: Sendable {
    public enum Key: Hashable, Sendable {
        case etherType(EtherType)
        case ipProtocol(IPProtocol)
        case udpPort(Port)
    }

    public var types: [Key: any Message.Type]
    /// What UDP datagrams to ports that nobody claims may be, in the order of asking.
    public var recognized: [any RecognizableMessage.Type] = []

    public static let standard = Self(
        types: [
            .etherType(.arp): ARPPacket.self,
            .ipProtocol(.icmpv4): ICMPv4Message.self,
            .ipProtocol(.icmpv6): ICMPv6Message.self,
            .ipProtocol(.vrrp): VRRPAdvertisement.self,
            .udpPort(.dns): DNSMessage.self,
            .udpPort(.multicastDNS): DNSMessage.self,
            .udpPort(.linkLocalMulticastNames): DNSMessage.self,
        ], recognized: [STUNMessage.self, WireGuardMessage.self])

    /// The message of a dissected packet, or nil where its kind is not registered. `bytes` are the captured frame.
    public func message(of packet: borrowing Packet, in bytes: Span<UInt8>) throws(Anomaly) -> (any Message)? {
        let key: Key
        switch packet.transport {
        case .arp: key = .etherType(.arp)
        case .icmpv4: key = .ipProtocol(.icmpv4)
        case .icmpv6: key = .ipProtocol(.icmpv6)
        case .udp(let udp):
            key = .udpPort(types[.udpPort(udp.destinationPort)] != nil ? udp.destinationPort : udp.sourcePort)
        case .other(let upper): key = .ipProtocol(upper)
        case .none, .tcp, .fragment: return nil
        }
        guard !packet.isFragment else { return nil }
        if let type = types[key] { return try packet.decode(type, in: bytes) }
        guard case .udp = packet.transport else { return nil }
        for type in recognized where type.recognizes(bytes.extracting(packet.payload)) { return try packet.decode(type, in: bytes) }
        return nil
    }
}
