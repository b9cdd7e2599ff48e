import QUICInitial
import Testing
import Wire

struct InitialOpenerTests {
    private struct Opened: Equatable {
        var number: UInt64
        var payload: [UInt8]
    }

    private func open(
        _ datagram: [UInt8], _ version: QUICVersion, _ side: QUICSide, largest: UInt64? = nil, _ opener: inout InitialOpener
    ) throws -> Opened {
        let scheme = try #require(InitialScheme(version))
        let keys = opener.keys(scheme, Vector.id, side)
        return try opener.open(datagram.protectedPacket(), in: datagram.span, with: keys, largest: largest) {
            Opened(number: $0, payload: [UInt8](copying: $1))
        }
    }

    /// Appendices A.2 and A.3, both ways.
    @Test(arguments: Vector.all) func packetsOfTheRFCs(_ vector: Vector) throws {
        var opener = try InitialOpener()
        let scheme = try #require(InitialScheme(vector.version))
        #expect(
            try open(hex(vector.clientInitial), vector.version, .client, &opener)
                == Opened(number: 2, payload: Vector.clientPayload))
        #expect(
            try open(hex(vector.serverInitial), vector.version, .server, &opener)
                == Opened(number: 1, payload: Vector.serverPayload))
        #expect(
            try opener.seal(
                hex(vector.clientHeader), number: 2, payload: Vector.clientPayload,
                with: opener.keys(scheme, Vector.id, .client)) == hex(vector.clientInitial))
        #expect(
            try opener.seal(
                hex(vector.serverHeader), number: 1, payload: Vector.serverPayload,
                with: opener.keys(scheme, Vector.id, .server)) == hex(vector.serverInitial))
    }

    /// The context keeps its key from packet to packet: what fails under it leaves nothing behind.
    @Test func theSameKeysAfterADamagedPacketAndOthers() throws {
        var opener = try InitialOpener()
        let vector = Vector.all[0]
        let expected = Opened(number: 2, payload: Vector.clientPayload)
        var damaged = hex(vector.clientInitial)
        damaged[1199] ^= 1
        #expect(throws: InitialOpener.Failure.unauthenticated) { _ = try open(damaged, vector.version, .client, &opener) }
        for _ in 0..<2 { #expect(try open(hex(vector.clientInitial), vector.version, .client, &opener) == expected) }
        #expect(try open(hex(vector.serverInitial), vector.version, .server, &opener).payload == Vector.serverPayload)
        #expect(try open(hex(vector.clientInitial), vector.version, .client, &opener) == expected)
    }

    @Test func aLongerPacketAfterAShortOneAndBack() throws {
        var opener = try InitialOpener()
        for length in [4, 3000, 5, 60_000, 16] {
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) }
            let header = hex("c0 00000001 08 8394c8f03e515708 00 00") + [0x80, 0x00] + big16(length + 17) + [9]
            let packet = try opener.seal(header, number: 9, payload: payload, with: opener.keys(.v1, Vector.id, .client))
            #expect(try open(packet, .v1, .client, &opener) == Opened(number: 9, payload: payload))
        }
    }

    /// A token and a packet before it, and a packet behind it.
    @Test func aPacketInTheMiddleOfItsDatagram() throws {
        var opener = try InitialOpener()
        let header = hex("c1 00000001 08 8394c8f03e515708 00 03 746f6b 4018 0102")
        let packet = try opener.seal(header, number: 0x0102, payload: hex("010203040506"), with: opener.keys(.v1, Vector.id, .client))
        let datagram = hex("e0 00000001 00 00 02 ffff") + packet + hex("40 ff")
        var walker = QUICPacketWalker()
        _ = try walker.next(in: datagram.span)
        guard case .protected(let found)? = try walker.next(in: datagram.span) else {
            Issue.record("no protected packet")
            return
        }
        let keys = opener.keys(.v1, Vector.id, .client)
        let payload = try opener.open(found, in: datagram.span, with: keys, largest: nil) { [UInt8](copying: $1) }
        #expect(payload == hex("010203040506"))
        #expect([UInt8](copying: datagram.span.extracting(found.token)) == hex("746f6b"))
    }

    @Test func anOctetChangedIsNotAuthentic() throws {
        var opener = try InitialOpener()
        let datagram = hex(Vector.v1.serverInitial)
        // Not the version, the IDs' lengths and the length, which make it another packet.
        for index in [0] + Array(7..<15) + Array(18..<datagram.count) {
            var damaged = datagram
            damaged[index] ^= 1
            #expect(throws: InitialOpener.Failure.unauthenticated, "octet \(index)") { try open(damaged, .v1, .server, &opener) }
        }
        #expect(throws: InitialOpener.Failure.unauthenticated) { try open(datagram, .v1, .client, &opener) }
        #expect(try open(datagram, .v1, .server, &opener).number == 1)
    }

    @Test func reservedBitsAreZero() throws {
        var opener = try InitialOpener()
        let packet = try opener.seal(
            hex("c4 00000001 00 00 00 14 01"), number: 1, payload: hex("010101"), with: opener.keys(.v1, Vector.id, .client))
        #expect(throws: InitialOpener.Failure.reservedBits) { try open(packet, .v1, .client, &opener) }
    }

    @Test(arguments: 0..<20) func withoutASampleItStaysClosed(_ length: Int) throws {
        var opener = try InitialOpener()
        let datagram = hex("c0 00000001 00 00 00") + [UInt8(length)] + [UInt8](repeating: 7, count: length)
        #expect(throws: InitialOpener.Failure.tooShort) { try open(datagram, .v1, .client, &opener) }
    }

    @Test func whatIsTooShortToProtectIsNotSealed() throws {
        var opener = try InitialOpener()
        let keys = opener.keys(.v1, Vector.id, .client)
        #expect(throws: InitialOpener.Failure.tooShort) { try opener.seal([], number: 0, payload: [1, 2, 3, 4], with: keys) }
        #expect(throws: InitialOpener.Failure.tooShort) { try opener.seal([0xc0, 0], number: 0, payload: [1, 2], with: keys) }
        #expect(throws: InitialOpener.Failure.tooShort) { try opener.seal([0xc3, 0], number: 0, payload: [1, 2, 3, 4], with: keys) }
    }

    /// RFC 9000 appendix A.3, and the edges of its window.
    @Test(
        arguments: [
            (0x9b32, 2, 0xa82f_30ea, 0xa82f_9b32), (0, 1, nil, 0), (255, 1, nil, 255), (0, 1, 255, 256), (0, 1, 127, 256), (0, 1, 126, 0),
            (255, 1, 256, 255), (129, 1, 256, 385), (130, 1, 256, 130), (128, 1, 256, 384), (0xffff_ffff, 4, 0, 0xffff_ffff),
            (1, 4, 0xffff_ffff, 0x1_0000_0001), (0xff, 1, (1 << 62) - 1, (1 << 62) - 1),
        ] as [(UInt64, Int, UInt64?, UInt64)])
    func packetNumbers(_ truncated: UInt64, _ octets: Int, _ largest: UInt64?, _ number: UInt64) {
        #expect(PacketNumber.decode(truncated, octets: octets, largest: largest) == number)
    }

    private func big16(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
}
