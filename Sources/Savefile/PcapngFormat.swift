import Wire

/// A pcapng file: sections of blocks (draft-ietf-opsawg-pcapng §3, §4).
///
/// Blocks that we have no use for are stepped over: name resolution (names here come from packets alone, so that a replay does not depend on
/// whose resolver the writer asked), decryption secrets, systemd's journal, custom blocks, and those of other programs.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +---------------------------------------------------------------+
///     |                          block type                           |
///     |                      block total length                       |
///     |           block body, padded to four octets, options          |
///     |                      block total length                       |
///     +---------------------------------------------------------------+
struct PcapngFormat: Sendable {
    private(set) var linkTypes: [LinkType] = []
    /// The longest that an interface states; nil where none has, or one is unlimited.
    private(set) var snapshotLength: UInt32?
    private(set) var statistics: [InterfaceStatistics] = []
    private var order = ByteOrder.little
    /// Those of the section; the first of them has this number in the file.
    private var interfaces: [Interface] = []
    private var firstInterface = 0
    private var lastTime: Timestamp?
    /// Octets of options behind the frame that `next` positioned on.
    private var optionsLength = 0

    private struct Interface {
        var linkType: LinkType
        var snapshotLength: UInt32
        var clock: InterfaceClock
    }

    private enum Block {
        static let section: UInt32 = 0x0a0d_0d0a
        static let interface: UInt32 = 1
        static let packet: UInt32 = 2  // obsolete (Appendix A)
        static let simplePacket: UInt32 = 3
        static let statistics: UInt32 = 5
        static let enhancedPacket: UInt32 = 6
    }

    /// A file that describes more is no recording of a network, and would fill our memory.
    private static let mostInterfaces = 16_384

    /// A section header's block type, the same in both byte orders.
    static func isMagic(_ littleEndian: UInt32) -> Bool { littleEndian == Block.section }

    init(decoding buffer: inout ReadBuffer) throws(SavefileError) {
        try section(in: &buffer)
    }

    @inline(__always)
    mutating func next(in buffer: inout ReadBuffer) throws(SavefileError) -> FrameRecord? {
        while try buffer.requireHeader(8) {
            let type = buffer.uint32(at: 0, order)
            if type == Block.enhancedPacket {
                return try packet(in: &buffer, length: try block(in: &buffer, atLeast: 32), isEnhanced: true)
            }
            if let record = try other(type, in: &buffer) { return record }
        }
        return nil
    }

    private mutating func other(_ type: UInt32, in buffer: inout ReadBuffer) throws(SavefileError) -> FrameRecord? {
        switch type {
        case Block.section:
            try section(in: &buffer)
        case Block.interface:
            try interface(in: &buffer)
        case Block.statistics:
            try statistics(in: &buffer)
        case Block.packet:
            return try packet(in: &buffer, length: try block(in: &buffer, atLeast: 32), isEnhanced: false)
        case Block.simplePacket:
            return try simplePacket(in: &buffer)
        default:
            try unknown(in: &buffer)
        }
        return nil
    }

    // MARK: Blocks

    /// Makes sure of a whole block, whose two lengths agree, and gives its length.
    @inline(__always)
    private func block(in buffer: inout ReadBuffer, atLeast least: Int) throws(SavefileError) -> Int {
        let length = Int(buffer.uint32(at: 4, order))
        guard length >= least, length <= ReadBuffer.largestRecord, length & 3 == 0 else {
            throw buffer.damage("block length is \(length)")
        }
        try buffer.require(length)
        let repeated = Int(buffer.uint32(at: length - 4, order))
        guard repeated == length else { throw buffer.damage("block length is \(length) at its start and \(repeated) at its end") }
        return length
    }

    /// A block of a type unknown or unwanted, however long: never held whole.
    private func unknown(in buffer: inout ReadBuffer) throws(SavefileError) {
        let length = Int(buffer.uint32(at: 4, order))
        guard length >= 12, length & 3 == 0 else { throw buffer.damage("block length is \(length)") }
        let start = buffer.position
        guard try buffer.skip(length - 4), try buffer.fill(4) else {
            let there = buffer.position + UInt64(buffer.available) - start
            throw SavefileError(.cutShort, name: buffer.name, offset: start, problem: "\(there) of \(length) octets are there")
        }
        let repeated = Int(buffer.uint32(at: 0, order))
        guard repeated == length else {
            let problem = "block length is \(length) at its start and \(repeated) at its end"
            throw SavefileError(.corrupt, name: buffer.name, offset: start, problem: problem)
        }
        buffer.consume(4)
    }

