import Flows
import Testing
import Wire

struct TLSStreamTests {
    /// Everything that the stream says, a line each.
    struct Log: TLSVisitor {
        var lines: [String] = []

        mutating func record(_ record: TLSRecord) { lines.append("record \(record.contentType.rawValue) \(record.length)") }
        mutating func handshake(_ type: TLSHandshakeHeader.MessageType, _ body: Span<UInt8>) {
            lines.append("handshake \(type.rawValue) \(body.count)")
        }
        mutating func alert(_ alert: TLSAlert?) { lines.append("alert \(alert?.description.name ?? "encrypted")") }
        mutating func notTLS(_ octets: Span<UInt8>) { lines.append("not TLS \(String(decoding: [UInt8](copying: octets), as: UTF8.self))") }
    }

    private static func octets(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func record(_ type: UInt8, _ fragment: [UInt8]) -> [UInt8] {
        [type, 3, 3, UInt8(fragment.count >> 8), UInt8(fragment.count & 255)] + fragment
    }

    private static func message(_ type: UInt8, _ count: Int) -> [UInt8] {
        [type, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)] + [UInt8](repeating: 0x5a, count: count)
    }

    /// RFC 8448 §3, and the same with the random of a HelloRetryRequest, and with no extension: TLS 1.2.
    private static let serverHello = octets(
        """
        020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e
        00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304
        """)
    private static let helloRetryRequest = octets(
        "020000340303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00 000c 0033 0002 0017 002b 0002 0304")
    private static let serverHello12 = octets("020000260303") + [UInt8](repeating: 7, count: 32) + octets("00 c02b 00")
    private static let changeCipherSpec = record(20, [1])

    /// Gives the octets in steps of so many, and checks that any other steps say the same.
    private func log(_ octets: [UInt8]) -> (lines: [String], stream: TLSStream) {
        let whole = log(octets, step: octets.count)
        for step in [1, 2, 3, 5, 7, 64, 1460] {
            let (lines, stream) = log(octets, step: step)
            guard stream.state == .reading else { continue }  // "not TLS" quotes what is there
            #expect(lines == whole.lines, "steps of \(step) octets")
            #expect(stream.isEncrypted == whole.stream.isEncrypted)
        }
        return whole
    }

    private func log(_ octets: [UInt8], step: Int) -> (lines: [String], stream: TLSStream) {
        var stream = TLSStream()
        var log = Log()
        var buffer = StreamBuffer(limit: 1 << 16)
        var position = 0
        while position < octets.count {
            let end = min(octets.count, position + step)
            buffer.take(UInt32(position), octets.span.extracting(position..<end)) { stream.take($0, &log) }
            #expect(buffer.kept < 8, "only what a header or an alert lacks is left")
            position = end
        }
        return (log.lines, stream)
    }

