package import Wire

/// A run of ARP requests, or neighbor solicitations, by one asker that no visible reply answered.
package struct UnansweredRequest: Hashable, Sendable {
    package var vlan: UInt32
    package var address: IPAddress
    package var asker: Asker
    /// The first requests of the run.
    package var requests: [FrameReference]
    /// All requests of the run so far.
    package var count: Int
    package var basis: Basis
    /// The capture ended before the answer's time was over.
    package var isCut: Bool
    package var time: Timestamp
    /// The last gratuitous claim on the address, where there was one: announced is not resolvable.
    package var announced: Claim?
    /// The ICMP error in which the asker says that it found nobody.
    package var gaveUp: FrameReference?

    /// Why silence means something here (CATALOGUE: vantage, rules 2, 3 and 4).
    package enum Basis: String, Hashable, Sendable {
        /// Unicast from and to the asker is visible to this sensor.
        case visible
        /// The asker repeats itself as ARP retransmission does.
        case retransmission
        /// The asker says so itself: it is a router that tells others that the host is unreachable.
        case gaveUp = "gave_up"
    }
}

/// Who asks, and what else it does on this LAN: what decides whether its question counts.
package struct Asker: Hashable, Sendable {
    package var station: Station
    /// It claimed the address itself.
    package var claimedIt: Bool
    /// Packets from the address came from its MAC.
    package var sentFromIt: Bool
    /// Packets to the address go to its MAC.
    package var receivesIt = false
    /// It forwards packets of other hosts.
    package var forwards: Bool
    /// It answers DNS queries of other hosts.
    package var resolves: Bool
}
