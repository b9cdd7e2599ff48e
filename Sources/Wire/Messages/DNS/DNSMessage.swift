/// A DNS message (RFC 1035 §4).
package struct DNSMessage: Hashable, Sendable {
    package var header: DNSHeader
    package var questions: [DNSQuestion] = []
    package var answers: [DNSRecord] = []
    package var authorities: [DNSRecord] = []
    package var additionals: [DNSRecord] = []

    /// How long a denial may be kept, in seconds: the lesser of the SOA record's TTL and its minimum (RFC 2308 §5).
    package var negativeTimeToLive: UInt32? {
        for record in authorities {
            if case .startOfAuthority(let soa) = record.data { return min(record.timeToLive, soa.minimum) }
        }
        return nil
    }
}

extension DNSMessage: Message {
    package static let layer = Layer.dns

    package init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
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

    package func describe(to fields: inout some FieldVisitor) {
        fields.field("id", header.id)
        fields.field("flags", header.flags)
        fields.field("response", flag: header.isResponse)
        fields.field("opcode", header.opcode)
        fields.field("authoritative", flag: header.isAuthoritative)
        fields.field("truncated", flag: header.isTruncated)
        fields.field("recursion_desired", flag: header.recursionDesired)
        fields.field("recursion_available", flag: header.recursionAvailable)
        fields.field("response_code", header.responseCode.name)
        fields.list("questions", count: questions.count) { index, fields in
            fields.field("name", questions[index].name.description)
            fields.field("type", questions[index].type.name)
            fields.field("class", questions[index].recordClass)
        }
        describe(answers, as: "answers", to: &fields)
        describe(authorities, as: "authorities", to: &fields)
        describe(additionals, as: "additionals", to: &fields)
    }

    private func describe(_ records: [DNSRecord], as name: StaticString, to fields: inout some FieldVisitor) {
        fields.list(name, count: records.count) { index, fields in
            fields.field("name", records[index].name.description)
            fields.field("type", records[index].type.name)
            fields.field("class", records[index].recordClass)
            fields.field("ttl", records[index].timeToLive)
            fields.field("data", records[index].data.description)
        }
    }
}
