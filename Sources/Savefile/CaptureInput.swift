import SystemPackage
public import Wire

/// Several savefiles read as one capture, in the order of time: files, standard input (`-`), directories of files.
///
/// Files take their turn by the time of their first frame, then by name; where they overlap, frames are merged. A file is
/// open only from its first turn to its end, so that a ring of a thousand files needs one buffer. Damage ends a file, not
/// the input.
public struct CaptureInput: ~Copyable {
    /// What was skipped, and which files ended early. Grows while frames are read.
    public private(set) var warnings: [SavefileError] = []
    /// Octets of all files; nil where one is a pipe.
    public private(set) var size: UInt64? = 0
    private let bufferSize: Int
    /// Those of a file come in the order of time, where it has them out of it by a little.
    private let ordersFrames: Bool
    /// The file whose turn it is, and its place among several.
    private var current = SavefileReader()
    private var turn: WaitingFile?
    /// The other files, the next to have its turn last.
    private var waiting: [WaitingFile] = []
    /// The current file's frames before this time, in nanoseconds, need no comparing.
    private var limit = Int64.max
    /// No other gives frames.
    private var isOneFile = true
    /// Some file gave a frame, or ended as it should without one.
    private var isReadable = false
    private var finished = Account()
    /// Frames so far.
    private var count: UInt64 = 0

    /// What files came to: those read to their end, or all so far.
    private struct Account {
        var octets: UInt64 = 0
        var linkTypes: [LinkType] = []
        var statistics: [InterfaceStatistics] = []

        mutating func add(_ reader: borrowing SavefileReader) {
            octets += reader.position
            linkTypes.append(contentsOf: reader.linkTypes)
            statistics.append(contentsOf: reader.interfaceStatistics)
        }
    }

    /// Most first frames lie within so many octets of their file's start.
    private static let probeSize = 16_384

    /// Finds the files' order, for which it reads the first frame of each; a file alone is only opened.
    ///
    /// Throws the first error where nothing can be read at all.
    public init(paths: [String], bufferSize: Int = SavefileReader.usualBufferSize, ordersFrames: Bool = false) throws(SavefileError) {
        self.bufferSize = bufferSize
        self.ordersFrames = ordersFrames
        let files = listFiles(paths)
        if files.count == 1, warnings.isEmpty {
            let reader = try SavefileReader(path: files[0], bufferSize: bufferSize, ordersFrames: ordersFrames)
            size = reader.size
            current = consume reader
            return
        }
        for path in files {
            do throws(SavefileError) { try probe(path) } catch { warnings.append(error) }
        }
        guard isReadable else { throw reason(paths) }
        waiting.sort { ($0.record.time, $0.path) > ($1.record.time, $1.path) }
        isOneFile = waiting.count <= 1
        for (index, file) in waiting.enumerated() { file.order = waiting.count - index }
    }

    /// Positions on the next frame of all files; nil at the end. Throws only where no frame could be read at all.
    public mutating func next() throws(SavefileError) -> FrameRecord? {
        guard var record = try nextOfAll() else { return nil }
        count += 1
        record.number = isOneFile ? UInt64(bitPattern: Int64(bitPattern: count) + Int64(record.displacement)) : count
        return record
    }

    @inline(__always)
    private mutating func nextOfAll() throws(SavefileError) -> FrameRecord? {
        guard let record = try nextOfCurrent() else {
            finished.add(current)
            current = SavefileReader()
            return nextFile()
        }
        if record.time.nanoseconds < limit || waiting.isEmpty { return record }
        park(record)
        return nextFile()
    }

    /// Lends the octets of the frame that `next` positioned on. Mutating, so that nobody moves on meanwhile, and nothing of the input's size is
    /// copied for a call.
    @inline(__always)
    public mutating func withFrame<R>(_ body: (Span<UInt8>) -> R) -> R { current.withFrame(body) }

    /// The comments on the frame that `next` positioned on.
    public var comments: [String] { current.comments }

    /// The file of the frame that `next` positioned on; empty where it found none.
    public var name: String { current.name }

