import Capture
import Savefile
import Wire

extension CaptureInput {
    /// Whether the frame that `next` positioned on passes the filter; without one, every frame does.
    mutating func passes(_ filter: inout FrameFilter?, _ record: FrameRecord) throws(Replay.Failure) -> Bool {
        guard filter != nil else { return true }
        let result: Result<Bool, FilterError> = withFrame { bytes in
            do throws(FilterError) {
                return .success(try filter?.matches(bytes, record.linkType, originalLength: record.originalLength) ?? true)
            } catch { return .failure(error) }
        }
        do throws(FilterError) { return try result.get() } catch { throw .filter(error) }
    }
}
