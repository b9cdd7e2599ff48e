/// The content of a Neighbor Discovery message behind its ICMPv6 header (RFC 4861 §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------+-+-+-----------+-------------------------------+
///     | cur hop limit |M|O| reserved  |        router lifetime        |  router advertisement
///     |          reachable time, retransmission timer (4 octets each) |
///     +-+-+-+---------------------------------------------------------+
///     |R|S|O|                       reserved                          |  neighbor advertisement
///     |          target (16 octets; solicitation and redirect, too)   |
///     |          destination (16 octets; redirect)                    |
///     +---------------------------------------------------------------+
///     |          options                                              |
public struct NDPMessage: Hashable, Sendable {
    public var content: Content
    public var options: [NDPOption]

    public enum Content: Hashable, Sendable {
        case routerSolicitation
        case routerAdvertisement(RouterAdvertisement)
        case neighborSolicitation(target: IPv6Address)
        case neighborAdvertisement(NeighborAdvertisement)
        /// For the destination the target is the better first hop (RFC 4861 §4.5).
        case redirect(target: IPv6Address, destination: IPv6Address)
    }

    public struct RouterAdvertisement: Hashable, Sendable {
        public var hopLimit: UInt8
        public var flags: UInt8
        /// Seconds.
        public var lifetime: UInt16
        /// Milliseconds, both.
        public var reachableTime: UInt32
        public var retransmissionTimer: UInt32

        /// Addresses are to be had from DHCPv6.
        public var isManaged: Bool { flags & 0x80 != 0 }
        public var hasOtherConfiguration: Bool { flags & 0x40 != 0 }
        /// Zero says that it is no default router (RFC 4861 §4.2).
        public var isDefaultRouter: Bool { lifetime > 0 }
    }

    public struct NeighborAdvertisement: Hashable, Sendable {
        public var flags: UInt8
        public var target: IPv6Address

        public var isRouter: Bool { flags & 0x80 != 0 }
        /// It answers a solicitation; else the host states its address unasked (RFC 4861 §7.2.6).
        public var isSolicited: Bool { flags & 0x40 != 0 }
        /// Caches take the new link-layer address over one that they hold (RFC 4861 §7.2.5).
        public var overrides: Bool { flags & 0x20 != 0 }
    }

    /// The address that the message is about: neighbor solicitation, advertisement and redirect.
    public var target: IPv6Address? {
        switch content {
        case .neighborSolicitation(let target), .redirect(let target, _): target
        case .neighborAdvertisement(let advertisement): advertisement.target
        case .routerSolicitation, .routerAdvertisement: nil
        }
    }

    /// The first option that tells the sender's, or the target's, hardware address.
    public var sourceLinkLayer: MACAddress? {
        options.lazy.compactMap { if case .sourceLinkLayer(let address) = $0 { address } else { nil } }.first
    }
    public var targetLinkLayer: MACAddress? {
        options.lazy.compactMap { if case .targetLinkLayer(let address) = $0 { address } else { nil } }.first
    }
}

extension NDPMessage {
    /// - Parameter rest: the last four octets of the ICMPv6 header, which hold the flags.
    init(_ type: ICMPv6Message.MessageType, _ rest: UInt32, decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        switch type {
        case .routerSolicitation: content = .routerSolicitation
        case .routerAdvertisement:
            content = .routerAdvertisement(
                RouterAdvertisement(
                    hopLimit: UInt8(rest >> 24), flags: UInt8(rest >> 16 & 0xff), lifetime: UInt16(rest & 0xffff),
                    reachableTime: try bytes.read(), retransmissionTimer: try bytes.read()))
        case .neighborSolicitation: content = .neighborSolicitation(target: try bytes.read())
        case .neighborAdvertisement:
            content = .neighborAdvertisement(NeighborAdvertisement(flags: UInt8(rest >> 24), target: try bytes.read()))
        case .redirect: content = .redirect(target: try bytes.read(), destination: try bytes.read())
        default: throw .unsupported("type")
        }
        options = try NDPOption.list(decoding: &bytes)
    }

    func describe(to fields: inout some FieldVisitor) {
        switch content {
        case .routerSolicitation: break
        case .routerAdvertisement(let router):
            fields.field("hop_limit", router.hopLimit)
            fields.field("managed", flag: router.isManaged)
            fields.field("other_configuration", flag: router.hasOtherConfiguration)
            fields.field("router_lifetime", router.lifetime)
            fields.field("reachable_time", router.reachableTime)
            fields.field("retransmission_timer", router.retransmissionTimer)
        case .neighborSolicitation(let target): fields.field("target", target)
        case .neighborAdvertisement(let neighbor):
            fields.field("router", flag: neighbor.isRouter)
            fields.field("solicited", flag: neighbor.isSolicited)
            fields.field("override", flag: neighbor.overrides)
            fields.field("target", neighbor.target)
        case .redirect(let target, let destination):
            fields.field("target", target)
            fields.field("destination", destination)
        }
        fields.list("options", count: options.count) { options[$0].describe(to: &$1) }
    }
}