    @Test func serverOfTLS12() {
        let flight =
            Self.record(22, Self.serverHello12) + Self.record(22, Self.message(11, 700) + Self.message(12, 80) + Self.message(14, 0))
            + Self.record(22, Self.message(4, 50)) + Self.changeCipherSpec + Self.record(22, Self.message(20, 36))
            + Self.record(23, [1, 2, 3])
            + Self.record(21, [UInt8](repeating: 9, count: 26))
        let (lines, stream) = log(flight)
        #expect(
            lines == [
                "record 22 42", "handshake 2 38", "record 22 792", "handshake 11 700", "handshake 12 80", "handshake 14 0", "record 22 54",
                "handshake 4 50", "record 20 1", "record 22 40", "record 23 3", "record 21 26", "alert encrypted",
            ])
        #expect(stream.isEncrypted)
    }

    @Test func serverOfTLS13() {
        let flight =
            Self.record(22, Self.serverHello) + Self.changeCipherSpec + Self.record(23, [UInt8](repeating: 1, count: 40))
            + Self.record(22, [2, 0, 0, 0])
        let (lines, stream) = log(flight)
        #expect(lines == ["record 22 90", "handshake 2 86", "record 20 1", "record 23 40", "record 22 4"])
        #expect(stream.isEncrypted)
    }

    /// RFC 8446 §D.4: ChangeCipherSpec may come before the messages that are still in the clear, on both sides.
    @Test func helloRetryRequest() {
        let server =
            Self.record(22, Self.helloRetryRequest) + Self.changeCipherSpec + Self.record(22, Self.serverHello)
            + Self.record(22, Self.message(8, 10))
        #expect(
            log(server).lines == [
                "record 22 56", "handshake 2 52", "record 20 1", "record 22 90", "handshake 2 86", "record 22 14",
            ])
        let client =
            Self.record(22, Self.message(1, 200)) + Self.changeCipherSpec + Self.record(22, Self.message(1, 250)) + Self.changeCipherSpec
            + Self.record(22, Self.message(20, 36)) + Self.record(22, [1, 0, 0, 9, 9])
        #expect(
            log(client).lines == [
                "record 22 204", "handshake 1 200", "record 20 1", "record 22 254", "handshake 1 250", "record 20 1", "record 22 40",
                "record 22 5",
            ])
    }

    @Test func messagesOverSeveralRecords() {
        let hello = Self.message(1, 40_000)
        var records: [UInt8] = []
        for start in stride(from: 0, to: hello.count, by: 16_384) {
            records += Self.record(22, Array(hello[start..<min(hello.count, start + 16_384)]))
        }
        #expect(log(records).lines == ["record 22 16384", "record 22 16384", "record 22 7236", "handshake 1 40000"])
        // Even the header may be torn, and an empty record may stand between.
        let torn = Self.record(22, [1, 0]) + Self.record(22, []) + Self.record(22, [0, 2, 5]) + Self.record(22, [5] + Self.message(14, 0))
        #expect(
            log(torn).lines == [
                "record 22 2", "record 22 0", "record 22 3", "record 22 5", "handshake 1 2", "handshake 14 0",
            ])
    }

    @Test func messagesTooLongArePassedOver() {
        func flight(_ count: Int) -> [UInt8] {
            let message = Self.message(11, count)
            return stride(from: 0, to: message.count, by: 16_000).flatMap { start in
                Self.record(22, Array(message[start..<min(message.count, start + 16_000)]))
            } + Self.record(22, Self.message(14, 0))
        }
        let longest = log(flight(TLSStream.longestMessage), step: 1460).lines.filter { $0.hasPrefix("handshake") }
        #expect(longest == ["handshake 11 131072", "handshake 14 0"])
        let longer = log(flight(TLSStream.longestMessage + 1), step: 1460).lines.filter { $0.hasPrefix("handshake") }
        #expect(longer == ["handshake 14 0"])
    }

    @Test func alerts() {
        #expect(log(Self.record(21, [2, 70])).lines == ["record 21 2", "alert protocol_version"])
        #expect(log(Self.record(21, [1, 0]) + Self.record(21, [2, 40])).lines.count == 4)
        #expect(log(Self.record(21, [UInt8](repeating: 3, count: 31))).lines == ["record 21 31", "alert encrypted"])
        #expect(log(Self.record(21, [])).lines == ["record 21 0"])
        // TLS 1.3's client, told nothing of keys yet, refuses a ServerHello in the clear.
        #expect(log(Self.changeCipherSpec + Self.record(21, [2, 47])).lines.last == "alert illegal_parameter")
    }

    @Test func notTLS() {
        let (lines, stream) = log(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        #expect(lines == ["not TLS HTTP/1.1 400 Bad Request\r\n\r\n"])
        #expect(stream.state == .notTLS)
        #expect(log(Array("SSH-2.0".utf8)).lines == ["not TLS SSH-2.0"])
        let (after, damaged) = log(Self.record(22, Self.message(14, 0)) + Array("HTTP/1.1 400".utf8))
        #expect(after == ["record 22 4", "handshake 14 0"] && damaged.state == .damaged)
    }

    /// A connection whose beginning was missed: what comes behind application data is encrypted.
    @Test func middleOfAConnection() {
        #expect(log(Self.record(23, [1]) + Self.record(22, Self.message(4, 9))).lines == ["record 23 1", "record 22 13"])
    }

    @Test func anyOctetMayBeWrong() {
        let flight = Self.record(22, Self.serverHello12 + Self.message(11, 30)) + Self.changeCipherSpec + Self.record(21, [2, 70])
        var said = 0
        for index in flight.indices {
            for value: UInt8 in [0, 1, 2, 20, 22, 0x7f, 0xff] {
                var damaged = flight
                damaged[index] = value
                let whole = log(damaged, step: damaged.count)
                let single = log(damaged, step: 1)
                #expect(whole.stream.state == single.stream.state)
                if whole.stream.state != .notTLS { #expect(whole.lines == single.lines) }
                said += whole.lines.count
            }
        }
        #expect(said > flight.count)
    }
}
