import Diagnosis
import Events
import Flows
import Foundation
import Site
import Support
import Testing
import Wire

/// The same packets give the same bytes, whatever the run, the tables' hash key and the file's format.
struct DeterminismTests {
    @Test(arguments: CaptureCase.all)
    func `replays of one capture are the same to the byte`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        for everything in [false, true] {
            let first = TestReplay.run(frames, site: example.site, everything: everything)
            // The standard library's dictionaries have another order in each instance.
            for _ in 0..<4 {
                let other = TestReplay.run(frames, site: example.site, everything: everything)
                #expect(other.lines == first.lines, "\(example.name)")
                #expect(other.findings == first.findings, "\(example.name)")
            }
        }
    }

    // MARK: Hash keys

    @Test(arguments: CaptureCase.all)
    func `no event depends on the hash key, even where tables are full`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        var narrow = Limits()
        narrow.connections = 2
        narrow.queries = 1
        narrow.echoes = 1
        narrow.stations = 3
        narrow.addresses = 2
        narrow.askers = 2
        narrow.servers = 2
        for limits in [Limits(), narrow] {
            let first = Self.events(frames, example.site, limits, hashKey: 0)
            for hashKey in [1, 0x0123_4567_89ab_cdef, .max] as [UInt64] {
                #expect(Self.events(frames, example.site, limits, hashKey: hashKey) == first, "\(example.name), key \(hashKey)")
            }
        }
    }

    /// As the pipeline does it, which has one key for all.
    private static func events(_ frames: [TestFrame], _ site: Site, _ limits: Limits, hashKey: UInt64) -> [String] {
        var correlators = Correlators(site: site, everything: true, limits: limits, hashKey: hashKey)
        var diagnosis = Diagnosis(site: site)
        var writer = EventWriter(site: site)
        var now = Timestamp.distantPast
        func tell(_ events: inout [FlowEvent]) {
            for event in events {
                writer.write(event)
                for case .finding(let change) in diagnosis.consider(event) { writer.write(change) }
            }
            events.removeAll()
        }
        var events: [FlowEvent] = []
        for frame in frames {
            now = max(now, frame.time)
            while correlators.advance(to: now, into: &events) { tell(&events) }
            let reference = FrameReference(number: frame.number, time: frame.time)
            let packet = Dissector().dissect(
                frame.bytes.span, linkType: frame.linkType, frame: reference, originalLength: frame.originalLength)
            correlators.observe(packet, in: frame.bytes.span, into: &events)
            tell(&events)
        }
        while correlators.finish(at: now, into: &events) { tell(&events) }
        tell(&events)
        for case .finding(let change) in diagnosis.finish(at: now) { writer.write(change) }
        return String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").map(String.init) + ["\(correlators.counters)"]
    }

    // MARK: Formats

    @Test(arguments: CaptureCase.all)
    func `events do not depend on the savefile's format`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let exact = try CaptureFolder(CaptureFormat.nanosecondPcap.file(frames)).replay(example.site)
        #expect(exact == TestReplay.run(frames, site: example.site).text, "\(example.name): from a file and from memory")
        if example.capture.pathExtension == "pcap" {
            let original = try CaptureFolder([UInt8](Data(contentsOf: example.capture))).replay(example.site)
            #expect(original == exact, "\(example.name): as recorded and written anew")
        }
        let coarse = TestReplay.run(frames.map(\.inMicroseconds), site: example.site).text
        for format in CaptureFormat.allCases {
            let written = try CaptureFolder(format.file(frames)).replay(example.site)
            #expect(written == (format.resolution == 1 ? exact : coarse), "\(example.name): \(format)")
        }
    }

    @Test(.enabled(if: Tool("editcap") != nil, "editcap is not installed"), arguments: Self.some)
    func `events do not depend on what editcap made of the file`(_ example: CaptureCase) throws {
        let editcap = try #require(Tool("editcap"))
        try Self.converted(example) { from, to, resolution in
            try editcap.run("-F", resolution == 1 ? "nsecpcap" : "pcap", from, to)
        }
        // What its pcapng keeps of a pcapng's statistics changes the end of the observed time.
        guard example.capture.pathExtension == "pcap" else { return }
        let frames = try TestFrame.read(example.capture.path)
        let folder = try CaptureFolder()
        try editcap.run("-F", "pcapng", example.capture.path, folder.capture)
        #expect(try folder.replay(example.site) == TestReplay.run(frames, site: example.site).text, "\(example.name)")
    }

    @Test(.enabled(if: Tool("tcpdump") != nil, "tcpdump is not installed"), arguments: Self.some)
    func `events do not depend on what tcpdump made of the file`(_ example: CaptureCase) throws {
        let tcpdump = try #require(Tool("tcpdump"))
        try Self.converted(example) { from, to, resolution in
            // As root it would become another user, who may not write here.
            let user = getuid() == 0 ? ["-Z", "root"] : []
            let precision = resolution == 1 ? "nano" : "micro"
            let process = try tcpdump.start(["-r", from, "-w", to, "--time-stamp-precision", precision] + user)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    /// Programs take their time, so not every case.
    private static let some = CaptureCase.all.enumerated().filter { $0.offset % 6 == 0 }.map(\.element)

    private static func converted(_ example: CaptureCase, _ convert: (String, String, Int64) throws -> Void) throws {
        let frames = try TestFrame.read(example.capture.path)
        for resolution in [1, 1000] as [Int64] {
            let folder = try CaptureFolder()
            try convert(example.capture.path, folder.capture, resolution)
            let expected = TestReplay.run(resolution == 1 ? frames : frames.map(\.inMicroseconds), site: example.site).text
            #expect(try folder.replay(example.site) == expected, "\(example.name), resolution \(resolution)")
        }
    }

    // MARK: Pipes

    @Test(arguments: Self.some)
    func `a named pipe gives what its file gives`(_ example: CaptureCase) throws {
        let file = try CaptureFolder([UInt8](Data(contentsOf: example.capture)))
        let pipe = try CaptureFolder()
        try #require(unsafe mkfifo(pipe.capture, 0o600) == 0)
        let writer = try #require(Tool("sh")).start(["-c", "exec cat \"$0\" > \"$1\"", file.capture, pipe.capture])
        // It waits for a reader, should none come.
        defer { if writer.isRunning { writer.terminate() } }
        #expect(try pipe.replay(example.site) == file.replay(example.site), "\(example.name)")
        writer.waitUntilExit()
    }

    /// Built beside the test bundle.
    private static let vipscope = Tool(
        path: URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("vipscope").path)

    @Test(.enabled(if: Self.vipscope != nil, "the executable is not beside the tests"), arguments: Self.some)
    func `standard input gives what its file gives`(_ example: CaptureCase) throws {
        let vipscope = try #require(Self.vipscope)
        let file = try CaptureFolder([UInt8](Data(contentsOf: example.capture)))
        let vips = example.site.vips.flatMap { ["--vip", $0.address.description] }
        var site = Site()
        site.vips = example.site.vips.map { VIP(address: $0.address) }
        let output = Pipe()
        let process = try vipscope.start(
            ["replay", "--format", "jsonl"] + vips + ["-"], input: try #require(FileHandle(forReadingAtPath: file.capture)), output: output)
        let events = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(events.replacing(#""sources":["-"]"#, with: #""sources":["capture"]"#) == (try file.replay(site)), "\(example.name)")
    }
}

extension TestFrame {
    /// As a format with microseconds keeps it.
    fileprivate var inMicroseconds: TestFrame {
        var frame = self
        frame.time = Timestamp(nanoseconds: time.nanoseconds / 1000 * 1000)
        return frame
    }
}
