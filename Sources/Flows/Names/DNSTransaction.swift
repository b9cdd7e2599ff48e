package import Wire

/// A DNS query and its answer, or its time-out.
package struct DNSTransaction: Hashable, Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var id: UInt16
    package var type: DNSType
    package var query: FrameReference?
    /// Nil where no answer came.
    package var response: FrameReference?
    /// The answer, or the query where none came.
    package var message: DNSOctets
    package var role: ServerRole
    /// The watched zone that the name is in.
    package var zone: DNSName?
    /// A watched VIP is among the answers.
    package var namesVIP: IPAddress?
    /// The capture ended before the answer's time was over.
    package var isCut = false
    package var time: Timestamp
    package var transport = Transport.udp
    /// The TTL, or hop limit, that the answer came with.
    package var responseTTL: UInt8?
    /// Of one without an answer: the same message again.
    package var again: FrameReference?
    /// The client asks for others.
    package var clientResolves = false
    /// Of a question about a name of a watched zone: all that the resolver which was asked, or which asks, put to other servers about it, from
    /// the client's question on or within ten seconds.
    package var upstream: [UpstreamQuestion] = []

    package enum Transport: UInt8, Hashable, Sendable, CaseIterable { case udp, tcp }

    package enum ServerRole: String, Hashable, Sendable, CaseIterable {
        case authority, resolver, `public`, unknown
    }

    /// The name asked for, as the message spells it.
    package var name: DNSName { message.name }
    package var responseCode: DNSResponseCode? { response == nil ? nil : message.responseCode }
}
