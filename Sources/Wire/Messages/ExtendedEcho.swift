/// What stands in the second half of the header of an extended echo, of either family: whether an interface of the node is up
/// (RFC 8335 §2, §3).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------------------------------+---------------+---------------+
///     |           identifier          |    sequence   |   reserved  |L|  request
///     |           identifier          |    sequence   |state|res|A|4|6|  reply
///     +-------------------------------+---------------+---------------+
public struct ExtendedEcho: Hashable, Sendable {
    public var identifier: UInt16
    public var sequence: UInt8
    /// A request's last bit says that the interface is the node's own, not a neighbour's. A reply has the state of a neighbour's entry,
    /// and whether the interface is active and runs IPv4 and IPv6.
    public var flags: UInt8

    public init(_ restOfHeader: UInt32) {
        identifier = UInt16(restOfHeader >> 16)
        sequence = UInt8(restOfHeader >> 8 & 0xff)
        flags = UInt8(restOfHeader & 0xff)
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("identifier", identifier)
        fields.field("sequence", sequence)
        fields.field("flags", flags)
    }
}
