public import Wire

/// An interface as a savefile describes it.
public struct InterfaceDescription: Hashable, Sendable {
    public var name: String?
    public var linkType: LinkType
    public var snapshotLength: UInt32
    /// What the capture left out.
    public var filter: String?
    public var mac: MACAddress?

    public init(name: String?, linkType: LinkType, snapshotLength: UInt32 = 262_144, filter: String? = nil, mac: MACAddress? = nil) {
        self.name = name
        self.linkType = linkType
        self.snapshotLength = snapshotLength
        self.filter = filter
        self.mac = mac
    }
}

/// A name for an address, as people know it.
public struct NameRecord: Hashable, Sendable {
    public var address: IPAddress
    public var name: String

    public init(_ address: IPAddress, _ name: String) {
        self.address = address
        self.name = name
    }
}

/// pcapng's blocks as octets, little-endian, times in nanoseconds (draft-ietf-opsawg-pcapng §4).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------------------------------------------------------+
///     |                          block type                           |
///     |                      block total length                       |
///     |               block body, padded to four octets               |
///     |                      block total length                       |
///     +---------------------------------------------------------------+
struct PcapngBlocks {
    private(set) var octets: [UInt8] = []

    mutating func removeAll() { octets.removeAll(keepingCapacity: true) }
    mutating func append(_ more: [UInt8]) { octets.append(contentsOf: more) }

    /// §4.1: a section that has no end until the file does.
    mutating func section(application: String) {
        block(0x0a0d_0d0a) { octets in
            octets.word(0x1a2b_3c4d as UInt32)
            octets.word(1 as UInt16)
            octets.word(0 as UInt16)
            octets.word(UInt64.max)
            octets.option(4, Array(application.utf8))
            octets.endOfOptions()
        }
    }

    /// §4.2
    mutating func interface(_ interface: InterfaceDescription) {
        block(1) { octets in
            octets.word(UInt16(truncatingIfNeeded: interface.linkType.rawValue))
            octets.word(0 as UInt16)
            octets.word(interface.snapshotLength)
            if let name = interface.name { octets.option(2, Array(name.utf8)) }
            if let mac = interface.mac {
                octets.option(6, (0..<6).map { UInt8(truncatingIfNeeded: mac.rawValue >> (40 - 8 * UInt64($0))) })
            }
            // Powers of ten: nanoseconds.
            octets.option(9, [9])
            // A filter in libpcap's language.
            if let filter = interface.filter { octets.option(11, [0] + Array(filter.utf8)) }
            octets.endOfOptions()
        }
    }

    /// §4.3
    mutating func packet(
        _ bytes: Span<UInt8>, interface: Int, time: Timestamp, originalLength: Int, comments: [String] = []
    ) {
        block(6) { octets in
            octets.word(UInt32(clamping: interface))
            octets.time(time)
            octets.word(UInt32(clamping: bytes.count))
            octets.word(UInt32(clamping: max(originalLength, bytes.count)))
            octets.reserveCapacity(octets.count + bytes.count + 64)
            unsafe bytes.withUnsafeBufferPointer { unsafe octets.append(contentsOf: $0) }
            octets.pad()
            if comments.isEmpty { return }
            for comment in comments { octets.option(1, Array(comment.utf8)) }
            octets.endOfOptions()
        }
    }

    /// §4.5: an address has all of its names in one record.
    mutating func names(_ names: [NameRecord]) {
        if names.isEmpty { return }
        block(4) { octets in
            for named in names {
                let text = Array(named.name.utf8.prefix(255).filter { $0 != 0 }) + [0]
                switch named.address {
                case .v4(let address): octets.option(1, UInt64(address.rawValue).bigEndianOctets.suffix(4) + text)
                case .v6(let address): octets.option(2, address.high.bigEndianOctets + address.low.bigEndianOctets + text)
                }
            }
            octets.endOfOptions()
        }
    }

    /// §4.6
    mutating func statistics(_ statistics: InterfaceStatistics, at time: Timestamp) {
        block(5) { octets in
            octets.word(UInt32(clamping: statistics.interface))
            octets.time(time)
            if let start = statistics.start { octets.timeOption(2, start) }
            if let end = statistics.end { octets.timeOption(3, end) }
            for (code, count) in [
                (4, statistics.received), (5, statistics.interfaceDropped), (6, statistics.filterAccepted), (7, statistics.osDropped),
            ] as [(UInt16, UInt64?)] {
                if let count { octets.option(code, count.littleEndianOctets) }
            }
            octets.endOfOptions()
        }
    }

    private mutating func block(_ type: UInt32, _ body: (inout [UInt8]) -> Void) {
        let start = octets.count
        octets.word(type)
        octets.word(0 as UInt32)
        body(&octets)
        let length = UInt32(clamping: octets.count - start + 4)
        octets.word(length)
        for index in 0..<4 { octets[start + 4 + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
    }
}

extension [UInt8] {
    mutating func word<Word: FixedWidthInteger>(_ value: Word) {
        for index in 0..<Word.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> Word(8 * index))) }
    }

    /// The upper half first.
    fileprivate mutating func time(_ time: Timestamp) {
        let units = UInt64(clamping: time.nanoseconds)
        word(UInt32(truncatingIfNeeded: units >> 32))
        word(UInt32(truncatingIfNeeded: units))
    }

    fileprivate mutating func timeOption(_ code: UInt16, _ time: Timestamp) {
        word(code)
        word(8 as UInt16)
        self.time(time)
    }

    /// Longer than a length can state, a value is cut.
    fileprivate mutating func option(_ code: UInt16, _ value: [UInt8]) {
        let value = value.prefix(Int(UInt16.max))
        word(code)
        word(UInt16(value.count))
        append(contentsOf: value)
        pad()
    }

    fileprivate mutating func endOfOptions() { word(0 as UInt32) }

    fileprivate mutating func pad() {
        while count % 4 != 0 { append(0) }
    }
}

extension UInt64 {
    fileprivate var bigEndianOctets: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) } }
    fileprivate var littleEndianOctets: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * UInt64($0))) } }
}
