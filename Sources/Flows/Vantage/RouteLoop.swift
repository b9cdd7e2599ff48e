package import Wire

/// A datagram to a watched address that comes by again and again.
package struct RouteLoop: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var vlan: UInt32
    /// The first ones, each with a smaller time to live than the one before.
    package var passes: [Pass]
    package var count: Int
    /// It was handed to a station that had passed it on before.
    package var returned: Bool

    package struct Pass: Hashable, Sendable {
        package var frame: FrameReference
        package var source: MACAddress
        package var destination: MACAddress
        package var timeToLive: UInt8
    }
}
