/// A part of a packet, as far as anomalies name it.
public enum Layer: UInt8, Hashable, Sendable, CaseIterable {
    case link, vlan, pppoe, ppp, arp, ipv4, ipv6, gre, vxlan, geneve, icmpv4, icmpv6, vrrp, udp, tcp, dns, tls, quic, http, wireguard, stun
    case mpls, erspan

    public var name: String {
        switch self {
        case .link: "link"
        case .vlan: "vlan"
        case .pppoe: "pppoe"
        case .ppp: "ppp"
        case .arp: "arp"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .gre: "gre"
        case .vxlan: "vxlan"
        case .geneve: "geneve"
        case .icmpv4: "icmpv4"
        case .icmpv6: "icmpv6"
        case .vrrp: "vrrp"
        case .udp: "udp"
        case .tcp: "tcp"
        case .dns: "dns"
        case .tls: "tls"
        case .quic: "quic"
        case .http: "http"
        case .wireguard: "wireguard"
        case .stun: "stun"
        case .mpls: "mpls"
        case .erspan: "erspan"
        }
    }
}

/// A frame, or a part of one, that did not decode: an ordinary input, counted and carried along.
public struct Anomaly: Error, Hashable, Sendable {
    public var layer: Layer
    /// Octets from the start of the captured frame to the field that failed.
    public var offset: Int
    public var error: DecodeError
    /// The snapshot length took the missing octets away, so the sender is not to blame.
    public var cutByCapture: Bool

    public init(layer: Layer, offset: Int, error: DecodeError, cutByCapture: Bool) {
        self.layer = layer
        self.offset = offset
        self.error = error
        self.cutByCapture = cutByCapture
    }

    public enum Kind: String, CaseIterable, Sendable {
        case truncated, malformed, unsupported
        case cutByCapture = "cut_by_capture"
    }

    public var kind: Kind {
        switch error {
        case .truncated: cutByCapture ? .cutByCapture : .truncated
        case .malformed: .malformed
        case .unsupported: .unsupported
        }
    }
}

extension Anomaly: CustomStringConvertible {
    public var description: String {
        let place = "\(layer.name) at octet \(offset)"
        return switch error {
        case .truncated(let needed, let available):
            "\(place): \(cutByCapture ? "cut by capture" : "truncated"), \(needed) octets needed, \(available) there"
        case .malformed(let field): "\(place): malformed \(field)"
        case .unsupported(let field): "\(place): unsupported \(field)"
        }
    }
}
