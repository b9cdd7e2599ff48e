import Testing
import Wire

struct QUICPacketWalkerTests {
    /// The beginning of a client's Initial (RFC 9001 appendix A.2), its length made to fit: 4 octets of number, 16 of payload.
    static let initial = hex("c3 00000001 08 8394c8f03e515708 00 00 4014 00000002 000102030405060708090a0b0c0d0e0f")
    static let handshake = hex("e3 00000001 00 08 f067a5502a4262b5 06 000102030405")
    /// RFC 9001 appendix A.4 and RFC 9369 appendix A.4.
    static let retry = hex("ff 00000001 00 08 f067a5502a4262b5 746f6b656e 04a265ba2eff4d829058fb3f0f2496ba")
    static let retry2 = hex("cf 6b3343cf 00 08 f067a5502a4262b5 746f6b656e c8646ce8bfe33952d955543665dcc7b6")
    /// Version Negotiation as RFC 8999 §6 draws it: grease and version 1.
    static let negotiation = hex("ca 00000000 00 08 8394c8f03e515708 1a2a3a4a 00000001")
    /// A version that nobody knows may have long connection IDs (RFC 8999 §5.3).
    static let unknown = hex("80 00000002 15 000102030405060708090a0b0c0d0e0f1011121314 01 ff eeee")

    /// Packets until the end or an error, and the walker's place then.
    private func walk(_ datagram: [UInt8]) -> (packets: [QUICPacket], error: DecodeError?, offset: Int) {
        var walker = QUICPacketWalker()
        var packets: [QUICPacket] = []
        do throws(DecodeError) {
            while let packet = try walker.next(in: datagram.span) { packets.append(packet) }
        } catch {
            return (packets, error, walker.offset)
        }
        return (packets, nil, walker.offset)
    }

    private func fields(_ datagram: [UInt8]) -> [[String]] {
        walk(datagram).packets.map { packet in
            var fields = Fields()
            packet.describe(in: datagram.span, to: &fields)
            return fields.lines
        }
    }

    @Test func anInitialStaysProtected() throws {
        guard case .protected(let packet)? = walk(Self.initial).packets.first else {
            Issue.record("no protected packet")
            return
        }
        #expect(packet.kind == .initial && packet.header.version == .v1 && packet.header.fixedBit)
        #expect(packet.header.destination.description == "8394c8f03e515708" && packet.header.source == .empty)
        #expect(packet.token.isEmpty && packet.packetNumber == 18 && packet.octets == 0..<38)
    }

