import Testing
import Wire

struct EtherTypeTests {
    /// IEEE 802.3 §3.2.6: up to 1500 a length, from 1536 a type.
    @Test(arguments: [(0, true), (1500, true), (0x05ff, true), (0x0600, false), (0x0800, false)] as [(UInt16, Bool)])
    func lengthsAreNoTypes(_ value: UInt16, _ isLength: Bool) {
        #expect(EtherType(rawValue: value).isLength == isLength)
    }

    @Test(arguments: [(0x8100, true), (0x88a8, true), (0x9100, true), (0x0800, false), (0x9200, false)] as [(UInt16, Bool)])
    func tagProtocolIdentifiers(_ value: UInt16, _ isVLAN: Bool) {
        #expect(EtherType(rawValue: value).isVLAN == isVLAN)
    }
}
