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

    /// What was written, copied.
    var octets: [UInt8] { unsafe [UInt8](UnsafeBufferPointer(start: base, count: count)) }

    mutating func removeAll() { count = 0 }

    @inline(__always)
    private mutating func reserve(_ octets: Int) {
        if count + octets > capacity { grow(octets) }
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

    @inline(__always)
    mutating func append(_ octet: UInt8) {
        reserve(1)
        unsafe base[count] = octet
        count += 1
    }

    mutating func append(contentsOf octets: [UInt8]) {
        reserve(octets.count)
        for octet in octets {
            unsafe base[count] = octet
            count += 1
        }
    }

    mutating func append(contentsOf octets: Span<UInt8>) {
        reserve(octets.count)
        for index in octets.indices { unsafe base[count + index] = octets[index] }
        count += octets.count
    }

    /// The literal, as it stands. Inlined, so that it becomes a few stores of constants.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        reserve(length)
        unsafe (base + count).update(from: literal.utf8Start, count: length)
        count += length
    }

    /// `"key":`
    @inline(__always)
    mutating func append(key: StaticString, afterComma: Bool) {
        let length = key.utf8CodeUnitCount
        reserve(length + 4)
        // A comma that is not wanted is overwritten.
        unsafe base[count] = 0x2c
        let start = count + (afterComma ? 1 : 0)
        unsafe base[start] = 0x22
        unsafe (base + start + 1).update(from: key.utf8Start, count: length)
        unsafe base[start + 1 + length] = 0x22
        unsafe base[start + 2 + length] = 0x3a
        count = start + length + 3
    }

    /// `"text"`, for text that needs no escape.
    @inline(__always)
    mutating func append(quoted text: StaticString) {
        append(0x22)
        append(text)
        append(0x22)
    }

    /// Text that needs no escape.
    mutating func append(plain text: String) {
        reserve(text.utf8.count)
        for octet in text.utf8 {
            unsafe base[count] = octet
            count += 1
        }
    }

    /// A JSON string.
    mutating func appendString(_ value: String) {
        append(0x22)
        var last: UInt8 = 0
        for octet in value.utf8 {
            // U+0080 to U+009F steer terminals as the first 32 do.
            if last == 0xc2, octet < 0xa0 {
                count -= 1
                append("\\u00")
                append(octet.highDigit)
                append(octet.lowDigit)
            } else {
                appendEscaped(octet)
            }
            last = octet
        }
        append(0x22)
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and controls must be escaped, and DEL is for whoever looks at the lines in a terminal; the
    /// rest of UTF-8 stands as it is.
    @inline(__always)
    mutating func appendEscaped(_ octet: UInt8) {
        switch octet {
        case 0x22, 0x5c:
            append(0x5c)
            append(octet)
        case 0..<0x20, 0x7f:
            append("\\u00")
            append(octet.highDigit)
            append(octet.lowDigit)
        default: append(octet)
        }
    }

    /// A name of ordinary host-name characters, which need no escape of either kind; false, and nothing appended, for others.
    mutating func append(plain name: DNSName) -> Bool {
        let octets = name.octets
        guard octets.count > 1 else { return false }
        reserve(octets.count)
        var label = 0
        while octets[label] != 0 {
            if label > 0 { unsafe base[count + label - 1] = 0x2e }
            for index in (label + 1)...(label + Int(octets[label])) {
                guard octets[index].isHostNameCharacter else { return false }
                unsafe base[count + index - 1] = octets[index]
            }
            label += Int(octets[label]) + 1
        }
        count += octets.count - 2
        return true
    }

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
        reserve(256)
        let start = count
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
                guard count > start else { return false }
                count -= 1  // the last dot
                return true
            }
            guard length < 64, position + length < message.count, count - start + length < 255 else { return false }
            let label = message.extracting((position + 1)..<(position + 1 + length))
            for index in label.indices {
                guard label[index].isHostNameCharacter else { return false }
                unsafe base[count + index] = label[index]
            }
            count += length
            append(0x2e)
            position += length + 1
        }
        return false
    }

    mutating func append(_ address: MACAddress) {
        reserve(18)
        for index in 0..<6 {
            let octet = UInt8(truncatingIfNeeded: address.rawValue >> (40 - 8 * UInt64(index)))
            unsafe base[count + 3 * index] = octet.highDigit
            unsafe base[count + 3 * index + 1] = octet.lowDigit
            unsafe base[count + 3 * index + 2] = 0x3a
        }
        count += 17
    }

    mutating func append(_ address: IPv4Address) {
        reserve(16)
        var end = count
        for index in 0..<4 {
            let octet = UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * UInt32(index)))
            if octet >= 100 {
                unsafe base[end] = 0x30 + octet / 100
                end += 1
            }
            if octet >= 10 {
                unsafe base[end] = 0x30 + octet / 10 % 10
                end += 1
            }
            unsafe base[end] = 0x30 + octet % 10
            unsafe base[end + 1] = 0x2e
            end += 2
        }
        count = end - 1
    }

    @inline(__always)
    mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(0x30 + UInt8(truncatingIfNeeded: value))
        } else {
            append(longDecimal: value)
        }
    }

    private mutating func append(longDecimal value: UInt64) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        append(padded: value, digits: digits)
    }

    /// Exactly so many digits, zeros in front.
    mutating func append(padded value: UInt64, digits: Int) {
        reserve(digits)
        var rest = value
        var index = count + digits
        while index > count {
            index -= 1
            let quotient = rest / 10
            unsafe base[index] = 0x30 + UInt8(truncatingIfNeeded: rest - quotient * 10)
            rest = quotient
        }
        count += digits
    }
}

extension UInt8 {
    /// Letters, digits, hyphen and underscore.
    fileprivate var isHostNameCharacter: Bool {
        switch self {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2d, 0x5f: true
        default: false
        }
    }

    /// Hexadecimal digits.
    fileprivate var highDigit: UInt8 { self >> 4 < 10 ? 0x30 + self >> 4 : 0x57 + self >> 4 }
    fileprivate var lowDigit: UInt8 { self & 15 < 10 ? 0x30 + self & 15 : 0x57 + self & 15 }
}
