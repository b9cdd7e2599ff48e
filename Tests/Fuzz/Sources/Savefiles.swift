import Agent
import Glibc
import Savefile
import Wire

enum Savefiles {
    /// A buffer that holds the whole file, and one that must be filled anew all the time, give the same frames.
    static func read(_ bytes: Span<UInt8>, as format: SavefileReader.Format) -> Bool {
        file.write(bytes)
        guard let (whole, found) = records(bufferSize: 1 << 16), found == format else { return false }
        guard let (pieces, _) = records(bufferSize: 0) else { fatalError("a small buffer refuses the file") }
        expect(whole == pieces, "small buffer: \(pieces), large buffer: \(whole)")
        return true
    }

    private struct Record: Equatable {
        var record: FrameRecord?
        var octets: [UInt8] = []
        var comments: [String] = []
        var error: SavefileError?
    }

    /// Nil where it is no savefile.
    private static func records(bufferSize: Int) -> ([Record], SavefileReader.Format)? {
        guard var reader = try? SavefileReader(path: file.path, bufferSize: bufferSize) else { return nil }
        var records: [Record] = []
        do throws(SavefileError) {
            while let record = try reader.next() {
                let octets = reader.withFrame { [UInt8](copying: $0) }
                expect(octets.count == record.capturedLength, "\(octets.count) octets for \(record)")
                records.append(Record(record: record, octets: octets, comments: reader.comments))
            }
        } catch {
            _ = error.description
            records.append(Record(error: error))
        }
        _ = (reader.interfaceStatistics, reader.linkTypes, reader.snapshotLength)
        return (records, reader.format)
    }

    /// Chosen by the first octet. Filters are compiled for every link type that a file names.
    private static let filters: [String?] = [
        nil, "arp or icmp", "tcp[tcpflags] & (tcp-syn|tcp-rst) != 0", "udp port 53 or vlan", "ip6 or ether[0] & 1 != 0", "host 10.0.0.157",
    ]

    /// A whole replay of a savefile, through a filter.
    static func replay(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let choice = bytes.octet()
        file.write(bytes)
        var options = Replay.Options(paths: [file.path], site: Frames.site)
        options.filter = filters[Int(choice & 0x7f) % filters.count]
        options.everything = choice & 0x80 != 0
        options.limits = Frames.limits
        var replay = Replay(options)
        do throws(Replay.Failure) {
            try replay.run(sinks: [])
            _ = ExitStatus.of(replay.pipeline.diagnosis)
        } catch {
            // Some link types have no TCP, say: libpcap refuses the filter then.
            if case .output = error { fatalError("\(error)") }
        }
    }

    private static let file = MemoryFile()
}

/// A file without a name, in memory, that each input takes in turn.
private struct MemoryFile {
    private let descriptor: CInt
    /// Opens it anew, from its beginning.
    var path: String { "/proc/self/fd/\(descriptor)" }

    init() {
        var name = Array("/dev/shm/vipscope-fuzz-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0, unsafe unlink(name) == 0 else { fatalError("no file in /dev/shm: errno \(errno)") }
    }

    func write(_ bytes: Span<UInt8>) {
        let count = unsafe bytes.withUnsafeBytes { octets in unsafe pwrite(descriptor, octets.baseAddress, octets.count, 0) }
        guard count == bytes.count, ftruncate(descriptor, count) == 0 else { fatalError("cannot write to /dev/shm: errno \(errno)") }
    }
}
