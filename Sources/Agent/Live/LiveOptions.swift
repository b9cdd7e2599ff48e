package import Capture
package import Flows
package import Site
package import Wire

/// What a live capture watches, and when it ends.
package struct LiveOptions: Sendable {
    package var site: Site
    package var everything = false
    /// The user's own filter.
    package var filter: String?
    package var capture = CaptureOptions()
    package var limits = Limits()
    package var writesEvents = true
    package var duration: Interval?
    package var count: UInt64?
    /// Ends with the first finding that is a fault or a warning.
    package var untilFinding = false

    package init(site: Site) { self.site = site }

    package var captureFilter: CaptureFilter { captureFilter(learned: []) }

    /// - Parameter learned: addresses that traffic told, as if the site file had.
    package func captureFilter(learned: [IPAddress]) -> CaptureFilter {
        guard !everything, !site.vips.isEmpty else { return CaptureFilter(watched: nil, user: filter) }
        var watched = TrafficNeed.Watched(site: site)
        watched.addresses += learned
        return CaptureFilter(watched: watched, user: filter)
    }
}
