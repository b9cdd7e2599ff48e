import Wire

/// What is remembered of a connection that carries data: half of them never do, and stay small.
struct ConnectionTraffic: Sendable {
    var originator = Side()
    var responder = Side()
    /// What completed the handshake.
    var ack = HandshakeOffset.none
    private var flags: UInt16 = 0
    /// In milliseconds, saturating.
    private var idleBeforeData: UInt32 = 0
    private var idleBeforeEnd: UInt32 = 0

    struct Side: Sendable {
        var bytesLow: UInt32 = 0
        /// The sequence number behind the highest octet sent.
        var next: UInt32 = 0
        /// The highest acknowledgment number that the other side sent.
        var acknowledged: UInt32 = 0
        var first = FrameOffset.none
        var last = FrameOffset.none
        var bytesHigh: UInt16 = 0
        var largest: UInt16 = 0

        var bytes: UInt64 {
            get { UInt64(bytesHigh) << 32 | UInt64(bytesLow) }
            set {
                bytesLow = UInt32(truncatingIfNeeded: newValue)
                bytesHigh = UInt16(clamping: newValue >> 32)
            }
        }
    }

    /// Bits of the originator; the responder's stand eight higher.
    private enum Flag {
        static let hasNext: UInt16 = 1, hasAcknowledged: UInt16 = 2, isZeroWindow: UInt16 = 4, arrived: UInt16 = 8,
            largestArrived: UInt16 = 16
    }

    subscript(isOriginator: Bool) -> Side {
        get { isOriginator ? originator : responder }
        _modify {
            if isOriginator { yield &originator } else { yield &responder }
        }
    }

    private func has(_ flag: UInt16, _ isOriginator: Bool) -> Bool { flags & (isOriginator ? flag : flag << 8) != 0 }
    private mutating func set(_ flag: UInt16, _ isOriginator: Bool) { flags |= isOriginator ? flag : flag << 8 }
    private mutating func clear(_ flag: UInt16, _ isOriginator: Bool) { flags &= ~(isOriginator ? flag : flag << 8) }

    /// A window of zero stands: what its peer sends are probes (RFC 9293 §3.8.6.1).
    func isClosed(_ isOriginator: Bool) -> Bool { has(Flag.isZeroWindow, isOriginator) }
    mutating func window(_ size: UInt16, _ isOriginator: Bool) {
        if size == 0 { set(Flag.isZeroWindow, isOriginator) } else { clear(Flag.isZeroWindow, isOriginator) }
    }

    var idle: (beforeData: Interval?, beforeEnd: Interval?) {
        (
            idleBeforeData == 0 ? nil : .milliseconds(Int64(idleBeforeData)),
            idleBeforeEnd == 0 ? nil : .milliseconds(Int64(idleBeforeEnd))
        )
    }
    mutating func idle(_ gap: Interval, beforeEnd: Bool) {
        let milliseconds = UInt32(clamping: gap.nanoseconds / 1_000_000)
        if beforeEnd { idleBeforeEnd = milliseconds } else { idleBeforeData = milliseconds }
    }

    /// Octets of this side were acknowledged, and as many at once as its largest segment has.
    func hasLargestArrived(_ isOriginator: Bool) -> Bool { has(Flag.largestArrived, isOriginator) }
    func hasArrived(_ isOriginator: Bool) -> Bool { has(Flag.arrived, isOriginator) }

    /// The other side acknowledges up to here.
    mutating func acknowledge(_ number: UInt32, _ isOriginator: Bool) {
        guard has(Flag.hasAcknowledged, isOriginator) else {
            set(Flag.hasAcknowledged, isOriginator)
            self[isOriginator].acknowledged = number
            return
        }
        let advance = number &- self[isOriginator].acknowledged
        guard Int32(bitPattern: advance) > 0 else { return }
        self[isOriginator].acknowledged = number
        set(Flag.arrived, isOriginator)
        if advance >= UInt32(self[isOriginator].largest) { set(Flag.largestArrived, isOriginator) }
    }

    /// A segment of so many octets; whether the largest arrived is asked anew where it is larger than all before.
    mutating func took(_ length: UInt16, _ isOriginator: Bool) {
        guard length > self[isOriginator].largest else { return }
        self[isOriginator].largest = length
        clear(Flag.largestArrived, isOriginator)
    }

    /// What a side sends next begins here: behind its SYN.
    mutating func begin(at sequence: UInt32, _ isOriginator: Bool) {
        set(Flag.hasNext, isOriginator)
        set(Flag.hasAcknowledged, isOriginator)
        self[isOriginator].next = sequence
        self[isOriginator].acknowledged = sequence
    }

    /// A probe that asks for an answer to an octet that had arrived, or whether a closed window has opened: no octet is sent again for
    /// want of an acknowledgment (RFC 9293 §3.8.4, §3.8.6.1).
    func isProbe(_ sequence: UInt32, _ length: Int, _ isOriginator: Bool) -> Bool {
        guard length <= 1, has(Flag.hasNext, isOriginator) else { return false }
        let next = self[isOriginator].next
        return (sequence &+ 1 == next && isAcknowledged(next, isOriginator)) || isClosed(!isOriginator)
    }

    /// Whether all octets up to here are known to have arrived.
    func isAcknowledged(_ number: UInt32, _ isOriginator: Bool) -> Bool {
        has(Flag.hasAcknowledged, isOriginator) && Int32(bitPattern: self[isOriginator].acknowledged &- number) >= 0
    }

    enum Kind { case new, old, gap(from: UInt32) }

    /// Takes octets into account; all arithmetic wraps (RFC 9293 §3.4).
    mutating func advance(from sequence: UInt32, by length: UInt32, _ isOriginator: Bool) -> Kind {
        let end = sequence &+ length
        guard has(Flag.hasNext, isOriginator) else {
            set(Flag.hasNext, isOriginator)
            self[isOriginator].next = end
            return .new
        }
        let next = self[isOriginator].next
        let distance = Int32(bitPattern: sequence &- next)
        if Int32(bitPattern: end &- next) > 0 { self[isOriginator].next = end }
        return distance > 0 ? .gap(from: next) : distance < 0 ? .old : .new
    }
}
