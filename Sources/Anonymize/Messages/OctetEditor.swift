import Wire

/// Octets of a message whose names and addresses are replaced in place.
struct OctetEditor {
    var octets: [UInt8]

    func uint8(_ offset: Int) -> Int? { octets.indices.contains(offset) ? Int(octets[offset]) : nil }
    func uint16(_ offset: Int) -> Int? { holds(offset, 2) ? Int(octets[offset]) << 8 | Int(octets[offset + 1]) : nil }
    func uint24(_ offset: Int) -> Int? {
        holds(offset, 3) ? Int(octets[offset]) << 16 | Int(octets[offset + 1]) << 8 | Int(octets[offset + 2]) : nil
    }
    func holds(_ offset: Int, _ count: Int) -> Bool { offset >= 0 && count >= 0 && count <= octets.count && offset <= octets.count - count }
    subscript(range: Range<Int>) -> [UInt8] { Array(octets[range.clamped(to: 0..<octets.count)]) }

    mutating func write(_ bytes: some Sequence<UInt8>, at offset: Int) {
        var index = offset
        for byte in bytes {
            guard octets.indices.contains(index) else { return }
            octets[index] = byte
            index += 1
        }
    }

    mutating func blot(_ range: Range<Int>) {
        for index in range.clamped(to: 0..<octets.count) { octets[index] = 0 }
    }

    mutating func replace(ipv4 offset: Int, _ map: AddressMap) {
        guard holds(offset, 4) else { return }
        let address = octets[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        write((map(IPv4Address(rawValue: address)) as IPv4Address).rawValue.octets, at: offset)
    }

    mutating func replace(ipv6 offset: Int, _ map: AddressMap) {
        guard holds(offset, 16) else { return }
        func word(_ start: Int) -> UInt64 { octets[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        let mapped: IPv6Address = map(IPv6Address(high: word(offset), low: word(offset + 8)))
        write(mapped.high.octets + mapped.low.octets, at: offset)
    }

    mutating func replace(text range: Range<Int>, _ names: NameMap, _ map: AddressMap) {
        write(names.text(self[range], map), at: range.lowerBound)
    }

    /// Names of protocols, each behind its length (RFC 7301 §3.1).
    mutating func replace(protocols range: Range<Int>, _ names: NameMap) {
        var offset = range.lowerBound
        while offset < range.upperBound, let length = uint8(offset) {
            let name = offset + 1..<min(range.upperBound, offset + 1 + length)
            write(names.protocol(self[name]), at: name.lowerBound)
            offset = name.upperBound
        }
    }

    mutating func replace(opaque range: Range<Int>, _ names: NameMap) { write(names.opaque(self[range]), at: range.lowerBound) }
}
