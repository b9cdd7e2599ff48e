package import Wire

/// What one client did to reach a watched address by one name, from its first question to the answer that it waited for: the facts of every
/// stage that lie within ten seconds of each other.
package struct UserAttempt: Hashable, Sendable {
    package var client: IPAddress
    package var vip: IPAddress
    /// Asked of DNS, or named in a hello or a request; nil where no packet names it.
    package var name: DNSName?
    /// In the order of their frames, as all lists here.
    package var lookups: [Lookup] = []
    package var resolution: Resolution?
    package var quic: QUIC?
    package var tcp: TCP?
    package var tls: TLS?
    package var http: HTTP?
    /// This client had more tries or lookups at that time, by whatever name, than are kept.
    package var isShortened = false
    package var outcome: Outcome
    /// Nil where nothing answered.
    package var wait: Wait?
    package var first: FrameReference
    package var last: FrameReference
    /// The capture, or this sensor's memory, ended before the attempt's time was over.
    package var isCut = false
    package var time: Timestamp

    /// The best that the client got.
    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// A QUIC handshake was established.
        case http3
        /// A ServerHello came, and the handshake did not fail after it.
        case tls
        /// A plaintext response came.
        case http
        /// A TCP handshake was completed, and what it carried is none of these.
        case tcp
        /// All that was tried failed.
        case failed
        /// Nothing was tried that this sensor sees, or its end was not seen.
        case unknown
    }

    package struct Lookup: Hashable, Sendable {
        package var type: DNSType
        package var server: IPAddress
        package var query: FrameReference?
        package var response: FrameReference?
        package var responseCode: DNSResponseCode?
        /// The capture ended before the answer's time was over.
        package var isCut = false

        package var wait: Interval? { query.flatMap { query in response.map { max(.zero, $0.time - query.time) } } }
    }

    /// The client's own question who has the address, by ARP or Neighbor Discovery; a client behind a router asks nobody.
    package struct Resolution: Hashable, Sendable {
        package var asked: FrameReference
        package var answered: FrameReference?
        /// It asked in vain, and the time for an answer was over.
        package var isUnanswered = false

        package var wait: Interval? { answered.map { max(.zero, $0.time - asked.time) } }
    }

    package struct QUIC: Hashable, Sendable {
        package var count: Int
        /// Of the one that was established, else of the last.
        package var outcome: QUICAttempt.Outcome
        /// The first Initial of all.
        package var first: FrameReference
        /// What decided it, or its last Initial.
        package var last: FrameReference

        package var wait: Interval { max(.zero, last.time - first.time) }
    }

    package struct TCP: Hashable, Sendable {
        package var count: Int
        /// Of the one that was answered best, else of the last, as all that follows.
        package var handshake: TCPConnection.Handshake
        package var port: Port
        package var syn: FrameReference
        package var synACK: FrameReference?
        package var ack: FrameReference?
    }

    package struct TLS: Hashable, Sendable {
        /// Nil where it goes on.
        package var outcome: TLSHandshake.Outcome?
        package var clientHello: FrameReference?
        package var serverHello: FrameReference?
        package var offered: [TLSName]
        package var chosen: TLSName?
        package var version: TLSVersion?
    }

    package struct HTTP: Hashable, Sendable {
        package var outcome: HTTPExchange.Outcome
        package var status: UInt16?
        package var request: FrameReference
        package var response: FrameReference?
    }

    /// What the user felt: from the attempt's first packet to what answered it, which is the first QUIC handshake established or ServerHello, else
    /// the first plaintext response, else the first SYN-ACK. What no stage holds was the client's own.
    package struct Wait: Hashable, Sendable {
        package var total: Interval
        package var answer: FrameReference
        /// From the first question to the last answer that came before the next stage.
        package var dns: Interval?
        package var arp: Interval?
        /// From the first Initial until it was established, or until TCP was tried instead.
        package var quic: Interval?
        /// From the first SYN to the SYN-ACK.
        package var tcp: Interval?
        /// From hello to hello.
        package var tls: Interval?
        /// From the request to the response.
        package var http: Interval?
    }
}
