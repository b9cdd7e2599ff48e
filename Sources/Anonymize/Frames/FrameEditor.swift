import Wire

/// A frame whose octets are replaced, each by one. Checksums follow at the end, by what changed: right ones stay right, wrong ones wrong, and those
/// over octets that the capture lacks need none of them.
struct FrameEditor {
    let original: [UInt8]
    private(set) var octets: [UInt8]
    /// Octets that are kept; what follows is cut.
    private(set) var kept: Int
    private var checksums: [Checksum] = []

    private struct Checksum {
        var field: Int
        var covered: Range<Int>
        /// Changes of octets that it covers and that stand elsewhere: addresses, later fragments.
        var others: OnesComplement
        var kind: Kind
    }

    enum Kind {
        case plain
        /// Zero says that there is none (RFC 768).
        case udp
        /// The sender's interface was to finish it: it is the sum over the addresses alone.
        case partial
    }

    init(_ bytes: Span<UInt8>) {
        original = [UInt8](copying: bytes)
        octets = original
        kept = original.count
    }

    /// Whether these octets are there.
    func holds(_ range: Range<Int>) -> Bool { range.lowerBound >= 0 && range.upperBound <= octets.count }

    mutating func cut(to count: Int) { kept = min(kept, max(0, count)) }

    /// What is beyond the frame's end is left out.
    mutating func write(_ bytes: some Sequence<UInt8>, at offset: Int) {
        guard offset >= 0 else { return }
        var index = offset
        for byte in bytes {
            guard index < octets.count else { return }
            octets[index] = byte
            index += 1
        }
    }

    mutating func blot(_ range: Range<Int>) {
        for index in range.clamped(to: 0..<octets.count) { octets[index] = 0 }
    }

    /// Octets of the frame as a reader of lengths and types needs them, of the original; nil beyond its end.
    func uint8(_ offset: Int) -> Int? { original.indices.contains(offset) ? Int(original[offset]) : nil }
    func uint16(_ offset: Int) -> Int? { holds(offset..<offset + 2) ? Int(original[offset]) << 8 | Int(original[offset + 1]) : nil }

    // MARK: Addresses

    mutating func replace(ipv4 offset: Int, _ map: AddressMap) {
        guard holds(offset..<offset + 4) else { return }
        let address = original[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        write((map(IPv4Address(rawValue: address)) as IPv4Address).rawValue.octets, at: offset)
    }

    mutating func replace(ipv6 offset: Int, _ map: AddressMap) {
        guard holds(offset..<offset + 16) else { return }
        func word(_ start: Int) -> UInt64 { original[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        let mapped: IPv6Address = map(IPv6Address(high: word(offset), low: word(offset + 8)))
        write(mapped.high.octets + mapped.low.octets, at: offset)
    }

    mutating func replace(mac offset: Int, _ map: AddressMap) {
        guard holds(offset..<offset + 6) else { return }
        let address = original[offset..<offset + 6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        write(map(MACAddress(rawValue: address)).rawValue.octets.dropFirst(2), at: offset)
    }

    // MARK: Checksums

    /// The change of octets at even places of what a checksum covers.
    func change(in range: Range<Int>) -> OnesComplement { OnesComplement(from: original, to: octets, range.clamped(to: 0..<octets.count)) }

    /// Those of inner headers are to be noted after those of outer ones, which cover them.
    mutating func note(checksum field: Int, over range: Range<Int>, others: OnesComplement = OnesComplement(), _ kind: Kind = .plain) {
        let covered = range.clamped(to: 0..<octets.count)
        guard holds(field..<field + 2) else { return }
        checksums.append(Checksum(field: field, covered: covered, others: others, kind: kind))
    }

    mutating func mendChecksums() {
        for checksum in checksums.reversed() {
            let old = UInt16(original[checksum.field]) << 8 | UInt16(original[checksum.field + 1])
            if checksum.kind == .udp, old == 0 { continue }
            var change = checksum.kind == .partial ? OnesComplement() : change(in: checksum.covered)
            change.add(checksum.others)
            if change.isNone { continue }
            var new = checksum.kind == .partial ? change.applied(toSum: old) : change.applied(to: old)
            if checksum.kind == .udp, new == 0 { new = 0xffff }
            write(new.octets, at: checksum.field)
        }
        checksums.removeAll()
    }
}

/// How a sum of sixteen-bit words in one's complement changed (RFC 1624 §3).
struct OnesComplement: Hashable, Sendable {
    private var sum: UInt64 = 0

    var isNone: Bool { sum == 0 }

    init() {}

    init(from old: [UInt8], to new: [UInt8], _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let hasSecond = index + 1 < range.upperBound
            let before = UInt64(old[index]) << 8 | (hasSecond ? UInt64(old[index + 1]) : 0)
            let after = UInt64(new[index]) << 8 | (hasSecond ? UInt64(new[index + 1]) : 0)
            if before != after { sum &+= (0xffff - before) + after }
            index += 2
        }
    }

    mutating func add(_ other: Self) { sum &+= other.sum }

    func applied(to checksum: UInt16) -> UInt16 { ~applied(toSum: ~checksum) }

    func applied(toSum old: UInt16) -> UInt16 {
        var sum = sum &+ UInt64(old)
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return UInt16(sum)
    }
}
