package import Wire

/// Numbers in sentences.
package enum Text {
    /// `3.062 s`, `0.312 ms`: three decimals of the larger unit that fits.
    package static func duration(_ interval: Interval) -> String {
        let microseconds = rounded(interval, to: 1000)
        return microseconds >= 1_000_000 ? decimal(rounded(interval, to: 1_000_000), "s") : decimal(microseconds, "ms")
    }

    /// To the microsecond, where packets of one burst must be told apart: `3.062118 s`.
    package static func exactDuration(_ interval: Interval) -> String {
        let microseconds = rounded(interval, to: 1000)
        guard microseconds >= 1_000_000 else { return duration(interval) }
        return "\(microseconds / 1_000_000).\(String(microseconds % 1_000_000 + 1_000_000).dropFirst()) s"
    }

    /// In units of so many nanoseconds; an interval from a file may be as long as they come.
    private static func rounded(_ interval: Interval, to unit: Int64) -> Int64 {
        let nanoseconds = max(0, interval.nanoseconds)
        return nanoseconds / unit + (nanoseconds % unit >= unit / 2 ? 1 : 0)
    }

    private static func decimal(_ thousandths: Int64, _ unit: String) -> String {
        let fraction = String(thousandths % 1000 + 1000).dropFirst()
        return "\(thousandths / 1000).\(fraction) \(unit)"
    }

    package static func times(_ count: Int) -> String {
        switch count {
        case 1: "once"
        case 2: "twice"
        default: "\(count) times"
        }
    }

    /// `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
