import Testing
import Wire

struct LinuxCookedHeaderTests {
    /// An ARP request to everybody and the host's own reply to it, recorded with tcpdump 4.99 -i any -y LINUX_SLL.
    static let request1 = hex("0001 0001 0006 02000000000a0000 0806 0001080006040001 02000000000a c0000201 000000000000 c0000202")
    static let reply1 = hex("0004 0001 0006 02000000000b0000 0806 0001080006040002 02000000000b c0000202 02000000000a c0000201")
    /// An ARP request, Captures/router-asks-any, frame 1: tcpdump -i any.
    static let request2 = hex(
        "0806 0000 00000003 0001 01 06 00005e0053100000 0001080006040001 00005e005310 cb00710a 000000000000 cb007101")

    private func version1(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: LinuxCookedHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try LinuxCookedHeader(decodingVersion1: &bytes) }
    }

    private func version2(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: LinuxCookedHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try LinuxCookedHeader(decodingVersion2: &bytes) }
    }

    @Test func version1InWireOrder() throws {
        let (header, rest) = try version1(Self.request1)
        #expect(header.packetType == .broadcast)
        #expect(header.hardwareType == 1)
        #expect(header.source == MACAddress("02:00:00:00:00:0a"))
        #expect(header.etherType == .arp)
        #expect(rest == Self.request1.suffix(28))
        #expect(try version1(Self.reply1).value.packetType == .outgoing)
    }

    @Test func version2InWireOrder() throws {
        let (header, rest) = try version2(Self.request2)
        #expect(header.packetType == .broadcast)
        #expect(header.hardwareType == 1)
        #expect(header.source == MACAddress("00:00:5e:00:53:10"))
        #expect(header.etherType == .arp)
        #expect(rest == Self.request2.suffix(28))
    }

    /// A tunnel's address has another length: none for PPP, four octets for an IPv4 tunnel.
    @Test(arguments: [0, 4, 8, 5]) func otherAddressesAreNoMAC(_ length: UInt8) throws {
        var (one, two) = (Self.request1, Self.request2)
        one[5] = length
        two[11] = length
        #expect(try version1(one).value.source == nil)
        #expect(try version2(two).value.source == nil)
    }

    @Test(arguments: [(request1, LinkType.linuxCooked), (request2, .linuxCooked2)]) func packetHasASourceAndNoEthernet(
        _ request: [UInt8], _ linkType: LinkType
    ) {
        let packet = dissect(request, linkType)
        #expect(packet.ethernet == nil)
        #expect(packet.sourceMAC == packet.cooked?.source)
        #expect(packet.transport == .arp)
        #expect(packet.anomaly == nil)
    }

    @Test(arguments: 0..<16) func everyPrefixOfVersion1IsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 16, available: length)) { try version1(Self.request1.prefix(length)) }
    }

    @Test(arguments: 0..<20) func everyPrefixOfVersion2IsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 20, available: length)) { try version2(Self.request2.prefix(length)) }
    }
}