    /// Octets consumed so far.
    public var position: UInt64 { account.octets }

    /// Those described so far.
    public var linkTypes: Set<LinkType> { Set(account.linkTypes) }

    /// What was said so far. A ring's files tell one growing count (same interface, same start): the greatest stands.
    public var interfaceStatistics: [InterfaceStatistics] {
        account.statistics.reduce(into: []) { merged, next in
            if let index = merged.firstIndex(where: { $0.isSameCapture(as: next) }) {
                merged[index].merge(next)
            } else {
                merged.append(next)
            }
        }
    }

    private var account: Account {
        var account = finished
        account.add(current)
        for file in waiting { account.add(file.reader) }
        return account
    }

    // MARK: Finding files

    /// The files that the paths name, each once, and those in directories that they name.
    private mutating func listFiles(_ paths: [String]) -> [String] {
        var seen: Set<FilePath> = []
        var files: [String] = []
        for path in paths {
            do throws(SavefileError) {
                let (found, others) = try Self.files(at: path)
                warnings += others
                for file in found {
                    if seen.insert(FilePath(file).lexicallyNormalized()).inserted { files.append(file) }
                }
            } catch {
                warnings.append(error)
            }
        }
        return files
    }

    /// A file alone, or a folder's captures and what else is there: for whoever reads them twice.
    public static func files(at path: String) throws(SavefileError) -> (files: [String], others: [SavefileError]) {
        guard path != "-", type(of: path) == .directory else { return ([path], []) }
        var (files, others): ([String], [SavefileError]) = ([], [])
        for member in try DirectoryListing.paths(in: path) {
            if type(of: member) == .regular {
                files.append(member)
            } else {
                others.append(SavefileError(.notACapture, name: member, problem: "is not a regular file"))
            }
        }
        return (files, others)
    }

    /// Why nothing can be read: rather the damage of a capture than what was no capture at all.
    private func reason(_ paths: [String]) -> SavefileError {
        warnings.first { $0.kind != .notACapture } ?? warnings.first
            ?? SavefileError(.notACapture, name: paths.joined(separator: ", "), problem: "no captures there")
    }

    private static func type(of path: String) -> FileType? { try? FilePath(path).stat().type }

    /// Reads the first frame. A regular file is then closed until its turn; a pipe cannot be.
    private mutating func probe(_ path: String) throws(SavefileError) {
        let isRegular = path != "-" && Self.type(of: path) == .regular
        var reader = try SavefileReader(
            path: path, bufferSize: isRegular ? Self.probeSize : bufferSize, ordersFrames: ordersFrames)
        let octets = reader.size
        if let record = try reader.next() {
            waiting.append(WaitingFile(path: path, record: record, open: isRegular ? nil : consume reader))
        } else {
            finished.add(reader)
        }
        size = if let size, let octets { size + octets } else { nil }
        isReadable = true
    }

    // MARK: Taking turns

    @inline(__always)
    private mutating func nextOfCurrent() throws(SavefileError) -> FrameRecord? {
        do throws(SavefileError) {
            let record = try current.next()
            isReadable = true
            return record
        } catch {
            guard isReadable else { throw error }
            warnings.append(error)
            return nil
        }
    }

    /// The earliest waiting file's turn: no other has it.
    private mutating func nextFile() -> FrameRecord? {
        while let file = waiting.popLast() {
            do throws(SavefileError) {
                guard try file.open(bufferSize: bufferSize, ordersFrames: ordersFrames) else { continue }
            } catch {
                warnings.append(error)
                continue
            }
            swap(&current, &file.reader)
            turn = file
            limit = waiting.last?.record.time.nanoseconds ?? .max
            return file.record
        }
        return nil
    }

    /// The current file waits again: another may have an earlier frame than its next one.
    private mutating func park(_ record: FrameRecord) {
        guard let file = turn else { return }
        file.record = record
        swap(&current, &file.reader)
        // Its next turn is soon, so its place is near the end.
        let place = waiting.lastIndex { file.isBefore($0) }.map { $0 + 1 } ?? 0
        waiting.insert(file, at: place)
    }
}
