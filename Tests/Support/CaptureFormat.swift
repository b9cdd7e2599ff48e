import Wire

/// The savefile formats that one capture may come in, written octet by octet.
package enum CaptureFormat: String, Sendable, CaseIterable {
    case microsecondPcap, microsecondPcapBig, nanosecondPcap, nanosecondPcapBig
    case microsecondPcapng, microsecondPcapngBig, nanosecondPcapng, nanosecondPcapngBig

    /// Nanoseconds in a unit of its times.
    package var resolution: Int64 {
        switch self {
        case .microsecondPcap, .microsecondPcapBig, .microsecondPcapng, .microsecondPcapngBig: 1000
        case .nanosecondPcap, .nanosecondPcapBig, .nanosecondPcapng, .nanosecondPcapngBig: 1
        }
    }

    private var isBig: Bool {
        switch self {
        case .microsecondPcapBig, .nanosecondPcapBig, .microsecondPcapngBig, .nanosecondPcapngBig: true
        case .microsecondPcap, .nanosecondPcap, .microsecondPcapng, .nanosecondPcapng: false
        }
    }

    private var isPcapng: Bool {
        switch self {
        case .microsecondPcapng, .microsecondPcapngBig, .nanosecondPcapng, .nanosecondPcapngBig: true
        case .microsecondPcap, .microsecondPcapBig, .nanosecondPcap, .nanosecondPcapBig: false
        }
    }

    /// A whole file of frames of one link type, their times in units of `resolution`.
    package func file(_ frames: [TestFrame]) -> [UInt8] {
        guard let linkType = frames.first?.linkType.rawValue else { return [] }
        return isPcapng ? pcapng(frames, linkType) : pcap(frames, linkType)
    }

    private func pcap(_ frames: [TestFrame], _ linkType: UInt32) -> [UInt8] {
        var file = long(resolution == 1 ? 0xa1b2_3c4d : 0xa1b2_c3d4) + short(2, 4) + long(0, 0, 262_144, linkType)
        for frame in frames {
            let (seconds, rest) = frame.time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
            file += long(UInt32(seconds), UInt32(rest / resolution), UInt32(frame.bytes.count), UInt32(frame.originalLength))
            file += frame.bytes
        }
        return file
    }

    private func pcapng(_ frames: [TestFrame], _ linkType: UInt32) -> [UInt8] {
        var file = block(0x0a0d_0d0a, long(0x1a2b_3c4d) + short(1, 0) + long(.max, .max))
        // if_tsresol, which microseconds do without.
        let resolution = resolution == 1 ? short(9, 1) + [9, 0, 0, 0] + long(0) : []
        file += block(1, short(UInt16(linkType), 0) + long(0) + resolution)
        for frame in frames {
            let units = UInt64(frame.time.nanoseconds / self.resolution)
            let lengths = long(UInt32(frame.bytes.count), UInt32(frame.originalLength))
            file += block(6, long(0, UInt32(units >> 32), UInt32(truncatingIfNeeded: units)) + lengths + frame.bytes)
        }
        return file
    }

    private func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: -body.count & 3)
        let length = UInt32(padded.count + 12)
        return long(type, length) + padded + long(length)
    }

    private func short(_ words: UInt16...) -> [UInt8] { words.flatMap { isBig ? $0.octets : $0.octets.reversed() } }
    private func long(_ words: UInt32...) -> [UInt8] { words.flatMap { isBig ? $0.octets : $0.octets.reversed() } }
}
