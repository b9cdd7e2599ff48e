/// One extension of a hello: its type, and where in the message's body its octets stand (RFC 8446 §4.2).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+-------------------------------+
///     |        extension_type         |            length             |
///     |                        extension_data                         |
///     +---------------------------------------------------------------+
public struct TLSExtension: Hashable, Sendable {
    public var type: TLSExtensionType
    public var octets: Range<Int>

    public init(type: TLSExtensionType, octets: Range<Int>) {
        self.type = type
        self.octets = octets
    }
}

extension [TLSExtension] {
    public func contains(_ type: TLSExtensionType) -> Bool { contains { $0.type == type } }

    /// The first of its type: there must be no second (RFC 8446 §4.2), and where there is one, servers differ.
    func first(_ type: TLSExtensionType) -> TLSExtension? { first { $0.type == type } }

    /// Reads the list at the end of a hello, which hellos before TLS 1.2 may lack. `bodyLength` is what the body was before anything was read.
    init(decoding bytes: inout Span<UInt8>, bodyLength: Int) throws(DecodeError) {
        self.init()
        guard !bytes.isEmpty else { return }
        var rest = bytes
        let length = try rest.readLength16()
        let end = rest.count - length
        // Browsers send up to 18.
        reserveCapacity(Swift.min(18, length / 4))
        while rest.count > end {
            guard rest.count - end >= 4 else { throw .malformed("extensions") }
            let type = TLSExtensionType(rawValue: rest.uint16(at: 0))
            let count = Int(rest.uint16(at: 2))
            guard rest.count - end - 4 >= count else { throw .malformed("extensions") }
            let start = bodyLength - rest.count + 4
            append(TLSExtension(type: type, octets: start..<(start + count)))
            try rest.skip(4 + count)
        }
        bytes = rest
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.list("extensions", count: count) { index, fields in
            fields.field("type", self[index].type.rawValue)
            fields.field("length", self[index].octets.count)
        }
    }
}

/// TLS's vectors: a length in octets, then so many octets (RFC 8446 §3.4).
extension Span<UInt8> {
    /// A length of one octet; what it counts is there.
    mutating func readLength8() throws(DecodeError) -> Int {
        let length = Int(try read() as UInt8)
        try require(length)
        return length
    }

    mutating func readLength16() throws(DecodeError) -> Int {
        let length = Int(try read() as UInt16)
        try require(length)
        return length
    }

    mutating func readUInt24() throws(DecodeError) -> Int {
        try require(3)
        let value = Int(self[0]) << 16 | Int(uint16(at: 1))
        try skip(3)
        return value
    }

    /// So many octets of code points, which `require` has vouched for.
    mutating func readCodes<Code: TLSCodePoint>(octets: Int, field: Field) throws(DecodeError) -> [Code] {
        guard octets & 1 == 0 else { throw .malformed(field) }
        var codes: [Code] = []
        codes.reserveCapacity(octets / 2)
        for _ in 0..<(octets / 2) { codes.append(Code(rawValue: try read())) }
        return codes
    }
}

extension FieldVisitor {
    mutating func list(_ name: StaticString, codes: [some TLSCodePoint]) {
        list(name, count: codes.count) { index, fields in fields.field("code", codes[index].rawValue) }
    }
}
