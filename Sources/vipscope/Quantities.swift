import ArgumentParser
import Wire

/// A time as people write it: 30s, 5m, 1h, 500ms.
struct Duration: ExpressibleByArgument {
    var interval: Interval

    init?(argument: String) {
        guard let (value, unit) = split(argument, ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]), value > 0 else { return nil }
        let (milliseconds, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow, milliseconds < 1 << 40 else { return nil }
        interval = .milliseconds(milliseconds)
    }
}

/// An amount of octets: 4096, 64KiB, 256MiB, 1GiB.
struct Size: ExpressibleByArgument {
    var octets: Int

    init(octets: Int) { self.octets = octets }

    init?(argument: String) {
        guard let (value, unit) = split(argument, ["": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]), value > 0 else { return nil }
        let (octets, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow, octets < 1 << 50 else { return nil }
        self.octets = Int(octets)
    }

    var defaultValueDescription: String { octets % (1 << 20) == 0 ? "\(octets >> 20)MiB" : "\(octets)" }
}

private func split(_ text: String, _ units: [String: Int64]) -> (Int64, Int64)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int64(digits), let unit = units[String(text.dropFirst(digits.count))] else { return nil }
    return (value, unit)
}
