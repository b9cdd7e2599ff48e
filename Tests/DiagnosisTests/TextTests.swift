import LAN
import Diagnosis
import Testing
import Wire

struct TextTests {
    @Test(arguments: [
        (Int64(0), "0.000 ms"), (499, "0.000 ms"), (500, "0.001 ms"), (312_000, "0.312 ms"), (1_000_000, "1.000 ms"),
        (12_345_678, "12.346 ms"),
        (999_999_499, "999.999 ms"), (999_999_500, "1.000 s"), (1_000_000_000, "1.000 s"), (3_062_118_000, "3.062 s"),
        (44_900_000_000, "44.900 s"), (7_440_000_000_000, "7440.000 s"), (-5, "0.000 ms"), (.min, "0.000 ms"),
    ])
    func `durations have three decimals of the larger unit that fits`(_ nanoseconds: Int64, _ text: String) {
        #expect(Text.duration(Interval(nanoseconds: nanoseconds)) == text)
    }

    @Test func `seconds are rounded as milliseconds are`() {
        #expect(Text.duration(Interval(nanoseconds: 3_061_600_000)) == "3.062 s")
    }

    @Test(arguments: [
        (Int64(312_000), "0.312 ms"), (3_062_118_400, "3.062118 s"), (1_000_000_000, "1.000000 s"), (60_000_001_000, "60.000001 s"),
    ])
    func `exact durations go to the microsecond`(_ nanoseconds: Int64, _ text: String) {
        #expect(Text.exactDuration(Interval(nanoseconds: nanoseconds)) == text)
    }

    /// Times come from files, and their difference saturates.
    @Test func `the longest interval is a duration, too`() async {
        await #expect(processExitsWith: .success) { _ = Text.duration(Interval(nanoseconds: .max)) }
        await #expect(processExitsWith: .success) { _ = Text.exactDuration(Interval(nanoseconds: .max)) }
    }

    @Test(arguments: [(0, "0 times"), (1, "once"), (2, "twice"), (3, "3 times"), (100, "100 times")])
    func `counts are words as far as two`(_ count: Int, _ text: String) {
        #expect(Text.times(count) == text)
    }

    @Test(arguments: [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
    func `lists end with and`(_ words: [String], _ text: String) {
        #expect(Text.list(words) == text)
    }
}
