import Wire

/// Names for names, label by label and each as long as it was, so that messages keep their lengths and zones stay zones: what had a suffix in
/// common has one afterwards. Letters become letters and digits digits, the case of each stays.
///
/// Kept are public suffixes, labels that begin with an underscore, and names that mean something to everybody. A label of one character has too few
/// neighbours: what becomes of it depends on the labels behind it, too.
final class NameMap {
    private let function: KeyedFunction
    private var known: [[UInt8]: [UInt8]] = [:]

    private static let mostKnown = 1 << 16
    private static let rounds: ClosedRange<UInt8> = 0...7

    init(_ function: KeyedFunction) { self.function = function }

    // MARK: Names

    /// The labels of a whole name, the root's left out.
    ///
    /// - Parameter isText: a word of text may begin with an underscore, and be no service's.
    func callAsFunction(_ labels: [[UInt8]], _ addresses: AddressMap, isText: Bool = false) -> [[UInt8]] {
        let names = labels.map { String(decoding: $0.map(\.lowercasedASCII), as: UTF8.self) }
        let nibbles = names.suffix(2) == ["ip6", "arpa"] ? Self.nibbles(names.dropLast(2)) : []
        let digits = map(nibbles, addresses)
        // What stands before an address has no suffix of its own.
        let kept = PublicSuffix.length(of: names)
        let place = labels.count - kept - digits.count
        let isAddress = names.count == 4 && names.allSatisfy { Self.isOctet($0) }
        let isReverse = names.suffix(2) == ["in-addr", "arpa"]
        return labels.enumerated().map { index, label in
            if index >= labels.count - kept { return label }
            if index >= place { return digits[index - place] }
            let isTransport = [index, index + 1].contains { names.indices.contains($0) && ["_tcp", "_udp"].contains(names[$0]) }
            if Self.isService(label), !isText || (isTransport && names.count > 2) { return label }
            if label.count == 1 { return [permuted(label[0], names[(index + 1)...].joined(separator: ".").utf8)] }
            return (isAddress || isReverse) && Self.isOctet(names[index]) ? map(octet: label) : map(label)
        }
    }

    /// A protocol's or service's label (RFC 6335 §5.1: 15 characters at the most).
    private static func isService(_ label: [UInt8]) -> Bool { label.first == 0x5f && label.count <= 16 }

    private static func isOctet(_ text: String) -> Bool { UInt8(text).map { "\($0)" == text } ?? false }

    /// A number of an address as such a number of as many digits: the address that it becomes part of is another than the packets', whose
    /// numbers may have more digits.
    private func map(octet label: [UInt8]) -> [UInt8] {
        var mapped = map(label)
        while !Self.isOctet(String(decoding: mapped, as: UTF8.self)) { mapped = map(mapped) }
        return mapped
    }

    /// The digits of an address below ip6.arpa, the last one first (RFC 3596 §2.5); names of services may stand before them.
    private static func nibbles(_ names: ArraySlice<String>) -> [UInt8] {
        var nibbles: [UInt8] = []
        for name in names.reversed().prefix(32) {
            guard name.utf8.count == 1, let nibble = UInt8(name, radix: 16) else { break }
            nibbles.append(nibble)
        }
        return nibbles.reversed()
    }

    private func map(_ nibbles: [UInt8], _ addresses: AddressMap) -> [[UInt8]] {
        if nibbles.isEmpty { return [] }
        var (high, low) = (UInt64(0), UInt64(0))
        for (index, nibble) in nibbles.reversed().enumerated() {
            if index < 16 { high |= UInt64(nibble) << UInt64(60 - 4 * index) } else { low |= UInt64(nibble) << UInt64(124 - 4 * index) }
        }
        let mapped: IPv6Address = addresses(IPv6Address(high: high, low: low))
        return (0..<nibbles.count).reversed().map { index in
            let nibble = (index < 16 ? mapped.high >> UInt64(60 - 4 * index) : mapped.low >> UInt64(124 - 4 * index)) & 15
            return [UInt8(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)]
        }
    }

    // MARK: Text

    /// Text of any kind: words with dots are names, and other words are names of one label.
    func text(_ text: [UInt8], _ addresses: AddressMap) -> [UInt8] {
        var mapped = text
        var start = 0
        var before: ArraySlice<UInt8> = []
        var brackets = 0
        while start < text.count {
            guard text[start].isOfWord else {
                if text[start] == 0x5b { brackets += 1 }
                if text[start] == 0x5d { brackets = max(0, brackets - 1) }
                start += 1
                continue
            }
            let end = text[start...].firstIndex { !$0.isOfWord } ?? text.count
            let word = text[start..<end]
            let isPort =
                brackets == 0 && start > 0 && text[start - 1] == 0x3a && word.count <= 5 && word.allSatisfy(\.isDigit)
                && before.endIndex == start - 1 && !before.isEmpty && !before.allSatisfy(\.isHexDigit) && !Self.isOfUser(text[end...])
            if !isPort, !PublicSuffix.words.contains(String(decoding: word, as: UTF8.self)) {
                let labels = word.split(separator: 0x2e, omittingEmptySubsequences: false).map(Array.init)
                let whole = labels.filter { !$0.isEmpty }
                var names = self(whole, addresses, isText: true).makeIterator()
                let replaced = labels.map { label in label.isEmpty ? [] : names.next() ?? [] }
                mapped.replaceSubrange(start..<end, with: Array(replaced.joined(separator: [0x2e])))
            }
            before = word
            start = end
        }
        return mapped
    }

