import Capture
import Events
package import Savefile
import Wire

/// Shows the frames of saved captures, one by one.
package enum Decode {
    package enum Format: String, Sendable, CaseIterable { case text, jsonl }

    /// - Returns: what was damaged; the rest was shown.
    package static func run(
        paths: [String], filter expression: String?, format: Format, sink: Sink
    ) throws(Replay.Failure) -> [SavefileError] {
        var input: CaptureInput
        do { input = try CaptureInput(paths: paths) } catch { throw .input(error) }
        var writer = PacketWriter()
        var filter = expression.map { FrameFilter($0) }
        while true {
            let record: FrameRecord?
            do { record = try input.next() } catch { throw .input(error) }
            guard let record else { break }
            guard try input.passes(&filter, record) else { continue }
            let frame = FrameReference(number: record.number, time: record.time)
            input.withFrame { bytes in
                switch format {
                case .text: writer.writeText(bytes, record.linkType, frame, originalLength: record.originalLength)
                case .jsonl: writer.writeJSON(bytes, record.linkType, frame, originalLength: record.originalLength)
                }
            }
            if writer.pending >= 1 << 16 { try flush(&writer, to: sink) }
        }
        try flush(&writer, to: sink)
        return input.warnings
    }

    private static func flush(_ writer: inout PacketWriter, to sink: Sink) throws(Replay.Failure) {
        do { try sink.write(writer.bytes.span) } catch { throw .output(error) }
        writer.removeAll()
    }
}
