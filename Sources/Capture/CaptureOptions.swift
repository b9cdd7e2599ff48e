package import Wire

/// How an interface is listened to.
package struct CaptureOptions: Hashable, Sendable {
    /// Octets kept of each frame; libpcap's own most.
    package var snapshotLength = 262_144
    /// Octets of the kernel's ring. With 16 MiB, frames were lost at 600 thousand a second.
    package var ringSize = 64 << 20
    /// A block of the ring is handed over when it is full or so old: the default of libpcap would be up to a second late. Immediate mode
    /// would fall back to TPACKET_V2, which lost frames at a sixth of the rate.
    package var blockTimeOut = Interval.milliseconds(50)
    package var isPromiscuous = false

    package init() {}
}
