import Wire

/// What is remembered of a connection that has trouble: repeated SYNs, repeated or missing segments, closed windows, forwarded copies.
struct ConnectionTrouble: Sendable {
    /// The first two retransmissions of the SYN.
    var secondSYN = FrameOffset.none
    var thirdSYN = FrameOffset.none
    var originator = Side()
    var responder = Side()
    var hopCount: UInt16 = 0
    private var hops: (CompactHop?, CompactHop?) = (nil, nil)
    var isResetAfterData = false

    private struct CompactHop: Sendable {
        var source: CompactMAC
        var destination: CompactMAC
        var fromOriginator: Bool
        var hop: TCPTraffic.Hop {
            TCPTraffic.Hop(source: source.address, destination: destination.address, fromOriginator: fromOriginator)
        }
    }

    struct Side: Sendable {
        private(set) var retransmissions: UInt32 = 0
        private(set) var mostInARow: UInt8 = 0
        private var inARow: UInt8 = 0
        private var sequence: UInt32 = 0
        private var length: UInt16 = 0
        /// Octets that this sensor has not seen: whoever sends them sends them for the first time, as far as it can tell.
        private var gapStart: UInt32 = 0
        private var gapEnd: UInt32 = 0
        var hadZeroWindow = false
        var reportedGap = false
        private(set) var largestIsLost = false

        /// A further gap makes one of both: what lies between is not judged either.
        mutating func missed(from start: UInt32, to end: UInt32) {
            if gapStart == gapEnd { gapStart = start }
            gapEnd = end
        }

        func isInGap(_ sequence: UInt32, _ length: UInt32) -> Bool {
            gapStart != gapEnd && Int32(bitPattern: sequence &+ length &- gapStart) > 0 && Int32(bitPattern: sequence &- gapEnd) < 0
        }

        mutating func acknowledged(_ number: UInt32) {
            if gapStart != gapEnd, Int32(bitPattern: number &- gapEnd) >= 0 { gapStart = gapEnd }
            if largestIsLost, Int32(bitPattern: number &- sequence &- UInt32(length)) >= 0 { largestIsLost = false }
        }

        mutating func retransmitted(_ sequence: UInt32, _ length: UInt16, isLargest: Bool) {
            retransmissions &+= 1
            if inARow > 0, self.sequence == sequence {
                if inARow < .max { inARow += 1 }
            } else {
                inARow = 1
                (self.sequence, self.length) = (sequence, length)
                largestIsLost = isLargest
            }
            mostInARow = max(mostInARow, inARow)
        }
    }

    subscript(isOriginator: Bool) -> Side {
        get { isOriginator ? originator : responder }
        _modify {
            if isOriginator { yield &originator } else { yield &responder }
        }
    }

    mutating func hop(_ ethernet: EthernetHeader?, fromOriginator: Bool) {
        hopCount &+= hopCount < .max ? 1 : 0
        guard let ethernet else { return }
        let hop = TCPTraffic.Hop(source: ethernet.source, destination: ethernet.destination, fromOriginator: fromOriginator)
        let compact = CompactHop(
            source: CompactMAC(ethernet.source), destination: CompactMAC(ethernet.destination), fromOriginator: fromOriginator)
        if hops.0 == nil { hops.0 = compact } else if hops.1 == nil, hops.0?.hop != hop { hops.1 = compact }
    }

    var hopList: [TCPTraffic.Hop] { [hops.0?.hop, hops.1?.hop].compactMap(\.self) }
}
