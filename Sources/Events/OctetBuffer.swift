import Wire

/// Octets that grow at the end.
///
/// Own memory instead of an array, because every piece of a record would ask again whether the array is shared: a third of what a record
/// costs. Each method makes room before it writes, and nothing else in this module touches the memory.
@safe
struct OctetBuffer: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    /// What was written, lent.
    func withOctets<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try unsafe body(Span(_unsafeStart: base, count: count))
    }

    mutating func removeAll() { count = 0 }

    /// Where so many octets may be written.
    @inline(__always)
    private mutating func room(_ octets: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity &- count < octets { grow(octets) }
        return unsafe base + count
    }

    @inline(never)
    private mutating func grow(_ octets: Int) {
        let larger = capacity + max(capacity, octets)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe memory.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = memory
        capacity = larger
    }

    /// Has the closure write `most` octets at the most; it returns how many.
    @inline(__always)
    private mutating func write(most: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        let written = unsafe body(room(most))
        count &+= written
    }

    // MARK: Text

    @inline(__always)
    mutating func append(_ octet: UInt8) {
        unsafe write(most: 1) { place in
            unsafe place[0] = octet
            return 1
        }
    }

    /// The literal, as it stands. Inlined, so that it becomes a few stores of constants.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        unsafe write(most: length) { place in
            unsafe place.update(from: literal.utf8Start, count: length)
            return length
        }
    }

    /// `"key":`
    @inline(__always)
    mutating func append(key: StaticString, afterComma: Bool) {
        let length = key.utf8CodeUnitCount
        unsafe write(most: length + 4) { place in
            // A comma that is not wanted is overwritten.
            unsafe place[0] = 0x2c
            let start = afterComma ? 1 : 0
            unsafe place[start] = 0x22
            unsafe (place + start + 1).update(from: key.utf8Start, count: length)
            unsafe place[start + 1 + length] = 0x22
            unsafe place[start + 2 + length] = 0x3a
            return start + length + 3
        }
    }

    /// `"text"`, for text that needs no escape.
    @inline(__always)
    mutating func append(quoted text: StaticString) {
        let length = text.utf8CodeUnitCount
        unsafe write(most: length + 2) { place in
            unsafe place[0] = 0x22
            unsafe (place + 1).update(from: text.utf8Start, count: length)
            unsafe place[1 + length] = 0x22
            return length + 2
        }
    }

    mutating func append(contentsOf octets: Span<UInt8>) {
        unsafe write(most: octets.count) { place in
            unsafe octets.withUnsafeBufferPointer { octets in
                if let start = octets.baseAddress { unsafe place.update(from: start, count: octets.count) }
            }
            return octets.count
        }
    }

    /// Text that needs no escape.
    mutating func append(plain text: String) { append(contentsOf: text.utf8.span) }

    /// What was appended before, once more.
    mutating func append(again range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let place = unsafe room(range.count)
        unsafe place.update(from: base + range.lowerBound, count: range.count)
        count += range.count
    }

    /// A JSON string.
    mutating func appendString(_ value: String) {
        append(0x22)
        appendEscaped(value.utf8.span)
        append(0x22)
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and controls must be escaped; the rest of UTF-8 stands as it is, but for DEL and the
    /// controls from U+0080 to U+009F, which steer the terminals of those who look at the lines.
    mutating func appendEscaped(_ text: Span<UInt8>) {
        // Most text needs none, and is copied while it is looked at.
        let place = unsafe room(text.count)
        var first = 0
        while first < text.count, case let octet = text[first], 0x20..<0x7f ~= octet, octet != 0x22, octet != 0x5c {
            unsafe place[first] = octet
            first += 1
        }
        count += first
        var last: UInt8 = 0
        for index in first..<text.count {
            let octet = text[index]
            switch octet {
            case 0x22, 0x5c:
                append(0x5c)
                append(octet)
            case 0..<0x20, 0x7f: appendEscape(of: octet)
            case 0x80..<0xa0 where last == 0xc2:
                count -= 1
                appendEscape(of: octet)
            default: append(octet)
            }
            last = octet
        }
    }

    private mutating func appendEscape(of octet: UInt8) {
        append("\\u00")
        unsafe write(most: 2) { place in
            unsafe place.put(hexadecimal: octet)
            return 2
        }
    }

    // MARK: Names

    /// A name of ordinary host-name characters, which need no escape of either kind; false, and nothing appended, for others.
    mutating func append(plain name: DNSName) -> Bool { append(nameIn: name.octets.span, at: 0) }

    /// `"key":"name"`, for a name in a DNS message (RFC 1035 §4.1.4); false, and nothing appended, where it is the root, needs an escape or does
    /// not decode.
    @inline(__always)
    mutating func append(key: StaticString, nameIn message: Span<UInt8>, at offset: Int, afterComma: Bool) -> Bool {
        let start = count
        append(key: key, afterComma: afterComma)
        append(0x22)
        if append(nameIn: message, at: offset) {
            append(0x22)
            return true
        }
        count = start
        return false
    }

    private mutating func append(nameIn message: Span<UInt8>, at offset: Int) -> Bool {
        let place = unsafe room(256)
        var written = 0
        var position = offset
        var earliest = offset
        while position < message.count {
            let length = Int(message[position])
            if length >= 0xc0 {
                guard position + 1 < message.count else { return false }
                position = (length & 0x3f) << 8 | Int(message[position + 1])
                guard position < earliest else { return false }
                earliest = position
                continue
            }
            guard length > 0 else {
                guard written > 0 else { return false }
                count += written - 1  // without the last dot
                return true
            }
            guard length < 64, position + length < message.count, written + length < 255 else { return false }
            let label = message.extracting((position + 1)..<(position + 1 + length))
            let end = unsafe place + written
            // All are looked at before one decides: a branch for each octet would cost as much again.
            var isPlain = true
            for index in 0..<length {
                let octet = label[index]
                isPlain = isPlain && octet.isHostNameCharacter
                unsafe end[index] = octet
            }
            guard isPlain else { return false }
            unsafe end[length] = 0x2e
            written += length + 1
            position += length + 1
        }
        return false
    }

    // MARK: Values

    @inline(__always)
    mutating func append(decimal value: UInt64) {
        unsafe write(most: 20) { place in unsafe place.put(decimal: value) }
    }

    /// The address in quotes.
    mutating func append(quoted address: MACAddress) {
        unsafe write(most: 19) { place in
            unsafe place[0] = 0x22
            for index in 0..<6 {
                let octet = UInt8(truncatingIfNeeded: address.rawValue &>> UInt64(40 - 8 * index))
                unsafe (place + 1 + 3 * index).put(hexadecimal: octet)
                unsafe place[3 + 3 * index] = 0x3a
            }
            unsafe place[18] = 0x22
            return 19
        }
    }

    /// The address in quotes.
    mutating func append(quoted address: IPv4Address) {
        unsafe write(most: 17) { place in
            unsafe place[0] = 0x22
            var end = 1
            for index in 0..<4 {
                end += unsafe (place + end).put(octet: UInt8(truncatingIfNeeded: address.rawValue &>> UInt32(24 - 8 * index)))
                unsafe place[end] = 0x2e
                end += 1
            }
            unsafe place[end - 1] = 0x22
            return end
        }
    }

    /// `.203118000`: a fraction of a second.
    @inline(__always)
    mutating func append(nanoseconds value: UInt64) {
        unsafe write(most: 10) { place in
            unsafe place[0] = 0x2e
            unsafe place[1] = 0x30 + UInt8(truncatingIfNeeded: value / 100_000_000)
            var rest = value % 100_000_000
            for index in 0..<4 {
                unsafe (place + 8 - 2 * index).put(pair: rest % 100)
                rest /= 100
            }
            return 10
        }
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Two decimal digits.
    @inline(__always)
    fileprivate func put(pair value: UInt64) {
        let digits: StaticString = """
            0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
            5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
            """
        unsafe update(from: digits.utf8Start + Int(truncatingIfNeeded: value &* 2), count: 2)
    }

    /// - Returns: how many digits it has.
    @inline(__always)
    fileprivate func put(decimal value: UInt64) -> Int {
        if value < 10 {
            unsafe self[0] = 0x30 + UInt8(truncatingIfNeeded: value)
            return 1
        }
        return unsafe put(longDecimal: value)
    }

    @inline(never)
    private func put(longDecimal value: UInt64) -> Int {
        var count = 2
        var bound: UInt64 = 100
        while value >= bound, count < 20 {
            count &+= 1
            bound = bound &* 10
        }
        var rest = value
        var end = count
        while end > 1 {
            end -= 2
            unsafe (self + end).put(pair: rest % 100)
            rest /= 100
        }
        if end == 1 { unsafe self[0] = 0x30 + UInt8(truncatingIfNeeded: rest) }
        return count
    }

    /// - Returns: how many digits it has.
    @inline(__always)
    fileprivate func put(octet value: UInt8) -> Int {
        if value < 10 {
            unsafe self[0] = 0x30 + value
            return 1
        }
        if value < 100 {
            unsafe put(pair: UInt64(value))
            return 2
        }
        unsafe self[0] = value < 200 ? 0x31 : 0x32
        unsafe (self + 1).put(pair: UInt64(value < 200 ? value - 100 : value - 200))
        return 3
    }

    /// Two digits.
    @inline(__always)
    fileprivate func put(hexadecimal octet: UInt8) {
        unsafe self[0] = octet >> 4 < 10 ? 0x30 + octet >> 4 : 0x57 + octet >> 4
        unsafe self[1] = octet & 15 < 10 ? 0x30 + octet & 15 : 0x57 + octet & 15
    }
}

extension UInt8 {
    /// Letters, digits, hyphen and underscore: a bit for each octet of ASCII.
    @inline(__always)
    fileprivate var isHostNameCharacter: Bool {
        let set: UInt64 = self < 64 ? 0x03ff_2000_0000_0000 : self < 128 ? 0x07ff_fffe_87ff_fffe : 0
        return set &>> UInt64(self & 63) & 1 != 0
    }
}
