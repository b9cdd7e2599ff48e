package import Wire

/// What a SYN or SYN-ACK says of its sender (RFC 9293 §3.7.1, RFC 7323 §2, RFC 2018 §2).
package struct TCPOffer: Hashable, Sendable {
    /// As the header has it: windows of SYNs are never scaled (RFC 7323 §2.2).
    package var window: UInt16
    /// Zero where it does not say.
    private var segmentSize: UInt16 = 0
    /// Scale in the low four bits, and whether there is one, SACK and timestamps above.
    private var bits: UInt8 = 0

    package init(
        window: UInt16, maximumSegmentSize: UInt16? = nil, windowScale: UInt8? = nil, sackPermitted: Bool = false,
        hasTimestamps: Bool = false
    ) {
        self.window = window
        segmentSize = maximumSegmentSize ?? 0
        // More than 14 means 14 (RFC 7323 §2.3).
        if let windowScale { bits = 0x10 | min(windowScale, 14) }
        if sackPermitted { bits |= 0x20 }
        if hasTimestamps { bits |= 0x40 }
    }

    package var maximumSegmentSize: UInt16? { segmentSize == 0 ? nil : segmentSize }
    package var windowScale: UInt8? { bits & 0x10 == 0 ? nil : bits & 15 }
    package var sackPermitted: Bool { bits & 0x20 != 0 }
    package var hasTimestamps: Bool { bits & 0x40 != 0 }
    package var hasOptions: Bool { segmentSize != 0 || bits != 0 }
}

/// What became of a connection's data, side by side.
package struct TCPTraffic: Hashable, Sendable {
    package var originator = Side()
    package var responder = Side()
    /// Nothing passed for so long before the last segment with data, and before the FIN or RST that ended it; to the millisecond.
    package var idleBeforeData: Interval?
    package var idleBeforeEnd: Interval?
    /// A RST came right after the other side's data, from one that had not closed its end.
    package var isResetAfterData = false
    /// Copies of its packets on their way to a next hop: the first two that differ.
    package var hops: [Hop] = []

    package init() {}

    /// What one side sent, and what was acknowledged of it.
    package struct Side: Hashable, Sendable {
        package var firstData: FrameReference?
        package var lastData: FrameReference?
        /// Of one segment, in octets.
        package var largestPayload = 0
        /// Segments with octets that had been sent before (RFC 9293 §3.8.1); keep-alives and what fills gaps of the capture left out.
        package var retransmissions = 0
        /// The most of one same segment in a row.
        package var mostInARow = 0
        /// A segment of the largest size was sent again and is not acknowledged.
        package var isFullSizeUnacknowledged = false
        /// Octets of it were acknowledged or had arrived beyond a gap, though never as many at a time as the largest segment has.
        package var onlySmallerArrived = false
        /// What it received had a gap: it sent selective acknowledgments.
        package var reportedGap = false
        /// It announced a window of 0 (RFC 9293 §3.8.6.1).
        package var hadZeroWindow = false

        package init() {}
    }

    /// Who passed it on, and to whom.
    package struct Hop: Hashable, Sendable {
        package var source: MACAddress
        package var destination: MACAddress
        package var fromOriginator: Bool

        package init(source: MACAddress, destination: MACAddress, fromOriginator: Bool) {
            (self.source, self.destination, self.fromOriginator) = (source, destination, fromOriginator)
        }
    }

    package var retransmissions: Int { originator.retransmissions + responder.retransmissions }
}

/// A fact that is large and seldom there: copies of its owner share it.
final class Shared<Value: Hashable & Sendable>: Hashable, Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    static func == (left: Shared, right: Shared) -> Bool { left.value == right.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
