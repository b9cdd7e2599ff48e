/// An object that a router appends to an ICMP error, behind the quote (RFC 4884 §7, §8).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-----------------------+-------------------------------+
///     |vers. 2|       reserved        |           checksum            |  once
///     +-------+-----------------------+-------------------------------+
///     |            length             |   class-num   |    c-type     |  each object
///     |         payload               |
///     +-------------------------------+
public struct ICMPExtension: Hashable, Sendable {
    /// Octets, these four included.
    public var length: UInt16
    public var classNumber: UInt8
    public var classType: UInt8
    /// The label stack that the quoted packet came with; empty in objects of other classes (RFC 4950 §3).
    public var labels: [MPLSLabel] = []

    /// Class-num and c-type of the incoming MPLS label stack (RFC 4950 §3).
    public static let labelStack: (classNumber: UInt8, classType: UInt8) = (1, 1)
}

extension ICMPExtension {
    /// Read leniently, for the error above them stands without: what is no extension structure gives none.
    ///
    /// - Parameter quotedLength: octets of the quote. Routers older than RFC 4884 say 0 and quote 128 octets (§5.5).
    static func list(behind quotedLength: Int, in bytes: Span<UInt8>) -> [Self] {
        let start = quotedLength == 0 ? 128 : quotedLength
        guard bytes.count >= start + 4 else { return [] }
        var rest = bytes.extracting(droppingFirst: start)
        guard rest[0] >> 4 == 2, quotedLength > 0 || checksum(rest) == 0 else { return [] }
        rest = rest.extracting(droppingFirst: 4)
        var objects: [Self] = []
        while rest.count >= 4 {
            let length = Int(rest.uint16(at: 0))
            guard length >= 4, length <= rest.count else { break }
            var object = Self(length: UInt16(length), classNumber: rest[2], classType: rest[3])
            if (object.classNumber, object.classType) == labelStack {
                for index in stride(from: 4, to: length - 3, by: 4) { object.labels.append(MPLSLabel(rawValue: rest.uint32(at: index))) }
            }
            objects.append(object)
            rest = rest.extracting(droppingFirst: length)
        }
        return objects
    }

    /// The internet checksum (RFC 1071): zero over octets that hold their own. Without a length field it alone tells an
    /// extension structure from the rest of a long quote.
    private static func checksum(_ bytes: Span<UInt8>) -> UInt16 {
        var sum: UInt64 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) { sum += UInt64(bytes.uint16(at: index)) }
        if bytes.count % 2 == 1 { sum += UInt64(bytes[bytes.count - 1]) << 8 }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return ~UInt16(sum)
    }

    static func describe(_ objects: [Self], to fields: inout some FieldVisitor) {
        guard !objects.isEmpty else { return }
        fields.list("extensions", count: objects.count) { index, fields in
            let object = objects[index]
            fields.field("length", object.length)
            fields.field("class", object.classNumber)
            fields.field("type", object.classType)
            guard !object.labels.isEmpty else { return }
            fields.list("labels", count: object.labels.count) { object.labels[$0].describe(to: &$1) }
        }
    }
}
