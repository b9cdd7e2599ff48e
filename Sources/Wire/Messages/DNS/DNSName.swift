/// A domain name in wire form, uncompressed, with the case that was sent (RFC 1035 §3.1).
/// Names are equal whatever their case (RFC 4343).
public struct DNSName: Sendable {
    /// Length-prefixed labels and the root's zero.
    public let octets: [UInt8]

    public static let root = Self(octets: [0])

    init(octets: [UInt8]) { self.octets = octets }

    /// Labels before the root.
    public var labelCount: Int {
        var count = 0
        var index = 0
        while index < octets.count, octets[index] != 0 {
            count += 1
            index += Int(octets[index]) + 1
        }
        return count
    }

    /// True for the zone's own name and for every name below it.
    public func isWithin(_ zone: DNSName) -> Bool {
        DNSNameBuffer(self).isWithin(zone)
    }

    /// The longest name that both are within.
    public func commonSuffix(_ other: DNSName) -> DNSName {
        var start = 0
        while start < octets.count {
            let suffix = DNSName(octets: Array(octets[start...]))
            if other.isWithin(suffix) { return suffix }
            start += Int(octets[start]) + 1
        }
        return .root
    }
}

extension DNSName: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.octets.count == right.octets.count else { return false }
        let (left, right) = (left.octets.span, right.octets.span)
        var index = 0
        while index < left.count {
            let length = min(left.count - index, 8)
            guard left.word(at: index, length).lowercasedASCII == right.word(at: index, length).lowercasedASCII else { return false }
            index += 8
        }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        let octets = octets.span
        var index = 0
        while index < octets.count {
            hasher.combine(octets.word(at: index, min(octets.count - index, 8)).lowercasedASCII)
            index += 8
        }
    }
}

extension DNSName: LosslessStringConvertible {
    /// Labels with dots and no dot at the end; the root is `.`. Other octets than printable ASCII, and dots and
    /// backslashes within labels, are escaped (RFC 1035 §5.1).
    public var description: String { String(decoding: text, as: UTF8.self) }

    public var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        write(to: &text)
        return text
    }

    func write(to text: inout [UInt8]) {
        guard octets.count > 1 else {
            text.append(0x2e)
            return
        }
        var index = 0
        while index < octets.count, octets[index] != 0 {
            if index > 0 { text.append(0x2e) }
            let end = index + 1 + Int(octets[index])
            for octet in octets[(index + 1)..<end] { text.append(presenting: octet, delimiter: 0x2e, printable: 0x21...0x7e) }
            index = end
        }
    }

    /// Labels of 1 to 63 octets with dots between, 255 octets in all; one dot at the end is allowed, and escapes are read.
    public init?(_ description: String) {
        if description == "." {
            self = .root
            return
        }
        var octets: [UInt8] = []
        var label: [UInt8] = []
        var rest = Array(description.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == 0x5c {
                guard let escaped = rest.popEscaped() else { return nil }
                label.append(escaped)
            } else if octet != 0x2e {
                label.append(octet)
            }
            guard octet == 0x2e || rest.isEmpty else { continue }
            guard let length = UInt8(exactly: label.count), (1...63).contains(length) else { return nil }
            octets.append(length)
            octets += label
            label = []
        }
        octets.append(0)
        guard (2...255).contains(octets.count) else { return nil }
        self.init(octets: octets)
    }
}

extension ArraySlice<UInt8> {
    /// What stands behind a backslash: three decimal digits, or the octet itself (RFC 1035 §5.1).
    fileprivate mutating func popEscaped() -> UInt8? {
        guard let first = popFirst() else { return nil }
        guard (0x30...0x39).contains(first) else { return first }
        guard let second = popFirst(), let third = popFirst() else { return nil }
        return UInt8(String(decoding: [first, second, third], as: UTF8.self))
    }
}

extension [UInt8] {
    /// In presentation format: a backslash before itself and the delimiter, decimals for what is not printable (RFC 1035 §5.1).
    mutating func append(presenting octet: UInt8, delimiter: UInt8, printable: ClosedRange<UInt8>) {
        if octet == delimiter || octet == 0x5c {
            self += [0x5c, octet]
        } else if printable.contains(octet) {
            append(octet)
        } else {
            self += [0x5c, 0x30 + octet / 100, 0x30 + octet / 10 % 10, 0x30 + octet % 10]
        }
    }
}

extension UInt8 {
    public var lowercasedASCII: UInt8 { (0x41...0x5a).contains(self) ? self + 0x20 : self }
}
