import Testing
import Wire

struct ICMPv4NameTests {
    /// ICMP Type Numbers and their codes (IANA); RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
    @Test(
        arguments: [
            (0, 0, "echo reply"), (8, 0, "echo request"), (4, 0, "source quench"), (12, 0, "parameter problem"),
            (12, 2, "parameter problem"),
            (3, 0, "network unreachable"), (3, 1, "host unreachable"), (3, 2, "protocol unreachable"), (3, 3, "port unreachable"),
            (3, 4, "fragmentation needed"), (3, 5, "source route failed"), (3, 6, "destination network unknown"),
            (3, 7, "destination host unknown"),
            (3, 8, "source host isolated"), (3, 9, "network administratively prohibited"), (3, 10, "host administratively prohibited"),
            (3, 11, "network unreachable for type of service"), (3, 12, "host unreachable for type of service"),
            (3, 13, "communication administratively prohibited"), (3, 14, "host precedence violation"),
            (3, 15, "precedence cutoff in effect"),
            (3, 16, "unreachable code 16"), (3, 255, "unreachable code 255"),
            (5, 0, "redirect for network"), (5, 1, "redirect for host"), (5, 2, "redirect for type of service and network"),
            (5, 3, "redirect for type of service and host"), (5, 4, "redirect code 4"),
            (11, 0, "time to live exceeded"), (11, 1, "fragment reassembly time exceeded"), (11, 2, "time exceeded code 2"),
            (13, 0, "timestamp request"), (19, 0, "type 19 code 0"), (255, 7, "type 255 code 7"),
        ] as [(UInt8, UInt8, String)])
    func names(_ type: UInt8, _ code: UInt8, _ name: String) {
        #expect(ICMPv4Name.of(type: ICMPv4Message.MessageType(rawValue: type), code: code) == name)
    }
}
