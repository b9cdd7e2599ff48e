import SystemPackage
public import Wire

/// Writes frames as savefiles: one file, or a ring of them in a folder.
///
/// Records reach the file whole, many at a time; of a process that is killed, the file holds all but the last flush. A disk that is full stops the
/// writing, not the capture: records wait as far as the queue holds them, are counted beyond it, and go on when there is room.
public struct SavefileWriter: ~Copyable {
    public struct Options: Sendable {
        public var path: String
        public var format = SavefileReader.Format.pcapng
        /// Octets of all files of the ring together, and how many they are; nil writes one file without bound.
        public var ring: (octets: Int, files: Int)?
        public var force = false
        public var application = "vipscope"
        public var interfaces: [InterfaceDescription] = []
        public var names: [NameRecord] = []
        /// Octets that wait while nothing can be written.
        public var queueLimit = 4 << 20

        public init(path: String) { self.path = path }
    }

    /// What the operator should know.
    public enum Notice: Hashable, Sendable, CustomStringConvertible {
        case stopped(String, String)
        case resumed(String, missing: UInt64)

        public var description: String {
            switch self {
            case .stopped(let path, let problem): "\(path): cannot write: \(problem); packets wait for room"
            case .resumed(let path, let missing):
                "\(path): writing goes on" + (missing == 0 ? ", nothing is missing" : ", \(missing) packets are missing")
            }
        }
    }

    private var options: Options
    private var blocks = PcapngBlocks()
    private var file: FileDescriptor?
    /// Of the current file.
    public private(set) var path = ""
    /// Octets that the current file holds, all of whole records.
    private var written: Int64 = 0
    private var made: [String] = []
    private var fileCount = 0
    private var stopped: String?
    private var missingNow: UInt64 = 0
    /// Packets that found no room in the queue.
    public private(set) var missing: UInt64 = 0
    public private(set) var packets: UInt64 = 0
    private var notices: [Notice] = []
    /// Told at the end of each file.
    public var statistics: [InterfaceStatistics] = []
    private let stamp: String

    /// Flushed at the latest with so many octets.
    private static let flushSize = 1 << 16

    /// - Parameter time: the start of the capture, after which files of a ring are named.
    public init(_ options: Options, at time: Timestamp) throws(OutputFile.Refusal) {
        self.options = options
        let civil = CivilTime(time)
        stamp =
            "\(civil.year.digits(4))\(civil.month.digits(2))\(civil.day.digits(2))T\(civil.hour.digits(2))\(civil.minute.digits(2))\(civil.second.digits(2))Z"
        try open()
        flush()
    }

    deinit { try? file?.close() }

    /// Another interface, whose packets follow: one that was met on the way.
    ///
    /// - Returns: its number.
    public mutating func describe(_ interface: InterfaceDescription) -> Int {
        options.interfaces.append(interface)
        if options.format == .pcapng { blocks.interface(interface) }
        return options.interfaces.count - 1
    }

    public mutating func write(
        _ bytes: Span<UInt8>, interface: Int, time: Timestamp, originalLength: Int, comments: [String] = []
    ) {
        if stopped != nil, blocks.octets.count + bytes.count > options.queueLimit {
            missing += 1
            missingNow += 1
            return
        }
        if let ring = options.ring, stopped == nil, written > 0,
            Int(written) + blocks.octets.count + bytes.count + Self.tail > ring.octets / max(1, ring.files)
        {
            next()
        }
        switch options.format {
        case .pcapng: blocks.packet(bytes, interface: interface, time: time, originalLength: originalLength, comments: comments)
        case .pcap: blocks.record(bytes, time: time, originalLength: originalLength)
        }
        packets += 1
        if stopped == nil, blocks.octets.count >= Self.flushSize { flush() }
    }

    /// Octets for a packet's own block, and for statistics at the end.
    private static let tail = 512

    /// Writes what waits; to be called about once a second, too.
    public mutating func flush() {
        if file == nil { reopen() }
        guard let file else { return }
        if let status = try? file.stat(), status.type == .regular, status.linkCount == 0 {
            stop("it was removed")
            close()
            return reopen()
        }
        if blocks.octets.isEmpty, stopped == nil { return }
        do {
            try put(file)
            written += Int64(blocks.octets.count)
            blocks.removeAll()
            resume()
        } catch {
            stop("\(Errno(error))")
            // What was written of it ends inside a record: all of it waits.
            try? file.resize(to: written)
            _ = try? file.seek(offset: written, from: .start)
        }
    }

    private func put(_ file: FileDescriptor) throws {
        let count = try unsafe blocks.octets.withUnsafeBytes { try unsafe file.writeAll($0) }
        if count < blocks.octets.count { throw Errno.noSpace }
    }

    /// Ends the file with its statistics.
    public mutating func finish(at time: Timestamp) {
        writeStatistics(at: time)
        flush()
        close()
    }

    public mutating func takeNotices() -> [Notice] {
        defer { notices.removeAll() }
        return notices
    }

    // MARK: Files

    private mutating func next() {
        writeStatistics(at: statistics.latestEnd ?? Timestamp(nanoseconds: 0))
        flush()
        guard stopped == nil else { return }
        close()
        reopen()
        // Whoever is killed now leaves a file that says what it is.
        flush()
    }

    private mutating func writeStatistics(at time: Timestamp) {
        if options.format == .pcapng { for interface in statistics { blocks.statistics(interface, at: time) } }
    }

    private mutating func close() {
        try? file?.close()
        file = nil
    }

    private mutating func reopen() {
        do throws(OutputFile.Refusal) { try open() } catch { stop("\(error)") }
    }

    private mutating func open() throws(OutputFile.Refusal) {
        var path = options.path
        if options.ring != nil {
            let name = "vipscope-\(stamp)-\((fileCount + 1).digits(5)).\(options.format.rawValue)"
            path = FilePath(options.path).appending(name).string
        }
        file = try OutputFile.create(path, force: options.force)
        self.path = path
        fileCount += 1
        written = 0
        if let ring = options.ring {
            made.append(path)
            while made.count > max(1, ring.files) { unlink(made.removeFirst()) }
        }
        let waiting = blocks.octets
        blocks.removeAll()
        switch options.format {
        case .pcapng:
            blocks.section(application: options.application)
            for interface in options.interfaces { blocks.interface(interface) }
            blocks.names(options.names)
        case .pcap: blocks.fileHeader(options.interfaces.first)
        }
        blocks.append(waiting)
    }

    // MARK: Trouble

    private mutating func stop(_ problem: String) {
        guard stopped == nil else { return }
        stopped = problem
        notices.append(.stopped(path.isEmpty ? options.path : path, problem))
    }

    private mutating func resume() {
        guard stopped != nil else { return }
        stopped = nil
        notices.append(.resumed(path, missing: missingNow))
        missingNow = 0
    }
}

extension Int {
    /// With leading zeros.
    fileprivate func digits(_ count: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, count - text.count)) + text
    }
}
