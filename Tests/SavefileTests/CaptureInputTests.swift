import Foundation
import Savefile
import SystemPackage
import Testing
import Wire

/// Several files are one capture, in the order of time.
struct CaptureInputTests {
    private let directory: Directory

    init() throws { directory = try Directory() }

    /// What an input gave: the first octet of each frame, and what was said.
    private struct Output: Equatable {
        var order: [UInt8] = []
        var warnings: [String] = []
        var statistics: [InterfaceStatistics] = []
    }

    private func read(_ paths: [String]) throws(SavefileError) -> Output {
        var output = Output()
        var input = try CaptureInput(paths: paths, bufferSize: 256)
        while let record = try input.next() {
            let octets = input.withFrame { [UInt8](copying: $0) }
            if octets.count != record.capturedLength { Issue.record("wrong frame") }
            output.order.append(octets[0])
        }
        output.warnings = input.warnings.map { $0.description.replacing(directory.path + "/", with: "") }
        output.statistics = input.interfaceStatistics
        if let size = input.size, output.warnings.isEmpty, input.position != size { Issue.record("position is not the size") }
        return output
    }

    /// A pcap file of frames of one octet, at these seconds.
    private func pcap(_ frames: (seconds: UInt32, octet: UInt8)...) -> [UInt8] {
        var file = Builder()
        file.pcapHeader()
        for frame in frames { file.record(seconds: frame.seconds, [frame.octet]) }
        return file.octets
    }

    /// A ring's names tell nothing when it has wrapped around.
    @Test func ordersFilesByTheirFirstFrame() throws {
        try directory.write(pcap((30, 5), (40, 6)), to: "ring0")
        try directory.write(pcap((10, 1), (12, 2)), to: "ring1")
        try directory.write(pcap((20, 3), (30, 4)), to: "ring2")
        let output = try read([directory.path])

        #expect(output.order == [1, 2, 3, 4, 5, 6])
        #expect(output.warnings == [])
    }

    @Test func ordersEqualTimesByName() throws {
        for (name, octet) in [("b", UInt8(3)), ("a", 1), ("c", 5)] {
            try directory.write(pcap((10, octet), (10, octet + 1)), to: name)
        }
        #expect(try read(["c", "b", "a"].map { directory.path + "/" + $0 }).order == [1, 2, 3, 4, 5, 6])
    }

    @Test func mergesOverlappingFiles() throws {
        try directory.write(pcap((1, 1), (4, 4), (5, 5), (9, 9)), to: "a")
        try directory.write(pcap((2, 2), (3, 3), (8, 8)), to: "b")
        try directory.write(pcap((6, 6), (7, 7)), to: "c")
        #expect(try read([directory.path]).order == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    }

    /// Frames of one file keep their order, whatever their times: the file's writer saw them so.
    @Test func keepsTheOrderInsideAFile() throws {
        try directory.write(pcap((5, 1), (3, 2), (6, 3)), to: "a")
        try directory.write(pcap((4, 10), (7, 11)), to: "b")
        #expect(try read([directory.path]).order == [10, 1, 2, 3, 11])
    }

    @Test func readsFormatsTogether() throws {
        try directory.write(Fixture.cookedPcap, to: "a.pcap")
        try directory.write(Fixture.dumpcapPcapng, to: "b.pcapng")
        var merged: [Int64] = []
        var input = try CaptureInput(paths: [directory.path])
        while let record = try input.next() { merged.append(record.time.nanoseconds) }

        #expect(merged == (try Reading(Fixture.mergedPcapng)).times)
        #expect(input.linkTypes == [.ethernet, .linuxCooked2])
        #expect(input.size == 976)
        #expect(input.position == 976)
    }

    /// A directory's own files, as `ls` shows them; each file once.
    @Test func listsDirectories() throws {
        try directory.write(pcap((1, 1)), to: "a.pcap")
        try directory.write(pcap((2, 2)), to: ".hidden.pcap")
        try directory.write(Array("site: home\n".utf8), to: "site.yaml")
        try FileManager.default.createDirectory(atPath: directory.path + "/sub", withIntermediateDirectories: false)
        try directory.write(pcap((3, 3)), to: "sub/b.pcap")
        let output = try read([directory.path, directory.path + "/./a.pcap"])

        #expect(output.order == [1])
        #expect(output.warnings == ["sub: is not a regular file", "site.yaml: is neither pcap nor pcapng"])
    }

    // MARK: Damage

    @Test func readsOnAfterADamagedFile() throws {
        try directory.write(Array(pcap((1, 1), (2, 2)).dropLast()), to: "a")
        try directory.write(pcap((3, 3)), to: "b")
        try directory.write(Array(pcap((4, 4)).dropLast()), to: "c")
        let output = try read([directory.path, directory.path + "/d"])

        #expect(output.order == [1, 3])
        #expect(
            output.warnings == [
                "c: record at octet 24: 16 of 17 octets are there; the file is cut short",
                "d: cannot be opened: No such file or directory",
                "a: record at octet 41: 16 of 17 octets are there; the file is cut short",
            ])
    }

