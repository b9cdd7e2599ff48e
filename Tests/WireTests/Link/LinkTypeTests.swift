import Testing
import Wire

struct LinkTypeTests {
    /// Values and names of tcpdump.org/linktypes.html.
    @Test(
        arguments: [
            (0, "null", true), (1, "ethernet", true), (9, "ppp", true), (12, "raw", true), (14, "raw", true), (50, "ppp_serial", true),
            (101, "raw", true), (204, "ppp_with_dir", true), (108, "loop", true),
            (113, "linux_sll", true), (228, "ipv4", true), (229, "ipv6", true), (276, "linux_sll2", true), (105, "linktype_105", false),
            (.max, "linktype_4294967295", false),
        ] as [(UInt32, String, Bool)])
    func namesAndSupport(_ value: UInt32, _ name: String, _ isSupported: Bool) {
        #expect(LinkType(rawValue: value).name == name)
        #expect(LinkType(rawValue: value).isSupported == isSupported)
    }
}
