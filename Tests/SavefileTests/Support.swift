import Foundation
import Savefile
import Testing
import Wire

/// A directory of its own for each test, gone after it.
final class Directory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "savefile-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ octets: [UInt8], to name: String = "capture") throws -> String {
        let file = path + "/" + name
        try Data(octets).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// What a reader gave, all of it.
struct Reading: Equatable {
    var records: [FrameRecord] = []
    var frames: [[UInt8]] = []
    /// Where each frame's record ends.
    var positions: [UInt64] = []
    var statistics: [InterfaceStatistics] = []
    var error: SavefileError?

    var times: [Int64] { records.map(\.time.nanoseconds) }

    init(_ path: String, bufferSize: Int = 1 << 20) {
        do throws(SavefileError) {
            var reader = try SavefileReader(path: path, bufferSize: bufferSize)
            do throws(SavefileError) {
                while let record = try reader.next() {
                    records.append(record)
                    frames.append(reader.withFrame { [UInt8](copying: $0) })
                    positions.append(reader.position)
                }
            } catch {
                self.error = error
            }
            // The end stays the end.
            if (try? reader.next()) != nil { Issue.record("a frame after the end") }
            if reader.withFrame({ $0.count }) != 0 { Issue.record("octets after the end") }
            statistics = reader.interfaceStatistics
        } catch {
            self.error = error
        }
    }

    init(_ octets: [UInt8], bufferSize: Int = 1 << 20) throws {
        let directory = try Directory()
        self.init(try directory.write(octets), bufferSize: bufferSize)
        error?.name = "capture"
    }
}

/// Builds savefiles octet by octet, in either byte order.
struct Builder {
    var octets: [UInt8] = []
    var isBig = false

    mutating func add(_ values: UInt32...) {
        for value in values { octets += bytes(value) }
    }

    mutating func add16(_ values: UInt16...) {
        for value in values { octets += isBig ? [UInt8(value >> 8), UInt8(value & 0xff)] : [UInt8(value & 0xff), UInt8(value >> 8)] }
    }

    func bytes(_ value: UInt32) -> [UInt8] {
        let big = [24, 16, 8, 0].map { UInt8(value >> UInt32($0) & 0xff) }
        return isBig ? big : big.reversed()
    }

    /// A pcapng block around its body, which is padded.
    mutating func block(_ type: UInt32, _ body: (inout Builder) -> Void) {
        var inner = Builder(isBig: isBig)
        body(&inner)
        inner.pad()
        let length = UInt32(inner.octets.count + 12)
        add(type, length)
        octets += inner.octets
        add(length)
    }

    mutating func pad() {
        while octets.count % 4 != 0 { octets.append(0) }
    }

    mutating func section() {
        block(0x0a0d_0d0a) { body in
            body.add(0x1a2b_3c4d)
            body.add16(1, 0)
            body.add(.max, .max)
        }
    }

    mutating func interface(linkType: UInt16 = 1, snapshotLength: UInt32 = 0, resolution: UInt8? = nil, offset: Int64? = nil) {
        block(1) { body in
            body.add16(linkType, 0)
            body.add(snapshotLength)
            if let resolution { body.option(9, [resolution]) }
            if let offset { body.option(14, body.bytes(UInt64(bitPattern: offset))) }
        }
    }

    mutating func option(_ code: UInt16, _ value: [UInt8]) {
        add16(code, UInt16(value.count))
        octets += value
        pad()
    }

    func bytes(_ value: UInt64) -> [UInt8] {
        let (high, low) = (bytes(UInt32(value >> 32)), bytes(UInt32(value & 0xffff_ffff)))
        return isBig ? high + low : low + high
    }

    mutating func packet(interface: UInt32 = 0, units: UInt64 = 0, _ frame: [UInt8] = [1, 2, 3], original: UInt32? = nil) {
        block(6) { body in
            body.add(interface, UInt32(units >> 32), UInt32(units & 0xffff_ffff))
            body.add(UInt32(frame.count), original ?? UInt32(frame.count))
            body.octets += frame
        }
    }

    mutating func pcapHeader(version: (UInt16, UInt16) = (2, 4), snapshotLength: UInt32 = 65_535, linkType: UInt32 = 1) {
        add(0xa1b2_c3d4)
        add16(version.0, version.1)
        add(0, 0, snapshotLength, linkType)
    }

    mutating func record(seconds: UInt32, ticks: UInt32 = 0, _ frame: [UInt8] = [1, 2, 3]) {
        add(seconds, ticks, UInt32(frame.count), UInt32(frame.count))
        octets += frame
    }
}
