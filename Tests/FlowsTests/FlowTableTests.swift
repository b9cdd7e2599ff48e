import LAN
@testable import Flows
import Testing
import Wire

struct FlowTableTests {
    /// A key whose hash the test chooses: `group` alone is hashed.
    struct Number: TableKey, Hashable {
        var value: Int
        var group = 0
        func hash(into hash: inout KeyedHash) { hash.mix(UInt64(bitPattern: Int64(group))) }
    }

    /// SplitMix64, so that every run draws the same numbers.
    struct Draw: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return word ^ word >> 31
        }
    }

    /// Counts how many of its kind live.
    final class Counted {
        final class Census { var living = 0 }
        private let census: Census
        init(_ census: Census) {
            self.census = census
            census.living += 1
        }
        deinit { census.living -= 1 }
    }

    /// A table keeps a removed record until its place is needed again, and none longer than itself.
    @Test func `records with references are released once each`() {
        let census = Counted.Census()
        do {
            var table = FlowTable<Number, [Counted]>(limit: 100, hashKey: 1, timeOuts: [.seconds(10)])
            var slots: [Int] = []
            for value in 0..<100 { slots.append(table.insert(number(value), [Counted(census)], lane: 0, at: at(Double(value)))) }
            #expect(census.living == 100, "grown several times")
            table[slots[3]].append(Counted(census))
            table[slots[4]] = [Counted(census)]
            let appended = table[slots[3]].count
            #expect(census.living == 101 && appended == 2)
            for value in 0..<10 { table.remove(slots[value]) }
            #expect(census.living == 101, "the places wait")
            for value in 100..<110 { table.insert(number(value), [], lane: 0, at: at(Double(value))) }
            #expect(census.living == 90, "ten places are used again, of records with eleven")
            // The victim is handed over, and its place is taken.
            let evicted = table.makeRoom()
            #expect(evicted?.record.count == 1 && census.living == 90)
            table.insert(number(200), [Counted(census)], lane: 0, at: at(200))
            table.insert(number(201), [Counted(census)], lane: 0, at: at(201))
            let (count, evictions) = (table.count, table.evictions)
            #expect(count == 100 && evictions == 2)
            #expect(census.living == 91, "one evicted record is still held, the other's place was taken")
        }
        #expect(census.living == 0)
    }

    private func table(limit: Int = 1000, _ timeOuts: [Int64] = [10], key: UInt64 = 1) -> FlowTable<Number, Int> {
        FlowTable(limit: limit, hashKey: key, timeOuts: timeOuts.map(Interval.seconds))
    }

    private func number(_ value: Int) -> Number { Number(value: value, group: value) }

    /// Groups: 1 makes every tag collide, 7 some, a million none.
    @Test(arguments: [1, 7, 1_000_000])
    func `a hundred thousand random operations agree with a dictionary`(_ groups: Int) {
        var draw = Draw(state: 0x5eed)
        var table = table(limit: 1 << 20, [10, 1000])
        var model: [Int: Int] = [:]
        // Where all collide every search is linear, so there the keys are few.
        let keys = groups == 1 ? 48 : 600
        var disagreements = 0
        for step in 0..<100_000 {
            let value = Int.random(in: 0..<keys, using: &draw)
            let key = Number(value: value, group: value % groups)
            let now = at(Double(step))
            let slot = table.find(key)
            if slot.map({ table[$0] }) != model[value] { disagreements += 1 }
            switch (Int.random(in: 0..<4, using: &draw), slot) {
            case (0, let slot?):
                table.remove(slot)
                model[value] = nil
            case (1, let slot?):
                table[slot] = step
                model[value] = step
            case (_, let slot?): table.touch(slot, lane: step % 2, at: now)
            case (_, nil):
                table.insert(key, step, lane: step % 2, at: now)
                model[value] = step
            }
            if table.count != model.count { disagreements += 1 }
        }
        #expect(disagreements == 0)
        #expect(table.evictions == 0)
        let left = Dictionary(uniqueKeysWithValues: table.slots.map { (table.key(of: $0).value, table[$0]) })
        #expect(left == model)
    }

    @Test func `the hash key changes nothing that shows`() {
        func run(_ hashKey: UInt64) -> [Int] {
            var table = table(limit: 20, key: hashKey)
            for value in 0..<100 where table.find(number(value % 37)) == nil {
                table.insert(number(value % 37), value, lane: 0, at: at(Double(value)))
            }
            return table.slots.map { table[$0] }
        }
        #expect(run(1) == run(2))
    }

    @Test func `it grows past its first buckets and finds everything`() {
        var table = table(limit: 100_000)
        for value in 0..<10_000 { table.insert(number(value), value, lane: 0, at: at(0)) }
        #expect(table.count == 10_000)
        #expect((0..<10_000).allSatisfy { value in table.find(number(value)).map { table[$0] } == value })
        #expect(table.find(number(10_000)) == nil)
        #expect(table.evictions == 0)
    }

    @Test func `a lane stands in the order of last touch`() {
        var table = table()
        for value in 0..<4 { table.insert(number(value), value, lane: 0, at: at(Double(value))) }
        for (value, time) in [(1, 4.0), (0, 5.0), (0, 6.0)] {
            if let slot = table.find(number(value)) { table.touch(slot, at: at(time)) }
        }
        #expect(table.slots.map { table[$0] } == [2, 3, 1, 0])
        if let slot = table.find(number(3)) { table.remove(slot) }
        #expect(table.slots.map { table[$0] } == [2, 1, 0])
    }

    /// Takes out all that expires before a time: the records and their deadlines.
    private func expire(_ table: inout FlowTable<Number, Int>, before seconds: Double) -> [[Double]] {
        var expired: [[Double]] = []
        while let (slot, deadline) = table.nextExpired(before: at(seconds)) {
            expired.append([Double(table[slot]), Double(deadline.nanoseconds) / 1e9])
            table.remove(slot)
        }
        return expired
    }

    @Test func `records expire in the order of their deadlines, over all lanes`() {
        var table = table([30, 5, 10])
        table.insert(number(0), 0, lane: 0, at: at(0))
        table.insert(number(1), 1, lane: 2, at: at(1))
        table.insert(number(2), 2, lane: 1, at: at(2))
        table.insert(number(3), 3, lane: 1, at: at(7))
        #expect(expire(&table, before: 100) == [[2, 7], [1, 11], [3, 12], [0, 30]])
        #expect(table.count == 0)
        #expect(table.nextDeadline == .distantFuture)
        #expect(table.evictions == 0, "what expires was not evicted")
    }

    @Test func `a record expires after its deadline, not at it`() {
        var table = table([10])
        table.insert(number(0), 0, lane: 0, at: at(0))
        #expect(table.nextDeadline == at(10))
        #expect(expire(&table, before: 10).isEmpty)
        #expect(expire(&table, before: 10 + tick) == [[0, 10]])
    }

    @Test func `a touch postpones, and another lane has another time-out`() {
        var table = table([10, 100])
        let slot = table.insert(number(0), 0, lane: 0, at: at(0))
        table.touch(slot, at: at(8))
        #expect(expire(&table, before: 18).isEmpty)
        table.touch(slot, lane: 1, at: at(9))
        #expect(table.lane(of: slot) == 1)
        #expect(expire(&table, before: 109).isEmpty)
        #expect(expire(&table, before: 110) == [[0, 109]])
    }

    @Test func `the longest untouched record of the most expendable lane is evicted`() {
        var table = table(limit: 4, [10, 10, 10])
        table.insert(number(0), 0, lane: 2, at: at(0))
        table.insert(number(1), 1, lane: 1, at: at(1))
        table.insert(number(2), 2, lane: 1, at: at(2))
        let slot = table.insert(number(3), 3, lane: 0, at: at(3))
        #expect(table.makeRoom()?.record == 3, "lane 0 goes first, though it was touched last")
        #expect(table.find(number(3)) == nil)
        #expect(table.makeRoom() == nil, "there is room now")
        #expect(table.insert(number(4), 4, lane: 2, at: at(4)) == slot, "its place is used again")
        #expect(table.makeRoom()?.record == 1)
        table.insert(number(5), 5, lane: 2, at: at(5))
        #expect(table.makeRoom()?.record == 2)
        table.insert(number(6), 6, lane: 2, at: at(6))
        #expect(table.makeRoom()?.record == 0, "with one lane left its head goes")
        #expect(table.evictions == 4)
    }

    @Test func `inserting makes room by itself`() {
        var table = table(limit: 3)
        for value in 0..<10 { table.insert(number(value), value, lane: 0, at: at(Double(value))) }
        #expect(table.slots.map { table[$0] } == [7, 8, 9])
        #expect(table.evictions == 7)
    }

    @Test func `a table of one record works`() {
        for limit in [1, 0, -5] {
            var table = table(limit: limit)
            for value in 0..<100 {
                table.insert(number(value), value, lane: 0, at: at(Double(value)))
                #expect(table.count == 1)
                #expect(table.find(number(value)) != nil)
                #expect(table.find(number(value - 1)) == nil)
            }
            #expect(expire(&table, before: 200) == [[99, 109]])
        }
    }

    @Test func `where time steps back the order of a lane holds, and nothing expires early`() {
        var table = table([10])
        table.insert(number(0), 0, lane: 0, at: at(100))
        let slot = table.insert(number(1), 1, lane: 0, at: at(50))
        #expect(table.lastTouch(of: slot) == at(100))
        table.touch(slot, at: at(20))
        #expect(table.lastTouch(of: slot) == at(100), "a touch never makes a record older")
        #expect(expire(&table, before: 110).isEmpty)
        #expect(expire(&table, before: 111) == [[0, 110], [1, 110]])
    }

    @Test func `deadlines saturate at the end of time`() {
        var table = table([10])
        table.insert(number(0), 0, lane: 0, at: .distantFuture)
        #expect(table.nextExpired(before: .distantFuture) == nil)
        #expect(table.count == 1)
    }
}
