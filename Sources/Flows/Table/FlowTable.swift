import CPrefetch
package import Wire

/// A key of a flow table.
package protocol TableKey: Equatable, Sendable {
    func hash(into hash: inout KeyedHash)
}

/// A bounded table of records that expire by packet time.
///
/// Open addressing over dense records: a bucket is a 32-bit tag and a 32-bit record index. The tag also says where the bucket
/// belongs, so that growing never touches a record. Every record stands in one *lane*, a list in the order of last touch
/// with one time-out; the head of a lane is the next of it to expire and the first to be evicted. Lanes are listed from the
/// most expendable to the most valuable.
package struct FlowTable<Key: TableKey, Record> {
    package typealias Slot = Int

    private struct Entry {
        var key: Key
        // Behind a key of 38 octets it costs nothing.
        var lane: UInt8
        var touched: Timestamp
        var previous: UInt32
        var next: UInt32
        var record: Record
    }

    private struct Lane {
        var timeOut: Interval
        var head = FlowTable.none
        var tail = FlowTable.none
    }

    private static var none: UInt32 { .max }

    private var entries: ContiguousArray<Entry> = []
    /// Heads a list of unused entries, linked by `next`.
    private var free = Self.none
    /// Tag in the high half, entry index plus one in the low half; 0 is empty.
    private var buckets: ContiguousArray<UInt64>
    private var lanes: InlineArray<4, Lane>
    private let laneCount: Int
    private let limit: Int
    private let hashKey: UInt64
    /// No record expires before this: a lower bound that spares a look at the lanes.
    private var earliest = Timestamp.distantFuture

    package private(set) var count = 0
    /// Records that had to go before their time.
    package private(set) var evictions: UInt64 = 0

    /// - Parameters:
    ///   - limit: records at the most.
    ///   - timeOuts: one for each lane, the most expendable lane first.
    package init(limit: Int, hashKey: UInt64, timeOuts: [Interval]) {
        self.limit = max(1, min(limit, 1 << 30))
        self.hashKey = hashKey
        laneCount = min(timeOuts.count, 4)
        lanes = InlineArray(repeating: Lane(timeOut: .zero))
        for index in 0..<laneCount { lanes[index].timeOut = timeOuts[index] }
        buckets = ContiguousArray(repeating: 0, count: 64)
    }

    package subscript(slot: Slot) -> Record {
        get { entries[slot].record }
        _modify { yield &entries[slot].record }
    }

    package func key(of slot: Slot) -> Key { entries[slot].key }
    package func lastTouch(of slot: Slot) -> Timestamp { entries[slot].touched }
    package func lane(of slot: Slot) -> Int { Int(entries[slot].lane) }

    /// Slots in use, in the order of the lanes.
    package var slots: [Slot] {
        var slots: [Slot] = []
        slots.reserveCapacity(count)
        for lane in 0..<laneCount {
            var index = lanes[lane].head
            while index != Self.none {
                slots.append(Int(index))
                index = entries[Int(index)].next
            }
        }
        return slots
    }

    /// An empty table costs a packet nothing.
    @inline(__always)
    package func find(_ key: Key) -> Slot? { count == 0 ? nil : Self.find(key, tag(of: key), buckets, entries) }

    /// Where a search begins.
    package struct Start {
        fileprivate var tag: UInt32
    }

    /// A search that is made some time later: a large table comes from memory meanwhile.
    @inline(__always)
    package func start(_ key: Key) -> Start {
        let tag = tag(of: key)
        prefetch(bucket: tag)
        return Start(tag: tag)
    }

    @inline(__always)
    package func find(_ key: Key, from start: Start) -> Slot? { Self.find(key, start.tag, buckets, entries) }

    /// Without the rest of the table, which a call would copy.
    private static func find(
        _ key: Key, _ tag: UInt32, _ buckets: ContiguousArray<UInt64>, _ entries: ContiguousArray<Entry>
    ) -> Slot? {
        let mask = buckets.count - 1
        var position = Int(tag) & mask
        while buckets[position] != 0 {
            let bucket = buckets[position]
            if UInt32(bucket >> 32) == tag {
                let slot = Int(UInt32(truncatingIfNeeded: bucket)) - 1
                if entries[slot].key == key { return slot }
            }
            position = (position + 1) & mask
        }
        return nil
    }

    /// Where the table is full, the record that has to go for another: the longest untouched one of the most expendable lane.
    package var victim: Slot? {
        count == limit ? oldest : nil
    }

    /// The longest untouched record of the most expendable lane.
    package var oldest: Slot? {
        for lane in 0..<laneCount where lanes[lane].head != Self.none { return Int(lanes[lane].head) }
        return nil
    }

    /// Takes out a record before its time, and counts it.
    package mutating func evict(_ slot: Slot) {
        evictions += 1
        remove(slot)
    }

    /// Takes out the victim, where the table is full.
    package mutating func makeRoom() -> (key: Key, record: Record)? {
        guard let victim else { return nil }
        let evicted = (entries[victim].key, entries[victim].record)
        evict(victim)
        return evicted
    }

    /// What a record takes in memory, its key and links included.
    package static var octetsPerRecord: Int { MemoryLayout<Entry>.stride }

    /// Adds a record under a key that is not in the table, making room for it where its owner has not.
    @discardableResult
    package mutating func insert(_ key: Key, _ record: consuming Record, lane: Int, at now: Timestamp) -> Slot {
        if let victim { evict(victim) }
        if (count + 1) * 4 > buckets.count * 3 { grow() }
        let slot: Int
        let entry = Entry(key: key, lane: UInt8(lane), touched: now, previous: Self.none, next: Self.none, record: record)
        if free != Self.none {
            slot = Int(free)
            free = entries[slot].next
            entries[slot] = entry
        } else {
            slot = entries.count
            entries.append(entry)
        }
        place(tag(of: key), slot: slot)
        link(slot)
        count += 1
        return slot
    }

    /// Marks a record as used now, in its lane or in another.
    package mutating func touch(_ slot: Slot, lane: Int? = nil, at now: Timestamp) {
        let target = lane ?? Int(entries[slot].lane)
        if Int(lanes[target].tail) == slot {
            entries[slot].touched = max(entries[slot].touched, now)
            return
        }
        unlink(slot)
        entries[slot].lane = UInt8(target)
        entries[slot].touched = now
        link(slot)
    }

    /// Marks a record as used, to the second: exact only where the table is full, and the order says who has to go.
    @inline(__always)
    package mutating func refresh(_ slot: Slot, at now: Timestamp) {
        if count == limit || now - entries[slot].touched > .seconds(1) { touch(slot, at: now) }
    }

    package mutating func remove(_ slot: Slot) {
        prefetch(after: slot)
        unlink(slot)
        takeOut(tag(of: entries[slot].key), slot: slot)
        entries[slot].next = free
        free = UInt32(slot)
        count -= 1
    }

    /// The record that expires first, if any does so before `time`, and its deadline.
    package mutating func nextExpired(before time: Timestamp) -> (slot: Slot, deadline: Timestamp)? {
        guard earliest < time else { return nil }
        var first: (slot: Slot, deadline: Timestamp)?
        for lane in 0..<laneCount where lanes[lane].head != Self.none {
            let head = Int(lanes[lane].head)
            let deadline = entries[head].touched + lanes[lane].timeOut
            if deadline < first?.deadline ?? .distantFuture { first = (head, deadline) }
        }
        earliest = first?.deadline ?? .distantFuture
        guard let first, first.deadline < time else { return nil }
        return first
    }

    /// A lower bound of the next deadline.
    package var nextDeadline: Timestamp { earliest }

    // MARK: Lanes

    private mutating func link(_ slot: Slot) {
        let lane = Int(entries[slot].lane)
        let tail = lanes[lane].tail
        entries[slot].previous = tail
        entries[slot].next = Self.none
        if tail == Self.none {
            lanes[lane].head = UInt32(slot)
        } else {
            entries[Int(tail)].next = UInt32(slot)
            // Packet times step back now and then; a lane's order never does.
            entries[slot].touched = max(entries[slot].touched, entries[Int(tail)].touched)
        }
        lanes[lane].tail = UInt32(slot)
        let deadline = entries[slot].touched + lanes[lane].timeOut
        if deadline < earliest { earliest = deadline }
    }

    private mutating func unlink(_ slot: Slot) {
        let (previous, next, lane) = (entries[slot].previous, entries[slot].next, Int(entries[slot].lane))
        if previous == Self.none { lanes[lane].head = next } else { entries[Int(previous)].next = next }
        if next == Self.none { lanes[lane].tail = previous } else { entries[Int(next)].previous = previous }
    }

    // MARK: Memory

    /// Where one record goes, the next of its lane goes soon: its bucket is asked for, and the record behind it.
    @inline(__always)
    private func prefetch(after slot: Slot) {
        let next = entries[slot].next
        guard next != Self.none else { return }
        prefetch(bucket: tag(of: entries[Int(next)].key))
        let further = entries[Int(next)].next
        guard further != Self.none else { return }
        unsafe entries.withUnsafeBufferPointer { unsafe CPrefetch.prefetch($0.baseAddress.map { unsafe $0 + Int(further) }) }
    }

    @inline(__always)
    private func prefetch(bucket tag: UInt32) {
        let position = Int(tag) & (buckets.count - 1)
        unsafe buckets.withUnsafeBufferPointer { unsafe CPrefetch.prefetch($0.baseAddress.map { unsafe $0 + position }) }
    }

    // MARK: Buckets

    @inline(__always)
    private func tag(of key: Key) -> UInt32 {
        var hash = KeyedHash(key: hashKey)
        key.hash(into: &hash)
        return UInt32(truncatingIfNeeded: hash.value)
    }

    private mutating func place(_ tag: UInt32, slot: Slot) {
        let mask = buckets.count - 1
        var position = Int(tag) & mask
        while buckets[position] != 0 { position = (position + 1) & mask }
        buckets[position] = UInt64(tag) << 32 | UInt64(slot + 1)
    }

    /// Empties a bucket and moves its followers up, so that no search stops too early (Knuth, TAOCP 6.4, algorithm R).
    private mutating func takeOut(_ tag: UInt32, slot: Slot) {
        let mask = buckets.count - 1
        let wanted = UInt64(tag) << 32 | UInt64(slot + 1)
        var hole = Int(tag) & mask
        while buckets[hole] != wanted { hole = (hole + 1) & mask }
        var position = hole
        while true {
            position = (position + 1) & mask
            let bucket = buckets[position]
            if bucket == 0 { break }
            let home = Int(UInt32(truncatingIfNeeded: bucket >> 32)) & mask
            if (position - home) & mask >= (position - hole) & mask {
                buckets[hole] = bucket
                hole = position
            }
        }
        buckets[hole] = 0
    }

    private mutating func grow() {
        let old = buckets
        buckets = ContiguousArray(repeating: 0, count: old.count * 2)
        let mask = buckets.count - 1
        for bucket in old where bucket != 0 {
            var position = Int(UInt32(truncatingIfNeeded: bucket >> 32)) & mask
            while buckets[position] != 0 { position = (position + 1) & mask }
            buckets[position] = bucket
        }
    }
}
