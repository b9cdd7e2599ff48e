package import Capture
package import Diagnosis
import Flows
package import Savefile
import SystemPackage
package import Wire

/// Writes a savefile for each finding: the packets that it cites, each with what it proves, and those around them that its replay needs.
package struct EvidenceRecorder: ~Copyable {
    private let folder: String
    private let force: Bool
    /// Users' data stays, too.
    private let fullPayload: Bool
    private let interfaces: [InterfaceDescription]
    private let names: [NameRecord]
    private var memory: FrameMemory
    /// As last polled.
    package var statistics: [InterfaceStatistics] = []
    package private(set) var files: [String] = []
    /// By path, as it was when its file was written.
    private var written: [String: Finding] = [:]

    /// More findings than this say one thing, and a disk has an end.
    private static let mostFiles = 256
    /// Frames of a file: the cited ones, then the latest of the others.
    private static let mostFrames = 20_000

    package init(
        folder: String, force: Bool, fullPayload: Bool = false, interfaces: [InterfaceDescription], names: [NameRecord],
        memory: Int = 32 << 20
    ) {
        self.folder = folder
        self.force = force
        self.fullPayload = fullPayload
        self.interfaces = interfaces
        self.names = names
        self.memory = FrameMemory(capacity: memory)
    }

    package mutating func keep(_ bytes: Span<UInt8>, _ record: LiveRecord, number: UInt64) { memory.keep(bytes, record, number: number) }

    /// Writes a finding's file when it opens, and again when what it cites changes.
    ///
    /// - Returns: what went wrong.
    package mutating func write(_ change: FindingBook.Change, until end: Timestamp) -> String? {
        let finding = change.finding
        let path = FilePath(folder).appending(Self.fileName(finding)).string
        let before = written[path]
        let isOurs = before != nil
        guard before?.evidence != finding.evidence || before?.confidence != finding.confidence else { return nil }
        guard isOurs || files.count < Self.mostFiles else {
            return files.count == Self.mostFiles ? "\(folder): \(Self.mostFiles) findings have files, \(finding.id) has none" : nil
        }
        var options = SavefileWriter.Options(path: path)
        options.force = force || isOurs
        options.interfaces = interfaces
        options.names = names
        do throws(OutputFile.Refusal) {
            var writer = try SavefileWriter(options, at: end)
            copy(finding, until: end, to: &writer)
            if !isOurs { files.append(path) }
            written[path] = finding
            return writer.takeNotices().first?.description
        } catch {
            return "\(path): cannot write: \(error)"
        }
    }

    private func copy(_ finding: Finding, until end: Timestamp, to writer: inout SavefileWriter) {
        var notes: [UInt64: [String]] = [:]
        for evidence in finding.evidence { notes[evidence.frame.number, default: []].append(evidence.note) }
        let neighbours = Self.neighbours(of: finding, interfaces.map(\.linkType))
        var numbers: [UInt64] = []
        var (number, skipped) = (0, 0)
        var chosen: Set<UInt64> = []
        var cut = fullPayload ? nil : PayloadCut()
        for pass in 0..<2 {
            var filter = neighbours.map { FrameFilter($0) }
            number = 0
            memory.forEach { frame, record, bytes in
                if pass == 0 {
                    let isNeighbour = (try? filter?.matches(bytes, record.linkType, originalLength: record.originalLength)) ?? true
                    if isNeighbour || notes[frame] != nil { numbers.append(frame) }
                } else if chosen.contains(frame) {
                    number += 1
                    let kept = cut?.kept(bytes, record.linkType, originalLength: record.originalLength, at: record.time) ?? bytes.count
                    let comments = notes[frame].map { $0.map { "\(finding.label.rawValue): \($0)" } } ?? []
                    writer.write(
                        bytes.extracting(0..<kept), interface: record.interface, time: record.time, originalLength: record.originalLength,
                        comments: comments)
                }
            }
            skipped = max(0, numbers.count - Self.mostFrames)
            chosen = Set(numbers.dropFirst(skipped)).union(notes.keys)
        }
        writer.statistics = statistics.map { statistics in
            var statistics = statistics
            statistics.start = max(statistics.start ?? end, memory.oldest ?? end)
            statistics.end = end
            return statistics
        }
        writer.finish(at: end)
    }

    /// What the correlators need of the finding's own addresses; nil takes all there is. Echoes and errors, announcements and names stay,
    /// whoever sent them, and so do others' beginnings and ends, which are the positive control of a conclusion from absence.
    private static func neighbours(of finding: Finding, _ linkTypes: [LinkType]) -> String? {
        let addresses = [finding.subject.vip, finding.subject.client].compactMap(\.self)
        guard !addresses.isEmpty, let linkType = linkTypes.first, linkTypes.allSatisfy({ $0 == linkType }) else { return nil }
        return CaptureFilter(watched: TrafficNeed.Watched(addresses: addresses, quicPorts: [.https])).expression(for: linkType)
    }

    /// Addresses and names may hold what file names cannot.
    package static func fileName(_ finding: Finding) -> String {
        let text = finding.id.utf8.map { octet -> Character in
            let character = Character(Unicode.Scalar(octet))
            return character.isASCII && (character.isLetter || character.isNumber || "-._".contains(character)) ? character : "-"
        }
        return "\(String(text).prefix(200)).pcapng"
    }
}
