package import Wire

/// An ICMP error, joined to what it quotes.
package struct ICMPError: Hashable, Sendable {
    package var frame: FrameReference
    package var vlan: UInt32
    package var source: IPAddress
    package var destination: IPAddress
    package var sourceMAC: MACAddress?
    package var message: ICMPReport
    package var quoted: QuotedDatagram
    /// The packet that is quoted, where it was seen: a SYN, an echo request.
    package var quotedFrame: FrameReference?
    /// The quote is a TCP SYN: its flags say so, or it is the SYN of a connection seen here.
    package var quotesSYN: Bool
}

/// An echo request and what became of it.
package struct EchoExchange: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var identifier: UInt16
    package var sequence: UInt16
    package var request: FrameReference?
    package var reply: FrameReference?
    /// The reply's hardware source.
    package var replyMAC: MACAddress?
    /// The capture ended before the reply's time was over.
    package var isCut = false
    package var time: Timestamp

    package var isIPv6: Bool { if case .v6 = destination { true } else { false } }
}
