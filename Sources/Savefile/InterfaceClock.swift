import Wire

/// Turns an interface's time stamps into instants: if_tsresol and if_tsoffset (draft-ietf-opsawg-pcapng §4.2).
struct InterfaceClock: Hashable, Sendable {
    private enum Scale: Hashable {
        case multiply(UInt64)
        case divide(UInt64)
        /// Units of a second's 2^-n.
        case shift(Int)
    }

    private let scale: Scale
    private let offset: Interval

    /// - Parameters:
    ///   - resolution: the units are 10^-n seconds, or 2^-n where the top bit is set.
    ///   - offset: seconds to add.
    init(resolution: UInt8 = 6, offset: Int64 = 0) {
        let exponent = Int(resolution & 0x7f)
        scale =
            if resolution & 0x80 != 0 {
                .shift(exponent)
            } else if exponent <= 9 {
                .multiply(Self.powerOfTen(9 - exponent))
            } else {
                .divide(Self.powerOfTen(exponent - 9))
            }
        let (nanoseconds, overflow) = offset.multipliedReportingOverflow(by: 1_000_000_000)
        self.offset = Interval(nanoseconds: overflow ? (offset < 0 ? .min : .max) : nanoseconds)
    }

    /// Saturates at both ends.
    @inline(__always)
    func time(_ units: UInt64) -> Timestamp {
        Timestamp(nanoseconds: Int64(clamping: nanoseconds(units))) + offset
    }

    @inline(__always)
    private func nanoseconds(_ units: UInt64) -> UInt64 {
        switch scale {
        case .multiply(let factor):
            let (product, overflow) = units.multipliedReportingOverflow(by: factor)
            return overflow ? .max : product
        case .divide(let divisor):
            return units / divisor
        case .shift(let exponent):
            let (high, low) = units.multipliedFullWidth(by: 1_000_000_000)
            return exponent < 64 && high >> exponent != 0 ? .max : high << (64 - exponent) | low >> exponent
        }
    }

    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        exponent > 19 ? .max : (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
