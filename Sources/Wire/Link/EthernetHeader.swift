/// An Ethernet II header (IEEE 802.3 §3.2).
///
///     destination (6 octets) | source (6 octets) | EtherType (2 octets)
public struct EthernetHeader: Hashable, Sendable {
    public var destination: MACAddress
    public var source: MACAddress
    public var etherType: EtherType

    public static let length = 14

    @inline(__always)
    public init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        try bytes.require(Self.length)
        // With two octets more, which go again: whole words are read at once.
        destination = MACAddress(rawValue: bytes.uint64(at: 0) >> 16)
        source = MACAddress(rawValue: bytes.uint64(at: 4))
        etherType = EtherType(rawValue: bytes.uint16(at: 12))
        bytes = bytes.extracting(droppingFirst: Self.length)
    }
}
