import Testing
import Wire

struct IPv6HeaderTests {
    static let ethernet = hex("02000000000b 02000000000a 86dd")
    /// A UDP datagram that a socket sent with IPV6_HOPOPTS and IPV6_DSTOPTS set, recorded with tcpdump 4.99.
    static let options = hex(
        """
        600c5fca001d0040 20010db8000000000000000000000001 20010db8000000000000000000000002
        3c00010400000000 1100010400000000 db59270f000d5e24 68656c6c6f
        """)
    static let fixed = Array(options.prefix(40))
    /// The last fragment of ping -6 -s 3000, shortened to eight octets of data; recorded with tcpdump 4.99.
    static let lastFragment = hex(
        """
        600dafa700102c40 20010db8000000000000000000000001 20010db8000000000000000000000002
        3a000b50d79d19fa 48494a4b4c4d4e4f
        """)

    private func header(_ octets: some Collection<UInt8>) throws(DecodeError) -> (value: IPv6Header, rest: [UInt8]) {
        try decode(octets) { bytes throws(DecodeError) in try IPv6Header(decoding: &bytes) }
    }

    /// The fixed header with another payload: its extension headers, the first one of this kind.
    private func datagram(_ nextHeader: IPProtocol, _ payload: [UInt8], length: Int? = nil) -> [UInt8] {
        var octets = Self.fixed
        let length = length ?? payload.count
        (octets[4], octets[5], octets[6]) = (UInt8(length >> 8), UInt8(length & 255), nextHeader.rawValue)
        return octets + payload
    }

    @Test func fieldsInWireOrder() throws {
        let header = try header(Self.options).value
        #expect(header.trafficClass == 0)
        #expect(header.flowLabel == 0xc5fca)
        #expect(header.payloadLength == 29)
        #expect(header.nextHeader == .hopByHop)
        #expect(header.hopLimit == 64)
        #expect(header.source.description == "2001:db8::1")
        #expect(header.destination.description == "2001:db8::2")
    }

    @Test func trafficClassLiesAcrossOctets() throws {
        var octets = Self.options
        (octets[0], octets[1]) = (0x6a, 0x5c)
        let header = try header(octets).value
        #expect(header.trafficClass == 0xa5)
        #expect(header.flowLabel == 0xc5fca)
    }

    @Test func extensionHeadersAreWalked() throws {
        let (header, rest) = try header(Self.options)
        #expect(header.upperLayer == .udp)
        #expect(header.extensionsLength == 16)
        #expect(header.fragment == nil)
        #expect(rest == Self.options.suffix(13))
        let packet = dissect(Self.ethernet + Self.options)
        #expect(packet.transportOffset == 70)
        #expect(packet.payload == 78..<83)
    }

    /// Their lengths: in units of eight octets without the first (RFC 8200 §4.3), or for the authentication header in units
    /// of four without two (RFC 4302 §2.2).
    @Test(
        arguments: [(.hopByHop, 1, 16), (.routing, 2, 24), (.destinationOptions, 0, 8), (.mobility, 1, 16), (.authentication, 4, 24)]
            as [(IPProtocol, UInt8, Int)])
    func lengthsOfExtensionHeaders(_ kind: IPProtocol, _ field: UInt8, _ length: Int) throws {
        let octets = datagram(kind, [6, field] + [UInt8](repeating: 0, count: length - 2) + [0xaa])
        let (header, rest) = try header(octets)
        #expect(header.upperLayer == .tcp)
        #expect(header.extensionsLength == length)
        #expect(rest == [0xaa])
    }

    @Test(arguments: [.tcp, .udp, .icmpv6, .noNextHeader, IPProtocol(rawValue: 50)]) func otherHeadersEndTheChain(_ kind: IPProtocol) throws
    {
        let header = try header(datagram(kind, [0xff])).value
        #expect(header.upperLayer == kind)
        #expect(header.extensionsLength == 0)
    }

