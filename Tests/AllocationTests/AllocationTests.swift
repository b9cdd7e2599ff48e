import Agent
import CAllocationCounter
import Events
import Flows
import Site
import Support
import Testing
import Wire

/// A packet that makes no event costs no heap allocation, once tables and hosts are warm.
@Suite(
    .serialized, .enabled(if: isReleaseBuild, "a debug build allocates what the optimiser takes away: swift test -c release"),
    .enabled(if: allocation_counter_is_available(), "with this C library or sanitizer allocations cannot be counted"))
struct AllocationTests {
    private static var site: Site {
        var site = Site()
        var vip = VIP(address: .v4(SteadyTraffic.vip.address))
        vip.names = [NamePattern("*.laurivan.com")].compactMap(\.self)
        site.vips = [vip]
        site.dns.zones = [DNSName("laurivan.com")].compactMap(\.self)
        return site
    }

    /// Small tables: full, and at their size for good, after a short while.
    private static var limits: Limits {
        var limits = Limits()
        limits.connections = 64
        limits.queries = 64
        limits.echoes = 64
        limits.stations = 64
        limits.addresses = 64
        limits.askers = 64
        limits.servers = 64
        return limits
    }

    private static let rounds: UInt16 = 500

    @Test(arguments: SteadyTraffic.allCases, [false, true])
    func `nothing is allocated for`(_ traffic: SteadyTraffic, _ writesEvents: Bool) {
        var pipeline = Pipeline(site: Self.site, everything: false, limits: Self.limits, writesEvents: writesEvents)
        pipeline.begin(CaptureDescription(sources: [], filter: nil, linkTypes: [.ethernet], everything: false), at: Self.time(0))
        Self.process(traffic.prologue, from: 1, &pipeline)
        let frames = (0..<Self.rounds).flatMap(traffic.round)
        Self.process(frames, from: 10, &pipeline)
        let (evictions, anomalies) = (pipeline.counters.evictedOthers, pipeline.anomalies.total)
        pipeline.dropRecords()

        let again = (0..<Self.rounds).flatMap { traffic.round($0 + Self.rounds) }
        allocation_counter_start()
        Self.process(again, from: frames.count + 10, &pipeline)
        let allocations = allocation_counter_stop()

        #expect(allocations == 0, "\(traffic.rawValue): \(allocations) allocations for \(again.count) frames")
        #expect(pipeline.pending == 0, "\(traffic.rawValue) makes events")
        #expect((pipeline.counters.evictedOthers > evictions) == (traffic == .newStations))
        #expect((pipeline.anomalies.total > anomalies) == (traffic == .damaged))
    }

    /// Files too: the reader lends each frame out of its one buffer. Counted from one report of progress to the next, 65,536 packets
    /// in the middle of a replay, so that what its beginning and end allocate does not matter.
    @Test(arguments: CaptureFormat.allCases)
    func `a replay of a file allocates nothing that grows with its packets`(_ format: CaptureFormat) throws {
        let round = SteadyTraffic.foreignARP.round(0)
        let frames = (0..<140_000).map { number in
            let bytes = round[number % round.count]
            return TestFrame(
                time: Self.time(number), linkType: .ethernet, bytes: bytes, originalLength: bytes.count, number: UInt64(number) + 1)
        }
        let folder = try CaptureFolder(format.file(frames))
        var replay = Replay(Replay.Options(paths: [folder.capture], site: Self.site))
        var reports = 0
        var allocations: UInt64?
        defer { _ = allocation_counter_stop() }
        try replay.run(sinks: []) { _ in
            if reports == 1 { allocations = UInt64(allocation_counter_stop()) }
            reports += 1
            if reports == 1 { allocation_counter_start() }
        }
        // Two in each such window, always: they come with the window, not with a packet.
        #expect(try #require(allocations) <= 2, "\(format): allocations within 65,536 packets")
        #expect(replay.pipeline.statistics.frames == UInt64(frames.count))
    }

    @Test func `the counter counts this thread's allocations`() {
        allocation_counter_start()
        let array = [Int](repeating: 1, count: Int.random(in: 1000...1001))
        let allocations = allocation_counter_stop()
        #expect(allocations > 0 && array.count >= 1000)
    }

    @inline(never)
    private static func process(_ frames: [[UInt8]], from start: Int, _ pipeline: inout Pipeline) {
        var number = start
        for frame in frames {
            pipeline.process(frame.span, .ethernet, at: time(number), number: UInt64(number), originalLength: frame.count)
            number += 1
        }
    }

    /// Frames stand too far apart to be copies of each other, and the warm-up is longer than any wait of connections, queries and echoes.
    private static func time(_ number: Int) -> Timestamp { Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(number) * 15_000_000) }
}

#if DEBUG
    private let isReleaseBuild = false
#else
    private let isReleaseBuild = true
#endif
