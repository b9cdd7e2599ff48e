package import Wire

/// The stage that a TLS handshake has just reached.
package enum TLSChange: String, Hashable, Sendable, CaseIterable {
    /// The ClientHello is whole.
    case hello
    /// The ServerHello is whole; a HelloRetryRequest is none.
    case answered
    /// The server has sent nothing since the ClientHello.
    case fellSilent
    /// It is over, with its outcome: the record of the whole handshake.
    case ended
}

/// A TLS handshake over TCP as far as it is in the clear (RFC 8446 §2, RFC 5246 §7.3).
package struct TLSHandshake: Hashable, Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var vlan: UInt32
    /// The first one, which says what was wanted.
    package var clientHello: ClientHello?
    package var serverHello: ServerHello?
    /// The group that a HelloRetryRequest asks for.
    package var retryGroup: TLSGroup?
    /// The server's.
    package var certificate: TLSCertificate?
    package var alert: Alert?
    /// Lists or names were longer than what is kept of them: then there are no fingerprints.
    package var isShortened = false
    /// What the server sent where it is no TLS record: the first octets.
    package var answer: [UInt8]
    /// PostgreSQL's SSLRequest came first.
    package var isPostgreSQL: Bool
    /// The first frame with octets, and the last one that was read.
    package var first: FrameReference
    package var last: FrameReference
    package var frames: Frames
    package var stage: Stage
    /// Nil where it goes on.
    package var outcome: Outcome?
    /// Who sent the alert, the RST or the first FIN.
    package var endedBy: TCPConnection.Side?
    /// With the last change alone.
    package var fingerprints: Fingerprints?
    package var time: Timestamp

    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Both sides have sent records that need the keys: as far as a third party can tell, it is complete.
        case established
        case alert
        case reset, closed
        /// Nothing followed the ClientHello.
        case unanswered
        /// The server's first octets are no TLS record.
        case notTLS = "not_tls"
        /// The capture or this sensor's memory ended first, or octets are missing.
        case cut
    }

    /// How far it came: a failure after the first record behind the ServerHello may be the client's verdict.
    package enum Stage: String, Hashable, Sendable, CaseIterable {
        case beforeClientHello = "before_client_hello"
        case beforeServerHello = "before_server_hello"
        /// The client has sent no record since.
        case afterServerHello = "after_server_hello"
        case afterClientRecord = "after_client_record"
        case complete
    }

    package struct Frames: Hashable, Sendable {
        /// The one that makes the message whole, as with all messages.
        package var clientHello: FrameReference?
        /// The server's first segment that acknowledges the ClientHello.
        package var acknowledgment: FrameReference?
        package var helloRetryRequest: FrameReference?
        package var serverHello: FrameReference?
        package var certificate: FrameReference?
        package var alert: FrameReference?
        /// The client's first record behind the ServerHello.
        package var clientRecord: FrameReference?
        /// What decided the outcome.
        package var end: FrameReference?
    }

    package struct Alert: Hashable, Sendable {
        package var side: TCPConnection.Side
        /// Nil where it is encrypted.
        package var value: TLSAlert?
    }

    package struct Fingerprints: Hashable, Sendable {
        package var ja3: String?
        package var ja3s: String?
        package var ja4: String?
    }

    package var serverName: TLSName? { clientHello?.serverName }
    package var isEstablished: Bool { outcome == .established }
}
