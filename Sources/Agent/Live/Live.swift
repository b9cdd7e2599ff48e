package import Capture
package import Diagnosis
import Events
import Flows
package import Savefile
import Site
package import Wire

/// Runs live frames through the pipeline: what `Replay` says of a recording, said as it happens.
///
/// Time passes without frames, too: by the clock, less what the kernel may still hold back.
package struct Live<Source: FrameSource & ~Copyable>: ~Copyable {
    private var source: Source
    private var state: LiveState
    private let options: LiveOptions
    private let clock: () -> Timestamp
    private var start = Timestamp(nanoseconds: 0)
    private var lastClock = Timestamp.distantPast
    private var lastLook = Timestamp.distantPast
    private var lastPoll = Timestamp.distantPast
    private var told = KernelStatistics()
    /// Of those addresses that were learned: how many every interface's filter knows, and how many the first one's.
    private var (filtered, noted) = (0, 0)
    private var lastFilter = Timestamp.distantPast
    /// Why interfaces did not take the last filter: they are asked again, and it is told once.
    private var refusals: [CaptureError] = []
    private var mustEnd = false

    package init(_ source: consuming Source, _ options: LiveOptions, clock: @escaping () -> Timestamp) {
        state = LiveState(
            pipeline: Pipeline(
                site: options.site, everything: options.everything, limits: options.limits, writesEvents: options.writesEvents,
                // Whoever sends packets must not know which of them collide.
                hashKey: .random(in: .min ... .max)),
            count: options.count, isOrdered: source.linkTypes.count < 2)
        state.pipeline.keepsChanges = true
        self.source = source
        self.options = options
        self.clock = clock
    }

    /// Files that take the packets themselves.
    package mutating func record(_ writer: consuming SavefileWriter?, evidence: consuming EvidenceRecorder?) {
        state.writer = writer
        state.evidence = evidence
    }

    package func withPipeline<R>(_ body: (borrowing Pipeline) throws -> R) rethrows -> R { try body(state.pipeline) }
    /// The savefile's path, and how many packets are in it or found no room.
    package func savefile() -> (path: String, packets: UInt64, missing: UInt64)? {
        switch state.writer {
        case .some(let writer): (writer.path, writer.packets, writer.missing)
        case .none: nil
        }
    }

    package func evidenceFiles() -> [String] {
        switch state.evidence {
        case .some(let evidence): evidence.files
        case .none: []
        }
    }

    package var kernel: KernelStatistics { told }

    /// What the loop tells while it runs.
    package struct Listener {
        /// A finding was opened, updated or resolved.
        package var finding: (FindingBook.Change) -> Void = { _ in }
        /// Something that is no result.
        package var note: (String) -> Void = { _ in }
        /// Somebody asked how things stand.
        package var ledger: (borrowing Pipeline) -> Void = { _ in }
        /// Time for another picture.
        package var draw: (borrowing Pipeline, KernelStatistics) -> Void = { _, _ in }

        package init() {}
    }

    /// Frames of each interface between two looks at the clock.
    private let batch = 1024

    package mutating func run(
        sinks: [Sink], _ listener: Listener, requests: () -> Signals.Request?
    ) throws(SinkError) {
        start = clock()
        (lastClock, lastPoll, lastLook) = (start, start, start)
        begin()
        poll(at: start, listener)
        try flush(sinks, listener)
        while !mustEnd {
            let now = try turn(sinks, listener, ending: false)
            switch requests() {
            case .end: mustEnd = true
            case .tell: listener.ledger(state.pipeline)
            case nil: break
            }
            if let duration = options.duration, now - start >= duration { mustEnd = true }
            if state.isComplete { mustEnd = true }
        }
        try finish(sinks, listener)
    }

    private func interfaceNames() -> [String] { source.interfaces.map(\.name) }

    private mutating func begin() {
        let everything = options.everything || options.site.vips.isEmpty
        state.pipeline.begin(
            CaptureDescription(
                sources: interfaceNames(), filter: options.filter, linkTypes: source.linkTypes, everything: everything), at: start)
        if options.filter != nil { state.pipeline.noteFilter() }
    }

    /// One round: frames, time, and every now and then the rest.
    private mutating func turn(_ sinks: [Sink], _ listener: Listener, ending: Bool) throws(SinkError) -> Timestamp {
        source.wait(atMost: options.capture.blockTimeOut)
        let count = Self.dispatch(batch, &source, &state)
        let now = clock()
        noteStep(to: now, listener)
        // What is younger may still be in a block that the kernel has not handed over.
        let horizon = now - Interval(nanoseconds: 2 * options.capture.blockTimeOut.nanoseconds)
        state.release(until: horizon)
        if count == 0, !ending { state.pipeline.tick(to: horizon) }
        if now - lastLook >= .milliseconds(250) || now < lastLook {
            lastLook = now
            for notice in source.look() { warn(notice.description, listener) }
            listener.draw(state.pipeline, told)
        }
        if state.pipeline.learned.count > filtered, now - lastFilter >= .seconds(1) || now < lastFilter { widenFilter(at: now, listener) }
        if now - lastPoll >= .seconds(1) || now < lastPoll { poll(at: now, listener) }
        try flush(sinks, listener)
        return now
    }

    private static func dispatch(_ limit: Int, _ source: inout Source, _ state: inout LiveState) -> Int {
        source.dispatch(limit) { state.take($0, $1) }
    }

    private mutating func noteStep(to now: Timestamp, _ listener: Listener) {
        let step = now - lastClock
        lastClock = now
        let seconds = Double(step.nanoseconds) / 1e9
        if step < .seconds(-1) {
            warn("the clock stepped back by \(Int(-seconds)) s: time-outs that were running end later", listener)
        } else if step > .seconds(10) {
            warn("the clock stepped forward by \(Int(seconds)) s, or this process was not run: time-outs may be too early", listener)
        }
    }

    // MARK: Counts

    private mutating func poll(at now: Timestamp, _ listener: Listener) {
        lastPoll = now
        let all = source.statistics
        let sum = all.reduce(KernelStatistics()) { sum, next in
            KernelStatistics(
                received: sum.received + next.received, dropped: sum.dropped + next.dropped,
                interfaceDropped: sum.interfaceDropped + next.interfaceDropped)
        }
        let dropped = sum.dropped - min(told.dropped, sum.dropped)
        let interfaceDropped = sum.interfaceDropped - min(told.interfaceDropped, sum.interfaceDropped)
        told = sum
        if dropped > 0 || interfaceDropped > 0 {
            state.pipeline.noteLoss(kernel: dropped, interface: interfaceDropped)
            state.pipeline.writeStatistics()
            listener.note("\(dropped) packets lost by the kernel, \(interfaceDropped) by the interface: silence proves less")
        }
        let statistics = all.enumerated().map { index, counts in
            var statistics = InterfaceStatistics(interface: index)
            statistics.filterAccepted = counts.received
            statistics.osDropped = counts.dropped
            statistics.interfaceDropped = counts.interfaceDropped
            statistics.start = start
            statistics.end = now
            return statistics
        }
        state.evidence?.statistics = statistics
        guard state.writer != nil else { return }
        state.writer?.statistics = statistics
        state.writer?.flush()
        for notice in state.writer?.takeNotices() ?? [] { warn(notice.description, listener) }
    }

    /// What was learned is to be seen. Once a second at the most: each filter is compiled, and traffic says what is learned.
    private mutating func widenFilter(at now: Timestamp, _ listener: Listener) {
        let learned = state.pipeline.learned
        lastFilter = now
        let filter = options.captureFilter(learned: learned)
        guard filter.watched != nil, let expression = source.linkTypes.first.flatMap({ filter.expression(for: $0) }) else {
            filtered = learned.count
            return
        }
        let answers = source.widen { filter.expression(for: $0) }
        let refusals = answers.compactMap(\.self)
        for refusal in refusals where !self.refusals.contains(refusal) {
            warn("the capture filter of \(refusal.interface) stays as it was: \(refusal.problem)", listener)
        }
        self.refusals = refusals
        if refusals.isEmpty { filtered = learned.count }
        // The stream tells the first interface's.
        guard noted < learned.count, answers.first == .some(nil) else { return }
        noted = learned.count
        state.pipeline.noteCaptureFilter(expression, learned: learned)
        let others = refusals.map { ", not on \($0.interface)" }.joined()
        listener.note("captured from now on, too: \(learned.map(\.description).joined(separator: ", "))\(others)")
    }

    private mutating func warn(_ text: String, _ listener: Listener) {
        state.pipeline.warn(text)
        listener.note(text)
    }

    // MARK: Results

    private mutating func flush(_ sinks: [Sink], _ listener: Listener) throws(SinkError) {
        for change in state.pipeline.takeChanges() {
            listener.finding(change)
            if options.untilFinding, change.action == .opened, change.finding.severity != .info { mustEnd = true }
            if let problem = state.evidence?.write(change, until: state.pipeline.now) { warn(problem, listener) }
        }
        try state.pipeline.withRecords { bytes throws(SinkError) in
            if bytes.isEmpty { return }
            for sink in sinks { try sink.write(bytes) }
        }
        state.pipeline.dropRecords()
    }

    /// The kernel may hold frames of before the end: they are waited for.
    private mutating func finish(_ sinks: [Sink], _ listener: Listener) throws(SinkError) {
        let end = clock()
        state.end = end
        while !state.isComplete {
            let now = try turn(sinks, listener, ending: true)
            if now - end >= Interval(nanoseconds: 2 * options.capture.blockTimeOut.nanoseconds) || now < end { break }
        }
        state.release(until: .distantFuture)
        poll(at: end, listener)
        var failure: SinkError?
        state.pipeline.finish(observedUntil: end) { pipeline in
            guard failure == nil else { return pipeline.dropRecords() }
            do throws(SinkError) {
                try pipeline.withRecords { bytes throws(SinkError) in
                    for sink in sinks where !bytes.isEmpty { try sink.write(bytes) }
                }
            } catch { failure = error }
            pipeline.dropRecords()
        }
        state.writer?.finish(at: end)
        for notice in state.writer?.takeNotices() ?? [] { warn(notice.description, listener) }
        if let failure { throw failure }
        try flush(sinks, listener)
    }
}
