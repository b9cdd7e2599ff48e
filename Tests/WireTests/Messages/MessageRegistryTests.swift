import Testing
import Wire

struct MessageRegistryTests {
    private func found(_ octets: [UInt8], _ registry: MessageRegistry = .standard) throws -> (any Message)? {
        try registry.message(of: dissect(octets), in: octets.span)
    }

    /// The frame of UDPHeaderTests with other ports, and a DNS header as its payload.
    private func datagram(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8] = hex("1234 0100 0000 0000 0000 0000")) -> [UInt8] {
        var octets = Array(UDPHeaderTests.frame.prefix(34))
        (octets[16], octets[17]) = (0, 0)
        for port in [source, destination] { octets += [UInt8(port >> 8), UInt8(port & 255)] }
        return octets + [0, 0, 0, 0] + payload
    }

    @Test func findsByEtherTypeProtocolAndPort() throws {
        #expect(try found(ARPPacketTests.ethernet + ARPPacketTests.reply) is ARPPacket)
        #expect(try found(IPv4HeaderTests.frame) is ICMPv4Message)
        #expect(try found(datagram(40000, 53)) is DNSMessage)
        #expect(try found(datagram(53, 40000)) is DNSMessage)
        #expect(try found(datagram(5353, 5353)) is DNSMessage)
        #expect(try found(datagram(5355, 40000)) is DNSMessage)
    }

    @Test func othersAreNotMessages() throws {
        #expect(try found(datagram(40000, 443)) == nil)
        #expect(try found(TCPHeaderTests.frame) == nil)
        #expect(try found(IPv6HeaderTests.ethernet + IPv6HeaderTests.lastFragment) == nil)
        #expect(try found(hex("ffffffffffff 02000000000a 88cc 0207")) == nil)
        #expect(try found([]) == nil)
    }

    /// A fragment's payload is a part of a message, first part or later.
    @Test(arguments: [0x2000, 0x00b9] as [UInt16]) func fragmentsAreNotMessages(_ flags: UInt16) throws {
        var octets = IPv4HeaderTests.frame
        (octets[20], octets[21]) = (UInt8(flags >> 8), UInt8(flags & 255))
        #expect(try found(octets) == nil)
    }

    /// A reply to a registered port from a registered port is found by where it goes.
    @Test func registryIsAValue() throws {
        var registry = MessageRegistry.standard
        registry.types[.udpPort(Port(rawValue: 5300))] = DNSMessage.self
        #expect(try found(datagram(5300, 5300), registry) is DNSMessage)
        #expect(try found(datagram(5300, 5300)) == nil)
        registry.types[.ipProtocol(.icmpv4)] = nil
        #expect(try found(IPv4HeaderTests.frame, registry) == nil)
        #expect(try found(IPv4HeaderTests.frame) != nil)
    }

    @Test func undecodedMessageIsAnAnomaly() {
        let anomaly = #expect(throws: Anomaly.self) { try message(in: datagram(40000, 53, [1, 2, 3])) }
        #expect(anomaly?.description == "dns at octet 42: truncated, 12 octets needed, 3 there")
    }
}
