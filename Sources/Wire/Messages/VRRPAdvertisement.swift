/// A VRRP advertisement: a router states that it holds virtual addresses (version 2: RFC 3768 §5.1; version 3: RFC 9568 §5.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-------+---------------+---------------+---------------+
///     |version| type  | virtual router|   priority    |  addresses    |
///     |  interval and authentication  |           checksum            |
///     |          addresses, 4 octets each (IPv6 in version 3: 16)     |
///     +---------------------------------------------------------------+
public struct VRRPAdvertisement: Hashable, Sendable {
    public var version: UInt8
    public var virtualRouter: UInt8
    public var priority: UInt8
    /// Version 2: authentication type and seconds; version 3: centiseconds.
    public var interval: UInt16
    public var checksum: UInt16
    public var addresses: [IPAddress]

    /// The sender gives its addresses up (RFC 9568 §5.2.4).
    public var isResignation: Bool { priority == 0 }
}

extension VRRPAdvertisement: Message {
    public static let layer = Layer.vrrp

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(8)
        version = bytes[0] >> 4
        guard version == 2 || version == 3 else { throw .unsupported("version") }
        guard bytes[0] & 15 == 1 else { throw .unsupported("type") }
        virtualRouter = bytes[1]
        priority = bytes[2]
        let count = Int(bytes[3])
        interval = bytes.uint16(at: 4)
        checksum = bytes.uint16(at: 6)
        try bytes.skip(8)
        addresses = []
        // Only the length tells the family; version 2, which knows IPv4 alone, may end with authentication data.
        let isV6 = version == 3 && count > 0 && bytes.count >= 16 * count
        for _ in 0..<count { addresses.append(isV6 ? .v6(try bytes.read()) : .v4(try bytes.read())) }
    }

    public func describe(to fields: inout some FieldVisitor) {
        fields.field("version", version)
        fields.field("virtual_router", virtualRouter)
        fields.field("priority", priority)
        fields.field("interval", interval)
        fields.field("checksum", checksum)
        fields.list("addresses", count: addresses.count) { index, fields in
            fields.field("address", addresses[index].description)
        }
    }
}
