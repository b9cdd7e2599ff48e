import Testing
import Wire

/// The sample messages of RFC 5769 §2.1 to §2.3.
struct STUNMessageTests {
    static let request = hex(
        """
        000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74 002400046e0001ff 80290008932ff9b151263b36
        000600096576746a3a68367659202020 000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf
        """)
    static let response = hex(
        """
        0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220 002000080001a147e112a643
        000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96
        """)
    static let responseOverIPv6 = hex(
        """
        010100482112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220 002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
        00080014a382954e4be67bf11784c97c8292c275bfe3ed41 80280004c8fb0b4c
        """)
    /// As RFC 8489 §14.8 and §14.1 draw the attributes.
    static let error = hex("0111 0018 2112a442 000102030405060708090a0b 0009 0007 00000401 4e6f2100 0001 0008 0001 1f90 c0000201")

    private func decoded(_ octets: some Collection<UInt8>) throws(DecodeError) -> STUNMessage {
        try decode(octets) { bytes throws(DecodeError) in try STUNMessage(decoding: &bytes) }.value
    }

    private func datagram(_ payload: [UInt8]) -> [UInt8] {
        hex("02000000000b 02000000000a 0800 45000000 00000000 40110000 c0000201 c0000202 c000 d000 0000 0000") + payload
    }

    @Test func requestHasClassMethodAndSoftware() throws {
        let message = try #require(try message(in: datagram(Self.request)) as? STUNMessage)
        #expect(message.messageClass == .request && message.method == .binding && message.mappedAddress == nil)
        #expect(message.transaction == hex("b7e7a701bc34d686fa87dfae"))
        #expect(message.attributes.first == .software("STUN test client"))
        #expect(message.attributes.map(\.type) == [0x8022, 0x0024, 0x8029, 0x0006, 0x0008, 0x8028])
    }

    @Test func mappedAddresses() throws {
        let four = try #require(try decoded(Self.response).mappedAddress)
        #expect(four.address == IPAddress("192.0.2.1") && four.port == Port(rawValue: 32853))
        let six = try #require(try decoded(Self.responseOverIPv6).mappedAddress)
        #expect(six.address == IPAddress("2001:db8:1234:5678:11:2233:4455:6677") && six.port == Port(rawValue: 32853))
        let clear = try #require(try decoded(Self.error).mappedAddress)
        #expect(clear.address == IPAddress("192.0.2.1") && clear.port == Port(rawValue: 8080))
    }

    @Test func errorHasCodeAndReason() throws {
        let message = try decoded(Self.error)
        #expect(message.messageClass == .error && message.error?.code == 401 && message.error?.reason == "No!")
    }

    /// RFC 8489 §5, figure 3: M11 to M0 with C1 and C0 between them.
    @Test(
        arguments: [
            ("0001", .request, 1), ("0011", .indication, 1), ("0101", .success, 1), ("0111", .error, 1), ("0003", .request, 3),
            ("0113", .error, 3), ("3eef", .request, 0xfff), ("3fff", .error, 0xfff), ("0020", .request, 0x10), ("0200", .request, 0x80),
        ] as [(String, STUNMessage.Class, UInt16)])
    func classAndMethod(_ type: String, _ messageClass: STUNMessage.Class, _ method: UInt16) throws {
        let message = try decoded(hex(type) + hex("0000 2112a442 000102030405060708090a0b"))
        #expect(message.messageClass == messageClass && message.method.rawValue == method)
    }

    @Test(
        arguments: [
            ("4001 0000 2112a442 000102030405060708090a0b", DecodeError.malformed("message type")),
            ("0001 0000 2112a443 000102030405060708090a0b", .unsupported("magic cookie")),
            ("0001 0003 2112a442 000102030405060708090a0b 000000", .malformed("message length")),
            ("0001 0004 2112a442 000102030405060708090a0b", .truncated(needed: 4, available: 0)),
            ("0001 0004 2112a442 000102030405060708090a0b 80220001", .truncated(needed: 8, available: 4)),
            ("0001 0008 2112a442 000102030405060708090a0b 00200004 00030000", .unsupported("address family")),
            ("0001 0008 2112a442 000102030405060708090a0b 00200004 00010000", .truncated(needed: 4, available: 0)),
            ("0001 0004 2112a442 000102030405060708090a0b 00090000", .truncated(needed: 4, available: 0)),
        ])
    func refusals(_ octets: String, _ error: DecodeError) {
        #expect(throws: error) { try decoded(hex(octets)) }
    }

    /// What recognizes it in any datagram: the cookie, and a length that is the datagram's.
    @Test func othersAreNotTaken() throws {
        for change in [(0, 0x40), (4, 0x20), (3, 0x54)] as [(Int, UInt8)] {
            var octets = Self.request
            octets[change.0] = change.1
            #expect(try message(in: datagram(octets)) == nil)
        }
        #expect(try message(in: datagram(Self.request + [0, 0, 0, 0])) == nil)
    }

    @Test func describesEveryField() throws {
        #expect(
            try described(decoded(Self.error)) == [
                "class=3", "method=1", "transaction=000102030405060708090a0b", "attributes[0].type=9", "attributes[0].code=401",
                "attributes[0].reason=No!", "attributes[1].type=1", "attributes[1].address=192.0.2.1", "attributes[1].port=8080",
            ])
        #expect(try described(decoded(Self.request)).contains("attributes[0].software=STUN test client"))
        #expect(try described(decoded(Self.request)).contains("attributes[3].length=9"))
    }

    @Test(arguments: [request, response, responseOverIPv6, error]) func everyPrefixAndDamageEnd(_ octets: [UInt8]) {
        for length in 0..<octets.count { #expect(throws: DecodeError.self) { try decoded(octets.prefix(length)) } }
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(below bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for _ in 0..<1000 {
            var damaged = octets
            for _ in 0...next(below: 3) { damaged[next(below: damaged.count)] = UInt8(next(below: 256)) }
            if let message = try? decoded(damaged) { #expect(described(message).count >= 3) }
        }
    }
}
