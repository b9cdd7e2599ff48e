/// A VLAN tag after its tag protocol identifier (IEEE 802.1Q §9.6).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-----+-+-----------------------+-------------------------------+
///     | PCP |D|    VLAN identifier    |           EtherType           |
///     +-----+-+-----------------------+-------------------------------+
public struct VLANTag: Hashable, Sendable {
    public var control: UInt16
    public var etherType: EtherType

    public static let length = 4

    public var identifier: UInt16 { control & 0x0fff }
    public var priority: UInt8 { UInt8(control >> 13) }
    public var dropEligible: Bool { control & 0x1000 != 0 }

    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        control = try bytes.read()
        etherType = EtherType(rawValue: try bytes.read())
    }
}
