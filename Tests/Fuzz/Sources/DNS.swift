import Wire

enum DNS {
    /// As one message, as the stream of framed ones that TCP carries, and as the octets that wait for a reader.
    static func message(_ bytes: Span<UInt8>) {
        if let message = decode(DNSMessage.self, bytes) { present(message) }
        attempt(bytes) { cursor throws(DecodeError) in
            let octets = try DNSOctets(decoding: cursor)
            expect(octets.octets.count <= cursor.count, "more octets than there are")
            _ = octets.name
            _ = octets.negativeTimeToLive
            if let message = octets.message { present(message) }
            for section in [DNSOctets.Section.answer, .authority, .additional] {
                octets.forEachRecord(of: section) { message, _, record in
                    expect(record.data.upperBound <= message.count, "data behind the message")
                }
            }
        }
        attempt(bytes) { cursor throws(DecodeError) in
            let done = try DNSStreamFraming.messages(in: cursor) { message in decode(DNSMessage.self, message) }
            expect((0...cursor.count).contains(done), "\(done) octets done")
        }
    }

    private static func present(_ message: DNSMessage) {
        _ = message.responseCode
        _ = message.negativeTimeToLive
        for error in message.extendedErrors { _ = error.description }
        for question in message.questions { expectSame(question.name) }
        for record in message.answers + message.authorities + message.additionals {
            expectSame(record.name)
            _ = record.data.description
        }
    }

    /// A name's text is the name again (RFC 1035 §5.1).
    private static func expectSame(_ name: DNSName) {
        expect(name.octets.count <= 255, "a name of \(name.octets.count) octets")
        expect(DNSName(name.description) == name, "\(name.description) is read otherwise than written")
    }

    static func name(_ bytes: Span<UInt8>) {
        var message = bytes
        let start = Int(message.octet())
        attempt(message) { cursor throws(DecodeError) in
            var offset = start
            let buffer = try DNSNameBuffer(decoding: cursor, at: &offset)
            expect((start...max(start, cursor.count)).contains(offset), "behind the name at \(offset)")
            expectSame(buffer.name)
            var behind = start
            try DNSNameBuffer.skip(cursor, at: &behind)
            expect(behind == offset, "skipped to \(behind), read to \(offset)")
            _ = buffer.isWithin(buffer.name)
        }
        if let name = DNSName(String(decoding: [UInt8](copying: bytes), as: UTF8.self)) { expectSame(name) }
    }

    /// The data of an HTTPS record, in an answer.
    static func serviceBinding(_ data: Span<UInt8>) {
        let data = [UInt8](copying: data.extracting(first: min(data.count, 0xffff)))
        let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0]
        let record: [UInt8] = [1, 0x61, 0, 0, 65, 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 255)]
        guard let message = decode(DNSMessage.self, (header + record + data).span) else { return }
        for record in message.answers {
            _ = record.data.description
            guard case .serviceBinding(let binding) = record.data else { continue }
            _ = (binding.alpnIDs, binding.promisesHTTP3, binding.port, binding.ipv4Hints, binding.ipv6Hints, binding.description)
        }
    }
}
