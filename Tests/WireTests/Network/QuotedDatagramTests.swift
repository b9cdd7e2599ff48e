import Testing
import Wire

struct QuotedDatagramTests {
    /// The SYN that "port unreachable" quotes in Captures/tcp-rejected-mirror, frame 14: nftables' reject, tcpdump.
    static let syn = hex(
        """
        4500003c0cf040004006191c0a0000140a00009d
        b0d201bb342adb7000000000a002faf014df0000020405b40402080a8245d0bc000000000103030a
        """)
    /// The echo request that a redirect quotes in Captures/ping-redirect-mirror, frame 19, as far as its eighth octet.
    static let echo = hex("4500005496b640003f0190420a0000140a00009d 080013bb2a760002")
    /// The UDP datagram that "port unreachable" quotes, recorded with tcpdump 4.99.
    static let udp = hex("4500001e3c56400040117a75c0000201c0000202 9447270f000a58166869")

    private func read(_ octets: some Collection<UInt8>) -> QuotedDatagram? {
        let octets = Array(octets)
        return QuotedDatagram(lenient: octets.span)
    }

    @Test func headerOfTheQuotedDatagram() throws {
        let quoted = try #require(read(Self.syn))
        #expect(quoted.source.description == "10.0.0.20")
        #expect(quoted.destination.description == "10.0.0.157")
        #expect(quoted.protocol == .tcp)
        #expect(quoted.identification == 0x0cf0)
        #expect(quoted.timeToLive == 64)
        #expect(quoted.totalLength == 60)
        #expect(quoted.fragmentOffset == 0)
    }

    @Test func tcpAsFarAsQuoted() throws {
        let whole = try #require(read(Self.syn))
        #expect(whole.sourcePort == Port(rawValue: 45266))
        #expect(whole.destinationPort == .https)
        #expect(whole.tcpSequence == 875_223_920)
        #expect(whole.tcpFlags == .syn)
        // RFC 792: the header and eight octets.
        let promised = try #require(read(Self.syn.prefix(28)))
        #expect(promised.destinationPort == .https)
        #expect(promised.tcpSequence == 875_223_920)
        #expect(promised.tcpFlags == nil)
    }

    @Test func udpHasPortsOnly() throws {
        let quoted = try #require(read(Self.udp))
        #expect(quoted.sourcePort == Port(rawValue: 37959))
        #expect(quoted.destinationPort == Port(rawValue: 9999))
        #expect(quoted.tcpSequence == nil)
    }

    @Test func echoHasItsIdentifierAndSequence() throws {
        let quoted = try #require(read(Self.echo))
        #expect(quoted.icmpType == 8 && quoted.isEchoRequest)
        #expect(quoted.icmpCode == 0)
        #expect(quoted.icmpIdentifier == 0x2a76)
        #expect(quoted.icmpSequence == 2)
        #expect(quoted.sourcePort == nil)
    }

    @Test func laterFragmentHasNoPorts() throws {
        var octets = Self.syn
        octets[7] = 0xb9
        let quoted = try #require(read(octets))
        #expect(quoted.fragmentOffset == 1480)
        #expect(quoted.sourcePort == nil)
        #expect(quoted.tcpFlags == nil)
    }

    @Test func optionsAreSteppedOver() throws {
        var octets = Self.udp
        octets[0] = 0x46
        octets.insert(contentsOf: [1, 1, 1, 1], at: 20)
        let quoted = try #require(read(octets))
        #expect(quoted.destinationPort == Port(rawValue: 9999))
    }

    @Test func otherProtocolsKeepTheirHeader() throws {
        var octets = Self.syn
        octets[9] = 47
        #expect(try #require(read(octets)).protocol == IPProtocol(rawValue: 47))
        #expect(try #require(read(octets)).sourcePort == nil)
    }

    /// Lengths are not held against what is there: a quote is seldom whole, and some systems change them.
    @Test(arguments: [0, 19, 28, 0xffff] as [UInt16]) func totalLengthIsOnlyKept(_ length: UInt16) throws {
        var octets = Self.syn
        (octets[2], octets[3]) = (UInt8(length >> 8), UInt8(length & 255))
        let quoted = try #require(read(octets))
        #expect(quoted.totalLength == length)
        #expect(quoted.tcpFlags == .syn)
    }

    @Test(arguments: [0x75, 0x44, 0x05] as [UInt8]) func refusesWhatIsNoIPHeader(_ octet: UInt8) {
        #expect(read([octet] + Self.syn.dropFirst()) == nil)
    }

    @Test(arguments: 0..<syn.count) func everyPrefixGivesWhatItHolds(_ length: Int) {
        let quoted = read(Self.syn.prefix(length))
        #expect((quoted == nil) == (length < 20))
        #expect((quoted?.sourcePort != nil) == (length >= 24))
        #expect((quoted?.tcpSequence != nil) == (length >= 28))
        #expect((quoted?.tcpFlags != nil) == (length >= 34))
    }

    @Test(arguments: 20...echo.count) func everyPrefixOfAnEchoGivesWhatItHolds(_ length: Int) {
        let quoted = read(Self.echo.prefix(length))
        #expect((quoted?.icmpType != nil) == (length >= 21))
        #expect((quoted?.icmpCode != nil) == (length >= 22))
        #expect((quoted?.icmpSequence != nil) == (length >= 28))
    }

    @Test(arguments: 0..<IPv6HeaderTests.options.count) func everyPrefixOfAnIPv6QuoteGivesWhatItHolds(_ length: Int) {
        let quoted = read(IPv6HeaderTests.options.prefix(length))
        #expect((quoted == nil) == (length < 40))
        #expect((quoted?.protocol == .udp) == (length >= 56))
        #expect((quoted?.sourcePort != nil) == (length >= 60))
        #expect(quoted == nil || quoted?.source.description == "2001:db8::1")
    }
}
