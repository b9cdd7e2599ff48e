import Events
import Foundation
import Testing
import Wire

/// Times as the event stream and people read them.
struct RFC3339Tests {
    static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-1_000_000_000, "1969-12-31T23:59:59.000000000Z"),
        (-1_000_000_001, "1969-12-31T23:59:58.999999999Z"),
        (999_999_999, "1970-01-01T00:00:00.999999999Z"),
        (1_000_000_000, "1970-01-01T00:00:01.000000000Z"),
        (1_770_201_281_203_118_000, "2026-02-04T10:34:41.203118000Z"),
        // The turn of a year, and 29 February where there is one and where there is none.
        (1_767_225_599_999_999_999, "2025-12-31T23:59:59.999999999Z"),
        (1_767_225_600_000_000_000, "2026-01-01T00:00:00.000000000Z"),
        (1_709_164_799_000_000_000, "2024-02-28T23:59:59.000000000Z"),
        (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000000000Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
        (-2_203_891_200_000_000_000, "1900-03-01T00:00:00.000000000Z"),
        (-2_203_891_200_000_000_001, "1900-02-28T23:59:59.999999999Z"),
        // The ends of what fits.
        (Int64.max, "2262-04-11T23:47:16.854775807Z"),
        (-9_223_372_035_000_000_000, "1677-09-21T00:12:45.000000000Z"),
    ]

    @Test(arguments: times)
    func `a time is UTC with nanoseconds, in the stream as in text`(_ nanoseconds: Int64, _ text: String) throws {
        let time = Timestamp(nanoseconds: nanoseconds)
        #expect(RFC3339.text(time) == text)
        var json = JSONWriter()
        json.line { $0.field("t", time) }
        #expect(try JSON(parsing: json.bytes) == ["t": .string(text)])
    }

    @Test func `Foundation reads the same second`() throws {
        let formatter = ISO8601DateFormatter()
        for nanoseconds in stride(from: Int64(-9_000_000_000_000_000_000), to: 9_000_000_000_000_000_000, by: 70_000_000_123_456_789) {
            let text = RFC3339.text(Timestamp(nanoseconds: nanoseconds))
            let second = try #require(formatter.date(from: String(text.prefix(19)) + "Z"), "\(text)")
            let fraction = try #require(Int64(text.dropFirst(20).prefix(9)))
            #expect(Int64(second.timeIntervalSince1970) * 1_000_000_000 + fraction == nanoseconds, "\(text)")
        }
    }

    @Test func `a writer that has kept a second's text tells the next one apart`() throws {
        let steps: [Int64] = [0, 999_999_999, 1_000_000_000, 0, -1, -1_000_000_000, -1_000_000_001, 0]
        var json = JSONWriter()
        for step in steps { json.line { $0.field("t", Timestamp(nanoseconds: step)) } }
        #expect(try JSON.lines(json.bytes) == steps.map { ["t": .string(RFC3339.text(Timestamp(nanoseconds: $0)))] })
    }

    @Test func `people read the time of day to the microsecond, and a date`() {
        let time = Timestamp(nanoseconds: 1_770_201_281_203_118_999)
        #expect(RFC3339.clock(time) == "10:34:41.203118")
        #expect(RFC3339.date(time) == "2026-02-04 10:34:41 UTC")
    }
}
