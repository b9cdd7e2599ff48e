import Testing
import Wire

struct QUICFrameWalkerTests {
    /// A server's Initial (RFC 9001 appendix A.3), its CRYPTO cut to 4 octets, then what else an Initial may hold.
    static let payload = hex(
        """
        02 00 00 00 00  06 00 04 02000056  01  000000
        03 4064 05 02 0a 08 03 00 01 01 02 03
        1c 4178 06 03 6e6f21  1d 00 02 6f6b
        """)

    private func walk(_ payload: [UInt8]) -> (frames: [QUICFrame], error: DecodeError?, offset: Int) {
        var walker = QUICFrameWalker()
        var frames: [QUICFrame] = []
        do throws(DecodeError) {
            while let frame = try walker.next(in: payload.span) { frames.append(frame) }
        } catch {
            return (frames, error, walker.offset)
        }
        return (frames, nil, walker.offset)
    }

    private func fields(_ payload: [UInt8]) -> [[String]] {
        walk(payload).frames.map { frame in
            var fields = Fields()
            frame.describe(in: payload.span, to: &fields)
            return fields.lines
        }
    }

    @Test func framesInWireOrder() {
        let found = walk(Self.payload)
        #expect(found.error == nil && found.offset == Self.payload.count)
        #expect(found.frames.map(\.name) == ["ack", "crypto", "ping", "padding", "ack", "connection_close", "connection_close"])
        #expect(found.frames[1] == .crypto(offset: 0, data: 8..<12))
    }

    @Test func everyFieldIsDescribed() {
        #expect(
            fields(Self.payload) == [
                ["type=ack", "largest=0", "delay=0", "ranges[0].first=0", "ranges[0].last=0"],
                ["type=crypto", "offset=0", "length=4"], ["type=ping"], ["type=padding", "octets=3"],
                [
                    "type=ack", "largest=100", "delay=5", "ranges[0].first=90", "ranges[0].last=100", "ranges[1].first=77",
                    "ranges[1].last=80", "ranges[2].first=74", "ranges[2].last=75", "ecn.ect0=1", "ecn.ect1=2", "ecn.ce=3",
                ],
                [
                    "type=connection_close", "application=false", "error_code=376", "error_name=no_application_protocol", "frame_type=6",
                    "reason_phrase=no!",
                ],
                ["type=connection_close", "application=true", "error_code=0", "reason_phrase=ok"],
            ])
    }

    @Test(arguments: [
        (hex("01 08 00"), 1, DecodeError.unsupported("frame type")),
        (hex("4040"), 0, .unsupported("frame type")),
        (hex("06 00 05 0102"), 3, .truncated(needed: 5, available: 2)),
        (hex("06 ffffffffffffffff 01 00"), 10, .malformed("CRYPTO offset")),
        (hex("02 05 00 00 06"), 5, .malformed("First ACK Range")),
        (hex("02 05 00 01 05 00 00"), 6, .malformed("Gap")),
        (hex("02 05 00 01 01 00 03"), 7, .malformed("ACK Range Length")),
        (hex("02 05 00 ffffffffffffffff 00"), 12, .truncated(needed: 1, available: 0)),
        (hex("1c 00 00 ffffffffffffffff"), 11, .truncated(needed: 4_611_686_018_427_387_903, available: 0)),
    ]) func refusals(_ payload: [UInt8], _ offset: Int, _ error: DecodeError) {
        let found = walk(payload)
        #expect(found.error == error && found.offset == offset)
    }

    /// RFC 9000 §20.1 and RFC 9001 §4.8.
    @Test(
        arguments: [
            (0x00, "NO_ERROR"), (0x02, "CONNECTION_REFUSED"), (0x0a, "PROTOCOL_VIOLATION"), (0x0d, "CRYPTO_BUFFER_EXCEEDED"),
            (0x11, "VERSION_NEGOTIATION_ERROR"), (0x12, "0x12"), (0x128, "handshake_failure"), (0x12a, "bad_certificate"),
            (0x178, "no_application_protocol"), (0x1ff, "CRYPTO_ERROR"), (0x200, "0x200"), (0x3fff_ffff, "0x3fffffff"),
        ] as [(UInt64, String)])
    func errorCodes(_ value: UInt64, _ name: String) {
        #expect(QUICErrorCode(rawValue: value).name == name)
        #expect(QUICErrorCode(rawValue: value).alert == (0x100...0x1ff ~= value ? UInt8(value & 0xff) : nil))
    }

    @Test func aReasonIsTextWhateverItsOctets() throws {
        let payload = hex("1c 00 00 03 41ff42")
        guard case .connectionClose(let close)? = walk(payload).frames.first else {
            Issue.record("no CONNECTION_CLOSE")
            return
        }
        #expect(close.reasonPhrase(in: payload.span) == "A\u{fffd}B")
    }

    @Test(arguments: 0...payload.count) func everyPrefixEnds(_ length: Int) {
        let prefix = Array(Self.payload.prefix(length))
        let found = walk(prefix)
        #expect(found.offset <= length)
        #expect(found.error != nil || found.offset == length)
    }

    @Test func damageEndsInFramesOrAnError() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var payload = Self.payload
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                payload[Int.random(in: payload.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            let found = walk(payload)
            #expect(found.error != nil || found.offset == payload.count)
            _ = fields(payload)
        }
    }
}
