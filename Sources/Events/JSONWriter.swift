package import Wire

/// Writes JSON objects into one growing buffer of octets, a line each.
///
/// Ours because the event path needs it: an encoder by reflection costs some 50 times as much. Its output is checked against an
/// independent decoder.
package struct JSONWriter: ~Copyable, Sendable {
    private var buffer: OctetBuffer
    /// A value stands before the next one in the same object or array.
    private var needsComma = false
    /// Used again for each value that is put together before it is written.
    private var text: [UInt8] = []
    private var second = Int64.min
    private var secondText = RFC3339.Second(repeating: 0x30)

    package init(capacity: Int = 1 << 16) { buffer = OctetBuffer(capacity: capacity) }

    /// A copy of what was written.
    package var bytes: [UInt8] { withOctets { [UInt8](copying: $0) } }
    /// What was written, lent.
    package func withOctets<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R { try buffer.withOctets(body) }

    package var count: Int { buffer.count }
    package mutating func removeAll() { buffer.removeAll() }

    // MARK: Structure

    /// A line begins, and with it the outermost object.
    package mutating func beginLine() {
        needsComma = false
        buffer.append(0x7b)
    }

    package mutating func endLine() {
        buffer.append(0x7d)
        buffer.append(0x0a)
    }

    @inline(__always)
    package mutating func beginObject(_ key: StaticString) {
        self.key(key)
        buffer.append(0x7b)
    }

    /// For keys that are not literals.
    package mutating func beginObject(named key: String) {
        comma()
        buffer.appendString(key)
        buffer.append(0x3a)
        buffer.append(0x7b)
        needsComma = false
    }

    /// An object in a list.
    package mutating func beginElement() {
        comma()
        buffer.append(0x7b)
        needsComma = false
    }

    /// The end of an object, in a list or not.
    @inline(__always)
    package mutating func endObject() {
        buffer.append(0x7d)
        needsComma = true
    }

    package mutating func beginList(_ key: StaticString) {
        self.key(key)
        buffer.append(0x5b)
    }

    package mutating func endList() {
        buffer.append(0x5d)
        needsComma = true
    }

    @inline(__always)
    package mutating func object(_ key: StaticString, _ body: (inout Self) -> Void) {
        beginObject(key)
        body(&self)
        endObject()
    }

    package mutating func array<C: Collection>(_ key: StaticString, _ elements: C, _ body: (C.Element, inout Self) -> Void) {
        beginList(key)
        for element in elements { body(element, &self) }
        endList()
    }

    /// An array whose elements the closure writes.
    package mutating func list(_ key: StaticString, _ body: (inout Self) -> Void) {
        beginList(key)
        body(&self)
        endList()
    }

    /// An object in an array.
    package mutating func element(_ body: (inout Self) -> Void) {
        beginElement()
        body(&self)
        endObject()
    }

    /// A string in an array, known when this is built, that needs no escape.
    package mutating func element(literal value: StaticString) {
        comma()
        buffer.append(quoted: value)
        needsComma = true
    }

    /// A string in an array.
    package mutating func element(_ value: String) {
        comma()
        buffer.appendString(value)
        needsComma = true
    }

    /// Octets of a string in an array that need no escape.
    package mutating func element(plain octets: Span<UInt8>) {
        comma()
        buffer.append(0x22)
        buffer.append(contentsOf: octets)
        buffer.append(0x22)
        needsComma = true
    }

    // MARK: Fields

    /// A string that needs no escape and is known when this is built.
    @inline(__always)
    package mutating func field(_ key: StaticString, literal value: StaticString) {
        self.key(key)
        buffer.append(quoted: value)
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ value: String) {
        self.key(key)
        buffer.appendString(value)
        needsComma = true
    }

    /// A string that needs no escape.
    @inline(__always)
    package mutating func field(_ key: StaticString, plain value: String) {
        self.key(key)
        buffer.append(0x22)
        buffer.append(plain: value)
        buffer.append(0x22)
        needsComma = true
    }

    /// Octets of a string that need no escape.
    @inline(__always)
    package mutating func field(_ key: StaticString, plain octets: Span<UInt8>) {
        self.key(key)
        buffer.append(0x22)
        buffer.append(contentsOf: octets)
        buffer.append(0x22)
        needsComma = true
    }

    @inline(__always)
    package mutating func field(_ key: StaticString, _ value: some BinaryInteger) {
        self.key(key)
        if value < 0 { buffer.append(0x2d) }
        buffer.append(decimal: UInt64(value.magnitude))
        needsComma = true
    }

    @inline(__always)
    package mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        if value { buffer.append("true") } else { buffer.append("false") }
        needsComma = true
    }

    package mutating func null(_ key: StaticString) {
        self.key(key)
        buffer.append("null")
        needsComma = true
    }

    @inline(__always)
    package mutating func field(_ key: StaticString, _ value: IPAddress) {
        guard case .v4(let address) = value else { return field(key) { $0.append(text: value) } }
        self.key(key)
        buffer.append(quoted: address)
        needsComma = true
    }

    /// A string that the closure puts together.
    package mutating func field(_ key: StaticString, _ body: (inout [UInt8]) -> Void) {
        var octets: [UInt8] = []
        swap(&octets, &text)
        octets.removeAll(keepingCapacity: true)
        body(&octets)
        self.key(key)
        buffer.append(0x22)
        buffer.appendEscaped(octets.span)
        buffer.append(0x22)
        needsComma = true
        swap(&octets, &text)
    }

    /// A field that was the first of an object of this line, again.
    ///
    /// - Parameter range: what `count` was before it and behind it.
    package mutating func field(again range: Range<Int>) {
        comma()
        buffer.append(again: range)
        needsComma = true
    }

    @inline(__always)
    package mutating func field(_ key: StaticString, _ value: MACAddress) {
        self.key(key)
        buffer.append(quoted: value)
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ name: DNSName) {
        self.key(key)
        buffer.append(0x22)
        if !buffer.append(plain: name) { buffer.appendEscaped(name.text.span) }
        buffer.append(0x22)
        needsComma = true
    }

    /// A name that stands in a DNS message, read and written in one go.
    ///
    /// - Returns: false, and nothing is written, where it needs an escape or does not decode.
    package mutating func plainField(_ key: StaticString, nameIn message: Span<UInt8>, at offset: Int) -> Bool {
        guard buffer.append(key: key, nameIn: message, at: offset, afterComma: needsComma) else { return false }
        needsComma = true
        return true
    }

    /// A number as a string.
    package mutating func field(_ key: StaticString, quoted value: UInt64) {
        self.key(key)
        buffer.append(0x22)
        buffer.append(decimal: value)
        buffer.append(0x22)
        needsComma = true
    }

    /// RFC 3339 in UTC with nanoseconds.
    package mutating func field(_ key: StaticString, _ time: Timestamp) {
        let (quotient, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let wholeSeconds = rest < 0 ? quotient - 1 : quotient
        let fraction = rest < 0 ? rest + 1_000_000_000 : rest
        if wholeSeconds != second {
            second = wholeSeconds
            secondText = RFC3339.second(of: time)
        }
        self.key(key)
        buffer.append(0x22)
        buffer.append(contentsOf: secondText.span)
        buffer.append(nanoseconds: UInt64(fraction))
        buffer.append("Z\"")
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { buffer.append(0x2c) }
    }

    @inline(__always)
    private mutating func key(_ key: StaticString) {
        buffer.append(key: key, afterComma: needsComma)
        needsComma = false
    }
}