    @Test func laterFragmentHasNoUpperLayer() throws {
        let (header, rest) = try header(Self.lastFragment)
        #expect(header.fragment?.offset == 2896)
        #expect(header.fragment?.moreFragments == false)
        #expect(header.fragment?.identification == 0xd79d_19fa)
        #expect(header.upperLayer == .icmpv6)
        #expect(rest == Self.lastFragment.suffix(8))
        let packet = dissect(Self.ethernet + Self.lastFragment)
        #expect(packet.transport == .fragment(.icmpv6))
        #expect(packet.isFragment == true)
        #expect(packet.payload == 62..<70)
    }

    /// The second octets of a later fragment are data, whatever they look like: no chain is walked there.
    @Test func laterFragmentEndsTheChain() throws {
        let header = try header(datagram(.fragment, hex("00000b50d79d19fa ffff"))).value
        #expect(header.upperLayer == .hopByHop)
        #expect(header.extensionsLength == 8)
    }

    @Test func firstFragmentHasItsUpperLayer() throws {
        let octets = datagram(.fragment, hex("11000001d79d19fa db59270f000d5e24 6865"))
        let fragment = try header(octets).value.fragment
        #expect(fragment?.offset == 0)
        #expect(fragment?.moreFragments == true)
        let packet = dissect(Self.ethernet + octets)
        #expect(packet.isFragment == true)
        #expect(packet.payload == 70..<72)
    }

    @Test func paddingNeverReachesTheUpperLayer() throws {
        #expect(try header(Self.options + [0, 0, 0]).rest == Self.options.suffix(13))
    }

    /// Zero stands for a jumbogram (RFC 2675 §3) or for segmentation offload.
    @Test func zeroPayloadLengthMeansWhatIsThere() throws {
        #expect(try header(datagram(.udp, [1, 2, 3], length: 0)).rest == [1, 2, 3])
    }

    private func chain(_ count: Int) -> [UInt8] {
        let header: [UInt8] = [60, 0, 0, 0, 0, 0, 0, 0]
        return datagram(.destinationOptions, Array(repeating: header, count: count - 1).joined() + [6, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func longestChainIsWalked() throws {
        let header = try header(chain(IPv6Header.longestChain)).value
        #expect(header.upperLayer == .tcp)
        #expect(header.extensionsLength == 128)
    }

    @Test(arguments: [IPv6Header.longestChain + 1, 180]) func longerChainIsRefused(_ count: Int) {
        #expect(throws: DecodeError.malformed("extension header chain")) { try header(chain(count)) }
    }

    @Test(arguments: [0x45, 0x05, 0x70] as [UInt8]) func refusesOtherVersions(_ octet: UInt8) {
        #expect(throws: DecodeError.malformed("version")) { try header([octet] + Self.options.dropFirst()) }
    }

    /// An anomaly points at the extension header that failed.
    @Test(arguments: [(29, 54, 8, 5, 5), (8, 62, 8, 0, 0), (12, 62, 8, 4, 4)]) func anomalyPointsAtTheExtension(
        _ payloadLength: UInt8, _ offset: Int, _ needed: Int, _ available: Int, _ kept: Int
    ) throws {
        var frame = Self.ethernet + Self.options
        frame[19] = payloadLength
        if payloadLength == 29 { frame = Array(frame.prefix(14 + 40 + kept)) }
        let found = dissect(frame).anomaly
        let anomaly = try #require(found)
        #expect(anomaly.layer == .ipv6)
        #expect(anomaly.error == .truncated(needed: needed, available: available))
        #expect(anomaly.offset == offset)
    }

    @Test(arguments: 0..<(14 + options.count)) func everyPrefixIsAnAnomalyOrShorter(_ length: Int) {
        let frame = Self.ethernet + Self.options
        let packet = dissect(Array(frame.prefix(length)), originalLength: frame.count)
        if length < 78 {
            #expect(packet.anomaly?.kind == .cutByCapture)
            #expect(packet.anomaly?.offset == [0, 14, 54, 62, 70].last { $0 <= length })
        } else {
            #expect(packet.anomaly == nil)
            #expect(packet.payload == 78..<length)
        }
    }
}
