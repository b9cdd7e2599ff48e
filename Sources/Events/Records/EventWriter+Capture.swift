import Diagnosis
package import Flows
import Site
package import Wire

/// Where the frames come from.
package struct CaptureDescription: Sendable {
    /// File names or interfaces, without their folders.
    package var sources: [String]
    package var filter: String?
    package var linkTypes: [LinkType]
    package var everything: Bool

    package init(sources: [String], filter: String?, linkTypes: [LinkType], everything: Bool) {
        self.sources = sources
        self.filter = filter
        self.linkTypes = linkTypes
        self.everything = everything
    }
}

/// What became of the frames.
package struct CaptureStatistics: Sendable {
    package var frames: UInt64 = 0
    package var octets: UInt64 = 0
    /// Frames that the filter left out.
    package var filtered: UInt64 = 0
    /// Frames whose link type is not decoded.
    package var unsupported: UInt64 = 0
    package var kernelDrops: UInt64 = 0
    package var interfaceDrops: UInt64 = 0
    /// Frames whose time lies before that of an earlier frame.
    package var outOfOrder: UInt64 = 0

    package init() {}

    /// Counts from files say anything, so sums saturate.
    package mutating func lost(kernel: UInt64, interface: UInt64) {
        kernelDrops = kernelDrops.addingSaturating(kernel)
        interfaceDrops = interfaceDrops.addingSaturating(interface)
    }

    package var lost: UInt64 { kernelDrops.addingSaturating(interfaceDrops) }
}

extension UInt64 {
    fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension EventWriter {
    package mutating func writeStart(_ capture: CaptureDescription, at time: Timestamp) {
        let site = site
        record(time, Head(dataset: "vipscope.capture", action: "start")) { json in
            json.object("capture") { json in
                json.field("schema_version", plain: Self.schemaVersion)
                json.array("sources", capture.sources) { source, json in json.element(source) }
                if let filter = capture.filter { json.field("filter", filter) }
                json.array("link_types", capture.linkTypes) { type, json in json.element(type.name) }
                if let name = site.name { json.field("site", name) }
                json.array("vips", site.vips) { vip, json in json.element(vip.address.description) }
                json.field("everything", capture.everything)
            }
        }
    }

    package mutating func writeStatistics(
        _ statistics: CaptureStatistics, _ counters: Correlators.Counters, _ anomalies: AnomalyCounts, _ vantage: Vantage,
        at time: Timestamp
    ) {
        record(time, Head(kind: "metric", dataset: "vipscope.capture", action: "statistics")) { json in
            json.object("capture") { json in
                json.field("frames", statistics.frames)
                json.field("octets", statistics.octets)
                json.field("filtered", statistics.filtered)
                json.field("unsupported", statistics.unsupported)
                json.field("kernel_drops", statistics.kernelDrops)
                json.field("interface_drops", statistics.interfaceDrops)
                json.field("out_of_order", statistics.outOfOrder)
                json.field("duplicates", counters.duplicates)
                json.field("forwarded_hops", counters.hops)
                json.field("flooded_connections", counters.floodedConnections)
                json.object("evictions") { json in
                    json.field("connections", counters.evictedConnections)
                    json.field("queries", counters.evictedQueries)
                    json.field("others", counters.evictedOthers)
                    json.field("quic_attempts", counters.evictedQUICAttempts)
                }
                json.array("anomalies", anomalies.entries) { entry, json in
                    json.element { json in
                        json.field("layer", plain: entry.layer.name)
                        json.field("kind", plain: entry.kind.rawValue)
                        json.field("count", entry.count)
                    }
                }
                json.field("vantage", plain: vantage.rawValue)
            }
        }
    }

    /// The capture filter was made anew for what was learned.
    package mutating func writeFilter(_ filter: String, learned: [IPAddress], at time: Timestamp) {
        record(time, Head(dataset: "vipscope.capture", action: "filter")) { json in
            json.object("capture") { json in
                json.field("filter", filter)
                json.array("learned", learned) { address, json in json.element(address.description) }
            }
        }
    }

    /// A file was damaged: what could be read was used.
    package mutating func writeWarning(_ text: String, at time: Timestamp) {
        record(time, Head(dataset: "vipscope.capture", action: "warning")) { json in
            json.object("capture") { json in json.field("message", text) }
        }
    }

    package mutating func writeEnd(at time: Timestamp, duration: Interval) {
        record(time, Head(dataset: "vipscope.capture", action: "end", duration: duration)) { _ in }
    }
}
