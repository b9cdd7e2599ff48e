package import Wire

/// The stage that a connection has just reached.
package enum TCPChange: String, Hashable, Sendable {
    case synRetransmitted, established
    /// The client sent its SYN again and waited in vain.
    case fellSilent
    /// It is over, refused and rejected ones included: the record of the whole connection.
    case ended
}

package struct TCPConnection: Hashable, Sendable {
    package var originator: Endpoint
    package var responder: Endpoint
    package var vlan: UInt32
    package var first: FrameReference
    package var last: FrameReference
    /// The SYN and its retransmissions, as far as the first three.
    package var syns: FirstFrames
    package var synCount: Int
    package var synACK: FrameReference?
    /// What completed the handshake.
    package var ack: FrameReference?
    /// The RST or ICMP error that refused it, or the segment that ended it.
    package var end: FrameReference?
    package var handshake: Handshake
    package var outcome: Outcome
    package var endedBy: Side?
    package var originatorMAC: MACAddress?
    /// Where the originator's frames go.
    package var nextHopMAC: MACAddress?
    package var responderMAC: MACAddress?
    package var originatorTTL: UInt8?
    package var responderTTL: UInt8?
    package var originatorPackets: UInt32
    package var responderPackets: UInt32
    /// Payload octets, retransmitted ones included.
    package var originatorBytes: UInt64
    package var responderBytes: UInt64
    /// Copies of its packets seen on their way to a next hop.
    package var hops: UInt16
    package var time: Timestamp
    /// The SYN's window and options, and the SYN-ACK's.
    package var originatorOffer: TCPOffer?
    package var responderOffer: TCPOffer?
    var shared: Shared<TCPTraffic>?

    /// What became of its data, and what went wrong with it; nil where there is nothing to tell of either.
    package var traffic: TCPTraffic? { shared?.value }

    package enum Handshake: UInt8, Hashable, Sendable, CaseIterable {
        case notSeen, unanswered, answered, established, refused, rejected

        package var name: StaticString {
            switch self {
            case .notSeen: "not_seen"
            case .unanswered: "unanswered"
            case .answered: "answered"
            case .established: "established"
            case .refused: "refused"
            case .rejected: "rejected"
            }
        }
    }

    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        case open, closed, reset, refused, rejected, unanswered, idle, evicted
    }

    package enum Side: String, Hashable, Sendable, CaseIterable { case originator, responder }
}
