/// One frame, dissected: values, no reference to the frame's octets. Where tunnels were stepped into, the headers are those of the innermost
/// packet. It is lent to whoever looks at it, since a copy for each would cost too much.
public struct Packet: ~Copyable, Sendable {
    /// The frame's number in the capture, from 1, and its time.
    public var frame = FrameReference(number: 0, time: Timestamp(nanoseconds: 0))
    public var capturedLength = 0
    public var originalLength = 0
    /// The packets around this one, which a tunnel added.
    public var outer = OuterPackets()
    /// Nil where the link layer has no addresses, or only cooked ones.
    public var ethernet: EthernetHeader?
    /// A cooked header has a source address only.
    public var cooked: LinuxCookedHeader?
    public var ppp: PPPHeader?
    public var pppoe: PPPoEHeader?
    public var vlan = VLANTags()
    public var labels = MPLSLabelStack()
    public var network = Network.none
    /// Octets from the start of the frame.
    public var networkOffset = 0
    public var transport = Transport.none
    public var transportOffset = 0
    /// What the transport header carries: octets of the frame. For ARP and ICMP, the whole message.
    public var payload = 0..<0
    /// Octets from the start of the frame, on the wire, to where a length around the network header ends what it carries.
    var end = 0
    /// Why dissection ended early, if it did.
    public var anomaly: Anomaly?

    public enum Network: Hashable, Sendable {
        case none
        case ipv4(IPv4Header)
        case ipv6(IPv6Header)
    }

    public enum Transport: Hashable, Sendable {
        case none
        case arp
        case tcp(TCPHeader)
        case udp(UDPHeader)
        case icmpv4
        case icmpv6
        /// A later fragment: no transport header in this packet.
        case fragment(IPProtocol)
        case other(IPProtocol)
    }

    public init() {}

    mutating func reset(frame: FrameReference, capturedLength: Int, originalLength: Int) {
        self.frame = frame
        self.capturedLength = capturedLength
        self.originalLength = originalLength
        outer.removeAll()
        ethernet = nil
        cooked = nil
        ppp = nil
        pppoe = nil
        vlan = VLANTags()
        labels = MPLSLabelStack()
        network = .none
        networkOffset = 0
        transport = .none
        transportOffset = 0
        payload = 0..<capturedLength
        end = originalLength
        anomaly = nil
    }

    public var isCut: Bool { capturedLength < originalLength }

    /// What a tunnel carries was not sent by the stations here.
    public var isTunnelled: Bool { outer.count > 0 }

    /// A cooked header is the frame's own, not one of a packet in a tunnel.
    public var sourceMAC: MACAddress? { ethernet?.source ?? (isTunnelled ? nil : cooked?.source) }

    public var source: IPAddress? {
        switch network {
        case .none: nil
        case .ipv4(let header): .v4(header.source)
        case .ipv6(let header): .v6(header.source)
        }
    }

    public var destination: IPAddress? {
        switch network {
        case .none: nil
        case .ipv4(let header): .v4(header.destination)
        case .ipv6(let header): .v6(header.destination)
        }
    }

    var isIPv6: Bool { if case .ipv6 = network { true } else { false } }

    /// Time to live, or hop limit.
    public var timeToLive: UInt8 {
        switch network {
        case .none: 0
        case .ipv4(let header): header.timeToLive
        case .ipv6(let header): header.hopLimit
        }
    }

    /// Octets of the payload on the wire, also where the capture holds fewer. Offload may leave the IP header without a length, and a
    /// damaged one states more than the frame had.
    public var payloadLength: Int {
        let stated: Int
        switch network {
        case .none: return payload.count
        case .ipv4(let header): stated = header.totalLength == 0 ? 0 : networkOffset + Int(header.totalLength)
        case .ipv6(let header): stated = header.payloadLength == 0 ? 0 : networkOffset + 40 + Int(header.payloadLength)
        }
        return max(payload.count, min(stated, end) - payloadStart)
    }

    /// Where the payload begins on the wire: behind TCP's options, which may have been cut.
    private var payloadStart: Int {
        if case .tcp(let header) = transport { transportOffset + header.headerLength } else { payload.lowerBound }
    }

    /// No receiver takes it: a header contradicts itself or ends early, and not by the capture's doing.
    public var isUnacceptable: Bool { anomaly.map { !$0.cutByCapture } ?? false }

    /// A part of a datagram, first part or later.
    public var isFragment: Bool {
        switch network {
        case .none: false
        case .ipv4(let header): header.isFragment
        case .ipv6(let header): header.fragment != nil
        }
    }

    /// Decodes the payload as a message; what fails becomes an anomaly with layer and offset.
    public func decode<M: Message>(_ type: M.Type, in bytes: Span<UInt8>) throws(Anomaly) -> M {
        var cursor = bytes.extracting(payload)
        do throws(DecodeError) {
            return try M(decoding: &cursor)
        } catch {
            throw anomaly(in: M.layer, at: payload.upperBound - cursor.count, error)
        }
    }

    /// Octets are missing by the capture's doing only where what was read reaches to its end: a length field that ends
    /// earlier is the sender's.
    public func anomaly(in layer: Layer, at offset: Int, _ error: DecodeError) -> Anomaly {
        Anomaly(layer: layer, offset: offset, error: error, cutByCapture: isCut && payload.upperBound == capturedLength)
    }
}

/// The VLAN tags of a frame: none, one, or a provider's and a customer's (IEEE 802.1Q §5.5). Some networks nest deeper.
public struct VLANTags: Hashable, Sendable {
    public var outer: VLANTag?
    public var inner: VLANTag?
    private var third: VLANTag?
    private var fourth: VLANTag?

    public init() {}

    /// The first two identifiers in one number, 0 where untagged: neighbour state is kept per VLAN.
    public var key: UInt32 { UInt32(outer?.identifier ?? 0) << 12 | UInt32(inner?.identifier ?? 0) }

    mutating func append(_ tag: VLANTag) {
        if outer == nil {
            outer = tag
        } else if inner == nil {
            inner = tag
        } else if third == nil {
            third = tag
        } else {
            fourth = tag
        }
    }

    func describe(to fields: inout some FieldVisitor) {
        let tags = [outer, inner, third, fourth].compactMap(\.self)
        guard !tags.isEmpty else { return }
        fields.list("vlan", count: tags.count) { index, fields in
            fields.field("id", tags[index].identifier)
            fields.field("priority", tags[index].priority)
            fields.field("drop_eligible", flag: tags[index].dropEligible)
            fields.field("ether_type", tags[index].etherType.rawValue)
        }
    }
}
