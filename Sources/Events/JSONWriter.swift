package import Wire

/// Writes JSON objects into one growing buffer of octets, a line each.
///
/// Ours because the event path needs it: an encoder by reflection costs some 50 times as much. Its output is checked against an
/// independent decoder.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// A value stands before the next one in the same object or array.
    private var needsComma = false
    private var second = Int64.min
    private var secondText: [UInt8] = []

    package init(capacity: Int = 1 << 16) { bytes.reserveCapacity(capacity) }

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    // MARK: Structure

    package mutating func line(_ body: (inout Self) -> Void) {
        needsComma = false
        bytes.append(0x7b)
        body(&self)
        bytes.append(0x7d)
        bytes.append(0x0a)
    }

    package mutating func object(_ key: String, _ body: (inout Self) -> Void) {
        self.key(key)
        element(body)
    }

    package mutating func array<C: Collection>(_ key: String, _ elements: C, _ body: (C.Element, inout Self) -> Void) {
        self.key(key)
        bytes.append(0x5b)
        needsComma = false
        for element in elements { body(element, &self) }
        bytes.append(0x5d)
        needsComma = true
    }

    /// An object in an array.
    package mutating func element(_ body: (inout Self) -> Void) {
        comma()
        bytes.append(0x7b)
        needsComma = false
        body(&self)
        bytes.append(0x7d)
        needsComma = true
    }

    /// A string in an array.
    package mutating func element(_ value: String) {
        comma()
        string(value)
        needsComma = true
    }

    // MARK: Fields

    package mutating func field(_ key: String, _ value: String) {
        self.key(key)
        string(value)
        needsComma = true
    }

    /// A string that needs no escape.
    package mutating func field(_ key: String, plain value: String) {
        self.key(key)
        bytes.append(0x22)
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x22)
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        if value < 0 { bytes.append(0x2d) }
        bytes.append(decimal: UInt64(value.magnitude))
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: Bool) {
        self.key(key)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    package mutating func null(_ key: String) {
        self.key(key)
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    package mutating func field(_ key: String, _ value: IPAddress) {
        quoted(key) { $0.append(text: value) }
    }

    package mutating func field(_ key: String, _ value: MACAddress) {
        quoted(key) { $0.append(contentsOf: value.text) }
    }

    package mutating func field(_ key: String, _ name: DNSName) {
        self.key(key)
        bytes.append(0x22)
        for octet in name.text { escape(octet) }
        bytes.append(0x22)
        needsComma = true
    }

    /// RFC 3339 in UTC with nanoseconds.
    package mutating func field(_ key: String, _ time: Timestamp) {
        let nanoseconds = time.nanoseconds
        let floor = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : -((999_999_999 - nanoseconds) / 1_000_000_000)
        if floor != second {
            second = floor
            secondText = RFC3339.second(of: time)
        }
        self.key(key)
        bytes.append(0x22)
        bytes.append(contentsOf: secondText)
        bytes.append(0x2e)
        bytes.append(padded: UInt64(nanoseconds - floor * 1_000_000_000), digits: 9)
        bytes.append(0x5a)
        bytes.append(0x22)
        needsComma = true
    }

    // MARK: -

    @inline(__always)
    private mutating func comma() {
        if needsComma { bytes.append(0x2c) }
    }

    @inline(__always)
    private mutating func key(_ key: String) {
        comma()
        bytes.append(0x22)
        bytes.append(contentsOf: key.utf8)
        bytes.append(0x22)
        bytes.append(0x3a)
        needsComma = false
    }

    private mutating func quoted(_ key: String, _ append: (inout [UInt8]) -> Void) {
        self.key(key)
        bytes.append(0x22)
        append(&bytes)
        bytes.append(0x22)
        needsComma = true
    }

    private mutating func string(_ value: String) {
        bytes.append(0x22)
        for octet in value.utf8 { escape(octet) }
        bytes.append(0x22)
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and controls must be escaped; the rest of UTF-8 stands as it is.
    @inline(__always)
    private mutating func escape(_ octet: UInt8) {
        switch octet {
        case 0x22, 0x5c:
            bytes.append(0x5c)
            bytes.append(octet)
        case 0..<0x20:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.appendHexadecimal(octet)
        default: bytes.append(octet)
        }
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
