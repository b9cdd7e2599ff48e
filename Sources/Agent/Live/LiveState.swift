import Capture
import Diagnosis
import Events
import Savefile
import Wire

/// What frames go into: the pipeline, the savefile, the memory of recent ones.
struct LiveState: ~Copyable {
    var pipeline: Pipeline
    var writer: SavefileWriter?
    var evidence: EvidenceRecorder?
    /// Nil where one interface keeps its own order.
    var order: FrameOrder?
    private(set) var number: UInt64 = 0
    let count: UInt64
    /// Frames after the end are not ours.
    var end = Timestamp.distantFuture

    init(pipeline: consuming Pipeline, count: UInt64?, isOrdered: Bool) {
        self.pipeline = pipeline
        self.count = count ?? .max
        order = isOrdered ? nil : FrameOrder()
    }

    var isComplete: Bool { number >= count }

    mutating func take(_ bytes: Span<UInt8>, _ record: LiveRecord) {
        if order == nil { process(bytes, record) } else { order?.add(bytes, record) }
    }

    /// Several interfaces' frames wait until no older one can come.
    mutating func release(until time: Timestamp) {
        guard var waiting = order.take() else { return }
        waiting.release(until: waiting.isFull ? .distantFuture : time) { process($0, $1) }
        order = waiting
    }

    private mutating func process(_ bytes: Span<UInt8>, _ record: LiveRecord) {
        guard number < count, record.time <= end else { return }
        number += 1
        writer?.write(bytes, interface: record.interface, time: record.time, originalLength: record.originalLength)
        evidence?.keep(bytes, record, number: number)
        pipeline.process(bytes, record.linkType, at: record.time, number: number, originalLength: record.originalLength)
    }
}
