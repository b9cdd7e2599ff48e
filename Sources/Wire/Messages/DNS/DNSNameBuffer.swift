/// A domain name on the stack: read from a message without touching the heap, to be hashed and compared before anybody
/// decides to keep it.
package struct DNSNameBuffer {
    /// Uncompressed wire form (RFC 1035 §3.1: 255 octets at most).
    private var octets = InlineArray<255, UInt8>(repeating: 0)
    private var count = 0

    /// One for each label that 255 octets have room for.
    static let mostJumps = 127

    /// Reads a name at `offset` of a message, following compression pointers, and moves `offset` past it.
    ///
    /// A pointer must lead to an earlier place than the label it ends (RFC 1035 §4.1.4: "a prior occurrence"), so a chain
    /// of pointers always ends. It ends soon, too: pointers that lead to pointers only cost, and a large message could hold
    /// thousands of them for each of its names.
    package init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        var position = offset
        var next = offset  // after the first pointer
        var earliest = offset
        var jumps = 0
        while true {
            guard position < message.count else { throw .truncated(needed: 1, available: 0) }
            let length = Int(message[position])
            if length & 0xc0 == 0xc0 {
                guard position + 1 < message.count else { throw .truncated(needed: 2, available: 1) }
                let target = (length & 0x3f) << 8 | Int(message[position + 1])
                guard target < earliest, jumps < Self.mostJumps else { throw .malformed("compression pointer") }
                if jumps == 0 { next = position + 2 }
                jumps += 1
                earliest = target
                position = target
                continue
            }
            guard length & 0xc0 == 0 else { throw .unsupported("label type") }
            guard count + length + 1 <= 255 else { throw .malformed("name longer than 255 octets") }
            guard position + length < message.count else {
                throw .truncated(needed: length + 1, available: message.count - position)
            }
            for index in 0...length {
                octets[count + index] = message[position + index]
            }
            count += length + 1
            position += length + 1
            if length == 0 { break }
        }
        offset = jumps == 0 ? position : next
    }

    /// Moves `offset` past a name without reading where its pointer leads.
    package static func skip(_ message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        while offset < message.count {
            let length = Int(message[offset])
            let isPointer = length & 0xc0 == 0xc0
            guard isPointer || length & 0xc0 == 0 else { throw .unsupported("label type") }
            let octets = isPointer ? 2 : length + 1
            guard offset + octets <= message.count else { throw .truncated(needed: octets, available: message.count - offset) }
            offset += octets
            if isPointer || length == 0 { return }
        }
        throw .truncated(needed: 1, available: 0)
    }

    package init(_ name: DNSName) {
        for octet in name.octets.prefix(255) {
            octets[count] = octet
            count += 1
        }
    }

    package var name: DNSName {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in 0..<count { copy.append(octets[index]) }
        return DNSName(octets: copy)
    }

    package func isWithin(_ zone: DNSName) -> Bool {
        let zone = zone.octets
        var start = 0
        while count - start > zone.count { start += Int(octets[start]) + 1 }
        guard count - start == zone.count else { return false }
        for index in zone.indices where octets[start + index].lowercasedASCII != zone[index].lowercasedASCII { return false }
        return true
    }

    /// Mixes the name, case folded, into a keyed hash.
    package func hash(into hash: inout KeyedHash) {
        var word: UInt64 = 0
        for index in 0..<count {
            word = word << 8 | UInt64(octets[index].lowercasedASCII)
            if index & 7 == 7 {
                hash.mix(word)
                word = 0
            }
        }
        hash.mix(word)
        hash.mix(UInt64(count))
    }
}
