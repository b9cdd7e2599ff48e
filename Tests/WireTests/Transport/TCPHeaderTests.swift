import Testing
import Wire

struct TCPHeaderTests {
    /// The SYN and the SYN-ACK of dig +tcp to Knot, recorded with tcpdump 4.99.
    static let frame = hex(
        """
        02000000000b02000000000a0800 4500003c8e9940004006281fc0000201c0000202
        b0c700357e18db1b00000000a002fc948a300000 020404c40402080af7973c5b000000000103030a
        """)
    static let syn = Array(frame[34...])
    static let synAck = hex("0035b0c7eaf8c7f97e18db1ca012fed084df0000 020404c40402080ae0db6f35f7973c5b0103030a")

    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: TCPHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try TCPHeader(decoding: &bytes) }
    }

    private func withFlags(_ flags: UInt16) throws(DecodeError) -> TCPHeader {
        var octets = Self.syn
        (octets[12], octets[13]) = (0xa0 | UInt8(flags >> 8), UInt8(flags & 255))
        return try header(octets).value
    }

    @Test func fieldsInWireOrder() throws {
        let (header, rest) = try header(Self.synAck + [1, 2])
        #expect(header.sourcePort == .dns)
        #expect(header.destinationPort == Port(rawValue: 45255))
        #expect(header.sequence == 0xeaf8_c7f9)
        #expect(header.acknowledgment == 0x7e18_db1c)
        #expect(header.headerLength == 40)
        #expect(header.flags == [.syn, .ack])
        #expect(header.window == 65232)
        #expect(header.checksum == 0x84df)
        #expect(header.urgentPointer == 0)
        #expect(rest == [1, 2])
    }

    /// RFC 9293 §3.1, with AE of RFC 9768 §3.1 above CWR; the reserved bits are kept.
    @Test(
        arguments: [
            (0x001, .fin), (0x002, .syn), (0x004, .rst), (0x008, .psh), (0x010, .ack), (0x020, .urg), (0x040, .ece), (0x080, .cwr),
            (0x100, .ae),
            (0xe00, TCPHeader.Flags(rawValue: 0xe00)),
        ] as [(UInt16, TCPHeader.Flags)])
    func flagsByBit(_ bits: UInt16, _ flags: TCPHeader.Flags) throws {
        #expect(try withFlags(bits).flags == flags)
    }

    /// ECN's and the user's bits do not make another kind of segment of it.
    @Test(
        arguments: [
            (0x002, true, false), (0x0c2, true, false), (0x00a, true, false), (0x012, false, true), (0x052, false, true),
            (0x006, false, false),
            (0x003, false, false), (0x016, false, false), (0x010, false, false), (0x000, false, false),
        ] as [(UInt16, Bool, Bool)])
    func openingSegments(_ flags: UInt16, _ isSYN: Bool, _ isSYNACK: Bool) throws {
        let header = try withFlags(flags)
        #expect(header.isSYN == isSYN)
        #expect(header.isSYNACK == isSYNACK)
    }

    @Test(arguments: 0..<5 as Range<UInt8>) func dataOffsetBelowTheHeaderIsRefused(_ offset: UInt8) {
        var octets = Self.syn
        octets[12] = offset << 4
        #expect(throws: DecodeError.malformed("data offset")) { try header(octets) }
    }

    @Test(arguments: 20..<40) func cutOptionsAreTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 40, available: length)) { try header(Self.syn.prefix(length)) }
    }

    /// A snapshot length of 54 to 73 octets cuts the options away: ports, flags and numbers stand.
    @Test(arguments: 54..<frame.count) func cutOptionsLeaveTheHeader(_ length: Int) throws {
        let octets = Array(Self.frame.prefix(length))
        let packet = dissect(octets, originalLength: Self.frame.count)
        guard case .tcp(let tcp) = packet.transport else {
            Issue.record("\(packet.transport)")
            return
        }
        #expect(tcp == (try header(Self.syn).value) && packet.anomaly?.kind == .cutByCapture && !packet.isUnacceptable)
        #expect(packet.payloadLength == 0)
    }

    /// The payload begins behind the options, there or not.
    @Test func payloadBehindCutOptions() {
        var octets = Array(Self.frame.prefix(60))
        octets.replaceSubrange(16...17, with: [0, 160])
        #expect(dissect(octets, originalLength: 174).payloadLength == 100)
    }

    @Test func headerWithoutItsDataOffsetStands() {
        var octets = Self.frame
        octets[46] = 0x40
        let packet = dissect(octets)
        #expect(packet.anomaly?.description == "tcp at octet 34: malformed data offset" && packet.isUnacceptable)
        var fields = Fields()
        packet.describeHeaders(in: octets.span, to: &fields)
        #expect(
            fields.lines.suffix(9) == [
                "tcp.source_port=45255", "tcp.destination_port=53", "tcp.sequence=2115558171", "tcp.acknowledgment=0",
                "tcp.header_length=16", "tcp.flags=2", "tcp.window=64660", "tcp.checksum=35376", "tcp.urgent_pointer=0",
            ])
    }

    /// Four octets are enough for the ports.
    @Test(arguments: 34..<54) func portsOfACutHeader(_ length: Int) {
        let octets = Array(Self.frame.prefix(length))
        var fields = Fields()
        dissect(octets, originalLength: Self.frame.count).describeHeaders(in: octets.span, to: &fields)
        let ports = fields.lines.filter { $0.hasPrefix("tcp.") }
        #expect(ports == (length < 38 ? [] : ["tcp.source_port=45255", "tcp.destination_port=53"]))
    }

    @Test(arguments: 0..<frame.count) func everyPrefixIsAnAnomaly(_ length: Int) {
        let packet = dissect(Array(Self.frame.prefix(length)), originalLength: Self.frame.count)
        #expect(packet.anomaly?.kind == .cutByCapture)
        #expect(packet.anomaly?.offset == [0, 14, 34].last { $0 <= length })
        #expect(packet.payload.isEmpty)
    }
}