    /// Whether a name and its password go before (RFC 3986 §3.2.1).
    private static func isOfUser(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.first { $0 == 0x40 || $0 <= 0x20 || [0x22, 0x23, 0x2c, 0x2f, 0x3c, 0x3e, 0x3f].contains($0) } == 0x40
    }

    func text(_ text: String, _ addresses: AddressMap) -> String {
        String(decoding: self.text(Array(text.utf8), addresses), as: UTF8.self)
    }

    /// A protocol's name (RFC 7301 §3.1): of those that everybody knows none becomes another's.
    func `protocol`(_ name: [UInt8]) -> [UInt8] {
        if KnownProtocol.contains(name) { return name }
        var mapped = map(name)
        while KnownProtocol.contains(mapped) { mapped = map(mapped) }
        return mapped
    }

    /// Octets of which nothing but their number is kept, the same for the same.
    func opaque(_ octets: some Collection<UInt8>) -> [UInt8] { function.stream(.opaque, Array(octets), count: octets.count) }

    // MARK: Labels

    /// A Feistel network over two halves, which no two labels leave as one: each half's characters move on in their alphabets by what the key makes
    /// of the other half.
    private func map(_ label: [UInt8]) -> [UInt8] {
        let lower = label.map(\.lowercasedASCII)
        let mapped: [UInt8]
        if let found = known[lower] {
            mapped = found
        } else {
            // Words of text may be longer than a label.
            mapped = stride(from: 0, to: lower.count, by: 63).flatMap { start in
                let part = lower[start..<min(start + 63, lower.count)]
                return part.count == 1 ? [permuted(part[start], lower[..<start])] : shuffle(Array(part))
            }
            if known.count >= Self.mostKnown { known.removeAll() }
            known[lower] = mapped
        }
        return zip(label, mapped).map { original, mapped in (0x41...0x5a).contains(original) ? mapped & ~0x20 : mapped }
    }

    /// One of its alphabet's characters for each, in an order that the context has for itself.
    private func permuted(_ character: UInt8, _ context: some Collection<UInt8>) -> UInt8 {
        let lower = character.lowercasedASCII
        let alphabet: ClosedRange<UInt8>
        switch lower {
        case 0x61...0x7a: alphabet = 0x61...0x7a
        case 0x30...0x39: alphabet = 0x30...0x39
        default: return character
        }
        // Two octets for each place: which of those left comes next is as good as even.
        let random = function.stream(.character, [alphabet.lowerBound] + context, count: 2 * alphabet.count)
        var left = Array(alphabet)
        for place in 0...Int(lower - alphabet.lowerBound) {
            let next = left.remove(at: (Int(random[2 * place]) << 8 | Int(random[2 * place + 1])) % left.count)
            if place == Int(lower - alphabet.lowerBound) { return character == lower ? next : next & ~0x20 }
        }
        return character
    }

    private func shuffle(_ label: [UInt8]) -> [UInt8] {
        var label = label
        let middle = label.count / 2
        for round in Self.rounds {
            let (moved, other) = round % 2 == 0 ? (0..<middle, middle..<label.count) : (middle..<label.count, 0..<middle)
            let steps = function(.text, [round, UInt8(label.count)] + label[other])
            for (index, step) in zip(moved, steps) { label[index] = label[index].moved(by: step) }
        }
        return label
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isHexDigit: Bool { isDigit || (0x61...0x66).contains(lowercasedASCII) }
    /// Of a name, or of a word in any language.
    var isOfWord: Bool {
        isDigit || (0x61...0x7a).contains(lowercasedASCII) || self == 0x2d || self == 0x2e || self == 0x5f || self >= 0x80
    }

    fileprivate func moved(by step: UInt8) -> UInt8 {
        switch self {
        case 0x61...0x7a: 0x61 + UInt8((UInt16(self - 0x61) + UInt16(step)) % 26)
        case 0x30...0x39: 0x30 + UInt8((UInt16(self - 0x30) + UInt16(step)) % 10)
        // What continues a character of UTF-8.
        case 0x80...0xbf: 0x80 | (self &+ step) & 0x3f
        default: self
        }
    }
}
