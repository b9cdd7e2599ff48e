import QUICInitial
import Testing
import Wire

struct InitialSecretsTests {
    private func text(_ keys: InitialKeys) -> [String] {
        [keys.key.span.hexadecimal, keys.iv.span.hexadecimal, keys.headerProtection.span.hexadecimal]
    }

    @Test(arguments: Vector.all) func keysOfTheRFCs(_ vector: Vector) throws {
        let opener = try InitialOpener()
        let scheme = try #require(InitialScheme(vector.version))
        #expect(text(opener.keys(scheme, Vector.id, .client)) == vector.client)
        #expect(text(opener.keys(scheme, Vector.id, .server)) == vector.server)
    }

    /// draft-ietf-quic-tls-29 appendix A.1, which drafts 29 to 32 share.
    @Test(arguments: [29, 30, 31, 32]) func keysOfDraft29(_ draft: UInt32) throws {
        let opener = try InitialOpener()
        let scheme = try #require(InitialScheme(QUICVersion(rawValue: 0xff00_0000 | draft)))
        #expect(
            text(opener.keys(scheme, Vector.id, .client)) == [
                "175257a31eb09dea9366d8bb79ad80ba", "6b26114b9cba2b63a9e8dd4f", "9ddd12c994c0698b89374a9c077a3077",
            ])
        #expect(
            text(opener.keys(scheme, Vector.id, .server)) == [
                "149d0b1662ab871fbe63c49b5e655a5d", "bab2b12a4c76016ace47856d", "c0c499a65a60024a18a250974ea01dfa",
            ])
    }

    @Test(
        arguments: [
            (1, .v1), (0xff00_0022, .v1), (0xff00_0021, .v1), (0x6b33_43cf, .v2), (0xff00_001c, .draft23), (0xff00_0017, .draft23),
            (0xface_b002, .draft23), (0xff00_0016, nil), (0x0a0a_0a0a, nil), (0, nil), (2, nil),
        ] as [(UInt32, InitialScheme?)])
    func schemesByVersion(_ version: UInt32, _ scheme: InitialScheme?) {
        #expect(InitialScheme(QUICVersion(rawValue: version)) == scheme)
    }

    /// From no octet to 20.
    @Test func everyLengthOfAConnectionIDGivesKeysOfItsOwn() throws {
        let opener = try InitialOpener()
        let keys = (0...20).map { text(opener.keys(.v1, ConnectionID(copying: [UInt8](repeating: 0, count: $0).span), .client))[1] }
        // HMAC fills short keys with zeros, but the ID is the message, not the key.
        #expect(Set(keys).count == 21)
    }
}
