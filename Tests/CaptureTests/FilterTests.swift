import Agent
import Diagnosis
import FoundationEssentials
import Support
import Testing

/// Replays through a capture filter.
struct FilterTests {
    private func replay(_ name: String, _ filter: String?) throws -> [Finding] {
        let example = try #require(CaptureCase.all.first { $0.name == name })
        var options = Replay.Options(paths: [example.capture.path], site: example.site)
        options.filter = filter
        var replay = Replay(options)
        try replay.run(sinks: [])
        return replay.pipeline.diagnosis.book.open
    }

    @Test func `what a filter left out takes proof from silence, and the finding says so`() throws {
        let whole = try replay("no-announcer-mirror", nil)
        #expect(whole.map(\.confidence) == [.proven])
        let filtered = try replay("no-announcer-mirror", "arp")
        #expect(filtered.map(\.label) == [.vipNoAnnouncer] && filtered.map(\.confidence) == [.likely])
        #expect(filtered.first?.summary.contains("a filter left frames out") == true)
    }

    @Test func `a filter that leaves out nothing changes nothing`() throws {
        let filtered = try replay("no-announcer-mirror", "greater 1")
        #expect(filtered.map(\.confidence) == [.proven])
    }

    @Test func `a filter that does not compile is told in libpcap's words`() throws {
        #expect(throws: Replay.Failure.self) { _ = try replay("no-announcer-mirror", "arp and hst 1") }
    }
}
