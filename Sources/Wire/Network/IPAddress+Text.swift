extension IPv4Address: LosslessStringConvertible {
    public var description: String { String(decoding: [UInt8](text: .v4(self)), as: UTF8.self) }

    /// Four decimal numbers with dots; no leading zeros, which some systems read as octal.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let octet = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        self.init(rawValue: value)
    }
}

extension IPv6Address: LosslessStringConvertible {
    public var description: String { String(decoding: [UInt8](text: .v6(self)), as: UTF8.self) }

    /// The forms of RFC 4291 §2.2, without a zone.
    public init?(_ description: String) {
        var text = description[...]
        var tail: [UInt16] = []
        if let dot = text.firstIndex(of: "."), let colon = text[..<dot].lastIndex(of: ":") {
            guard let embedded = IPv4Address(String(text[text.index(after: colon)...])) else { return nil }
            tail = [UInt16(embedded.rawValue >> 16), UInt16(truncatingIfNeeded: embedded.rawValue)]
            text = text[...colon]
            if text.hasSuffix("::") {} else { text = text.dropLast() }
        }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard let first = Self.groups(halves.first ?? ""), halves.count <= 2 else { return nil }
        var groups = first
        if halves.count == 2 {
            guard let last = Self.groups(halves[1]) else { return nil }
            let zeros = 8 - first.count - last.count - tail.count
            guard zeros >= 1 else { return nil }
            groups += [UInt16](repeating: 0, count: zeros) + last
        }
        groups += tail
        guard groups.count == 8 else { return nil }
        let value = groups.map(UInt64.init)
        self.init(
            high: value[0] << 48 | value[1] << 32 | value[2] << 16 | value[3],
            low: value[4] << 48 | value[5] << 32 | value[6] << 16 | value[7])
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else { return nil }
            groups.append(group)
        }
        return groups
    }
}

extension IPAddress: LosslessStringConvertible {
    public var description: String { String(decoding: [UInt8](text: self), as: UTF8.self) }

    public init?(_ description: String) {
        if let address = IPv4Address(description) {
            self = .v4(address)
        } else if let address = IPv6Address(description) {
            self = .v6(address)
        } else {
            return nil
        }
    }
}

extension IPPrefix: LosslessStringConvertible {
    public var description: String { "\(address)/\(length)" }

    public init?(_ description: String) {
        let parts = description.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = UInt8(parts[1]).map(Int.init),
            length.description == parts[1]
        else { return nil }
        switch address {
        case .v4: guard (0...32).contains(length) else { return nil }
        case .v6: guard (0...128).contains(length) else { return nil }
        }
        self.address = address
        self.length = length
    }
}

extension [UInt8] {
    public init(text address: IPAddress) {
        self.init()
        reserveCapacity(40)
        append(text: address)
    }

    /// The canonical text form as ASCII: dotted decimal, or RFC 5952 §4.
    public mutating func append(text address: IPAddress) {
        switch address {
        case .v4(let address):
            for index in 0..<4 {
                if index > 0 { append(0x2e) }
                append(decimal: UInt64(address.rawValue >> (24 - 8 * UInt32(index)) & 255))
            }
        case .v6(let address): append(text: address)
        }
    }

    private mutating func append(text address: IPv6Address) {
        var run = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, address.group(end) == 0 { end += 1 }
            if end - start > Swift.max(1, run.count) { run = start..<end }
            start = end + 1
        }
        var index = 0
        while index < 8 {
            if !run.isEmpty, index == run.lowerBound {
                append(0x3a)
                append(0x3a)
                index = run.upperBound
                continue
            }
            if index > 0, index != run.upperBound || run.isEmpty { append(0x3a) }
            append(hexadecimal: address.group(index))
            index += 1
        }
    }

    /// Without leading zeros.
    private mutating func append(hexadecimal value: UInt16) {
        var shift = value < 0x10 ? 0 : value < 0x100 ? 4 : value < 0x1000 ? 8 : 12
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt16(shift) & 15)
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }

    /// A string as it stands: appended as a collection, each of its octets would go through an iterator.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(contentsOf: $0) }
    }

    public mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(0x30 + UInt8(truncatingIfNeeded: value))
            return
        }
        var rest = value
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var count = 0
        while rest > 0 {
            digits[count] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        }
        while count > 0 {
            count -= 1
            append(digits[count])
        }
    }
}
