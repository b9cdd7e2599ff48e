/// The header of a mirrored frame in GRE: what a switch adds to the copies that it sends to a remote analyser
/// (draft-foschiano-erspan-03 §4). Type I has none.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-------+-----------------------+-----+---+-+-------------------+
///     |version|         VLAN          |class|enc|T|      session      |  version 1 is type II, 2 is type III
///     |       reserved        |                 index                 |  type II
///     |                           timestamp                           |  type III
///     |  security group tag (16)      |P|frame type (5)| hardware (6) |D|granularity (2)|O|
///     |           platform, where O is set (8 octets)                 |
///     +---------------------------------------------------------------+
public struct ERSPANHeader: Hashable, Sendable {
    public var version: UInt8
    public var vlan: UInt16
    public var classOfService: UInt8
    /// Type II: how the frame came in; type III: whether it was short, long or damaged.
    public var encapsulation: UInt8
    /// The mirroring switch cut the frame.
    public var isTruncated: Bool
    public var session: UInt16
    /// Of the port, in type II.
    public var index: UInt32?
    public var timestamp: UInt32?
    public var securityGroup: UInt16?
    /// From the bit P to the bit O, in type III.
    public var flags: UInt16?
    public var platform: UInt64?

    /// What the frame begins with, as type III tells: an Ethernet header, or an IP header.
    public var etherType: EtherType? {
        switch flags.map({ $0 >> 10 & 31 }) {
        case nil, 0: .transparentBridging
        case 2: nil
        default: EtherType.none
        }
    }
}

extension ERSPANHeader {
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(8)
        version = bytes[0] >> 4
        guard version == 1 || version == 2 else { throw .unsupported("version") }
        vlan = bytes.uint16(at: 0) & 0x0fff
        classOfService = bytes[2] >> 5
        encapsulation = bytes[2] >> 3 & 3
        isTruncated = bytes[2] & 4 != 0
        session = bytes.uint16(at: 2) & 0x03ff
        try bytes.skip(4)
        if version == 1 {
            index = try (bytes.read() as UInt32) & 0xf_ffff
            return
        }
        timestamp = try bytes.read()
        securityGroup = try bytes.read()
        let flags: UInt16 = try bytes.read()
        self.flags = flags
        if flags & 1 != 0 { platform = try bytes.read() }
    }

    func describe(to fields: inout some FieldVisitor) {
        fields.field("version", version)
        fields.field("vlan", vlan)
        fields.field("class_of_service", classOfService)
        fields.field("encapsulation", encapsulation)
        fields.field("truncated", flag: isTruncated)
        fields.field("session", session)
        if let index { fields.field("index", index) }
        if let timestamp { fields.field("timestamp", timestamp) }
        if let securityGroup { fields.field("security_group", securityGroup) }
        if let flags { fields.field("flags", flags) }
        if let platform { fields.field("platform", platform) }
    }
}
