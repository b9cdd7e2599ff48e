/// The packet that a tunnel put around another, as far as it names the tunnel. Its headers in full stand in the frame's octets.
public struct OuterPacket: Hashable, Sendable {
    public var kind: Kind
    /// Nil where the outer packet is itself tunnelled without a link header, or its link has no addresses.
    public var ethernet: EthernetHeader?
    public var ppp: PPPHeader?
    public var pppoe: PPPoEHeader?
    public var vlan: VLANTags
    public var labels: MPLSLabelStack
    public var source: IPAddress
    public var destination: IPAddress
    public var timeToLive: UInt8
    /// IPv4 only.
    public var identification: UInt16?
    public var sourcePort: Port?
    public var destinationPort: Port?
    /// The VXLAN or Geneve network identifier, a GRE key, a call of PPTP, or the session of a mirrored frame.
    public var identifier: UInt32?
    /// Octets from the start of the frame: to the network header, to what the network header carries, and to the tunnel's own header, or
    /// where it has none to the inner packet.
    public var networkOffset: Int32
    public var transportOffset: Int32
    public var tunnelOffset: Int32

    public enum Kind: UInt8, Hashable, Sendable {
        /// IP in IP, of either family in either (RFC 2003, RFC 4213, RFC 2473).
        case ip
        case gre, vxlan, geneve
        /// A mirrored frame in GRE.
        case erspan
        /// An Ethernet frame in IP without a header between.
        case ethernet
    }
}

/// The packets around a packet, the outermost first. They stand apart, since few packets have any and what is handed on is copied here and
/// there by the compiler; what lies beyond the end is stale, and its room is used again.
public struct OuterPackets: ~Copyable, Sendable {
    public private(set) var count = 0
    private var items: [OuterPacket] = []

    /// Nesting beyond this is no network, but somebody's test of ours.
    public static let deepest = 4

    public subscript(index: Int) -> OuterPacket {
        precondition(index < count)
        return items[index]
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }

    /// - Returns: false where the list is full.
    mutating func append(_ item: OuterPacket) -> Bool {
        guard count < Self.deepest else { return false }
        if count < items.count { items[count] = item } else { items.append(item) }
        count += 1
        return true
    }
}
