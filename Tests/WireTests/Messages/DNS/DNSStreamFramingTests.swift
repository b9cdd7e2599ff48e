import Testing
import Wire

struct DNSStreamFramingTests {
    private func frame(_ message: [UInt8]) -> [UInt8] { [UInt8(message.count >> 8), UInt8(message.count & 255)] + message }

    private func messages(_ stream: [UInt8]) throws(DecodeError) -> (found: [[UInt8]], consumed: Int) {
        var found: [[UInt8]] = []
        let consumed = try DNSStreamFraming.messages(in: stream.span) { found.append([UInt8](copying: $0)) }
        return (found, consumed)
    }

    @Test func severalMessagesInASegment() throws {
        let (found, consumed) = try messages(frame(DNSAnswers.soa) + frame(DNSAnswers.ns) + frame(DNSAnswers.mx))
        #expect(found == [DNSAnswers.soa, DNSAnswers.ns, DNSAnswers.mx])
        #expect(consumed == 6 + found.joined().count)
    }

    /// Octet by octet, as the most scattered stream would bring them: every message is found once, when its last octet is there.
    @Test func messagesOverSeveralSegments() throws {
        var pending: [UInt8] = []
        var found: [[UInt8]] = []
        for octet in frame(DNSAnswers.soa) + frame(DNSAnswers.txt) {
            pending.append(octet)
            let (new, consumed) = try messages(pending)
            pending.removeFirst(consumed)
            found += new
        }
        #expect(found == [DNSAnswers.soa, DNSAnswers.txt])
        #expect(pending.isEmpty)
    }

    @Test(arguments: 0..<(2 + DNSAnswers.soa.count)) func everyPrefixIsIncomplete(_ length: Int) throws {
        let (found, consumed) = try messages(Array(frame(DNSAnswers.soa).prefix(length)))
        #expect(found.isEmpty && consumed == 0)
    }

    @Test func longestMessage() throws {
        let message = [UInt8](repeating: 0, count: 65535)
        let (found, consumed) = try messages(frame(message) + [0])
        #expect(found == [message] && consumed == DNSStreamFraming.longestFrame)
    }

    @Test(arguments: ["0000", "0001 00", "000b 0000000000000000000000"]) func lengthBelowAHeaderIsMalformed(_ stream: String) {
        #expect(throws: DecodeError.malformed("length")) { try messages(hex(stream)) }
        #expect(throws: DecodeError.malformed("length")) { try messages(frame(DNSAnswers.soa) + hex(stream)) }
    }

    @Test func failureOfTheBodyIsPassedOn() {
        #expect(throws: DecodeError.unsupported("test")) {
            try DNSStreamFraming.messages(in: frame(DNSAnswers.soa).span) { _ throws(DecodeError) in throw .unsupported("test") }
        }
    }
}