/// Times as RFC 3339 writes them.
package enum RFC3339 {
    /// `2026-02-04T10:34:41`.
    typealias Second = InlineArray<19, UInt8>

    static func second(of time: Timestamp) -> Second {
        let civil = CivilTime(time)
        var text = Second(repeating: 0x30)
        for (at, digits, value) in [
            (0, 4, civil.year), (5, 2, civil.month), (8, 2, civil.day), (11, 2, civil.hour), (14, 2, civil.minute), (17, 2, civil.second),
        ] {
            text.write(value, at: at, digits: digits)
        }
        (text[4], text[7], text[10], text[13], text[16]) = (0x2d, 0x2d, 0x54, 0x3a, 0x3a)
        return text
    }

    /// `2026-02-04T10:34:41.203118000Z`.
    package static func text(_ time: Timestamp) -> String {
        let nanosecond = String(CivilTime(time).nanosecond)
        return "\(String(second(of: time))).\(String(repeating: "0", count: 9 - nanosecond.utf8.count))\(nanosecond)Z"
    }

    /// `2026-02-04 10:34:41 UTC`: for people.
    package static func date(_ time: Timestamp) -> String {
        String(second(of: time)).replacing("T", with: " ") + " UTC"
    }

    /// `10:34:41.203118`: for people, to the microsecond.
    package static func clock(_ time: Timestamp) -> String {
        String(text(time).dropFirst(11).dropLast(4))
    }
}

extension RFC3339.Second {
    fileprivate mutating func write(_ value: Int, at start: Int, digits: Int) {
        var rest = Swift.max(0, value)
        for index in (start..<(start + digits)).reversed() {
            self[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
    }
}

extension String {
    fileprivate init(_ second: RFC3339.Second) {
        self.init(decoding: [UInt8](copying: second.span), as: UTF8.self)
    }
}
