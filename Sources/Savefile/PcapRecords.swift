import Glibc
import Wire

/// The older format: a file header, and a record header a frame, little-endian, in nanoseconds (draft-ietf-opsawg-pcap §4, §5).
extension PcapngBlocks {
    mutating func fileHeader(_ interface: InterfaceDescription?) {
        var header: [UInt8] = []
        header.word(0xa1b2_3c4d as UInt32)
        header.word(2 as UInt16)
        header.word(4 as UInt16)
        header.word(0 as UInt64)
        header.word(interface?.snapshotLength ?? 262_144)
        header.word(interface?.linkType.rawValue ?? LinkType.ethernet.rawValue)
        append(header)
    }

    mutating func record(_ bytes: Span<UInt8>, time: Timestamp, originalLength: Int) {
        var record: [UInt8] = []
        let nanoseconds = max(0, time.nanoseconds)
        record.word(UInt32(truncatingIfNeeded: nanoseconds / 1_000_000_000))
        record.word(UInt32(truncatingIfNeeded: nanoseconds % 1_000_000_000))
        record.word(UInt32(clamping: bytes.count))
        record.word(UInt32(clamping: max(originalLength, bytes.count)))
        unsafe bytes.withUnsafeBufferPointer { unsafe record.append(contentsOf: $0) }
        append(record)
    }
}

/// Removes a file of ours; that it is gone already is as well.
func unlink(_ path: String) { unsafe _ = Glibc.unlink(path) }
