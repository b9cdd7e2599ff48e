import Testing
import Wire

struct ARPPacketTests {
    static let ethernet = hex("ffffffffffff 02000000000a 0806")
    // Recorded with tcpdump 4.99: the kernel's reply, then arping -U, -A and -D.
    static let reply = hex("0001080006040002 02000000000b c0000202 02000000000a c0000201")
    static let announcementByRequest = hex("0001080006040001 02000000000a c0000201 ffffffffffff c0000201")
    static let announcementByReply = hex("0001080006040002 02000000000a c0000201 02000000000a c0000201")
    static let probe = hex("0001080006040001 02000000000a 00000000 ffffffffffff c000024d")
    /// A request, Captures/router-asks-any, frame 1.
    static let request = hex("0001080006040001 00005e005310 cb00710a 000000000000 cb007101")
    /// RARP's request for one's own address, as RFC 903 draws it.
    static let reverse = hex("0001080006040003 02000000000a 00000000 02000000000a 00000000")

    private func packet(_ octets: some Collection<UInt8>) throws(DecodeError) -> ARPPacket {
        try decode(octets) { bytes throws(DecodeError) in try ARPPacket(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let packet = try packet(Self.reply)
        #expect(packet.operation == .reply)
        #expect(packet.senderHardware == MACAddress("02:00:00:00:00:0b"))
        #expect(packet.senderProtocol == IPv4Address("192.0.2.2"))
        #expect(packet.targetHardware == MACAddress("02:00:00:00:00:0a"))
        #expect(packet.targetProtocol == IPv4Address("192.0.2.1"))
    }

    /// RFC 5227 §2.3 and §2.1.1; RFC 903. Nobody announces 0.0.0.0.
    @Test(arguments: [
        (request, false, false, false), (reply, false, false, false), (announcementByRequest, true, false, false),
        (announcementByReply, true, false, false), (probe, false, true, false), (reverse, false, false, true),
        (hex("0001080006040001 02000000000a 00000000 000000000000 00000000"), false, true, false),
        (hex("0001080006040002 02000000000a 00000000 000000000000 00000000"), false, false, false),
        (hex("0001080006040004 02000000000a c0000201 02000000000a c0000201"), false, false, true),
        (hex("0001080006040009 02000000000a c0000201 02000000000a c0000202"), false, false, false),
    ]) func forms(_ octets: [UInt8], _ isAnnouncement: Bool, _ isProbe: Bool, _ isReverse: Bool) throws {
        let packet = try packet(octets)
        #expect(packet.isAnnouncement == isAnnouncement)
        #expect(packet.isProbe == isProbe)
        #expect(packet.isReverse == isReverse)
    }

    @Test func unknownOperationIsKept() throws {
        #expect(try packet(hex("00010800060400ff") + Self.reply[8...]).operation.rawValue == 255)
    }

    /// IEEE 802 networks have Ethernet's addresses and a number of their own (Hardware Types, IANA).
    @Test func otherHardwareWithTheSameAddressesIsDecoded() throws {
        #expect(try packet(hex("0006") + Self.reply[2...]).hardwareType == 6)
        #expect(try packet(hex("0006") + Self.reply[2...]).senderProtocol == IPv4Address("192.0.2.2"))
    }

    @Test func reverseARPHasAnEtherTypeOfItsOwn() throws {
        let frame = hex("ffffffffffff 02000000000a 8035") + Self.reverse
        #expect(dissect(frame).transport == .arp)
        #expect(try (message(in: frame) as? ARPPacket)?.isReverse == true)
    }

    /// The link's source against the sender that the packet names.
    @Test func framesOfOthers() throws {
        let packet = try packet(Self.reply)
        let byAnother = packet.isForAnother(dissect(Self.ethernet + Self.reply))
        #expect(byAnother, "sent by :0a, speaks for :0b")
        let byItself = packet.isForAnother(dissect(hex("02000000000a 02000000000b 0806") + Self.reply))
        #expect(!byItself)
        let bySomebody = packet.isForAnother(dissect(hex("02000000") + IPv4HeaderTests.datagram, .null))
        #expect(!bySomebody, "no source is no other source")
    }

    @Test func paddingIsLeft() throws {
        let (_, rest) = try decode(Self.reply + [0, 0]) { bytes throws(DecodeError) in try ARPPacket(decoding: &bytes) }
        #expect(rest == [0, 0])
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(packet(Self.reply)) == [
                "hardware_type=1", "operation=2", "sender_hardware=02:00:00:00:00:0b", "sender_protocol=192.0.2.2",
                "target_hardware=02:00:00:00:00:0a",
                "target_protocol=192.0.2.1",
            ])
    }

    @Test(arguments: [
        ("0013", 0, "arp at octet 14: unsupported hardware type"), ("86dd", 2, "arp at octet 16: unsupported protocol type"),
        ("08", 4, "arp at octet 18: unsupported hardware length"), ("10", 5, "arp at octet 19: unsupported protocol length"),
    ]) func refusals(_ octets: String, _ index: Int, _ text: String) {
        var frame = Self.ethernet + Self.reply
        frame.replaceSubrange((14 + index)..<(14 + index + octets.count / 2), with: hex(octets))
        #expect(dissect(frame).anomaly == nil)
        let anomaly = #expect(throws: Anomaly.self) { try message(in: frame) }
        #expect(anomaly?.description == text)
    }

    @Test(arguments: 0..<reply.count) func everyPrefixIsTruncated(_ length: Int) {
        let anomaly = #expect(throws: Anomaly.self) { try message(in: Self.ethernet + Self.reply.prefix(length)) }
        #expect(anomaly?.layer == .arp)
        #expect(anomaly?.kind == .truncated)
        #expect(anomaly?.offset == [14, 16, 18, 19, 20, 22, 28, 32, 38].last { $0 <= 14 + length })
    }
}
