package import Capture
import Events
package import Flows
package import Savefile
package import Site
import Wire

/// Runs saved captures through the pipeline: the same bytes in, the same bytes out, on every machine.
package struct Replay: ~Copyable {
    package struct Options: Sendable {
        package var paths: [String]
        package var site: Site
        package var everything = false
        package var filter: String?
        package var limits = Limits()
        package var writesEvents = true

        package init(paths: [String], site: Site) {
            self.paths = paths
            self.site = site
        }
    }

    package enum Failure: Error {
        /// Nothing could be read.
        case input(SavefileError)
        case filter(FilterError)
        case output(SinkError)
    }

    /// How far the input was read, in octets; the size is nil for pipes.
    package struct Progress: Sendable {
        package var position: UInt64
        package var size: UInt64?
        package var frames: UInt64
    }

    private let options: Options
    /// What could not be read: said on standard error, too.
    package private(set) var warnings: [SavefileError] = []
    package private(set) var pipeline: Pipeline

    package init(_ options: Options) {
        self.options = options
        pipeline = Pipeline(
            site: options.site, everything: options.everything, limits: options.limits, writesEvents: options.writesEvents)
    }

    /// Records wait until so many octets are there.
    private static let flushSize = 1 << 16
    /// Frames between two looks at the progress.
    private static let progressFrames: UInt64 = 1 << 16

    package mutating func run(sinks: [Sink], progress: ((Progress) -> Void)? = nil) throws(Failure) {
        var input: CaptureInput
        do { input = try CaptureInput(paths: options.paths, ordersFrames: true) } catch { throw .input(error) }
        var filter = options.filter.map { FrameFilter($0) }
        var number: UInt64 = 0
        while true {
            let record: FrameRecord?
            do { record = try input.next() } catch { throw .input(error) }
            guard let record else { break }
            number += 1
            if pipeline.start == nil { begin([record.linkType], at: record.time) }
            if record.isLate { pipeline.noteOutOfOrder(at: record.time) }
            if try !input.passes(&filter, record) {
                pipeline.filteredOut(at: record.time)
                if pipeline.pending >= Self.flushSize { try Self.flush(&pipeline, to: sinks) }
                continue
            }
            input.withFrame { bytes in
                pipeline.process(bytes, record.linkType, at: record.time, number: record.number, originalLength: record.originalLength)
            }
            if pipeline.pending >= Self.flushSize { try Self.flush(&pipeline, to: sinks) }
            if let progress, number % Self.progressFrames == 0 {
                progress(Progress(position: input.position, size: input.size, frames: number))
            }
        }
        try finish(input, sinks)
    }

    private mutating func begin(_ linkTypes: [LinkType], at time: Timestamp) {
        pipeline.begin(
            CaptureDescription(
                sources: options.paths.map(Self.lastComponent), filter: options.filter, linkTypes: linkTypes,
                everything: options.everything || options.site.vips.isEmpty),
            at: time)
        for shortcoming in Cryptography.shortcomings() { pipeline.warn(shortcoming) }
    }

    private mutating func finish(_ input: borrowing CaptureInput, _ sinks: [Sink]) throws(Failure) {
        // A capture without frames has no time of its own.
        if pipeline.start == nil { begin([], at: Timestamp(nanoseconds: 0)) }
        warnings = input.warnings
        for warning in warnings { pipeline.warn(warning.description) }
        let statistics = input.interfaceStatistics
        pipeline.noteLoss(kernel: statistics.lostByKernel, interface: statistics.lostByInterface)
        try pipeline.finish(observedUntil: statistics.latestEnd) { pipeline throws(Failure) in
            if pipeline.pending >= Self.flushSize { try Self.flush(&pipeline, to: sinks) }
        }
        try Self.flush(&pipeline, to: sinks)
    }

    private static func flush(_ pipeline: inout Pipeline, to sinks: [Sink]) throws(Failure) {
        do throws(SinkError) {
            try pipeline.withRecords { bytes throws(SinkError) in
                if bytes.isEmpty { return }
                for sink in sinks { try sink.write(bytes) }
            }
        } catch { throw .output(error) }
        pipeline.dropRecords()
    }

    /// Results must not depend on where a capture lies.
    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