    @Test func warnsOfADamagedFileAlone() throws {
        let path = try directory.write(Array(pcap((1, 1), (2, 2)).dropLast()))
        let output = try read([path])

        #expect(output.order == [1])
        #expect(output.warnings == ["capture: record at octet 41: 16 of 17 octets are there; the file is cut short"])
    }

    @Test func refusesWhatCannotBeReadAtAll() throws {
        let cut = try directory.write(Array(pcap((1, 1)).dropLast()), to: "cut")
        let text = try directory.write(Array("no capture".utf8), to: "text")
        let missing = directory.path + "/missing"
        let empty = directory.path + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        let rows: [([String], SavefileError.Kind)] = [
            ([cut], .cutShort), ([text], .notACapture), ([missing], .cannotOpen(.noSuchFileOrDirectory)), ([text, cut], .cutShort),
            ([text, missing], .cannotOpen(.noSuchFileOrDirectory)), ([empty], .notACapture), ([], .notACapture),
            ([directory.path], .cutShort),
        ]
        for (paths, kind) in rows {
            let error = #expect(throws: SavefileError.self) { try read(paths) }
            #expect(error?.kind == kind)
        }
    }

    @Test func readsAFileWithoutFrames() throws {
        let path = try directory.write(pcap(), to: "a")
        #expect(try read([path]).order == [])
        try directory.write(pcap(), to: "b")
        #expect(try read([directory.path]) == Output())
    }

    // MARK: Many files

    /// Only files whose turn has come are open.
    @Test func opensARingFileByFile() throws {
        for index in 0..<300 { try directory.write(pcap((UInt32(index) * 2, 1), (UInt32(index) * 2 + 1, 2)), to: "ring\(index)") }
        var input = try CaptureInput(paths: [directory.path])
        var frames = 0
        while try input.next() != nil {
            frames += 1
            if frames % 100 == 0 { #expect(openFiles() <= 1) }
        }
        #expect(frames == 600)
        #expect(openFiles() == 0)
    }

    private func openFiles() -> Int {
        let own = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: own)) ?? []
        let targets = names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: own + "/" + $0) }
        return targets.count { $0.hasPrefix(directory.path) }
    }

    @Test func readsPipesAmongFiles() throws {
        let pipes = [Pipe(), Pipe()]
        try pipes[0].fileHandleForWriting.write(contentsOf: pcap((1, 1), (4, 4)))
        try pipes[1].fileHandleForWriting.write(contentsOf: pcap((3, 3), (5, 5)))
        for pipe in pipes { try pipe.fileHandleForWriting.close() }
        try directory.write(pcap((2, 2), (6, 6)), to: "a")
        let paths = pipes.map { "/dev/fd/\($0.fileHandleForReading.fileDescriptor)" } + [directory.path]

        #expect(try read(paths).order == [1, 2, 3, 4, 5, 6])
    }

    @Test func readsStandardInput() throws {
        let file = try FileDescriptor.open(FilePath(try directory.write(Fixture.nanosecondPcap)), .readOnly)
        let own = try FileDescriptor.standardInput.duplicate()
        _ = try file.duplicate(as: .standardInput)
        defer { _ = try? own.duplicate(as: .standardInput) }
        var input = try CaptureInput(paths: ["-"])
        #expect(input.name == "standard input")
        var frames = 0
        while try input.next() != nil { frames += 1 }
        #expect(frames == 4)
    }

    // MARK: Statistics

    /// A ring's files tell one growing count; captures of their own, with starts of their own, stand apart.
    @Test func mergesTheStatisticsOfARing() throws {
        for (name, start, received, end) in [("a", UInt64(5), UInt64(10), UInt64(20)), ("b", 5, 30, 40), ("c", 25, 7, 30)] {
            var file = Builder()
            file.section()
            file.interface()
            file.packet(units: end)
            file.block(5) { body in
                body.add(0, 0, 0)
                for (code, value) in [(UInt16(4), received), (5, 1), (7, 2)] { body.option(code, body.bytes(value)) }
                for (code, value) in [(UInt16(2), start), (3, end)] {
                    body.add16(code, 8)
                    body.add(0, UInt32(value))
                }
            }
            try directory.write(file.octets, to: name)
        }
        let statistics = try read([directory.path]).statistics

        #expect(statistics.map(\.received) == [30, 7])
        #expect(statistics.lostByKernel == 4 && statistics.lostByInterface == 2)
        #expect(statistics.earliestStart == Timestamp(nanoseconds: 5000))
        #expect(statistics.latestEnd == Timestamp(nanoseconds: 40_000))
    }
}
