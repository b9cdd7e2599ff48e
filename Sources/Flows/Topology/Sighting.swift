package import Wire

/// Somebody uses a way of its own: a mesh, an overlay, a tunnel, a public address of a name that is served here. One fact for the first packet,
/// another for its answer; the same two stations again after a while.
package struct Sighting: Hashable, Sendable {
    package var kind: Kind
    package var client: Endpoint
    package var server: Endpoint
    package var vlan: UInt32
    /// The SYN, or WireGuard's initiation.
    package var first: FrameReference
    /// The SYN-ACK, or the response with the initiation's index.
    package var answer: FrameReference?
    /// What gave the public address.
    package var name: NamedAddress?

    package var last: FrameReference { answer ?? first }

    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// TCP to an address that DNS gave for a name of a watched zone, and that is a public one.
        case publicAddress
        /// TCP 7844: cloudflared without QUIC.
        case tunnel
        /// TCP 15008: HBONE, which Istio's ztunnel speaks.
        case mesh
        /// A WireGuard handshake.
        case wireguard
    }
}

extension Port {
    /// Of Cloudflare's edge, over UDP and TCP (Cloudflare, "Tunnel with firewall").
    package static let tunnel = Self(rawValue: 7844)
    /// Istio, "Ports used by Istio": HBONE mTLS tunnel.
    package static let hbone = Self(rawValue: 15_008)
}
