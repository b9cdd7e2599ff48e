/// A DNS message (RFC 1035 §4).
public struct DNSMessage: Hashable, Sendable {
    public var header: DNSHeader
    public var questions: [DNSQuestion] = []
    public var answers: [DNSRecord] = []
    public var authorities: [DNSRecord] = []
    public var additionals: [DNSRecord] = []

    /// What the OPT record says; a message has one at most (RFC 6891 §6.1.1).
    public var edns: EDNS? {
        for record in additionals { if let edns = EDNS(record) { return edns } }
        return nil
    }

    /// With the upper bits that EDNS holds (RFC 6891 §6.1.3).
    public var responseCode: DNSResponseCode {
        DNSResponseCode(rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | header.responseCode.rawValue)
    }

    /// Why the answer is as it is, as far as the server tells (RFC 8914).
    public var extendedErrors: [ExtendedDNSError] { edns?.options.compactMap(\.extendedError) ?? [] }

    /// How long a denial may be kept, in seconds: the lesser of the SOA record's TTL and its minimum (RFC 2308 §5).
    public var negativeTimeToLive: UInt32? {
        for record in authorities {
            if case .startOfAuthority(let soa) = record.data { return min(record.timeToLive, soa.minimum) }
        }
        return nil
    }
}

extension DNSMessage: Message {
    public static let layer = Layer.dns

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        let message = bytes
        header = try DNSHeader(decoding: &bytes)
        var offset = DNSHeader.length
        do throws(DecodeError) {
            try readSections(of: message, at: &offset)
        } catch {
            bytes = message.extracting(droppingFirst: min(offset, message.count))
            throw error
        }
        bytes = message.extracting(droppingFirst: offset)
    }

    private mutating func readSections(of message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        for _ in 0..<header.questionCount { questions.append(try DNSQuestion(decoding: message, at: &offset)) }
        let name = questions.first?.name
        for _ in 0..<header.answerCount { answers.append(try DNSRecord(decoding: message, at: &offset, question: name)) }
        for _ in 0..<header.authorityCount { authorities.append(try DNSRecord(decoding: message, at: &offset, question: name)) }
        for _ in 0..<header.additionalCount { additionals.append(try DNSRecord(decoding: message, at: &offset, question: name)) }
    }
}