    /// Section header (§4.1): byte order anew, interfaces numbered anew. The section's length is not needed.
    private mutating func section(in buffer: inout ReadBuffer) throws(SavefileError) {
        try buffer.require(12)
        switch buffer.uint32(at: 8, .little) {
        case 0x1a2b_3c4d: order = .little
        case 0x4d3c_2b1a: order = .big
        case _ where buffer.position == 0: throw buffer.notACapture("is neither pcap nor pcapng")
        case let magic: throw buffer.damage("byte-order magic is 0x\(String(magic, radix: 16))")
        }
        let length = try block(in: &buffer, atLeast: 28)
        let (major, minor) = (buffer.uint16(at: 12, order), buffer.uint16(at: 14, order))
        guard major == 1 else { throw buffer.damage("pcapng version \(major).\(minor) is not supported", .notACapture) }
        firstInterface = statistics.count
        interfaces.removeAll(keepingCapacity: true)
        buffer.consume(length)
    }

    /// Interface description (§4.2).
    private mutating func interface(in buffer: inout ReadBuffer) throws(SavefileError) {
        let length = try block(in: &buffer, atLeast: 20)
        guard statistics.count < Self.mostInterfaces else { throw buffer.damage("more than \(Self.mostInterfaces) interfaces") }
        let linkType = LinkType(rawValue: UInt32(buffer.uint16(at: 8, order)))
        let snapshot = buffer.uint32(at: 12, order)
        var resolution: UInt8 = 6
        var offset: Int64 = 0
        var options = PcapngOptions(in: 16..<length - 4, order)
        while let option = options.next(in: buffer) {
            switch (option.code, option.value.count) {
            case (9, 1): resolution = buffer.uint8(at: option.value.lowerBound)
            case (14, 8): offset = Int64(bitPattern: option.uint64(in: buffer, order))
            default: break
            }
        }
        // What is lost may have been the resolution, and every time would be wrong.
        guard !options.isBroken else { throw buffer.damage("an option is longer than its block") }
        interfaces.append(
            Interface(linkType: linkType, snapshotLength: snapshot, clock: InterfaceClock(resolution: resolution, offset: offset)))
        if !linkTypes.contains(linkType) { linkTypes.append(linkType) }
        let isUnlimited = snapshot == 0 || (snapshotLength == nil && !statistics.isEmpty)
        snapshotLength = isUnlimited ? nil : max(snapshot, snapshotLength ?? 0)
        statistics.append(InterfaceStatistics(interface: statistics.count))
        buffer.consume(length)
    }

    /// Interface statistics (§4.6): the counts go on from block to block, so the last one stands.
    private mutating func statistics(in buffer: inout ReadBuffer) throws(SavefileError) {
        let length = try block(in: &buffer, atLeast: 24)
        let number = try interfaceNumber(buffer.uint32(at: 8, order), buffer)
        let clock = interfaces[number].clock
        var said = statistics[firstInterface + number]
        var options = PcapngOptions(in: 20..<length - 4, order)
        while let option = options.next(in: buffer) {
            switch (option.code, option.value.count) {
            case (2, 8): said.start = observed(option.units(in: buffer, order), clock)
            case (3, 8): said.end = observed(option.units(in: buffer, order), clock)
            case (4, 8): said.received = option.uint64(in: buffer, order)
            case (5, 8): said.interfaceDropped = option.uint64(in: buffer, order)
            case (6, 8): said.filterAccepted = option.uint64(in: buffer, order)
            case (7, 8): said.osDropped = option.uint64(in: buffer, order)
            default: break
            }
        }
        statistics[firstInterface + number] = said
        buffer.consume(length)
    }

    /// dumpcap (4.0.17) writes these times in microseconds whatever the interface's resolution. Counted in nanoseconds they are of
    /// 1970: where the frames are not, and the same count of microseconds is not, microseconds are meant.
    private func observed(_ units: UInt64, _ clock: InterfaceClock) -> Timestamp {
        let stated = clock.time(units)
        let meant = InterfaceClock().time(units)
        return stated.isOf1970 && !meant.isOf1970 && lastTime?.isOf1970 != true ? meant : stated
    }

