import Testing
import Wire

struct UDPHeaderTests {
    /// Two octets that a socket sent to port 9999, recorded with tcpdump 4.99 (the checksum is the one that was sent).
    static let frame = hex("02000000000b 02000000000a 0800 4500001e3c56400040117a75c0000201c0000202 9447270f000a5816 6869")
    static let datagram = Array(frame[34...])

    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: UDPHeader, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try UDPHeader(decoding: &bytes) }
    }

    private func withLength(_ length: UInt16, _ octets: [UInt8] = datagram) -> [UInt8] {
        var octets = octets
        (octets[4], octets[5]) = (UInt8(length >> 8), UInt8(length & 255))
        return octets
    }

    @Test func fieldsInWireOrder() throws {
        let (header, rest) = try header(Self.datagram)
        #expect(header.sourcePort == Port(rawValue: 37959))
        #expect(header.destinationPort == Port(rawValue: 9999))
        #expect(header.length == 10)
        #expect(header.checksum == 0x5816)
        #expect(rest == [0x68, 0x69])
    }

    @Test func lengthShortensTheEnd() throws {
        #expect(try header(withLength(9)).rest == [0x68])
        #expect(try header(withLength(8)).rest == [])
        #expect(dissect(Array(Self.frame.prefix(34)) + withLength(9)).payload == 42..<43)
    }

    @Test func lengthMayLieBeyondTheCapture() throws {
        #expect(try header(withLength(1000)).rest == [0x68, 0x69])
    }

    /// RFC 2675 §4, and segmentation offload.
    @Test func zeroLengthMeansWhatIsThere() throws {
        #expect(try header(withLength(0)).rest == [0x68, 0x69])
    }

    @Test(arguments: 1..<8 as Range<UInt16>) func lengthBelowTheHeaderIsRefused(_ length: UInt16) {
        #expect(throws: DecodeError.malformed("length")) { try header(withLength(length)) }
    }

    @Test(arguments: 0..<frame.count) func everyPrefixIsAnAnomalyOrShorter(_ length: Int) {
        let packet = dissect(Array(Self.frame.prefix(length)), originalLength: Self.frame.count)
        if length < 42 {
            #expect(packet.anomaly?.kind == .cutByCapture)
            #expect(packet.anomaly?.offset == [0, 14, 34].last { $0 <= length })
        } else {
            #expect(packet.anomaly == nil)
            #expect(packet.payload == 42..<length)
        }
    }
}
