import Testing
import Wire

struct TLSAlertTests {
    private func alert(_ octets: [UInt8]) throws(DecodeError) -> TLSAlert {
        try decode(octets) { bytes throws(DecodeError) in try TLSAlert(decoding: &bytes) }.value
    }

    @Test func fieldsInWireOrder() throws {
        let alert = try alert(hex("02 46"))
        #expect(alert.level == .fatal && alert.description == .protocolVersion && alert.isFatal && !alert.isClosure)
        #expect(described(alert) == ["level=2", "description=70", "name=protocol_version"])
    }

    @Test func closure() throws {
        #expect(try alert(hex("01 00")).isClosure && alert(hex("01 5a")).isClosure)
        #expect(try !alert(hex("01 70")).isFatal)
    }

    /// RFC 8446 §B.2; RFC 9849 §11.2.
    @Test(
        arguments: [
            (0, "close_notify"), (40, "handshake_failure"), (42, "bad_certificate"), (48, "unknown_ca"), (70, "protocol_version"),
            (112, "unrecognized_name"), (120, "no_application_protocol"), (121, "ech_required"), (255, nil),
        ] as [(UInt8, String?)]) func names(_ number: UInt8, _ name: String?) throws
    {
        #expect(try alert([2, number]).description.name == name)
    }

    @Test(arguments: 0..<2) func everyPrefixIsTruncated(_ length: Int) {
        #expect(throws: DecodeError.truncated(needed: 2, available: length)) { try alert([UInt8](repeating: 2, count: length)) }
    }
}
