import Savefile
import Wire

/// What is fuzzed, by the name that run.py knows it by.
enum Target: String, CaseIterable {
    // Several decoders on top of each other, with the state between them.
    case frame, frames, dns, tls, quic, pcap, pcapng, site, replay, anonymize
    // One decoder, or one structure.
    case arp, icmpv4, icmpv6, vrrp, ipv4, ipv6, tcp, tunnels, ppp, stun, wireguard, http, x509, stream, fragments
    case quicPackets = "quic-packets"
    case quicFrames = "quic-frames"
    case dnsName = "dns-name"
    case serviceBinding = "service-binding"

    /// - Returns: false where the input is one for another target.
    func run(_ bytes: Span<UInt8>) -> Bool {
        switch self {
        case .frame: Frames.one(bytes)
        case .frames: Frames.sequence(bytes)
        case .dns: DNS.message(bytes)
        case .tls: TLS.stream(bytes)
        case .quic: QUIC.conversation(bytes)
        case .pcap: return Savefiles.read(bytes, as: .pcap)
        case .pcapng: return Savefiles.read(bytes, as: .pcapng)
        case .site: SiteText.read(bytes)
        case .replay: Savefiles.replay(bytes)
        case .anonymize: Frames.anonymize(bytes)
        case .arp: decode(ARPPacket.self, bytes)
        case .icmpv4: decode(ICMPv4Message.self, bytes)
        case .icmpv6: decode(ICMPv6Message.self, bytes)
        case .vrrp: decode(VRRPAdvertisement.self, bytes)
        case .ipv4: Headers.ipv4(bytes)
        case .ipv6: Headers.ipv6(bytes)
        case .tcp: Headers.tcp(bytes)
        case .tunnels: Headers.tunnels(bytes)
        case .ppp: Headers.ppp(bytes)
        case .stun: if let message = recognize(STUNMessage.self, bytes) { _ = (message.mappedAddress, message.error) }
        case .wireguard: recognize(WireGuardMessage.self, bytes)
        case .http: if let head = decode(HTTPHead.self, bytes) { _ = head.alternatives }
        case .x509: TLS.certificate(bytes)
        case .stream: Streams.segments(bytes)
        case .fragments: Streams.fragments(bytes)
        case .quicPackets: QUIC.packets(bytes)
        case .quicFrames: QUIC.frames(bytes)
        case .dnsName: DNS.name(bytes)
        case .serviceBinding: DNS.serviceBinding(bytes)
        }
        return true
    }
}
