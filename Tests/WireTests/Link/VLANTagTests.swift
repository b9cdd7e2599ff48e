import Testing
import Wire

struct VLANTagTests {
    /// The gratuitous ARP request of arping (recorded with tcpdump 4.99), tags put in by hand as IEEE 802.1Q §9.6 draws them:
    /// a provider's with identifier 100, a customer's with identifier 20 and priority 5.
    static let ethernet = hex("ffffffffffff 02000000000a")
    static let stacked = ethernet + hex("88a8 0064 8100 a014 0806") + arp
    static let arp = hex("0001080006040001 02000000000a c0000201 ffffffffffff c0000201")

    private func tag(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: VLANTag, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try VLANTag(decoding: &bytes) }
    }

    @Test func fieldsInWireOrder() throws {
        let (tag, rest) = try tag(hex("b014 0806 0001"))
        #expect(tag.control == 0xb014)
        #expect(tag.etherType == .arp)
        #expect(rest == [0, 1])
    }

    @Test func controlHoldsPriorityEligibilityAndIdentifier() throws {
        let tag = try tag(hex("b014 0806")).value
        #expect(tag.priority == 5)
        #expect(tag.dropEligible)
        #expect(tag.identifier == 20)
        #expect(try !self.tag(hex("e014 0806")).value.dropEligible)
        #expect(try self.tag(hex("ffff 0806")).value.identifier == 0xfff)
    }

    @Test(arguments: 0..<4) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 2, available: length % 2)) { try tag(hex("a0140806").prefix(length)) }
    }

    @Test func stackedTagsAreOuterAndInner() throws {
        let packet = dissect(Self.stacked)
        #expect(packet.anomaly == nil)
        #expect(packet.vlan.outer?.identifier == 100)
        #expect(packet.vlan.inner?.identifier == 20)
        #expect(packet.vlan.key == 100 << 12 | 20)
        #expect(packet.transport == .arp)
        #expect(packet.networkOffset == 22)
        #expect(Array(Self.stacked[packet.payload]) == Self.arp)
    }

    @Test func untaggedHasNoKey() {
        let packet = dissect(Self.ethernet + hex("0806") + Self.arp)
        #expect(packet.vlan == VLANTags())
        #expect(packet.vlan.key == 0)
    }

    @Test(arguments: [1, 2, 3, 4]) func deeperTagsAreSteppedOver(_ count: Int) {
        let tags = (1...count).flatMap { hex("8100 00") + [UInt8($0)] }
        let packet = dissect(Self.ethernet + tags + hex("0806") + Self.arp)
        #expect(packet.transport == .arp)
        #expect(packet.vlan.outer?.identifier == 1)
        #expect(packet.vlan.inner?.identifier == (count > 1 ? 2 : nil))
        #expect(packet.vlan.key == (count > 1 ? 1 << 12 | 2 : 1 << 12), "the deeper ones do not make another network")
    }

    /// Three tags: Zeek's vlan-qinqinq.pcap, frame 1, cut behind the IP header.
    @Test func deeperTagsAreDescribed() {
        let frame = hex(
            "0010db88d2ef c8bcc896d2a0 8100001e 81000014 8100000a 0800 45000040df8e400040066dd38d8ee405c096bb2b e9d00050fe21323a00000000b002ffff3bc00000"
        )
        var fields = Fields()
        dissect(frame).describeHeaders(in: frame.span, to: &fields)
        #expect(fields.lines.filter { $0.contains("].id") } == ["vlan[0].id=30", "vlan[1].id=20", "vlan[2].id=10"])
        #expect(fields.lines.contains("vlan[2].ether_type=2048"))
    }

    @Test func fiveTagsAreNoNetworkWeKnow() {
        let packet = dissect(Self.ethernet + Array(repeating: hex("8100 0001"), count: 5).joined() + hex("0806") + Self.arp)
        #expect(packet.transport == .none)
        #expect(packet.anomaly == nil)
    }

    @Test(arguments: 14..<22) func everyCutTagIsAnAnomalyOfItsLayer(_ length: Int) throws {
        let found = dissect(Array(Self.stacked.prefix(length))).anomaly
        let anomaly = try #require(found)
        #expect(anomaly.layer == .vlan)
        #expect(anomaly.offset == length - length % 2)
        #expect(anomaly.error == .truncated(needed: 2, available: length % 2))
    }
}
