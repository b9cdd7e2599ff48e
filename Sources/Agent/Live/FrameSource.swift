package import Capture
package import Wire

/// Where live frames come from: interfaces, or a test that plays them.
package protocol FrameSource: ~Copyable {
    var interfaces: [NetworkInterface] { get }
    var linkTypes: [LinkType] { get }
    /// Since the start, one of each interface.
    var statistics: [KernelStatistics] { get }

    mutating func wait(atMost time: Interval)
    /// - Returns: how many frames there were, so many of each interface at the most.
    mutating func dispatch(_ limit: Int, _ body: CaptureHandle.Body) -> Int
    /// Lets more pass than before.
    ///
    /// - Returns: of each interface, why it lets pass what it did.
    mutating func widen(_ expression: (LinkType) -> String?) -> [CaptureError?]
    /// What happened to the interfaces since the last look.
    mutating func look() -> [LiveSource.Notice]
}

extension LiveSource: FrameSource {}
