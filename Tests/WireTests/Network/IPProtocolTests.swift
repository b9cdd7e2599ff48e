import Testing
import Wire

struct IPProtocolTests {
    /// The names of the Elastic Common Schema's network.transport, which are IANA's in lower case.
    @Test(
        arguments: [(1, "icmp"), (4, "ipv4"), (6, "tcp"), (17, "udp"), (41, "ipv6"), (47, "gre"), (58, "ipv6-icmp"), (59, nil), (255, nil)]
            as [(UInt8, String?)])
    func names(_ value: UInt8, _ name: String?) {
        #expect(IPProtocol(rawValue: value).name == name)
    }
}
