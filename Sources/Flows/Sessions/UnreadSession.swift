package import Wire

/// A connection whose first messages the capture's snapshot length cut: that TLS or HTTP was spoken may be known, and not what was said.
package struct UnreadSession: Hashable, Sendable {
    package var client: Endpoint
    package var server: Endpoint
    package var first: FrameReference
    package var time: Timestamp
}
