import Agent
import Capture
import Diagnosis
import Events
import Foundation
import LAN
import Savefile
import Site
import Support
import Testing
import Wire

/// The live loop over frames that are played, with a clock of the test's own: the machine's clock never matters.
struct LiveTests {
    private func example(_ name: String) throws -> CaptureCase { try #require(CaptureCase.all.first { $0.name == name }) }

    private struct Outcome {
        var lines: [String] = []
        var findings: [Finding] = []
        var opened: [(Finding, Timestamp)] = []
        var notes: [String] = []
        var ledgers = 0
        var frames: UInt64 = 0
    }

    /// Runs until the frames are over and a while longer.
    private func run(
        _ source: consuming PlayedSource, _ options: LiveOptions, for time: Interval, folder: CaptureFolder? = nil,
        requests: [Int: Signals.Request] = [:]
    ) throws -> Outcome {
        let clock = source.clock
        let linkType = source.frames.first?.linkType ?? .ethernet
        var options = options
        if options.duration == nil { options.duration = time }
        let folder = try folder ?? CaptureFolder()
        var live = Live(source, options) { clock.now }
        let interfaces = ["eth0", "eth1"].map { InterfaceDescription(name: $0, linkType: linkType) }
        let writer = try SavefileWriter(
            {
                var options = SavefileWriter.Options(path: folder.path + "/all.pcapng")
                options.interfaces = interfaces
                return options
            }(), at: clock.now)
        live.record(writer, evidence: EvidenceRecorder(folder: folder.path, force: false, interfaces: interfaces, names: []))
        let sink = try Sink(creating: folder.path + "/events", inputs: [])
        var outcome = Outcome()
        var listener = Live<PlayedSource>.Listener()
        listener.finding = { if $0.action == .opened { outcome.opened.append(($0.finding, clock.now)) } }
        listener.note = { outcome.notes.append($0) }
        listener.ledger = { _ in outcome.ledgers += 1 }
        var turns = 0
        try live.run(sinks: [sink], listener) {
            turns += 1
            return requests[turns]
        }
        try sink.close()
        let text = try String(contentsOfFile: folder.path + "/events", encoding: .utf8)
        EventLog.keep(Array(text.utf8))
        outcome.lines = text.split(separator: "\n").map(String.init)
        (outcome.findings, outcome.frames) = live.withPipeline { ($0.diagnosis.book.findings, $0.statistics.frames) }
        return outcome
    }

    /// Records without what counts records, and without those of the capture itself.
    private func comparable(_ lines: [String]) -> [String] {
        lines.filter { !$0.contains(#""dataset":"vipscope.capture""#) }
            .map { $0.replacing(#/"sequence":\d+/#, with: "") }
    }

    @Test(arguments: CaptureCase.all.filter { !$0.site.vips.isEmpty })
    func `live, the same is said as in a replay of what was seen`(_ example: CaptureCase) throws {
        // A live capture's frames come in the order of time.
        let frames = try TestFrame.read(example.capture.path).enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        let first = try #require(frames.first), last = try #require(frames.last).time
        let clock = TestClock(first.time - .milliseconds(5))
        let folder = try CaptureFolder()
        let live = try run(
            PlayedSource(frames, clock), LiveOptions(site: example.site), for: (last + .milliseconds(100)) - first.time, folder: folder)
        #expect(live.frames == UInt64(frames.count))
        let end = last + .milliseconds(100)
        let replay = TestReplay.run(frames, site: example.site, observedUntil: end)
        func told(_ findings: [Finding]) -> [String] { findings.map { "\($0.id) \($0.severity) \($0.confidence) \($0.state)" } }
        #expect(told(live.findings) == told(replay.findings))
        var replayed = Replay.Options(paths: [folder.path + "/all.pcapng"], site: example.site)
        replayed.writesEvents = true
        var again = Replay(replayed)
        let sink = try Sink(creating: folder.path + "/again", inputs: [])
        try again.run(sinks: [sink])
        try sink.close()
        let text = try String(contentsOfFile: folder.path + "/again", encoding: .utf8)
        #expect(comparable(live.lines) == comparable(text.split(separator: "\n").map(String.init)))
        #expect(again.warnings.isEmpty)
    }

    @Test func `a finding from silence stands within 250 ms of the time-out that completes it`() throws {
        let example = try example("no-announcer-mirror")
        let frames = try TestFrame.read(example.capture.path)
        let first = try #require(frames.first), last = try #require(frames.last)
        let clock = TestClock(first.time)
        let live = try run(PlayedSource(frames, clock), LiveOptions(site: example.site), for: (last.time + .seconds(20)) - first.time)
        #expect(live.opened.isEmpty == false)
        for (finding, time) in live.opened {
            #expect(time - finding.lastSeen <= .milliseconds(250), "\(finding.id)")
        }
    }

    @Test func `each finding has a file of its own, which replays to it`() throws {
        for name in [
            "no-announcer-mirror", "duplicate-announcers-mirror", "syn-blackhole-mirror", "nxdomain-all-mirror", "tcp-rejected-mirror",
        ] {
            let example = try example(name)
            let frames = try TestFrame.read(example.capture.path)
            let first = try #require(frames.first), last = try #require(frames.last)
            let folder = try CaptureFolder()
            let live = try run(
                PlayedSource(frames, TestClock(first.time)), LiveOptions(site: example.site), for: (last.time + .seconds(6)) - first.time,
                folder: folder)
            #expect(!live.opened.isEmpty)
            for finding in live.findings {
                let path = "\(folder.path)/\(EvidenceRecorder.fileName(finding))"
                var replay = Replay(Replay.Options(paths: [path], site: example.site))
                try replay.run(sinks: [])
                let again = replay.pipeline.diagnosis.book.findings.first { $0.id == finding.id }
                #expect(again?.confidence == finding.confidence, "\(name): \(finding.id): \(finding.summary) :: \(again?.summary ?? "-")")
                var reader = try SavefileReader(path: path)
                var comments: [String] = []
                while try reader.next() != nil { comments += reader.comments }
                #expect(comments.count == finding.evidence.count)
                #expect(comments.allSatisfy { $0.hasPrefix("\(finding.label.rawValue): ") })
            }
        }
    }

    private func frames(_ times: [Int64]) -> [TestFrame] {
        times.enumerated().map { index, milliseconds in
            TestFrame(
                time: Timestamp(nanoseconds: 1_700_000_000_000_000_000) + .milliseconds(milliseconds), linkType: .ethernet,
                bytes: [UInt8](repeating: UInt8(index), count: 60), originalLength: 60, number: UInt64(index + 1))
        }
    }

    private func source(_ times: [Int64]) -> PlayedSource {
        PlayedSource(frames(times), TestClock(Timestamp(nanoseconds: 1_700_000_000_000_000_000)))
    }

    @Test func `it ends after so many packets, after so long, or when told to`() throws {
        let site = Site()
        var options = LiveOptions(site: site)
        options.count = 2
        #expect(try run(source([10, 20, 30, 40]), options, for: .seconds(60)).frames == 2)
        #expect(try run(source([10, 20, 900]), LiveOptions(site: site), for: .milliseconds(500)).frames == 2)
        #expect(try run(source([10, 20, 900]), LiveOptions(site: site), for: .seconds(60), requests: [5: .end]).frames == 2)
        #expect(try run(source([10, 20, 900]), LiveOptions(site: site), for: .seconds(2), requests: [5: .tell, 7: .tell]).ledgers == 2)
    }

    @Test func `until a finding, and no longer`() throws {
        let example = try example("no-announcer-mirror")
        let frames = try TestFrame.read(example.capture.path)
        let first = try #require(frames.first)
        var options = LiveOptions(site: example.site)
        options.untilFinding = true
        let live = try run(PlayedSource(frames, TestClock(first.time)), options, for: .seconds(3600))
        #expect(live.opened.count == 1 && live.frames < frames.count)
    }

    @Test func `frames of two interfaces are taken in the order of time`() throws {
        var two = source([10, 20, 30, 15, 25, 35])
        two.places = [0, 0, 0, 1, 1, 1]
        two.names = ["eth0", "eth1"]
        let folder = try CaptureFolder()
        let outcome = try run(two, LiveOptions(site: Site()), for: .seconds(1), folder: folder)
        #expect(outcome.frames == 6)
        let frames = try TestFrame.read(folder.path + "/all.pcapng")
        #expect(frames.map { $0.bytes[0] } == [0, 3, 1, 4, 2, 5])
        #expect(outcome.lines.contains { $0.contains(#""out_of_order":0"#) })
    }

    @Test func `what happens to an interface, to the clock, and what is lost, is told in the stream`() throws {
        var troubled = source([10, 20])
        troubled.notices = [[], [.interface(.vanished("eth0"))], [.interface(.back("eth0")), .reopened("eth0")]]
        troubled.counts = [KernelStatistics(received: 9, dropped: 3, interfaceDropped: 1)]
        troubled.steps = [30: .seconds(-60), 40: .seconds(120)]
        let outcome = try run(troubled, LiveOptions(site: Site()), for: .seconds(4), requests: [100: .end])
        #expect(
            outcome.notes == [
                "3 packets lost by the kernel, 1 by the interface: silence proves less", "eth0 vanished: nothing is seen there",
                "eth0 is back", "eth0 is listened to again",
                "the clock stepped back by 59 s: time-outs that were running end later",
                "the clock stepped forward by 120 s, or this process was not run: time-outs may be too early",
            ])
        let warnings = outcome.lines.filter { $0.contains(#""action":"warning""#) }
        #expect(warnings.count == 5)
        #expect(outcome.lines.contains { $0.contains(#""action":"statistics""#) && $0.contains(#""kernel_drops":3,"interface_drops":1"#) })
    }

    /// Lookups as many as there are milliseconds, by way of a resolver and an authority.
    private func lookups(_ times: [(milliseconds: Int64, authority: LAN.Host)]) -> [TestFrame] {
        var frames: [TestFrame] = []
        for (number, round) in times.enumerated() {
            let id = UInt16(number + 1)
            let asked = Lookup("argocd.laurivan.com", id: id, port: 50_000 + id)
            let further = Lookup("argocd.laurivan.com", client: .resolver, server: round.authority, id: id, port: 40_000 + id)
            let octets = [
                asked.query, further.query, further.answer([.a(theVIP)], authoritative: true), asked.answer([.a(theVIP)]),
            ]
            for (index, bytes) in octets.enumerated() {
                frames.append(
                    TestFrame(
                        time: Timestamp(nanoseconds: 1_700_000_000_000_000_000) + .milliseconds(round.milliseconds + Int64(index)),
                        linkType: .ethernet, bytes: bytes, originalLength: bytes.count, number: UInt64(frames.count + 1)))
            }
        }
        return frames
    }

    @Test func `an address that is learned is in a new capture filter, once a second at the most, and told`() throws {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        site.dns.zones = [name("laurivan.com")]
        let others = [LAN.Host(0x0200_0000_00a1, "10.0.1.1"), LAN.Host(0x0200_0000_00a2, "10.0.1.2")]
        let played = PlayedSource(
            lookups([(100, .authority), (500, .authority), (520, others[0]), (540, others[1])]),
            TestClock(Timestamp(nanoseconds: 1_700_000_000_000_000_000)))
        let filters = played.filters
        let outcome = try run(played, LiveOptions(site: site), for: .seconds(4))
        #expect(filters.list.count == 2)
        for (index, filter) in filters.list.enumerated() {
            #expect(filter.expression.contains("(ip host 10.0.0.157) or (ip host 10.0.0.156)"))
            #expect(filter.expression.contains("10.0.1.2") == (index == 1))
        }
        #expect(filters.list[1].time - filters.list[0].time >= .seconds(1))
        let records = outcome.lines.filter { $0.contains(#""action":"filter""#) }
        #expect(records.count == 2 && records[1].contains(#""learned":["10.0.0.156","10.0.1.1","10.0.1.2"]"#))
        #expect(outcome.notes.first == "captured from now on, too: 10.0.0.156")
    }

    @Test func `where all is captured no filter is made, and one that is refused leaves the old one`() throws {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        site.dns.zones = [name("laurivan.com")]
        func played() -> PlayedSource {
            PlayedSource(
                lookups([(100, .authority), (500, .authority)]), TestClock(Timestamp(nanoseconds: 1_700_000_000_000_000_000)))
        }
        var everything = LiveOptions(site: site)
        everything.everything = true
        let all = played()
        let none = all.filters
        #expect(try run(all, everything, for: .seconds(3)).notes.isEmpty && none.list.isEmpty)
        let refused = played()
        refused.filters.refusals = [CaptureError(.filter, "eth0", "no room")]
        let tries = refused.filters
        let outcome = try run(refused, LiveOptions(site: site), for: .seconds(3))
        // It is tried again, which is said once.
        #expect(tries.list.count > 1)
        #expect(outcome.notes.count == 1 && outcome.notes[0] == "the capture filter of eth0 stays as it was: no room")
        #expect(outcome.lines.count { $0.contains(#""action":"warning""#) } == 1)
    }

    @Test func `of two interfaces the one that refuses a filter is named, and what the first one took is told`() throws {
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        site.dns.zones = [name("laurivan.com")]
        for refusing in 0...1 {
            var played = PlayedSource(
                lookups([(100, .authority), (500, .authority)]), TestClock(Timestamp(nanoseconds: 1_700_000_000_000_000_000)))
            played.names = ["eth0", "eth1"]
            played.places = played.frames.map { _ in 0 }
            played.filters.refusals = (0...1).map { $0 == refusing ? CaptureError(.filter, played.names[$0], "no room") : nil }
            let tries = played.filters
            let outcome = try run(played, LiveOptions(site: site), for: .seconds(3))
            #expect(tries.list.count > 1)
            let warning = "the capture filter of eth\(refusing) stays as it was: no room"
            #expect(outcome.notes == [warning] + (refusing == 1 ? ["captured from now on, too: 10.0.0.156, not on eth1"] : []))
            #expect(outcome.lines.count { $0.contains(#""action":"filter""#) } == refusing)
        }
    }

    @Test func `with a filter of the user's own, silence proves less`() throws {
        let example = try example("no-announcer-mirror")
        let frames = try TestFrame.read(example.capture.path)
        let first = try #require(frames.first), last = try #require(frames.last)
        var options = LiveOptions(site: example.site)
        options.filter = "arp"
        let live = try run(PlayedSource(frames, TestClock(first.time)), options, for: (last.time + .seconds(1)) - first.time)
        #expect(live.findings.first?.confidence == .likely)
    }

    @Test func `recent frames are remembered as far as the room goes, in their order`() {
        var memory = FrameMemory(capacity: 4096)
        for number in 1...50 as ClosedRange<UInt64> {
            let frame = [UInt8](repeating: UInt8(number), count: 400 + Int(number) % 7)
            memory.keep(
                frame.span,
                LiveRecord(
                    time: Timestamp(nanoseconds: Int64(number)), originalLength: frame.count, linkType: .ethernet, interface: 0),
                number: number)
        }
        var numbers: [UInt64] = []
        memory.forEach { number, record, bytes in
            #expect(bytes.count == record.originalLength && bytes[0] == UInt8(number) && bytes[bytes.count - 1] == UInt8(number))
            numbers.append(number)
        }
        #expect(numbers == Array((51 - UInt64(numbers.count))...50))
        #expect(numbers.count >= 8 && numbers.count == memory.count)
        #expect(numbers.count < 16)
        #expect(memory.oldest == Timestamp(nanoseconds: Int64(numbers[0])))
    }

    @Test func `small frames have a bound of their own`() {
        var memory = FrameMemory(capacity: 4096)
        for number in 1...10_000 as ClosedRange<UInt64> {
            let record = LiveRecord(time: Timestamp(nanoseconds: Int64(number)), originalLength: 1, linkType: .ethernet, interface: 0)
            memory.keep([UInt8(truncatingIfNeeded: number)].span, record, number: number)
        }
        #expect(memory.count == 16 && memory.oldest == Timestamp(nanoseconds: 9_985))
    }
}
