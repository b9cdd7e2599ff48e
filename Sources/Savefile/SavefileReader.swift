public import Wire

/// Reads a savefile, pcap or pcapng, from a file or a pipe, frame by frame.
///
/// `next` positions on a frame and `withFrame` lends its octets out of the one buffer: nothing is copied, nothing allocated.
public struct SavefileReader: ~Copyable {
    public enum Format: String, Sendable { case pcap, pcapng }

    private var buffer: ReadBuffer
    private let pcap: PcapFormat?
    private var pcapng: PcapngFormat?
    private var isOver = false
    /// Frames come in the order of time, where the file has them out of it by a little.
    private let ordersFrames: Bool
    /// Of what was read ahead.
    private var failure: SavefileError?

    /// What is read stays in a core's own cache until it has been looked at. Of 1 MiB it does not: 1.05 times as long for packets of 800 octets.
    public static let usualBufferSize = 1 << 18

    /// Opens a file, or standard input for `-`, and reads as far as the file header.
    public init(path: String, bufferSize: Int = usualBufferSize, ordersFrames: Bool = false) throws(SavefileError) {
        self.ordersFrames = ordersFrames
        var buffer = try ReadBuffer(path: path, capacity: bufferSize)
        guard try buffer.fill(4) else {
            throw buffer.notACapture(buffer.available == 0 ? "is empty" : "is too short for a savefile")
        }
        let magic = buffer.uint32(at: 0, .little)
        let order = PcapFormat.order(ofMagic: magic)
        guard order != nil || PcapngFormat.isMagic(magic) else {
            throw buffer.notACapture(OtherFormat(magic: magic)?.advice(for: buffer.name) ?? "is neither pcap nor pcapng")
        }
        let pcap: PcapFormat? = if let order { try PcapFormat(order: order, decoding: &buffer) } else { nil }
        pcapng = pcap == nil ? try PcapngFormat(decoding: &buffer) : nil
        self.pcap = pcap
        self.buffer = buffer
    }

    /// Reads no file.
    init() {
        buffer = ReadBuffer()
        pcap = nil
        pcapng = nil
        ordersFrames = false
        isOver = true
    }

    /// Positions on the next frame; nil at the end. After damage, which it throws, there are no more.
    @inline(__always)
    public mutating func next() throws(SavefileError) -> FrameRecord? {
        if ordersFrames { return try nextInOrder() }
        return try read()
    }

    @inline(__always)
    private mutating func nextInOrder() throws(SavefileError) -> FrameRecord? {
        while !buffer.queue.isRipe, !isOver {
            do throws(SavefileError) {
                if let record = try read() { buffer.enqueue(record) }
            } catch { failure = error }
        }
        if let record = buffer.dequeue() { return record }
        guard let failure else { return nil }
        self.failure = nil
        throw failure
    }

    @inline(__always)
    private mutating func read() throws(SavefileError) -> FrameRecord? {
        guard !isOver else { return nil }
        do throws(SavefileError) {
            let record = if let pcap { try pcap.next(in: &buffer) } else { try pcapng?.next(in: &buffer) }
            if let record { return record }
        } catch {
            end()
            throw error
        }
        end()
        return nil
    }

    /// Lends the octets of the frame that `next` positioned on: `capturedLength` of them, none where it found no frame.
    @inline(__always)
    public func withFrame<R>(_ body: (Span<UInt8>) -> R) -> R {
        ordersFrames ? buffer.withDequeued(body) : buffer.withFrame(body)
    }

    /// Copies of frames that wait to be put in order; bounded, however the file is read.
    public var octetsAside: Int { buffer.queue.octetsAside }

    /// What the file's writer, or a reader before us, noted on the frame that `next` positioned on; nothing where frames are put in order.
    public var comments: [String] { ordersFrames ? [] : pcapng?.comments(in: buffer) ?? [] }

    public var format: Format { pcapng == nil ? .pcap : .pcapng }
    public var name: String { buffer.name }
    /// Octets consumed so far, and of how many: nil for a pipe.
    public var position: UInt64 { buffer.position }
    public var size: UInt64? { buffer.size }

    /// Those described so far, in that order.
    public var linkTypes: [LinkType] { pcap.map { [$0.linkType] } ?? pcapng?.linkTypes ?? [] }
    /// The longest stated so far; nil where none is, or an interface has no limit.
    public var snapshotLength: UInt32? { pcap?.snapshotLength ?? pcapng?.snapshotLength }
    /// What was said so far, an element for each interface; none in a pcap file.
    public var interfaceStatistics: [InterfaceStatistics] { pcapng?.statistics ?? [] }

    private mutating func end() {
        isOver = true
        buffer.forgetFrame()
        pcapng?.forgetFrame()
    }
}
