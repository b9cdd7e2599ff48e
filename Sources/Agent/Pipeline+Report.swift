import Events
import Flows
import Wire

extension Pipeline {
    /// The verdict in words, as it stands.
    package var report: String {
        let nanoseconds = start.map { (now - $0).nanoseconds } ?? 0
        return TextReport(
            diagnosis,
            TextReport.Totals(
                statistics: statistics, anomalies: anomalies.total, vantage: vantage, flooded: counters.floodedConnections,
                seconds: Double(nanoseconds) / 1e9)
        ).text
    }
}
