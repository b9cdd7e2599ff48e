import Events
@testable import Flows
import Site
import Support
import Testing
import Wire

struct CaptureRecordTests {
    private func stream(_ site: Site, _ write: (inout EventWriter) -> Void) throws -> [JSON] {
        var writer = EventWriter(site: site)
        write(&writer)
        EventLog.keep(Array(writer.bytes))
        return try JSON.lines(writer.bytes)
    }

    @Test func `the first record names the schema's version, the sources and what is watched`() throws {
        let lines = try stream(Values.site) { writer in
            writer.writeStart(
                CaptureDescription(
                    sources: ["a \"quoted\" name.pcap", "-"], filter: "arp or host 10.0.0.157", linkTypes: [.ethernet, .linuxCooked2],
                    everything: true),
                at: Values.start)
        }
        #expect(
            lines == [
                [
                    "@timestamp": "2026-02-04T10:34:41.000000000Z",
                    "event": ["kind": "event", "dataset": "vipscope.capture", "action": "start", "sequence": 1],
                    "capture": [
                        "schema_version": "1.0.0", "sources": ["a \"quoted\" name.pcap", "-"], "filter": "arp or host 10.0.0.157",
                        "link_types": ["ethernet", "linux_sll2"], "site": "home", "vips": ["10.0.0.157", "2001:db8::157"],
                        "everything": true,
                    ],
                ]
            ])
    }

    @Test func `without site file and filter their keys are absent`() throws {
        let lines = try stream(Site()) { writer in
            writer.writeStart(
                CaptureDescription(sources: ["eth0"], filter: nil, linkTypes: [LinkType(rawValue: 147)], everything: true), at: Values.start
            )
        }
        #expect(
            lines.first?["capture"] == [
                "schema_version": "1.0.0", "sources": ["eth0"], "link_types": ["linktype_147"], "vips": [], "everything": true,
            ])
    }

    @Test func `every count has its own key`() throws {
        var statistics = CaptureStatistics()
        statistics.frames = 1
        statistics.octets = 2
        statistics.filtered = 3
        statistics.unsupported = 4
        statistics.kernelDrops = 5
        statistics.interfaceDrops = 6
        statistics.outOfOrder = 7
        let counters = Correlators.Counters(
            duplicates: 8, hops: 9, evictedConnections: 10, evictedQueries: 11, evictedOthers: .max, evictedQUICAttempts: 12,
            floodedConnections: 13)
        var anomalies = AnomalyCounts()
        for _ in 0..<2 { anomalies.count(Anomaly(layer: .dns, offset: 42, error: .malformed("RDLENGTH"), cutByCapture: false)) }
        anomalies.count(Anomaly(layer: .tcp, offset: 34, error: .truncated(needed: 20, available: 6), cutByCapture: true))
        let record = try #require(
            try records { $0.writeStatistics(statistics, counters, anomalies, .mirror, at: Values.frame(40).time) }.first)
        #expect(
            record == [
                "@timestamp": "2026-02-04T10:34:41.040000000Z",
                "event": ["kind": "metric", "dataset": "vipscope.capture", "action": "statistics", "sequence": 2],
                "capture": [
                    "frames": 1, "octets": 2, "filtered": 3, "unsupported": 4, "kernel_drops": 5, "interface_drops": 6, "out_of_order": 7,
                    "duplicates": 8, "forwarded_hops": 9, "flooded_connections": 13,
                    "evictions": ["connections": 10, "queries": 11, "others": 18_446_744_073_709_551_615, "quic_attempts": 12],
                    "anomalies": [
                        ["layer": "tcp", "kind": "cut_by_capture", "count": 1], ["layer": "dns", "kind": "malformed", "count": 2],
                    ],
                    "vantage": "mirror",
                ],
            ])
    }

    @Test(arguments: Layer.allCases)
    func `every layer's anomalies of every kind are counted`(_ layer: Layer) throws {
        var anomalies = AnomalyCounts()
        anomalies.count(Anomaly(layer: layer, offset: 0, error: .truncated(needed: 2, available: 1), cutByCapture: false))
        anomalies.count(Anomaly(layer: layer, offset: 0, error: .malformed("length"), cutByCapture: false))
        anomalies.count(Anomaly(layer: layer, offset: 0, error: .unsupported("version"), cutByCapture: false))
        anomalies.count(Anomaly(layer: layer, offset: 0, error: .truncated(needed: 2, available: 1), cutByCapture: true))
        let counters = Correlators.Counters(
            duplicates: 0, hops: 0, evictedConnections: 0, evictedQueries: 0, evictedOthers: 0, evictedQUICAttempts: 0,
            floodedConnections: 13)
        let record = try records { $0.writeStatistics(CaptureStatistics(), counters, anomalies, .unknown, at: Values.start) }.first
        let kinds = ["truncated", "malformed", "unsupported", "cut_by_capture"]
        #expect(
            record?.at("capture/anomalies")
                == .array(kinds.map { ["layer": .string(layer.name), "kind": .string($0), "count": 1] }))
        #expect(record?.at("capture/vantage") == "unknown")
    }

    @Test func `a warning says what is damaged`() throws {
        let text = "a.pcap: record at octet 5035: captured length 4325376 is more than 262144; the file is corrupt from here on"
        #expect(
            try records { $0.writeWarning(text, at: Values.start) } == [
                [
                    "@timestamp": "2026-02-04T10:34:41.000000000Z",
                    "event": ["kind": "event", "dataset": "vipscope.capture", "action": "warning", "sequence": 2],
                    "capture": ["message": .string(text)],
                ]
            ])
    }

    @Test func `a filter that was made anew is told with what was learned`() throws {
        #expect(
            try records {
                $0.writeFilter("arp or ip host 10.0.0.156", learned: [.v4(IPv4Address(rawValue: 0x0a00_009c))], at: Values.start)
            } == [
                [
                    "@timestamp": "2026-02-04T10:34:41.000000000Z",
                    "event": ["kind": "event", "dataset": "vipscope.capture", "action": "filter", "sequence": 2],
                    "capture": ["filter": "arp or ip host 10.0.0.156", "learned": ["10.0.0.156"]],
                ]
            ])
    }

    @Test func `the end tells how long the capture was, and never less than nothing`() throws {
        for (duration, written) in [(Interval.seconds(3), 3_000_000_000), (.zero, 0), (Interval(nanoseconds: -5), 0)]
            as [(Interval, Int128)]
        {
            let lines = try stream(Values.site) { writer in
                writer.writeStart(CaptureDescription(sources: ["x"], filter: nil, linkTypes: [], everything: false), at: Values.start)
                writer.writeEnd(at: Values.start, duration: duration)
            }
            #expect(
                lines.last == [
                    "@timestamp": "2026-02-04T10:34:41.000000000Z",
                    "event": [
                        "kind": "event", "dataset": "vipscope.capture", "action": "end", "duration": .integer(written), "sequence": 2,
                    ],
                ])
        }
    }

    @Test func `the sequence goes on when lines have been taken`() throws {
        var writer = EventWriter(site: Site())
        writer.writeWarning("one", at: Values.start)
        #expect(writer.pending == writer.bytes.count && writer.pending > 0)
        writer.removeAll()
        #expect(writer.pending == 0)
        writer.writeWarning("two", at: Values.start)
        #expect(try JSON.lines(writer.bytes).map { $0.at("event/sequence") } == [2])
    }

    @Test func `keys stand in the schema's order`() {
        var writer = EventWriter(site: Values.site)
        writer.write(.announcement(Announcement(claim: Values.claim(), action: .first, previous: nil)))
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                {"@timestamp":"2026-02-04T10:34:41.005000000Z",\
                "event":{"kind":"event","dataset":"vipscope.announcement","action":"first","sequence":1},\
                "vip":{"address":"10.0.0.157","name":"envoy-internal"},\
                "announcement":{"address":"10.0.0.157","mac":"00:50:56:aa:bb:03","node":"esxi-2cu-8g-03",\
                "station_address":"10.0.0.147","means":"reply"},\
                "packet":{"first":5,"last":5}}

                """)
    }
}
