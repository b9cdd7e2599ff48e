import Testing
import Wire

struct DNSRecordTests {
    /// Behind its name a record tells its type, class, TTL and where the data lies, and the offset moves past it.
    @Test func headerOfARecord() throws {
        let message = DNSAnswers.aaaa
        var offset = 29  // behind the question
        try DNSNameBuffer.skip(message.span, at: &offset)
        #expect(offset == 31)
        let header = try DNSRecordHeader(decoding: message.span, at: &offset)
        #expect(header.type == .aaaa)
        #expect(header.recordClass == .internet)
        #expect(header.timeToLive == 3600)
        #expect(header.data == 41..<57)
        #expect(offset == message.count)
    }

    @Test(arguments: 29..<57) func everyPrefixIsTruncated(_ length: Int) {
        let message = Array(DNSAnswers.aaaa.prefix(length))
        #expect(throws: DecodeError.self) {
            var offset = 29
            try DNSNameBuffer.skip(message.span, at: &offset)
            _ = try DNSRecordHeader(decoding: message.span, at: &offset)
        }
    }
}
