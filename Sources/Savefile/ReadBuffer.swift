import SystemPackage

/// A window that moves over a file or a pipe: one buffer, filled by read(2), walked in place.
///
/// What is left of it moves to the front only when more must be read. It grows only for a record that
/// does not fit; formats bound that by `largestRecord`.
struct ReadBuffer: ~Copyable {
    /// No record or block that we hold whole is longer: 16 MiB, libpcap's bound for pcapng blocks.
    static let largestRecord = 16 << 20

    let name: String
    /// Nil for pipes and terminals.
    let size: UInt64?
    private let descriptor: FileDescriptor
    private let isOwned: Bool
    private var octets: [UInt8]
    /// Octets at hand: `start..<end`.
    private var start = 0
    private var end = 0
    /// Where in the file `octets` begins.
    private var base: UInt64 = 0
    private var frame = 0..<0
    /// Frames that wait for their turn, where they are put in order.
    private(set) var queue = FrameQueue()

    init(path: String, capacity: Int) throws(SavefileError) {
        if path == "-" {
            (name, descriptor, isOwned) = ("standard input", .standardInput, false)
        } else {
            (name, isOwned) = (path, true)
            do {
                descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            } catch {
                throw SavefileError(.cannotOpen(Errno(error)), name: path, problem: "cannot be opened")
            }
        }
        let status = try? descriptor.stat()
        size = if let status, status.type == .regular { UInt64(clamping: status.size) } else { nil }
        octets = [UInt8](repeating: 0, count: max(64, capacity))
    }

    /// Of no file.
    init() {
        (name, size, descriptor, isOwned) = ("", nil, .standardInput, false)
        octets = []
    }

    deinit {
        if isOwned { try? descriptor.close() }
    }

    /// Octets consumed so far; between records, where the next one begins.
    var position: UInt64 { base + UInt64(start) }
    var available: Int { end - start }

    /// Whether so many octets are at hand, read if they must be.
    @inline(__always)
    mutating func fill(_ needed: Int) throws(SavefileError) -> Bool {
        if end - start >= needed { return true }
        return try refill(needed)
    }

    /// Makes sure of so many octets: the whole of a record or block, or its header.
    @inline(__always)
    mutating func require(_ needed: Int) throws(SavefileError) {
        guard try fill(needed) else { throw cutShort(of: needed) }
    }

    /// Makes sure of a record header, unless the input ends where one would begin.
    @inline(__always)
    mutating func requireHeader(_ needed: Int) throws(SavefileError) -> Bool {
        if try fill(needed) { return true }
        guard available == 0 else { throw cutShort(of: needed) }
        return false
    }

    @inline(__always)
    func uint16(at offset: Int, _ order: ByteOrder) -> UInt16 {
        let word = octets.span.extracting(start + offset..<start + offset + 2)
        return order(UInt16(word[0]) | UInt16(word[1]) << 8)
    }

    @inline(__always)
    func uint32(at offset: Int, _ order: ByteOrder) -> UInt32 {
        let word = octets.span.extracting(start + offset..<start + offset + 4)
        return order(UInt32(word[0]) | UInt32(word[1]) << 8 | UInt32(word[2]) << 16 | UInt32(word[3]) << 24)
    }

    /// UTF-8; what is none is replaced.
    func text(at range: Range<Int>) -> String {
        String(decoding: octets[start + range.lowerBound..<start + range.upperBound], as: UTF8.self)
    }

    func uint8(at offset: Int) -> UInt8 { octets[start + offset] }

    /// A record of so many octets is done with; its frame stays until the next `fill`.
    @inline(__always)
    mutating func consume(_ count: Int, frame range: Range<Int>) {
        frame = start + range.lowerBound..<start + range.upperBound
        start += count
    }

    mutating func consume(_ count: Int) { start += count }

    /// Steps over octets without holding them; false where the input ends first.
    mutating func skip(_ count: Int) throws(SavefileError) -> Bool {
        var left = count
        while left > available {
            left -= available
            start = end
            guard try fill(1) else { return false }
        }
        start += left
        return true
    }

    mutating func forgetFrame() { frame = 0..<0 }

    @inline(__always)
    func withFrame<R>(_ body: (Span<UInt8>) -> R) -> R { body(octets.span.extracting(frame)) }

    /// The frame of the record that was consumed waits.
    @inline(__always)
    mutating func enqueue(_ record: FrameRecord) { queue.add(record, at: frame) }

    @inline(__always)
    mutating func dequeue() -> FrameRecord? { queue.take() }

    @inline(__always)
    func withDequeued<R>(_ body: (Span<UInt8>) -> R) -> R { queue.withFrame(of: octets.span, body) }

    @inline(never)
    private mutating func refill(_ needed: Int) throws(SavefileError) -> Bool {
        frame = 0..<0
        queue.keep(octets)
        base += UInt64(start)
        for index in 0..<available { octets[index] = octets[start + index] }
        (start, end) = (0, available)
        while end < needed {
            // A length may be a lie, so we grow as octets arrive.
            if end == octets.count { octets.append(contentsOf: repeatElement(0, count: min(end, needed - end))) }
            let count = try read()
            if count == 0 { return false }
            end += count
        }
        return true
    }

    private mutating func read() throws(SavefileError) -> Int {
        do {
            return try unsafe octets.withUnsafeMutableBytes { all in
                try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: all[end...]))
            }
        } catch {
            throw SavefileError(.readFailed(Errno(error)), name: name, offset: position, problem: "cannot be read")
        }
    }

    @inline(never)
    private func cutShort(of needed: Int) -> SavefileError {
        SavefileError(.cutShort, name: name, offset: position, problem: "\(available) of \(needed) octets are there")
    }

    @inline(never)
    func damage(_ problem: String, _ kind: SavefileError.Kind = .corrupt) -> SavefileError {
        SavefileError(kind, name: name, offset: position, problem: problem)
    }

    func notACapture(_ problem: String) -> SavefileError { SavefileError(.notACapture, name: name, problem: problem) }
}

extension Errno {
    /// swift-system throws nothing else.
    init(_ error: any Error) { self = error as? Errno ?? .ioError }
}
