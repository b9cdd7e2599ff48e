import Testing
import Wire

struct TimestampTests {
    @Test func differenceAndSum() {
        let (early, late) = (Timestamp(nanoseconds: 5), Timestamp(nanoseconds: 1_000_000_005))
        #expect(late - early == .seconds(1))
        #expect(early - late == Interval(nanoseconds: -1_000_000_000))
        #expect(early + .milliseconds(1000) == late)
        #expect(late - .seconds(1) == early)
        #expect(early < late)
    }

    /// Times come from files, and files say anything.
    @Test func arithmeticSaturates() {
        let (past, future) = (Timestamp.distantPast, Timestamp.distantFuture)
        #expect(future + .seconds(1) == future)
        #expect(past - .seconds(1) == past)
        #expect(past + Interval(nanoseconds: -1) == past)
        #expect(future - past == Interval(nanoseconds: .max))
        #expect(past - future == Interval(nanoseconds: .min))
        #expect(future - Interval(nanoseconds: .min) == future)
        #expect(Timestamp(nanoseconds: 0) - Interval(nanoseconds: .min) == future)
    }

    @Test(arguments: [
        (1, 5000, 2, 6000, true), (1, 5000, 2, 4500, false), (2, 4500, 1, 5000, true),
        (1, 5000, 2, 3999, true), (2, 3999, 1, 5000, false), (1, 5000, 2, 5000, true), (2, 5000, 1, 5000, false), (1, 5000, 1, 5000, false),
    ])
    func `frames come in the order of their places, but for disorder`(
        _ number: UInt64, _ time: Int64, _ other: UInt64, _ otherTime: Int64, _ isBefore: Bool
    ) {
        let frames = [(number, time), (other, otherTime)].map { number, microseconds in
            FrameReference(number: number, time: Timestamp(nanoseconds: microseconds * 1000))
        }
        #expect((frames[0] < frames[1]) == isBefore)
    }

    /// A clock that is set back goes through the same times again: frames far apart are no neighbours.
    @Test func `frames of the same time far apart come in the order of their places`() {
        let frames = [(10, 70_000), (20_000, 100_000), (20_001, 69_999)].map { number, milliseconds in
            FrameReference(number: number, time: Timestamp(nanoseconds: milliseconds * 1_000_000))
        }
        #expect(frames[0] < frames[1] && frames[1] < frames[2] && frames[0] < frames[2] && !(frames[2] < frames[0]))
    }

    static let dates: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000000000"),
        (1, "1970-01-01T00:00:00.000000001"),
        (-1, "1969-12-31T23:59:59.999999999"),
        (-1_000_000_000, "1969-12-31T23:59:59.000000000"),
        (-86_400_000_000_000, "1969-12-31T00:00:00.000000000"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000"),  // a leap year: divisible by 400
        (951_868_800_000_000_000, "2000-03-01T00:00:00.000000000"),
        (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000000000"),  // a leap year: divisible by 4
        (1_677_628_799_999_999_999, "2023-02-28T23:59:59.999999999"),  // none
        (1_677_628_800_000_000_000, "2023-03-01T00:00:00.000000000"),
        (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000000000"),  // none: divisible by 100
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000"),
        (1_735_689_599_000_000_000, "2024-12-31T23:59:59.000000000"),
        (1_770_201_281_203_118_000, "2026-02-04T10:34:41.203118000"),  // DESIGN.md's finding
        (.max, "2262-04-11T23:47:16.854775807"),
        (.min, "1677-09-21T00:12:43.145224192"),
    ]

    @Test(arguments: dates) func civilTime(_ nanoseconds: Int64, _ text: String) {
        let civil = CivilTime(Timestamp(nanoseconds: nanoseconds))
        func pad(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        let date = "\(pad(civil.year, 4))-\(pad(civil.month, 2))-\(pad(civil.day, 2))"
        let time = "\(pad(civil.hour, 2)):\(pad(civil.minute, 2)):\(pad(civil.second, 2)).\(pad(civil.nanosecond, 9))"
        #expect("\(date)T\(time)" == text)
    }

    /// Every day of five centuries follows the day before it.
    @Test func daysFollowEachOther() {
        var before = CivilTime(Timestamp(nanoseconds: -100_000 * 86_400_000_000_000))
        for day in -99_999...100_000 as ClosedRange<Int64> {
            let civil = CivilTime(Timestamp(nanoseconds: day * 86_400_000_000_000))
            let isNext =
                civil.day == before.day + 1 && civil.month == before.month && civil.year == before.year
                || civil.day == 1 && civil.month == before.month + 1 && civil.year == before.year && before.day >= 28
                || civil.day == 1 && civil.month == 1 && before.month == 12 && before.day == 31 && civil.year == before.year + 1
            guard isNext else {
                Issue.record("\(before) is followed by \(civil)")
                return
            }
            before = civil
        }
    }
}
