package import Wire

/// Writes JSON objects into one growing buffer of octets, a line each.
///
/// Ours because the event path needs it: an encoder by reflection costs some 50 times as much. Its output is checked against an
/// independent decoder.
package struct JSONWriter: Sendable {
    private var buffer: OctetBuffer
    /// A value stands before the next one in the same object or array.
    private var needsComma = false
    private var second = Int64.min
    private var secondText: [UInt8] = []

    package init(capacity: Int = 1 << 16) { buffer = OctetBuffer(capacity: capacity) }

    package var bytes: ArraySlice<UInt8> { buffer.octets }
    package var count: Int { buffer.count }
    package mutating func removeAll() { buffer.removeAll() }

    // MARK: Structure

    package mutating func line(_ body: (inout Self) -> Void) {
        needsComma = false
        buffer.append(0x7b)
        body(&self)
        buffer.append(0x7d)
        buffer.append(0x0a)
    }

    package mutating func object(_ key: String, _ body: (inout Self) -> Void) {
        self.key(key)
        element(body)
    }

    package mutating func array<C: Collection>(_ key: String, _ elements: C, _ body: (C.Element, inout Self) -> Void) {
        list(key) { json in
            for element in elements { body(element, &json) }
        }
    }

    /// An array whose elements the closure writes.
    package mutating func list(_ key: String, _ body: (inout Self) -> Void) {
        self.key(key)
        buffer.append(0x5b)
        body(&self)
        buffer.append(0x5d)
        needsComma = true
    }

    /// An object in an array.
    package mutating func element(_ body: (inout Self) -> Void) {
        if needsComma { buffer.append(0x2c) }
        buffer.append(0x7b)
        needsComma = false
        body(&self)
        buffer.append(0x7d)
        needsComma = true
    }

    /// A string in an array.
    package mutating func element(_ value: String) {
        if needsComma { buffer.append(0x2c) }
        buffer.appendString(value)
        needsComma = true
    }

    // MARK: Fields

    package mutating func field(_ key: String, _ value: String) {
        self.key(key)
        buffer.appendString(value)
        needsComma = true
    }

    /// A string that needs no escape.
    package mutating func field(_ key: String, plain value: String) {
        self.key(key)
        buffer.append(0x22, value, 0x22)
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        if value < 0 { buffer.append(0x2d) }
        buffer.append(decimal: UInt64(value.magnitude))
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: Bool) { field(key, literal: value ? "true" : "false") }

    package mutating func null(_ key: String) { field(key, literal: "null") }

    package mutating func field(_ key: String, _ value: IPAddress) {
        self.key(key)
        buffer.append(0x22)
        switch value {
        case .v4(let address): buffer.append(address)
        case .v6: buffer.append(contentsOf: [UInt8](text: value))
        }
        buffer.append(0x22)
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: MACAddress) {
        self.key(key)
        buffer.append(0x22)
        buffer.append(value)
        buffer.append(0x22)
        needsComma = true
    }

    package mutating func field(_ key: String, _ name: DNSName) {
        self.key(key)
        buffer.append(0x22)
        if !buffer.append(plain: name) {
            for octet in name.text { buffer.appendEscaped(octet) }
        }
        buffer.append(0x22)
        needsComma = true
    }

    /// RFC 3339 in UTC with nanoseconds.
    package mutating func field(_ key: String, _ time: Timestamp) {
        let (quotient, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let wholeSeconds = rest < 0 ? quotient - 1 : quotient
        let fraction = rest < 0 ? rest + 1_000_000_000 : rest
        if wholeSeconds != second {
            second = wholeSeconds
            secondText = RFC3339.second(of: time)
        }
        self.key(key)
        buffer.append(0x22)
        buffer.append(contentsOf: secondText)
        buffer.append(0x2e)
        buffer.append(padded: UInt64(fraction), digits: 9)
        buffer.append(0x5a, "\"", nil)
        needsComma = true
    }

    private mutating func field(_ key: String, literal: String) {
        self.key(key)
        buffer.append(nil, literal, nil)
        needsComma = true
    }

    @inline(__always)
    private mutating func key(_ key: String) {
        buffer.append(key: key, afterComma: needsComma)
        needsComma = false
    }
}

/// Times as RFC 3339 writes them.
package enum RFC3339 {
    /// `2026-02-04T10:34:41`.
    static func second(of time: Timestamp) -> [UInt8] {
        let civil = CivilTime(time)
        var text: [UInt8] = []
        text.append(padded: UInt64(max(0, civil.year)), digits: 4)
        for (separator, part) in [(0x2d, civil.month), (0x2d, civil.day), (0x54, civil.hour), (0x3a, civil.minute), (0x3a, civil.second)] {
            text.append(UInt8(separator))
            text.append(padded: UInt64(part), digits: 2)
        }
        return text
    }

    /// `2026-02-04T10:34:41.203118000Z`.
    package static func text(_ time: Timestamp) -> String {
        var text = second(of: time)
        text.append(0x2e)
        text.append(padded: UInt64(CivilTime(time).nanosecond), digits: 9)
        text.append(0x5a)
        return String(decoding: text, as: UTF8.self)
    }

    /// `2026-02-04 10:34:41 UTC`: for people.
    package static func date(_ time: Timestamp) -> String {
        String(decoding: second(of: time), as: UTF8.self).replacing("T", with: " ") + " UTC"
    }

    /// `10:34:41.203118`: for people, to the microsecond.
    package static func clock(_ time: Timestamp) -> String {
        String(text(time).dropFirst(11).dropLast(4))
    }
}

extension [UInt8] {
    mutating func append(padded value: UInt64, digits: Int) {
        var divisor: UInt64 = 1
        for _ in 1..<Swift.max(digits, 1) { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
