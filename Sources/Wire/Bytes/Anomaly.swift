/// A part of a packet, as far as anomalies name it.
package enum Layer: UInt8, Hashable, Sendable, CaseIterable {
    case link, vlan, arp, ipv4, ipv6, icmpv4, udp, tcp, dns, vrrp

    package var name: String {
        switch self {
        case .link: "link"
        case .vlan: "vlan"
        case .arp: "arp"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .icmpv4: "icmpv4"
        case .udp: "udp"
        case .tcp: "tcp"
        case .dns: "dns"
        case .vrrp: "vrrp"
        }
    }
}

/// A frame, or a part of one, that did not decode: an ordinary input, counted and carried along.
package struct Anomaly: Error, Hashable, Sendable {
    package var layer: Layer
    /// Octets from the start of the captured frame to the field that failed.
    package var offset: Int
    package var error: DecodeError
    /// The snapshot length took the missing octets away, so the sender is not to blame.
    package var cutByCapture: Bool

    package init(layer: Layer, offset: Int, error: DecodeError, cutByCapture: Bool) {
        self.layer = layer
        self.offset = offset
        self.error = error
        self.cutByCapture = cutByCapture
    }

    package enum Kind: String, CaseIterable, Sendable {
        case truncated, malformed, unsupported
        case cutByCapture = "cut_by_capture"
    }

    package var kind: Kind {
        switch error {
        case .truncated: cutByCapture ? .cutByCapture : .truncated
        case .malformed: .malformed
        case .unsupported: .unsupported
        }
    }
}

extension Anomaly: CustomStringConvertible {
    package var description: String {
        let place = "\(layer.name) at octet \(offset)"
        return switch error {
        case .truncated(let needed, let available):
            "\(place): \(cutByCapture ? "cut by capture" : "truncated"), \(needed) octets needed, \(available) there"
        case .malformed(let field): "\(place): malformed \(field)"
        case .unsupported(let field): "\(place): unsupported \(field)"
        }
    }
}
