import Testing
import Wire

struct IPv4HeaderTests {
    static let ethernet = hex("02000000000b 02000000000a 0800")
    /// The datagram of ping -c1 192.0.2.2, recorded with tcpdump 4.99.
    static let datagram = hex(
        """
        45000054bc4440004001fa60c0000201c0000202
        08002a5c29a300014781016b000000009a40020000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637
        """)
    static let frame = ethernet + datagram
    /// ping -c1 -R 192.0.2.2: a header with the record route option (RFC 791 §3.1), recorded with tcpdump 4.99.
    static let recordRoute = hex(
        """
        4f00007cbc45400040010627c0000201c000020201072708c00002010000000000000000000000000000000000000000000000000000000000000000
        0800ae4929a400014781016b000000001652020000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637
        """)

    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: IPv4Header, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try IPv4Header(decoding: &bytes) }
    }

    private func changed(_ index: Int, _ octets: UInt8...) -> [UInt8] {
        var changed = Self.datagram
        changed.replaceSubrange(index..<(index + octets.count), with: octets)
        return changed
    }

    @Test func fieldsInWireOrder() throws {
        let (header, rest) = try header(Self.datagram)
        #expect(header.headerLength == 20)
        #expect(header.typeOfService == 0)
        #expect(header.totalLength == 84)
        #expect(header.identification == 0xbc44)
        #expect(header.timeToLive == 64)
        #expect(header.protocol == .icmpv4)
        #expect(header.checksum == 0xfa60)
        #expect(header.source.description == "192.0.2.1")
        #expect(header.destination.description == "192.0.2.2")
        #expect(rest == Self.datagram.suffix(64))
    }

    /// RFC 791 §3.1: a reserved bit, then "don't fragment", "more fragments", and the offset in units of eight octets.
    @Test(
        arguments: [
            (0x0000, false, false, 0, false), (0x4000, true, false, 0, false), (0x2000, false, true, 0, true),
            (0x00b9, false, false, 1480, true),
            (0x20b9, false, true, 1480, true), (0x1fff, false, false, 65528, true), (0x8000, false, false, 0, false),
        ] as [(UInt16, Bool, Bool, Int, Bool)])
    func flagsAndOffset(_ value: UInt16, _ dont: Bool, _ more: Bool, _ offset: Int, _ isFragment: Bool) throws {
        let header = try header(changed(6, UInt8(value >> 8), UInt8(value & 255))).value
        #expect(header.dontFragment == dont)
        #expect(header.moreFragments == more)
        #expect(header.fragmentOffset == offset)
        #expect(header.isFragment == isFragment)
    }

    @Test func optionsAreSteppedOver() throws {
        let (header, rest) = try header(Self.recordRoute)
        #expect(header.headerLength == 60)
        #expect(rest == Self.recordRoute.suffix(64))
        let packet = dissect(Self.ethernet + Self.recordRoute)
        #expect(packet.transport == .icmpv4)
        #expect(packet.transportOffset == 74)
    }

    /// Ethernet pads to 60 octets (IEEE 802.3 §4.2.3.3).
    @Test func paddingNeverReachesTheUpperLayer() throws {
        #expect(try header(Self.datagram + [0, 0, 0]).rest == Self.datagram.suffix(64))
        #expect(dissect(Self.frame + [0, 0, 0]).payload == 34..<98)
    }

    /// A capture before segmentation shows zero: the captured octets are then all there is to know.
    @Test func zeroTotalLengthMeansOffload() throws {
        #expect(try header(changed(2, 0, 0)).rest == Self.datagram.suffix(64))
        #expect(try header(changed(2, 0, 0) + [1]).rest == Self.datagram.suffix(64) + [1])
    }

    /// The captured octets end before the datagram does: what is there is read.
    @Test func totalLengthMayLieBeyondTheCapture() throws {
        #expect(try header(changed(2, 0xff, 0xff)).rest == Self.datagram.suffix(64))
    }

    @Test(
        arguments: [
            (0, 0x65, .malformed("version")), (0, 0x05, .malformed("version")), (0, 0x44, .malformed("IHL")), (0, 0x40, .malformed("IHL")),
            (3, 19, .malformed("total length")), (3, 1, .malformed("total length")),
        ] as [(Int, UInt8, DecodeError)])
    func refusals(_ index: Int, _ octet: UInt8, _ error: DecodeError) {
        #expect(throws: error) { try header(changed(index, octet)) }
    }

    @Test func headerLengthBeyondTheEndIsTruncated() {
        var octets = Array(Self.recordRoute.prefix(59))
        #expect(throws: DecodeError.truncated(needed: 60, available: 59)) { try header(octets) }
        octets[3] = 59
        #expect(throws: DecodeError.malformed("total length")) { try header(octets) }
    }

    @Test(arguments: 0..<frame.count) func everyPrefixIsAnAnomalyOrShorter(_ length: Int) throws {
        let packet = dissect(Array(Self.frame.prefix(length)), originalLength: Self.frame.count)
        switch length {
        case ..<14:
            #expect(
                packet.anomaly == Anomaly(layer: .link, offset: 0, error: .truncated(needed: 14, available: length), cutByCapture: true))
        case ..<34:
            let error = DecodeError.truncated(needed: 20, available: length - 14)
            #expect(packet.anomaly == Anomaly(layer: .ipv4, offset: 14, error: error, cutByCapture: true))
        default:
            #expect(packet.anomaly == nil)
            #expect(packet.payload == 34..<length)
        }
    }
}
