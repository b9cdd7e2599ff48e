/// A DNS message as it was sent, kept to be read when somebody asks: names and records cost nothing until then.
///
/// Header, names and lengths have been checked; what a record's data says has not.
public struct DNSOctets: Hashable, Sendable {
    public let octets: [UInt8]
    public let header: DNSHeader
    /// Where the records begin, behind the question.
    private let start: Int

    /// What most records have for a name: a pointer that says that they are about the question.
    public static let pointerToQuestion = 0xc000 | UInt16(DNSHeader.length)

    /// - Returns: the message, where there is exactly one question.
    public init(decoding message: Span<UInt8>) throws(DecodeError) {
        var cursor = message
        let header = try DNSHeader(decoding: &cursor)
        guard header.questionCount == 1 else { throw .unsupported("questions") }
        var offset = DNSHeader.length
        try DNSNameBuffer.skip(message, at: &offset)
        try self.init(decoding: message, header, questionType: offset)
    }

    /// The same for whoever has read the header and the name of the one question, behind which its type stands.
    public init(decoding message: Span<UInt8>, _ header: DNSHeader, questionType: Int) throws(DecodeError) {
        self.header = header
        start = questionType + 4
        var offset = start
        guard offset <= message.count else { throw .truncated(needed: 4, available: message.count - offset + 4) }
        for _ in 0..<(Int(header.answerCount) + Int(header.authorityCount) + Int(header.additionalCount)) {
            if offset + 2 <= message.count, message.uint16(at: offset) == Self.pointerToQuestion {
                offset += 2
            } else {
                _ = try DNSNameBuffer(decoding: message, at: &offset)
            }
            _ = try DNSRecordHeader(decoding: message, at: &offset)
        }
        octets = [UInt8](copying: message.extracting(first: offset))
    }

    /// The name asked for, as it was spelled.
    public var name: DNSName {
        var offset = DNSHeader.length
        return (try? DNSNameBuffer(decoding: octets.span, at: &offset))?.name ?? .root
    }

    /// Every record in full.
    public var message: DNSMessage? {
        var cursor = octets.span
        return try? DNSMessage(decoding: &cursor)
    }

    /// How long a denial may be kept, in seconds: the lesser of the SOA record's TTL and its minimum (RFC 2308 §5).
    public var negativeTimeToLive: UInt32? {
        var time: UInt32?
        forEachRecord(of: .authority) { message, _, record in
            guard record.type == .soa, time == nil else { return }
            do throws(DecodeError) {
                let end = message.extracting(first: record.data.upperBound)
                var offset = record.data.lowerBound
                try DNSNameBuffer.skip(end, at: &offset)
                try DNSNameBuffer.skip(end, at: &offset)
                var numbers = end.extracting(droppingFirst: offset)
                try numbers.skip(16)
                time = min(record.timeToLive, try numbers.read())
            } catch {}
        }
        return time
    }

    /// Calls the closure for each answer of a message that nobody kept, until it says that it has seen enough.
    @inline(__always)
    public static func forEachAnswer(
        in message: Span<UInt8>, _ header: DNSHeader, until body: (DNSRecordHeader) throws(DecodeError) -> Bool
    ) throws(DecodeError) {
        var offset = DNSHeader.length
        try DNSNameBuffer.skip(message, at: &offset)
        offset += 4
        for _ in 0..<header.answerCount {
            try DNSNameBuffer.skip(message, at: &offset)
            if try body(DNSRecordHeader(decoding: message, at: &offset)) { return }
        }
    }

    public enum Section { case answer, authority, additional }

    /// Calls the closure for each record of a section with the message, where the record's name stands in it, and its header.
    @inline(__always)
    public func forEachRecord(of section: Section, _ body: (Span<UInt8>, Int, DNSRecordHeader) -> Void) {
        let message = octets.span
        let before: Int
        let count: Int
        switch section {
        case .answer: (before, count) = (0, Int(header.answerCount))
        case .authority: (before, count) = (Int(header.answerCount), Int(header.authorityCount))
        case .additional: (before, count) = (Int(header.answerCount) + Int(header.authorityCount), Int(header.additionalCount))
        }
        guard count > 0 else { return }
        var offset = start
        do throws(DecodeError) {
            for index in 0..<(before + count) {
                let start = offset
                try DNSNameBuffer.skip(message, at: &offset)
                let record = try DNSRecordHeader(decoding: message, at: &offset)
                if index >= before { body(message, start, record) }
            }
        } catch {}  // checked when the message was taken
    }
}
