import Testing
import Wire

struct QUICVersionTests {
    /// QUIC Versions (IANA); Google's and Facebook's as Wireshark names them.
    @Test(
        arguments: [
            (0, "negotiation", false), (1, "1", true), (0x6b33_43cf, "2", true), (0xff00_001d, "draft-29", true),
            (0xff00_0016, "draft-22", true), (0xff00_0015, "draft-21", false), (0xff00_0022, "draft-34", true),
            (0xff00_0023, "0xff000023", false), (0xface_b002, "mvfst-draft-27", true), (0x0a0a_0a0a, "grease", false),
            (0xfada_1a2a, "grease", false), (0x5130_3433, "Q043", false), (0x5430_3531, "T051", false), (0x5130_343a, "0x5130343a", false),
            (0x0000_0002, "0x00000002", false), (0x709a_50c4, "0x709a50c4", false),
        ] as [(UInt32, String, Bool)])
    func namesAndWhatIsKnown(_ value: UInt32, _ name: String, _ isKnown: Bool) {
        let version = QUICVersion(rawValue: value)
        #expect(version.name == name)
        #expect(version.isKnown == isKnown)
    }
}
