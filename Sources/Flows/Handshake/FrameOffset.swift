import Wire

/// Frames come in the order of time, and their numbers are the file's: a later one may have the lower number, by less than this.
private let slack: UInt64 = 1 << 16

/// A frame of a connection by its distance from the connection's first: 12 octets for 16, aligned to 4.
///
/// 40 bits of frame numbers, 56 of nanoseconds: a connection that goes on for longer than that is told and begun anew.
struct FrameOffset: Sendable {
    private var number: UInt32
    private var time: UInt32
    /// Of both, eight bits of the number and 24 of the time.
    private var upper: UInt32

    static let none = Self(number: .max, time: .max, upper: .max)

    private init(number: UInt32, time: UInt32, upper: UInt32) {
        (self.number, self.time, self.upper) = (number, time, upper)
    }

    /// Nil where it is too far away.
    init?(_ frame: FrameReference, from first: FrameReference) {
        let distance = frame.number &- first.number &+ slack
        let (delay, overflow) = frame.time.nanoseconds.subtractingReportingOverflow(first.time.nanoseconds)
        guard distance < 1 << 40 - 1, !overflow, delay >= -1 << 55, delay < 1 << 55 else { return nil }
        number = UInt32(truncatingIfNeeded: distance)
        time = UInt32(truncatingIfNeeded: delay)
        upper = UInt32(truncatingIfNeeded: distance >> 32) << 24 | UInt32(truncatingIfNeeded: delay >> 32) & 0xff_ffff
    }

    func frame(from first: FrameReference) -> FrameReference? {
        if upper == .max, number == .max { return nil }
        let distance = UInt64(upper >> 24) << 32 | UInt64(number)
        let delay = Int64(Int32(bitPattern: upper << 8) >> 8) << 32 | Int64(time)
        return FrameReference(number: first.number &+ distance &- slack, time: Timestamp(nanoseconds: first.time.nanoseconds &+ delay))
    }
}

/// The same for the frames of a handshake, which lie close together: 9 octets. Those more than nine minutes apart are none.
struct HandshakeOffset: Sendable {
    private var number = (UInt16.max, UInt16.max)
    private var time = (UInt16.max, UInt16.max)
    private var upper: UInt8 = .max

    static let none = Self()

    private init() {}

    init(_ frame: FrameReference, from first: FrameReference) {
        let distance = frame.number &- first.number &+ slack
        let (delay, overflow) = frame.time.nanoseconds.subtractingReportingOverflow(first.time.nanoseconds)
        guard distance < 0xffff_ffff, !overflow, delay >= -1 << 39, delay < 1 << 39 else { return }
        number = (UInt16(truncatingIfNeeded: distance >> 16), UInt16(truncatingIfNeeded: distance))
        time = (UInt16(truncatingIfNeeded: delay >> 16), UInt16(truncatingIfNeeded: delay))
        upper = UInt8(truncatingIfNeeded: delay >> 32)
    }

    func frame(from first: FrameReference) -> FrameReference? {
        if number == (.max, .max) { return nil }
        let delay = Int64(Int8(bitPattern: upper)) << 32 | Int64(time.0) << 16 | Int64(time.1)
        return FrameReference(
            number: first.number &+ (UInt64(number.0) << 16 | UInt64(number.1)) &- slack,
            time: Timestamp(nanoseconds: first.time.nanoseconds &+ delay))
    }
}

/// A hardware address in its six octets.
struct CompactMAC: Sendable {
    private var high: UInt16
    private var middle: UInt16
    private var low: UInt16

    init(_ address: MACAddress) {
        high = UInt16(truncatingIfNeeded: address.rawValue >> 32)
        middle = UInt16(truncatingIfNeeded: address.rawValue >> 16)
        low = UInt16(truncatingIfNeeded: address.rawValue)
    }

    var address: MACAddress { MACAddress(rawValue: UInt64(high) << 32 | UInt64(middle) << 16 | UInt64(low)) }
}
