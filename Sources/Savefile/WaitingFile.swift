/// One savefile of several: its place in their order, and while it waits for its turn, its next frame and its reader.
final class WaitingFile {
    let path: String
    /// Decides between equal times.
    var order = 0
    /// The next frame.
    var record: FrameRecord
    /// Of no file while this one is closed, or has its turn.
    var reader: SavefileReader
    /// A pipe cannot be closed and opened again.
    private var isOpen: Bool

    init(path: String, record: FrameRecord, open reader: consuming SavefileReader?) {
        self.path = path
        self.record = record
        isOpen = false
        if let reader {
            self.reader = reader
            isOpen = true
        } else {
            self.reader = SavefileReader()
        }
    }

    func isBefore(_ other: WaitingFile) -> Bool { (record.time, order) < (other.record.time, other.order) }

    /// Opens the file for its first turn and positions it on its first frame; false where that is gone.
    func open(bufferSize: Int, ordersFrames: Bool) throws(SavefileError) -> Bool {
        if isOpen { return true }
        isOpen = true
        var reader = try SavefileReader(path: path, bufferSize: bufferSize, ordersFrames: ordersFrames)
        guard let first = try reader.next() else { return false }
        record = first
        self.reader = reader
        return true
    }
}
