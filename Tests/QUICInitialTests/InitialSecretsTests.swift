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

    /// Of the octets 0x10, 0x11 and so on; by another implementation of RFC 9001 §5.2 (Python's hmac and hashlib).
    @Test(
        arguments: [
            (0, ["77946e94d6f58bf7e8140b50b1ad28d2", "1533d930a17b66f492940f71", "f5d64bf060bebe4e086d31f48efe3610"]),
            (1, ["5667d2d9dd9935e13e5f1749c0e5c7d0", "4d26b91ec2cb9a88e75beb0d", "a7b91d5ffdfaa7e328cb750c67cde835"]),
            (5, ["4509eb21c69c7f1ebf96f19ae626ca55", "13108f5f582edc2f715b2ba6", "3cde0f35a675f5f59a0d5cd3d3d047af"]),
            (8, ["19cb554de9801a5c0011f8036348c030", "2fc0f3a8cc50accf853e2977", "ddc25975921668a7dc047998ca6c667d"]),
            (13, ["19cac7e3ce0e35f5c701174476077d92", "f065c97b0a4402788d390b82", "7fd351ef0b11d94137edcc6c135909a9"]),
            (20, ["4261f202d7ae7d457af0ea99fe70d5ea", "5489025c267373ffefc9f473", "02812e5880d4bfb90bfce5d5e89afb98"]),
        ] as [(Int, [String])])
    func keysByTheLengthOfTheConnectionID(_ length: Int, _ expected: [String]) throws {
        let opener = try InitialOpener()
        let id = (0..<length).map { UInt8(0x10 + $0) }
        let keys = text(opener.keys(.v1, ConnectionID(copying: id.span), .client))
        #expect(keys == expected)
    }

    /// From no octet to 20.
    @Test func everyLengthOfAConnectionIDGivesKeysOfItsOwn() throws {
        let opener = try InitialOpener()
        let keys = (0...20).map { text(opener.keys(.v1, ConnectionID(copying: [UInt8](repeating: 0, count: $0).span), .client))[1] }
        // HMAC fills short keys with zeros, but the ID is the message, not the key.
        #expect(Set(keys).count == 21)
    }
}
