package import Diagnosis
package import Events
package import Flows
package import Site
package import Wire

/// Frames in, records out: dissect, correlate, diagnose, write. One thread, driven by packet time.
package struct Pipeline: ~Copyable {
    private let dissector = Dissector()
    private var correlators: Correlators
    package private(set) var diagnosis: Diagnosis
    package private(set) var statistics = CaptureStatistics()
    private var writer: EventWriter
    /// Somebody wants the event stream.
    private let writesEvents: Bool
    private var packet = Packet()
    private var events: [FlowEvent] = []
    /// Findings as they were told, for whoever asked for them and takes them.
    package var keepsChanges = false
    package private(set) var changes: [FindingBook.Change] = []
    /// The time of the first frame, and the latest time so far.
    package private(set) var start: Timestamp?
    package private(set) var now = Timestamp.distantPast

    /// - Parameter hashKey: nil for the fixed one of replays; no event depends on it.
    package init(site: Site, everything: Bool, limits: Limits = Limits(), writesEvents: Bool, hashKey: UInt64? = nil) {
        correlators =
            if let hashKey {
                Correlators(site: site, everything: everything, limits: limits, hashKey: hashKey)
            } else {
                Correlators(site: site, everything: everything, limits: limits)
            }
        diagnosis = Diagnosis(site: site)
        writer = EventWriter(site: site)
        self.writesEvents = writesEvents
        events.reserveCapacity(64)
    }

    package var vantage: Vantage { correlators.vantage }
    /// Addresses that traffic told, and that are followed since.
    package var learned: [IPAddress] { correlators.scope.learned }
    package var anomalies: AnomalyCounts { correlators.anomalies }
    package var counters: Correlators.Counters { correlators.counters }

    package mutating func begin(_ capture: CaptureDescription, at time: Timestamp) {
        start = time
        now = time
        if writesEvents { writer.writeStart(capture, at: time) }
    }

    /// Octets of records that wait to be taken.
    package private(set) var pending = 0

    /// Lends the records that wait, as JSON lines.
    package func withRecords<E: Error>(_ body: (Span<UInt8>) throws(E) -> Void) throws(E) { try writer.withOctets(body) }

    /// A copy of them.
    package var records: [UInt8] {
        var copy: [UInt8] = []
        withRecords { copy = [UInt8](copying: $0) }
        return copy
    }

    package mutating func dropRecords() {
        writer.removeAll()
        pending = 0
    }

    package mutating func process(_ bytes: Span<UInt8>, _ linkType: LinkType, at time: Timestamp, number: UInt64, originalLength: Int) {
        statistics.frames += 1
        statistics.octets += UInt64(originalLength)
        advance(to: time)
        guard linkType.isSupported else {
            statistics.unsupported += 1
            return
        }
        dissector.dissect(
            bytes, linkType: linkType, frame: FrameReference(number: number, time: time), originalLength: originalLength, into: &packet)
        correlators.observe(packet, in: bytes, into: &events)
        if !events.isEmpty { diagnose() }
    }

    /// A frame that comes now stood behind a later one, and was put before it. Where one that is later yet has gone before, its time tells.
    package mutating func noteOutOfOrder(at time: Timestamp) {
        if time >= now { statistics.outOfOrder += 1 }
    }

    /// A frame that nobody asked for still tells the time.
    package mutating func filteredOut(at time: Timestamp) {
        statistics.filtered += 1
        advance(to: time)
        if statistics.filtered == 1 { write(diagnosis.note(.filtered, at: now)) }
    }

    /// Time passes without frames.
    package mutating func tick(to time: Timestamp) {
        if time > now { advance(to: time) }
    }

    /// A filter that is not ours leaves frames out before they can be counted.
    package mutating func noteFilter() { write(diagnosis.note(.filtered, at: now)) }

    package mutating func takeChanges() -> [FindingBook.Change] {
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    /// Frames of several queues or interfaces come out of order by less; by more, a clock was set.
    private static let clockStep = Interval.seconds(1)
    /// A capture whose clock goes to and fro says so often enough.
    private static let mostStepsTold = 16
    private var clockSteps = 0

    private mutating func advance(to time: Timestamp) {
        if time >= now {
            now = time
        } else {
            statistics.outOfOrder += 1
            if now - time >= Self.clockStep { stepBack(to: time) }
        }
        while correlators.advance(to: now, into: &events) { diagnose() }
        if !events.isEmpty { diagnose() }
    }

    /// Time-outs are set by the frames that follow, so time goes back with them: those that are set then do not end before their time, and those that
    /// were set before end later.
    private mutating func stepBack(to time: Timestamp) {
        clockSteps += 1
        if clockSteps <= Self.mostStepsTold {
            let seconds = Double((now - time).nanoseconds) / 1e9
            let number = statistics.frames + statistics.filtered
            warn(
                "the capture's clock stepped back by \(Int(seconds)) s at frame \(number): time-outs that were running end later")
        }
        now = time
    }

    package mutating func noteLoss(kernel: UInt64, interface: UInt64) {
        statistics.lost(kernel: kernel, interface: interface)
        if kernel > 0 || interface > 0 { write(diagnosis.note(.lost, at: now)) }
    }

    /// How things stand, for a stream that goes on.
    package mutating func writeStatistics() {
        guard writesEvents else { return }
        writer.writeStatistics(statistics, correlators.counters, correlators.anomalies, correlators.vantage, at: now)
        pending = writer.pending
    }

    /// The kernel passes more than before.
    package mutating func noteCaptureFilter(_ filter: String, learned: [IPAddress]) {
        guard writesEvents else { return }
        writer.writeFilter(filter, learned: learned, at: now)
        pending = writer.pending
    }

    package mutating func warn(_ text: String) {
        if writesEvents { writer.writeWarning(text, at: now == .distantPast ? Timestamp(nanoseconds: 0) : now) }
    }

    /// The capture ends, at its last frame or at the end of the interval that it says it observed.
    ///
    /// - Parameter whenFull: takes the records, which may be many, in pieces.
    package mutating func finish<E: Error>(observedUntil: Timestamp?, whenFull: (inout Self) throws(E) -> Void) throws(E) {
        guard let start else { return }
        if let observedUntil, observedUntil > now { now = observedUntil }
        var hasMore = true
        while hasMore {
            hasMore = correlators.finish(at: now, into: &events)
            diagnose()
            try whenFull(&self)
        }
        write(diagnosis.finish(at: now))
        writeStatistics()
        if writesEvents { writer.writeEnd(at: now, duration: now - start) }
    }

    private mutating func diagnose() {
        // Out of `self` while they are told, so that none is copied.
        var told: [FlowEvent] = []
        swap(&told, &events)
        tell(told.span)
        told.removeAll(keepingCapacity: true)
        swap(&told, &events)
        pending = writer.pending
    }

    private mutating func tell(_ events: Span<FlowEvent>) {
        for index in events.indices {
            if writesEvents { writer.write(events[index]) }
            write(diagnosis.consider(events[index]))
        }
    }

    private mutating func write(_ changes: [Diagnosis.Change]) {
        for change in changes {
            switch change {
            case .finding(let change):
                if writesEvents { writer.write(change) }
                if keepsChanges { self.changes.append(change) }
            case .ledger(let ledger, let time): if writesEvents { writer.write(ledger, at: time) }
            }
        }
    }
}
