/// The tag octet of a DER element (X.690 §8.1.2); tags above 30, of several octets, have no place in certificates.
struct DERTag: RawRepresentable, Hashable, Sendable {
    var rawValue: UInt8
    static let boolean = Self(rawValue: 0x01)
    static let integer = Self(rawValue: 0x02)
    static let octetString = Self(rawValue: 0x04)
    static let objectIdentifier = Self(rawValue: 0x06)
    static let utf8String = Self(rawValue: 0x0c)
    static let teletexString = Self(rawValue: 0x14)
    static let utcTime = Self(rawValue: 0x17)
    static let generalizedTime = Self(rawValue: 0x18)
    static let bmpString = Self(rawValue: 0x1e)
    static let sequence = Self(rawValue: 0x30)
    static let set = Self(rawValue: 0x31)

    /// Context-specific, with elements or an octet string inside.
    static func context(_ number: UInt8) -> Self { Self(rawValue: 0xa0 | number) }
    static func primitive(_ number: UInt8) -> Self { Self(rawValue: 0x80 | number) }
}

/// DER within a span that holds a whole element: what does not fit is malformed, under the name of its field in RFC 5280.
extension Span<UInt8> {
    func isNext(_ tag: DERTag) -> Bool { !isEmpty && self[0] == tag.rawValue }

    /// Reads tag and length of any element; its content, so long, is there.
    mutating func readElement(_ field: Field) throws(DecodeError) -> (tag: DERTag, length: Int) {
        guard count >= 2, self[0] & 0x1f != 0x1f else { throw .malformed(field) }
        let tag = DERTag(rawValue: self[0])
        var length = Int(self[1])
        var header = 2
        if length >= 0x80 {
            // Up to three octets of length: a handshake message has no room for more.
            let octets = length & 0x7f
            guard (1...3).contains(octets), count >= 2 + octets else { throw .malformed(field) }
            length = 0
            for index in 0..<octets { length = length << 8 | Int(self[2 + index]) }
            header += octets
        }
        guard length <= count - header else { throw .malformed(field) }
        try skip(header)
        return (tag, length)
    }

    /// Reads tag and length of an element of this kind.
    mutating func readElement(_ tag: DERTag, _ field: Field) throws(DecodeError) -> Int {
        guard isNext(tag) else { throw .malformed(field) }
        return try readElement(field).length
    }

    /// Goes into an element, and leaves what stands behind it.
    mutating func enter(_ tag: DERTag, _ field: Field) throws(DecodeError) {
        let length = try readElement(tag, field)
        limit(to: length)
    }

    mutating func skipElement(_ field: Field) throws(DecodeError) {
        try skip(try readElement(field).length)
    }

    mutating func skipElement(_ tag: DERTag, _ field: Field) throws(DecodeError) {
        try skip(try readElement(tag, field))
    }

    func holds(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        count == 3 && self[0] == first && self[1] == second && self[2] == third
    }
}

extension Span<UInt8> {
    /// UTCTime or GeneralizedTime in UTC (RFC 5280 §4.1.2.5). What nanoseconds cannot hold, as "no expiry" in 9999, is as far off as can be.
    mutating func readTime(_ field: Field) throws(DecodeError) -> Timestamp {
        let (tag, length) = try readElement(field)
        let text = extracting(first: length)
        try skip(length)
        let yearDigits = tag == .generalizedTime ? 4 : 2
        guard tag == .generalizedTime || tag == .utcTime, text.count == yearDigits + 11, text[text.count - 1] == 0x5a else {
            throw .malformed(field)
        }
        var numbers = InlineArray<6, Int>(repeating: 0)
        var index = 0
        for part in 0..<6 {
            for _ in 0..<(part == 0 ? yearDigits : 2) {
                guard (0x30...0x39).contains(text[index]) else { throw .malformed(field) }
                numbers[part] = numbers[part] * 10 + Int(text[index] - 0x30)
                index += 1
            }
        }
        if tag == .utcTime { numbers[0] += numbers[0] >= 50 ? 1900 : 2000 }
        guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24, numbers[4] < 60, numbers[5] < 61 else {
            throw .malformed(field)
        }
        return Timestamp(year: numbers[0], month: numbers[1], day: numbers[2], second: numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    }
}

extension Timestamp {
    /// The instant of a date and a second of its day; saturates.
    init(year: Int, month: Int, day: Int, second: Int) {
        // Years that begin on 1 March, so that the leap day comes last.
        let year = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
        let seconds = Int64(days) * 86_400 + Int64(second)
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = overflow ? (seconds < 0 ? .distantPast : .distantFuture) : Timestamp(nanoseconds: nanoseconds)
    }
}
