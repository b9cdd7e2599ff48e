import Wire

/// Octets that grow at the end, written through a span: one check of uniqueness a piece instead of one an octet.
struct OctetBuffer: Sendable {
    private var storage: [UInt8]
    private(set) var count = 0

    init(capacity: Int) { storage = [UInt8](repeating: 0, count: max(capacity, 64)) }

    var octets: ArraySlice<UInt8> { storage[..<count] }

    mutating func removeAll() { count = 0 }

    @inline(__always)
    private mutating func reserve(_ octets: Int) {
        if count + octets > storage.count { grow(octets) }
    }

    private mutating func grow(_ octets: Int) {
        storage.append(contentsOf: repeatElement(0, count: max(storage.count, octets)))
    }

    @inline(__always)
    mutating func append(_ octet: UInt8) {
        reserve(1)
        storage[count] = octet
        count += 1
    }

    mutating func append(contentsOf octets: [UInt8]) {
        reserve(octets.count)
        let end = count
        var out = storage.mutableSpan
        for index in octets.indices { out[end + index] = octets[index] }
        count = end + octets.count
    }

    /// `"key":`
    mutating func append(key: String, afterComma: Bool) {
        let octets = key.utf8Span.span
        reserve(octets.count + 4)
        var end = count
        var out = storage.mutableSpan
        if afterComma {
            out[end] = 0x2c
            end += 1
        }
        out[end] = 0x22
        end += 1
        for index in octets.indices { out[end + index] = octets[index] }
        end += octets.count
        out[end] = 0x22
        out[end + 1] = 0x3a
        count = end + 2
    }

    /// Text that needs no escape, with an octet before and behind it.
    mutating func append(_ before: UInt8?, _ text: String, _ behind: UInt8?) {
        let octets = text.utf8Span.span
        reserve(octets.count + 2)
        var end = count
        var out = storage.mutableSpan
        if let before {
            out[end] = before
            end += 1
        }
        for index in octets.indices { out[end + index] = octets[index] }
        end += octets.count
        if let behind {
            out[end] = behind
            end += 1
        }
        count = end
    }

    /// A JSON string.
    mutating func appendString(_ value: String) {
        append(0x22)
        let octets = value.utf8Span.span
        for index in octets.indices { appendEscaped(octets[index]) }
        append(0x22)
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and controls must be escaped; the rest of UTF-8 stands as it is.
    @inline(__always)
    mutating func appendEscaped(_ octet: UInt8) {
        switch octet {
        case 0x22, 0x5c:
            append(0x5c)
            append(octet)
        case 0..<0x20:
            append(nil, "\\u00", nil)
            append(hexadecimal: octet)
        default: append(octet)
        }
    }

    private mutating func append(hexadecimal octet: UInt8) {
        for digit in [octet >> 4, octet & 15] { append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
    }

    /// A name of ordinary host-name characters, which need no escape of either kind; false, and nothing appended, for others.
    mutating func append(plain name: DNSName) -> Bool {
        let octets = name.octets
        guard octets.count > 1 else { return false }
        reserve(octets.count)
        let start = count
        var out = storage.mutableSpan
        var label = 0
        while octets[label] != 0 {
            if label > 0 { out[start + label - 1] = 0x2e }
            for index in (label + 1)...(label + Int(octets[label])) {
                guard octets[index].isHostNameCharacter else { return false }
                out[start + index - 1] = octets[index]
            }
            label += Int(octets[label]) + 1
        }
        count = start + octets.count - 2
        return true
    }

    mutating func append(_ address: MACAddress) {
        reserve(17)
        let end = count
        var out = storage.mutableSpan
        for index in 0..<6 {
            let octet = UInt8(truncatingIfNeeded: address.rawValue >> (40 - 8 * UInt64(index)))
            let (high, low) = (octet >> 4, octet & 15)
            let at = end + 3 * index
            out[at] = high < 10 ? 0x30 + high : 0x57 + high
            out[at + 1] = low < 10 ? 0x30 + low : 0x57 + low
            if index < 5 { out[at + 2] = 0x3a }
        }
        count = end + 17
    }

    mutating func append(_ address: IPv4Address) {
        for index in 0..<4 {
            if index > 0 { append(0x2e) }
            append(decimal: UInt64(address.rawValue >> (24 - 8 * UInt32(index)) & 255))
        }
    }

    mutating func append(decimal value: UInt64) {
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
        let start = count
        var out = storage.mutableSpan
        var rest = value
        var index = start + digits
        while index > start {
            index -= 1
            out[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count = start + digits
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
}
