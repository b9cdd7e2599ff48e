/// A domain name on the stack: read from a message without touching the heap, to be hashed and compared before anybody
/// decides to keep it.
public struct DNSNameBuffer {
    /// Uncompressed wire form (RFC 1035 §3.1: 255 octets at most), eight octets a word, the first one highest, and zeros behind. The last
    /// word is for reading and writing across words: it stays zero.
    @usableFromInline var words = InlineArray<33, UInt64>(repeating: 0)
    @usableFromInline var count = 0

    /// One for each label that 255 octets have room for.
    static let mostJumps = 127

    /// Reads a name at `offset` of a message, following compression pointers, and moves `offset` past it.
    ///
    /// A pointer must lead to an earlier place than the label it ends (RFC 1035 §4.1.4: "a prior occurrence"), so a chain
    /// of pointers always ends. It ends soon, too: pointers that lead to pointers only cost, and a large message could hold
    /// thousands of them for each of its names.
    @inline(__always)
    public init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) { try read(message, at: &offset) }

    /// Nothing yet: for `read`.
    public init() {}

    /// The same in place of what was there before: to return 272 octets is to copy them, more than once.
    public mutating func read(_ message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        if readPlain(message, at: &offset) { return }
        for index in 0...((count + 7) >> 3) { words[index] = 0 }
        count = 0
        var position = offset
        var next = offset  // after the first pointer
        var earliest = offset
        var jumps = 0
        while true {
            // Labels that stand side by side are copied together.
            let start = position
            var length = 0
            repeat {
                guard position < message.count else { throw .truncated(needed: 1, available: 0) }
                length = Int(message[position])
                guard length < 64 else { break }
                guard count + position - start + length + 1 <= 255 else { throw .malformed("name longer than 255 octets") }
                guard position + length < message.count else {
                    throw .truncated(needed: length + 1, available: message.count - position)
                }
                position += length + 1
            } while length > 0
            append(message, start..<position)
            if length == 0 { break }
            guard length & 0xc0 == 0xc0 else { throw .unsupported("label type") }
            guard position + 1 < message.count else { throw .truncated(needed: 2, available: 1) }
            let target = (length & 0x3f) << 8 | Int(message[position + 1])
            guard target < earliest, jumps < Self.mostJumps else { throw .malformed("compression pointer") }
            if jumps == 0 { next = position + 2 }
            jumps += 1
            earliest = target
            position = target
        }
        offset = jumps == 0 ? position : next
    }

    /// Most names have no pointer: whole words, each where it belongs.
    ///
    /// - Returns: false, and nothing is changed, where a name has one, or is none.
    @inline(__always)
    private mutating func readPlain(_ message: Span<UInt8>, at offset: inout Int) -> Bool {
        var end = offset
        var label = 1
        while label != 0 {
            guard end < message.count else { return false }
            label = Int(message[end])
            guard label < 64 else { return false }
            end += label + 1
        }
        guard end <= message.count, end - offset <= 255 else { return false }
        let last = (count + 7) >> 3
        count = end - offset
        var word = 0
        while offset < end {
            words[word] = message.word(at: offset, min(end - offset, 8))
            offset += 8
            word += 1
        }
        offset = end
        // Zeros behind it.
        while word <= last {
            words[word] = 0
            word += 1
        }
        return true
    }

    /// Moves `offset` past a name without reading where its pointer leads.
    public static func skip(_ message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
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

    public init(_ name: DNSName) { append(name.octets.span, 0..<min(name.octets.count, 255)) }

    /// The caller has made sure that 255 octets are enough.
    @inline(__always)
    private mutating func append(_ octets: Span<UInt8>, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let length = min(range.upperBound - index, 8)
            let word = octets.word(at: index, length)
            let shift = UInt64(count & 7) * 8
            words[count >> 3] |= word &>> shift
            words[count >> 3 + 1] |= (word &<< 1) &<< (63 - shift)
            count += length
            index += length
        }
    }

    public var name: DNSName {
        let words = words.span
        return unsafe DNSName(
            octets: [UInt8](unsafeUninitializedCapacity: (count + 7) & ~7) { octets, written in
                for index in 0..<((count + 7) >> 3) {
                    unsafe UnsafeMutableRawBufferPointer(octets).storeBytes(
                        of: words[index].bigEndian, toByteOffset: 8 * index, as: UInt64.self)
                }
                written = count
            })
    }

    public func isWithin(_ zone: DNSName) -> Bool {
        let words = words.span
        let octets = zone.octets.span
        var start = 0
        while count - start > octets.count { start += Int(words.word(at: start) &>> 56) + 1 }
        guard count - start == octets.count else { return false }
        var index = 0
        while index < octets.count {
            guard words.word(at: start + index).lowercasedASCII == octets.word(at: index, min(octets.count - index, 8)).lowercasedASCII
            else {
                return false
            }
            index += 8
        }
        return true
    }

    /// Mixes the name, case folded, into a keyed hash. No name is the beginning of another, since the root's zero ends it: its length
    /// need not be mixed.
    @inlinable @inline(__always)
    public func hash(into hash: inout KeyedHash) {
        let words = words.span
        for index in 0..<((count + 7) >> 3) { hash.mix(words[index].lowercasedASCII) }
    }
}

extension Span<UInt64> {
    /// Eight octets from `index` on, across words.
    @inline(__always)
    fileprivate func word(at index: Int) -> UInt64 {
        let shift = UInt64(index & 7) * 8
        return self[index >> 3] &<< shift | (self[index >> 3 + 1] &>> 1) &>> (63 - shift)
    }
}

extension Span<UInt8> {
    /// Up to eight octets, the first one highest and zeros behind. The caller has made sure that they are there.
    @inline(__always)
    func word(at index: Int, _ length: Int) -> UInt64 {
        if index + 8 <= count {
            let eight = extracting(index..<(index + 8))
            let word = UInt64(eight.uint32(at: 0)) << 32 | UInt64(eight.uint32(at: 4))
            return word & ~((UInt64.max &>> 1) &>> UInt64(length * 8 - 1))
        }
        var word: UInt64 = 0
        for position in index..<(index + length) { word = word &<< 8 | UInt64(self[position]) }
        return word &<< UInt64(64 - length * 8)
    }
}

extension UInt64 {
    /// Eight octets at once, ASCII letters alone (RFC 4343 §3). Label lengths are below the letters, and stay.
    @inlinable @inline(__always)
    var lowercasedASCII: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = self & (0x7f &* ones)
        // The highest bit of each octet: "A" or above, and not above "Z".
        let isUpper = (low &+ 0x3f &* ones) & ~(low &+ 0x25 &* ones) & ~self & (0x80 &* ones)
        return self | isUpper &>> 2
    }
}
