/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct Timestamp: Hashable, Sendable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let distantFuture = Self(nanoseconds: .max)
    public static let distantPast = Self(nanoseconds: .min)

    // Stated, because the standard library's defaults go through a witness, for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.nanoseconds == right.nanoseconds }
    @inline(__always)
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inline(__always)
    public static func <= (left: Self, right: Self) -> Bool { left.nanoseconds <= right.nanoseconds }
    @inline(__always)
    public static func > (left: Self, right: Self) -> Bool { left.nanoseconds > right.nanoseconds }
    @inline(__always)
    public static func >= (left: Self, right: Self) -> Bool { left.nanoseconds >= right.nanoseconds }

    /// The earlier of two; `min` is no better than the defaults.
    @inline(__always)
    public static func earlier(_ one: Self, _ other: Self) -> Self { one.nanoseconds < other.nanoseconds ? one : other }
    @inline(__always)
    public static func later(_ one: Self, _ other: Self) -> Self { one.nanoseconds < other.nanoseconds ? other : one }

    /// Saturates: times come from files, and files say anything.
    public static func + (time: Self, interval: Interval) -> Self {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return Self(nanoseconds: overflow ? (interval.nanoseconds < 0 ? .min : .max) : sum)
    }

    public static func - (time: Self, interval: Interval) -> Self {
        time + Interval(nanoseconds: interval.nanoseconds == .min ? .max : -interval.nanoseconds)
    }

    public static func - (later: Self, earlier: Self) -> Interval {
        let (difference, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return Interval(nanoseconds: overflow ? (later < earlier ? .min : .max) : difference)
    }
}

/// A span of packet time, in nanoseconds.
public struct Interval: Hashable, Sendable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func milliseconds(_ value: Int64) -> Self { Self(nanoseconds: value * 1_000_000) }
    public static func seconds(_ value: Int64) -> Self { Self(nanoseconds: value * 1_000_000_000) }
    public static let zero = Self(nanoseconds: 0)

    // Stated, because the standard library's defaults go through a witness, for every packet.
    @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.nanoseconds == right.nanoseconds }
    @inline(__always)
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inline(__always)
    public static func <= (left: Self, right: Self) -> Bool { left.nanoseconds <= right.nanoseconds }
    @inline(__always)
    public static func > (left: Self, right: Self) -> Bool { left.nanoseconds > right.nanoseconds }
    @inline(__always)
    public static func >= (left: Self, right: Self) -> Bool { left.nanoseconds >= right.nanoseconds }
}

/// A civil date and time of day in UTC (proleptic Gregorian calendar, RFC 3339).
public struct CivilTime: Hashable, Sendable {
    public var year: Int, month: Int, day: Int
    public var hour: Int, minute: Int, second: Int, nanosecond: Int

    public init(_ time: Timestamp) {
        var seconds = Int(time.nanoseconds / 1_000_000_000)
        nanosecond = Int(time.nanoseconds % 1_000_000_000)
        if nanosecond < 0 {
            nanosecond += 1_000_000_000
            seconds -= 1
        }
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        // Days to a date by 400-year eras that begin on 1 March, so that the leap day comes last.
        days += 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

/// A place in a capture: the frame's number, counted from 1, and its time.
public struct FrameReference: Hashable, Sendable, Comparable {
    public var number: UInt64
    public var time: Timestamp

    /// A capture of several queues may hold the later of two frames first, by so much, and in fewer places than these.
    public static let disorder = Interval.milliseconds(1)
    public static let mostDisordered = 64

    /// By the place, whatever the clock says that was set in between; by the time where that is no more than disorder. Says which of two came
    /// first: to sort many, take their numbers, since disorder is between neighbours.
    public static func < (left: Self, right: Self) -> Bool {
        let isDisorder =
            (left.time - right.time).nanoseconds.magnitude <= disorder.nanoseconds.magnitude
            && max(left.number, right.number) - min(left.number, right.number) < mostDisordered
        return isDisorder ? (left.time, left.number) < (right.time, right.number) : left.number < right.number
    }

    public init(number: UInt64, time: Timestamp) {
        self.number = number
        self.time = time
    }
}