    // MARK: Packets

    /// Enhanced packet (§4.3) and its forerunner, which differs in how it writes interface and losses (Appendix A).
    @inline(__always)
    private mutating func packet(
        in buffer: inout ReadBuffer, length: Int, isEnhanced: Bool
    ) throws(SavefileError) -> FrameRecord {
        let stated = isEnhanced ? buffer.uint32(at: 8, order) : UInt32(buffer.uint16(at: 8, order))
        let number = try interfaceNumber(stated, buffer)
        let units = UInt64(buffer.uint32(at: 12, order)) << 32 | UInt64(buffer.uint32(at: 16, order))
        let captured = Int(buffer.uint32(at: 20, order))
        let original = Int(buffer.uint32(at: 24, order))
        guard captured <= length - 32 else {
            throw buffer.damage("captured length \(captured) is more than the \(length - 32) octets of its block")
        }
        let options = 28 + (captured + 3) & ~3
        optionsLength = length - 4 - options
        if isEnhanced {
            if options < length - 4 { countDrops(options..<length - 4, interface: number, in: buffer) }
        } else if case let drops = buffer.uint16(at: 10, order), drops != 0xffff {
            statistics[firstInterface + number].droppedBetweenFrames &+= UInt64(drops)
        }
        let interface = interfaces[number]
        let time = interface.clock.time(units)
        lastTime = time
        buffer.consume(length, frame: 28..<28 + captured)
        return FrameRecord(
            time: time, capturedLength: captured, originalLength: original, linkType: interface.linkType,
            interface: firstInterface + number)
    }

    /// Simple packet (§4.4): of the first interface, without a time; it gets that of the frame before it.
    private mutating func simplePacket(in buffer: inout ReadBuffer) throws(SavefileError) -> FrameRecord {
        let length = try block(in: &buffer, atLeast: 16)
        let interface = interfaces[try interfaceNumber(0, buffer)]
        let original = Int(buffer.uint32(at: 8, order))
        var captured = min(original, length - 16)
        optionsLength = 0
        if interface.snapshotLength > 0 { captured = min(captured, Int(interface.snapshotLength)) }
        buffer.consume(length, frame: 12..<12 + captured)
        return FrameRecord(
            time: lastTime ?? .epoch, capturedLength: captured, originalLength: original, linkType: interface.linkType,
            interface: firstInterface)
    }

    mutating func forgetFrame() { optionsLength = 0 }

    /// opt_comment (§3.5.1), of which a packet may have several. Its block still stands in the buffer, right behind what is next.
    func comments(in buffer: borrowing ReadBuffer) -> [String] {
        guard optionsLength >= 4 else { return [] }
        var comments: [String] = []
        var options = PcapngOptions(in: -4 - optionsLength..<(-4), order)
        while let option = options.next(in: buffer) {
            if option.code == 1 { comments.append(buffer.text(at: option.value)) }
        }
        return comments
    }

    /// epb_dropcount (§4.3): what was lost since the interface's frame before.
    @inline(never)
    private mutating func countDrops(_ range: Range<Int>, interface: Int, in buffer: borrowing ReadBuffer) {
        var options = PcapngOptions(in: range, order)
        while let option = options.next(in: buffer) {
            guard option.code == 4, option.value.count == 8 else { continue }
            let sum = statistics[firstInterface + interface].droppedBetweenFrames
            statistics[firstInterface + interface].droppedBetweenFrames = sum.addingSaturating(option.uint64(in: buffer, order))
        }
    }

    @inline(__always)
    private func interfaceNumber(_ stated: UInt32, _ buffer: borrowing ReadBuffer) throws(SavefileError) -> Int {
        guard stated < interfaces.count else { throw buffer.damage("interface \(stated) is not described") }
        return Int(stated)
    }
}

extension Timestamp {
    fileprivate static let epoch = Self(nanoseconds: 0)
    fileprivate var isOf1970: Bool { nanoseconds >= 0 && nanoseconds < 365 * 86_400 * 1_000_000_000 }
}
