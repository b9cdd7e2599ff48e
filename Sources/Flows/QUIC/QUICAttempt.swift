import QUICInitial
package import Wire

/// The stage that a QUIC attempt has just reached.
package enum QUICChange: String, Hashable, Sendable, CaseIterable {
    /// The server's first packet with the client's connection ID: Initial, Retry or Version Negotiation.
    case answered
    case established
    /// A CONNECTION_CLOSE in an Initial, of either side.
    case closed
    /// An ICMP unreachable quotes the client's datagram.
    case rejected
    /// The client sent no further Initial, and nothing came back.
    case fellSilent
    /// It is over: the record of the whole attempt.
    case ended
}

/// A client's Initials with one original Destination Connection ID, and what became of them (CATALOGUE: "QUIC attempt").
package struct QUICAttempt: Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var vlan: UInt32
    /// The client's last.
    package var version: QUICVersion
    /// Of a Version Negotiation packet.
    package var offeredVersions: [QUICVersion]
    package var originalDestination: ConnectionID
    package var clientID: ConnectionID
    package var serverID: ConnectionID?
    /// The first one, which names the server that was meant; nil where it never was whole.
    package var clientHello: Hello?
    package var first: FrameReference
    package var last: FrameReference
    /// The client's datagrams with an Initial, as far as the first three; those that close are left out.
    package var initials: FirstFrames
    package var initialCount: Int
    package var lastInitial: FrameReference
    /// The server's first packet that carries the client's connection ID.
    package var answer: FrameReference?
    package var retry: FrameReference?
    package var versionNegotiation: FrameReference?
    package var close: QUICClose?
    /// That CONNECTION_CLOSE.
    package var closing: FrameReference?
    /// The first ICMP unreachable that quotes a datagram of the client's.
    package var rejection: FrameReference?
    /// Somebody answered to whom the client had not spoken.
    package var otherSource: OtherSource?
    package var reason: HTTP3Reason
    package var outcome: Outcome
    package var clientPackets: Packets
    package var serverPackets: Packets
    package var clientMAC: MACAddress?
    /// Where the client's frames go.
    package var nextHopMAC: MACAddress?
    package var serverMAC: MACAddress?
    package var clientTTL: UInt8?
    package var serverTTL: UInt8?
    /// The capture or this sensor's memory ended before the attempt did.
    package var isCut = false
    package var time: Timestamp

    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        case established
        /// The server's Initial came and nothing after it, or its packets cannot be read.
        case answered
        case retry
        case versionNegotiation = "version_negotiation"
        case closed, icmp, silence
    }

    /// What is kept of a ClientHello: its lists would be most of what an attempt takes.
    package struct Hello: Sendable {
        package let serverName: TLSName?
        /// Best first.
        package let applicationProtocols: [TLSName]
        package let isEncrypted: Bool
        /// Nil where it was longer than what is read of one, for it would be another's, or libcrypto offers no SHA-256.
        package let ja4: Fingerprint.JA4Text?

        package init(_ hello: borrowing ClientHelloSummary, ja4: Fingerprint.JA4Text?) {
            serverName = hello.serverName
            applicationProtocols = hello.applicationProtocols
            isEncrypted = hello.isEncrypted
            self.ja4 = ja4
        }
    }

    /// One side's datagrams, and packets of each kind.
    package struct Packets: Hashable, Sendable {
        package var datagrams: UInt32
        package var initials: UInt32
        package var opened: UInt32
        package var handshakes: UInt32
        package var zeroRTTs: UInt32
        package var shorts: UInt32

        init(_ direction: QUICDirection) {
            datagrams = direction.datagrams
            initials = direction.initials
            opened = direction.opened
            handshakes = direction.handshakes
            zeroRTTs = direction.zeroRTTs
            shorts = direction.shorts
        }
    }

    /// A datagram from another address than the server's, from the same port and with the client's connection ID: the client must drop
    /// it (CATALOGUE: "quic-reply-wrong-source").
    package struct OtherSource: Hashable, Sendable {
        package var address: IPAddress
        package var mac: MACAddress?
        /// The first of them.
        package var frame: FrameReference
    }

    /// The CONNECTION_CLOSE or ICMP error that the outcome is about.
    package var end: FrameReference? { outcome == .icmp ? rejection : closing }
    package var serverName: TLSName? { clientHello?.serverName }
    package var isEncryptedClientHello: Bool { clientHello?.isEncrypted ?? false }
}
