public import Wire

/// What a pcapng file says of one interface's capture (draft-ietf-opsawg-pcapng §4.6): nil where it does not say.
public struct InterfaceStatistics: Hashable, Sendable {
    /// As in `FrameRecord`.
    public var interface: Int
    /// Counted since the capture began, each by its own layer.
    public var received: UInt64?
    public var interfaceDropped: UInt64?
    public var filterAccepted: UInt64?
    public var osDropped: UInt64?
    /// What single frames say was lost before them.
    public var droppedBetweenFrames: UInt64 = 0
    /// The interval in which the interface was listened to.
    public var start: Timestamp?
    public var end: Timestamp?

    public init(interface: Int) { self.interface = interface }

    /// Frames that the interface accepted and the file lacks: as the statistics say, or as the frames themselves do.
    var lostByKernel: UInt64 { max(osDropped ?? 0, droppedBetweenFrames) }

    /// Two files of a ring tell of one capture: the counts go on from file to file.
    func isSameCapture(as other: Self) -> Bool { interface == other.interface && start != nil && start == other.start }

    mutating func merge(_ later: Self) {
        received = larger(received, later.received)
        interfaceDropped = larger(interfaceDropped, later.interfaceDropped)
        filterAccepted = larger(filterAccepted, later.filterAccepted)
        osDropped = larger(osDropped, later.osDropped)
        droppedBetweenFrames = droppedBetweenFrames.addingSaturating(later.droppedBetweenFrames)
        end = larger(end, later.end)
    }
}

private func larger<Value: Comparable>(_ one: Value?, _ other: Value?) -> Value? {
    guard let one, let other else { return one ?? other }
    return max(one, other)
}

extension [InterfaceStatistics] {
    /// The interval in which any of the interfaces was listened to, as far as the files say.
    public var earliestStart: Timestamp? { compactMap(\.start).min() }
    public var latestEnd: Timestamp? { compactMap(\.end).max() }
    public var lostByKernel: UInt64 { reduce(0) { $0.addingSaturating($1.lostByKernel) } }
    public var lostByInterface: UInt64 { reduce(0) { $0.addingSaturating($1.interfaceDropped ?? 0) } }
}

extension UInt64 {
    func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
