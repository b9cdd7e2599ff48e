import Testing
import Wire

struct WireGuardMessageTests {
    /// The numbers in clear of whitepaper §5.4's messages; what is sealed or a key is made up here, for nobody reads it.
    static let initiation = hex("01000000 70e6c31f") + filler(108) + filler(16) + [UInt8](repeating: 0, count: 16)
    static let response = hex("02000000 9dd9cf12 70e6c31f") + filler(48) + filler(16) + filler(16)
    static let cookieReply = hex("03000000 70e6c31f") + filler(56)
    static let keepalive = hex("04000000 9dd9cf12 0100000000000000") + filler(16)

    private static func filler(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) } }

    private func datagram(_ payload: [UInt8], port: UInt16 = 51820) -> [UInt8] {
        hex("02000000000b 02000000000a 0800 45000000 00000000 40110000 c0000201 c0000202 c000")
            + [UInt8(port >> 8), UInt8(port & 255), 0, 0, 0, 0] + payload
    }

    private func found(_ payload: [UInt8]) throws -> WireGuardMessage? { try message(in: datagram(payload)) as? WireGuardMessage }

    @Test func numbersInClear() throws {
        let initiation = try #require(try found(Self.initiation))
        #expect(initiation.type == .initiation && initiation.sender == 0x1fc3_e670 && initiation.receiver == nil)
        #expect(initiation.hasCookie == false)
        let response = try #require(try found(Self.response))
        #expect(response.sender == 0x12cf_d99d && response.receiver == initiation.sender && response.hasCookie == true)
        #expect(try found(Self.cookieReply)?.receiver == initiation.sender)
        let data = try #require(try found(Self.keepalive))
        #expect(data.receiver == response.sender && data.counter == 1 && data.isKeepalive && data.hasCookie == nil)
        #expect(try found(Self.keepalive + Self.filler(4))?.isKeepalive == false, "packets of the link's largest size are not padded")
    }

    /// Any port but one that another message claims.
    @Test func portsDoNotMatter() throws {
        #expect(try message(in: datagram(Self.initiation, port: 4500)) is WireGuardMessage)
        #expect(throws: Anomaly.self) { try message(in: datagram(Self.keepalive, port: 53)) as? WireGuardMessage }
    }

    @Test func nothingElseIsTaken() throws {
        for octets in [Self.initiation, Self.response, Self.cookieReply] {
            #expect(try found(octets + [0]) == nil)
            #expect(try found(octets.dropLast()) == nil)
        }
        #expect(try found(Array(Self.keepalive.dropLast())) == nil)
        for (index, value) in [(0, 0), (0, 5), (1, 1), (2, 1), (3, 1), (15, 1)] as [(Int, UInt8)] {
            var octets = Self.keepalive
            octets[index] = value
            #expect(try found(octets) == nil, "octet \(index)")
        }
    }

    @Test(
        arguments: [
            ("01000000", DecodeError.truncated(needed: 148, available: 4)), ("02000000", .truncated(needed: 92, available: 4)),
            ("03000000", .truncated(needed: 64, available: 4)), ("04000000", .truncated(needed: 32, available: 4)),
            ("05000000", .unsupported("type")), ("01000100", .malformed("reserved")), ("0100", .truncated(needed: 4, available: 2)),
        ])
    func refusals(_ octets: String, _ error: DecodeError) {
        #expect(throws: error) {
            try decode(hex(octets)) { bytes throws(DecodeError) in try WireGuardMessage(decoding: &bytes) }
        }
    }

    @Test(
        arguments: [
            (WireGuardMessage.MessageType.initiation, "handshake initiation"), (.response, "handshake response"),
            (.cookieReply, "cookie reply"), (.data, "transport data"), (WireGuardMessage.MessageType(rawValue: 9), "type 9"),
        ])
    func names(_ type: WireGuardMessage.MessageType, _ name: String) { #expect(type.name == name) }

    @Test func describesEveryField() throws {
        #expect(try described(#require(try found(Self.keepalive))) == ["type=4", "receiver=315611549", "counter=1", "length=32"])
        #expect(
            try described(#require(try found(Self.response))) == [
                "type=2", "sender=315611549", "receiver=532932208", "cookie=true", "length=92",
            ])
    }

    @Test(arguments: [initiation, response, cookieReply, keepalive]) func everyPrefixEnds(_ octets: [UInt8]) {
        for length in 0..<octets.count {
            #expect(throws: DecodeError.self) {
                try decode(octets.prefix(length)) { bytes throws(DecodeError) in try WireGuardMessage(decoding: &bytes) }
            }
        }
    }
}