    @Test func everyFieldIsDescribed() {
        let dcid = "dcid=8394c8f03e515708"
        #expect(
            fields(Self.initial) == [
                ["first_octet=195", "fixed_bit=true", "type=initial", "version=1", "version_name=1", dcid, "scid=", "token=", "length=20"]
            ])
        #expect(
            fields(Self.retry2) == [
                [
                    "first_octet=207", "fixed_bit=true", "type=retry", "version=1798521807", "version_name=2", "dcid=",
                    "scid=f067a5502a4262b5", "token=746f6b656e", "integrity_tag=c8646ce8bfe33952d955543665dcc7b6",
                ]
            ])
        #expect(
            fields(Self.negotiation) == [
                [
                    "first_octet=202", "fixed_bit=true", "version=0", "version_name=negotiation", "dcid=", "scid=8394c8f03e515708",
                    "supported_versions[0].version=438975050", "supported_versions[0].version_name=grease",
                    "supported_versions[1].version=1", "supported_versions[1].version_name=1",
                ]
            ])
        #expect(
            fields(Self.unknown) == [
                [
                    "first_octet=128", "fixed_bit=false", "version=2", "version_name=0x00000002",
                    "dcid=000102030405060708090a0b0c0d0e0f10111213…", "scid=ff",
                ]
            ])
        #expect(fields(hex("40 0102")) == [["first_octet=64", "fixed_bit=true", "type=1rtt", "octets=3"]])
    }

    /// RFC 9000 §12.2: each ends where its length says; one without a length takes the rest.
    @Test func packetsShareADatagram() {
        let datagram = Self.initial + Self.handshake + hex("41 aabbcc")
        let found = walk(datagram)
        #expect(found.error == nil && found.offset == datagram.count)
        #expect(found.packets.map(\.octets) == [0..<38, 38..<60, 60..<64])
        #expect(found.packets.map { $0.longHeader?.kind } == [.initial, .handshake, nil])
        for last in [Self.retry, Self.negotiation, Self.unknown] {
            #expect(walk(Self.initial + last + Self.initial).packets.count == (last == Self.negotiation ? 1 : 2))
        }
    }

    /// RFC 9369 §3.2 turns the types by one.
    @Test(
        arguments: [
            (1, [.initial, .zeroRTT, .handshake, .retry]), (0xff00_001d, [.initial, .zeroRTT, .handshake, .retry]),
            (0x6b33_43cf, [.retry, .initial, .zeroRTT, .handshake]), (0x0a0a_0a0a, [nil, nil, nil, nil]),
        ] as [(UInt32, [QUICLongHeader.Kind?])])
    func typesByVersion(_ version: UInt32, _ kinds: [QUICLongHeader.Kind?]) throws {
        for (bits, kind) in kinds.enumerated() {
            let octets = [UInt8(0xc0 | bits << 4)] + (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * $0)) } + [0, 0]
            #expect(try decode(octets) { bytes throws(DecodeError) in try QUICLongHeader(decoding: &bytes) }.value.kind == kind)
        }
    }

    @Test(arguments: [
        (hex("c0 00000001 15") + [UInt8](repeating: 1, count: 40), 5, DecodeError.malformed("connection ID length")),
        (hex("c0 00000001 00 15") + [UInt8](repeating: 1, count: 40), 5, .malformed("connection ID length")),
        (hex("c0 00000001 04 0102"), 5, .truncated(needed: 4, available: 2)),
        (hex("c0 00000001 00 00 05 0102"), 8, .truncated(needed: 5, available: 2)),
        (hex("c0 00000001 00 00 00 05 0102"), 9, .truncated(needed: 5, available: 2)),
        (hex("c0 00000001 00 00 00 ffffffffffffffff"), 16, .truncated(needed: 4_611_686_018_427_387_903, available: 0)),
        (hex("f0 00000001 00 00 000102030405060708090a0b0c0d0e"), 7, .truncated(needed: 16, available: 15)),
        (hex("c0 00000000 00 00"), 7, .malformed("supported versions")),
        (hex("c0 00000000 00 00 00000001 00"), 7, .malformed("supported versions")),
    ]) func refusals(_ datagram: [UInt8], _ offset: Int, _ error: DecodeError) {
        let found = walk(datagram)
        #expect(found.error == error && found.offset == offset && found.packets.isEmpty)
    }

    @Test func aShortHeaderIsNoLongOne() {
        #expect(throws: DecodeError.unsupported("header form")) {
            try decode(hex("40 000000010000")) { bytes throws(DecodeError) in try QUICLongHeader(decoding: &bytes) }
        }
    }

    @Test(arguments: [initial + handshake, retry, retry2, negotiation, unknown]) func everyPrefixEnds(_ datagram: [UInt8]) {
        for length in 0..<datagram.count {
            let found = walk(Array(datagram.prefix(length)))
            #expect(found.offset <= length)
            #expect(length == 0 || found.error != nil || !found.packets.isEmpty)
        }
    }

    @Test func damageEndsInPacketsOrAnError() {
        var generator = SystemRandomNumberGenerator()
        for sample in [Self.initial + Self.handshake, Self.retry, Self.negotiation, Self.unknown] {
            for _ in 0..<2000 {
                var datagram = sample
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    datagram[Int.random(in: datagram.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                let found = walk(datagram)
                #expect(found.error != nil || found.packets.last?.octets.upperBound == datagram.count)
                _ = fields(datagram)
            }
        }
    }
}
