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

extension TLSExtension {
    /// Reads the list at the end of a hello, which hellos before TLS 1.2 may lack.
    ///
    /// - Parameter bodyLength: what the hello's body was before anything was read.
    static func forEach(in bytes: inout Span<UInt8>, bodyLength: Int, _ body: (TLSExtension) -> Void) throws(DecodeError) {
        guard !bytes.isEmpty else { return }
        var rest = bytes
        let length = try rest.readLength16()
        let end = rest.count - length
        while rest.count > end {
            guard rest.count - end >= 4, rest.count - end - 4 >= Int(rest.uint16(at: 2)) else { throw .malformed("extensions") }
            body(try TLSExtension(decoding: &rest, bodyLength: bodyLength))
        }
        bytes = rest
    }

    /// One of a list.
    @inline(__always)
    init(decoding bytes: inout Span<UInt8>, bodyLength: Int) throws(DecodeError) {
        try bytes.require(4)
        let start = bodyLength - bytes.count + 4
        self.init(type: TLSExtensionType(rawValue: bytes.uint16(at: 0)), octets: start..<(start + Int(bytes.uint16(at: 2))))
        try bytes.skip(4 + octets.count)
    }
}

extension [TLSExtension] {
    public func contains(_ type: TLSExtensionType) -> Bool { contains { $0.type == type } }

    /// The first of its type: there must be no second (RFC 8446 §4.2), and where there is one, servers differ.
    func first(_ type: TLSExtensionType) -> TLSExtension? { first { $0.type == type } }

    /// The list at the end of a hello.
    init(decoding bytes: inout Span<UInt8>, bodyLength: Int) throws(DecodeError) {
        self.init()
        // Browsers send up to 18.
        reserveCapacity(Swift.min(18, bytes.count / 4))
        try TLSExtension.forEach(in: &bytes, bodyLength: bodyLength) { append($0) }
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
}

extension FieldVisitor {
    mutating func list(_ name: StaticString, codes: [some TLSCodePoint]) {
        list(name, count: codes.count) { index, fields in fields.field("code", codes[index].rawValue) }
    }
}
