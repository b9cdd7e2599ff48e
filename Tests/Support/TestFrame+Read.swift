import Savefile
import Wire

extension TestFrame {
    /// All frames of a capture; what is damaged ends it.
    package static func read(_ path: String) throws -> [TestFrame] {
        var input = try CaptureInput(paths: [path])
        var frames: [TestFrame] = []
        while let record = try input.next() {
            frames.append(
                TestFrame(
                    time: record.time, linkType: record.linkType, bytes: input.withFrame { [UInt8](copying: $0) },
                    originalLength: record.originalLength, number: UInt64(frames.count + 1)))
        }
        return frames
    }
}
