/// A Geneve header: options, then what its EtherType says (RFC 8926 §3.4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---+-----------+-+-+-----------+-------------------------------+
///     | 0 |length in 4s|O|C| reserved |           EtherType           |
///     |         virtual network identifier (24)       |   reserved    |
///     |     options: class (2), type (1), length in 4s (5 bits), data |
///     +---------------------------------------------------------------+
public struct GeneveHeader: Hashable, Sendable {
    public var optionsLength: Int
    /// A message from tunnel end to tunnel end, not for hosts.
    public var isControl: Bool
    public var hasCriticalOptions: Bool
    public var etherType: EtherType
    public var identifier: UInt32
    public var options: [Option] = []

    public struct Option: Hashable, Sendable {
        public var optionClass: UInt16
        public var type: UInt8
        public var length: Int
    }

    public static let port = Port(rawValue: 6081)

    /// Whether a datagram to the port is Geneve, of those that we serve: a client may have the port as its own.
    public static func isLikely(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 8, bytes[0] >> 6 == 0, bytes[1] & 0x3f == 0, bytes[7] == 0 else { return false }
        guard bytes.count >= 8 + Int(bytes[0]) * 4 else { return false }
        let type = EtherType(rawValue: bytes.uint16(at: 2))
        return type == .transparentBridging || type == .ipv4 || type == .ipv6 || type == .arp
    }

    /// - Parameter withOptions: lists the options, too, which the way to the inner packet does not need.
    public init(decoding bytes: inout Span<UInt8>, withOptions: Bool = false) throws(DecodeError) {
        try bytes.require(8)
        guard bytes[0] >> 6 == 0 else { throw .unsupported("version") }
        optionsLength = Int(bytes[0]) * 4
        isControl = bytes[1] & 0x80 != 0
        hasCriticalOptions = bytes[1] & 0x40 != 0
        etherType = EtherType(rawValue: bytes.uint16(at: 2))
        identifier = bytes.uint32(at: 4) >> 8
        try bytes.skip(8)
        try bytes.require(optionsLength)
        if withOptions { options = Self.options(bytes.extracting(first: optionsLength)) }
        try bytes.skip(optionsLength)
    }

    private static func options(_ bytes: Span<UInt8>) -> [Option] {
        var rest = bytes
        var options: [Option] = []
        while rest.count >= 4 {
            let length = Int(rest[3] & 0x1f) * 4
            options.append(Option(optionClass: rest.uint16(at: 0), type: rest[2], length: length))
            rest = rest.extracting(droppingFirst: min(4 + length, rest.count))
        }
        return options
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("options_length", optionsLength)
        fields.field("control", flag: isControl)
        fields.field("critical", flag: hasCriticalOptions)
        fields.field("ether_type", etherType.rawValue)
        fields.field("identifier", identifier)
        guard !options.isEmpty else { return }
        fields.list("options", count: options.count) { index, fields in
            fields.field("class", options[index].optionClass)
            fields.field("type", options[index].type)
            fields.field("length", options[index].length)
        }
    }
}
