import CPrefetch
import Glibc
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
///
/// Own memory instead of arrays, because each touch of a record would ask again whether its array is shared. A slot is
/// checked to lie in it, and nothing outside this file sees the memory. There is one table of a kind, which is never copied.
@safe
package struct FlowTable<Key: TableKey, Record>: ~Copyable {
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
        var head = UInt32.max
        var tail = UInt32.max
    }

    private static var none: UInt32 { .max }

    /// Room for `capacity` entries, of which the first `used` are initialised: those in the table, and those on the list of free ones.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 0
    private var used = 0
    /// Heads a list of unused entries, linked by `next`.
    private var free = Self.none
    /// `mask` + 1 of them, a power of two. Tag in the high half, entry index plus one in the low half; 0 is empty.
    private var buckets: UnsafeMutablePointer<UInt64>
    private var mask = 63
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
        unsafe entries = Self.resize(nil, to: 1)
        capacity = 1
        unsafe buckets = .allocate(capacity: mask + 1)
        unsafe buckets.initialize(repeating: 0, count: mask + 1)
    }

    deinit {
        unsafe entries.deinitialize(count: used)
        unsafe Glibc.free(entries)
        unsafe buckets.deallocate()
    }

    @inline(__always)
    private func entry(_ slot: Slot) -> UnsafeMutablePointer<Entry> {
        precondition(slot >= 0 && slot < used, "no such slot")
        return unsafe entries + slot
    }

    package subscript(slot: Slot) -> Record {
        _read { yield unsafe entry(slot).pointee.record }
        _modify { yield unsafe &entry(slot).pointee.record }
    }

    package func key(of slot: Slot) -> Key { unsafe entry(slot).pointee.key }
    package func lastTouch(of slot: Slot) -> Timestamp { unsafe entry(slot).pointee.touched }
    package func lane(of slot: Slot) -> Int { unsafe Int(entry(slot).pointee.lane) }

    /// Slots in use, in the order of the lanes.
    package var slots: [Slot] {
        var slots: [Slot] = []
        slots.reserveCapacity(count)
        for lane in 0..<laneCount {
            var index = lanes[lane].head
            while index != Self.none {
                slots.append(Int(index))
                index = unsafe entry(Int(index)).pointee.next
            }
        }
        return slots
    }

    /// An empty table costs a packet nothing.
    @inline(__always)
    package func find(_ key: Key) -> Slot? { count == 0 ? nil : unsafe Self.find(key, tag(of: key), buckets, mask, entries) }

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
    package func find(_ key: Key, from start: Start) -> Slot? { unsafe Self.find(key, start.tag, buckets, mask, entries) }

    /// Without the rest of the table, which a call would copy.
    private static func find(
        _ key: Key, _ tag: UInt32, _ buckets: UnsafeMutablePointer<UInt64>, _ mask: Int, _ entries: UnsafeMutablePointer<Entry>
    ) -> Slot? {
        var position = Int(tag) & mask
        while case let bucket = unsafe buckets[position], bucket != 0 {
            if UInt32(truncatingIfNeeded: bucket >> 32) == tag {
                let slot = Int(UInt32(truncatingIfNeeded: bucket)) - 1
                if unsafe entries[slot].key == key { return slot }
            }
            position = (position + 1) & mask
        }
        return nil
    }

    /// Where the table is full, the record that has to go for another: the longest untouched one of the most expendable lane.
    package var victim: Slot? {
        // Inlined, as a call would copy the table for a number that mostly is nil.
        @inline(__always) get { count == limit ? oldest : nil }
    }

    /// The longest untouched record of the most expendable lane.
    package var oldest: Slot? {
        @inline(__always) get {
            for lane in lanes.indices where lanes[lane].head != Self.none { return Int(lanes[lane].head) }
            return nil
        }
    }

    /// Takes out a record before its time, and counts it.
    package mutating func evict(_ slot: Slot) {
        evictions += 1
        remove(slot)
    }

    /// Takes out the victim, where the table is full.
    package mutating func makeRoom() -> (key: Key, record: Record)? {
        guard let victim else { return nil }
        let evicted = unsafe (entry(victim).pointee.key, entry(victim).pointee.record)
        evict(victim)
        return evicted
    }

    /// What a record takes in memory, its key and links included.
    package static var octetsPerRecord: Int { MemoryLayout<Entry>.stride }

    /// Adds a record under a key that is not in the table, making room for it where its owner has not.
    ///
    /// - Parameter start: of the search that did not find it.
    @discardableResult
    package mutating func insert(_ key: Key, _ record: consuming Record, lane: Int, at now: Timestamp, from start: Start? = nil) -> Slot {
        if let victim { evict(victim) }
        if (count + 1) * 4 > (mask + 1) * 3 { growBuckets() }
        let slot = takeFree()
        unsafe (entries + slot).initialize(
            to: Entry(key: key, lane: UInt8(lane), touched: now, previous: Self.none, next: Self.none, record: consume record))
        place(start?.tag ?? tag(of: key), slot: slot)
        link(slot)
        count += 1
        return slot
    }

    /// Marks a record as used now, in its lane or in another.
    package mutating func touch(_ slot: Slot, lane: Int? = nil, at now: Timestamp) {
        let entry = unsafe entry(slot)
        let target = unsafe lane ?? Int(entry.pointee.lane)
        if Int(lanes[target].tail) == slot {
            unsafe entry.pointee.touched = .later(entry.pointee.touched, now)
            return
        }
        unlink(slot)
        unsafe entry.pointee.lane = UInt8(target)
        unsafe entry.pointee.touched = now
        link(slot)
    }

    /// Marks a record as used, to the second: exact only where the table is full, and the order says who has to go.
    @inline(__always)
    package mutating func refresh(_ slot: Slot, at now: Timestamp) {
        if count == limit || now - lastTouch(of: slot) > .seconds(1) { touch(slot, at: now) }
    }

    package mutating func remove(_ slot: Slot) {
        prefetch(after: slot)
        unlink(slot)
        takeOut(tag(of: key(of: slot)), slot: slot)
        unsafe entry(slot).pointee.next = free
        free = UInt32(slot)
        count -= 1
    }

    /// The record that expires first, if any does so before `time`, and its deadline.
    package mutating func nextExpired(before time: Timestamp) -> (slot: Slot, deadline: Timestamp)? {
        guard earliest < time else { return nil }
        var first: (slot: Slot, deadline: Timestamp)?
        for lane in 0..<laneCount where lanes[lane].head != Self.none {
            let head = Int(lanes[lane].head)
            let deadline = lastTouch(of: head) + lanes[lane].timeOut
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
        let entry = unsafe entry(slot)
        let lane = unsafe Int(entry.pointee.lane)
        let tail = lanes[lane].tail
        unsafe entry.pointee.previous = tail
        unsafe entry.pointee.next = Self.none
        if tail == Self.none {
            lanes[lane].head = UInt32(slot)
        } else {
            let last = unsafe self.entry(Int(tail))
            unsafe last.pointee.next = UInt32(slot)
            // Packet times step back now and then; a lane's order never does.
            unsafe entry.pointee.touched = .later(entry.pointee.touched, last.pointee.touched)
        }
        lanes[lane].tail = UInt32(slot)
        earliest = unsafe .earlier(earliest, entry.pointee.touched + lanes[lane].timeOut)
    }

    private mutating func unlink(_ slot: Slot) {
        let (previous, next, lane) = unsafe (entry(slot).pointee.previous, entry(slot).pointee.next, Int(entry(slot).pointee.lane))
        if previous == Self.none { lanes[lane].head = next } else { unsafe entry(Int(previous)).pointee.next = next }
        if next == Self.none { lanes[lane].tail = previous } else { unsafe entry(Int(next)).pointee.previous = previous }
    }

    /// The caller initialises it.
    private mutating func takeFree() -> Slot {
        if free != Self.none {
            let slot = Int(free)
            let entry = unsafe entry(slot)
            free = unsafe entry.pointee.next
            unsafe entry.deinitialize(count: 1)
            return slot
        }
        if used == capacity { growEntries() }
        used += 1
        return used - 1
    }

    // MARK: Memory

    private mutating func growEntries() {
        capacity = max(16, capacity * 2)
        unsafe entries = Self.resize(entries, to: capacity)
    }

    /// A large table's pages are moved, not its octets: Swift's values may lie anywhere, as long as nothing points at them.
    private static func resize(_ memory: UnsafeMutablePointer<Entry>?, to capacity: Int) -> UnsafeMutablePointer<Entry> {
        precondition(MemoryLayout<Entry>.alignment <= 16, "malloc aligns to 16 octets")
        // No input gets here: `limit` bounds what is asked for, and where the system has no such memory, Swift's own allocation ends the same way.
        guard let memory = unsafe Glibc.realloc(memory, capacity * MemoryLayout<Entry>.stride) else { fatalError("out of memory") }
        return unsafe memory.assumingMemoryBound(to: Entry.self)
    }

    /// Where one record goes, the next of its lane goes soon: its bucket is asked for, and the record behind it.
    @inline(__always)
    private func prefetch(after slot: Slot) {
        let next = unsafe entry(slot).pointee.next
        guard next != Self.none else { return }
        prefetch(bucket: tag(of: key(of: Int(next))))
        let further = unsafe entry(Int(next)).pointee.next
        guard further != Self.none else { return }
        unsafe CPrefetch.prefetch(entry(Int(further)))
    }

    @inline(__always)
    private func prefetch(bucket tag: UInt32) { unsafe CPrefetch.prefetch(buckets + (Int(tag) & mask)) }

    // MARK: Buckets

    @inline(__always)
    private func tag(of key: Key) -> UInt32 {
        var hash = KeyedHash(key: hashKey)
        key.hash(into: &hash)
        return UInt32(truncatingIfNeeded: hash.value)
    }

    private mutating func place(_ tag: UInt32, slot: Slot) { put(UInt64(tag) << 32 | UInt64(slot + 1)) }

    @inline(__always)
    private mutating func put(_ bucket: UInt64) {
        var position = Int(UInt32(truncatingIfNeeded: bucket >> 32)) & mask
        while unsafe buckets[position] != 0 { position = (position + 1) & mask }
        unsafe buckets[position] = bucket
    }

    /// Empties a bucket and moves its followers up, so that no search stops too early (Knuth, TAOCP 6.4, algorithm R).
    private mutating func takeOut(_ tag: UInt32, slot: Slot) {
        let wanted = UInt64(tag) << 32 | UInt64(slot + 1)
        var hole = Int(tag) & mask
        while unsafe buckets[hole] != wanted { hole = (hole + 1) & mask }
        var position = hole
        while true {
            position = (position + 1) & mask
            let bucket = unsafe buckets[position]
            if bucket == 0 { break }
            let home = Int(UInt32(truncatingIfNeeded: bucket >> 32)) & mask
            if (position - home) & mask >= (position - hole) & mask {
                unsafe buckets[hole] = bucket
                hole = position
            }
        }
        unsafe buckets[hole] = 0
    }

    private mutating func growBuckets() {
        let (old, count) = unsafe (buckets, mask + 1)
        unsafe buckets = .allocate(capacity: 2 * count)
        unsafe buckets.initialize(repeating: 0, count: 2 * count)
        mask = 2 * count - 1
        for index in 0..<count where unsafe old[index] != 0 { unsafe put(old[index]) }
        unsafe old.deallocate()
    }
}

/// One owner at a time, since it cannot be copied.
extension FlowTable: @unchecked Sendable where Record: Sendable {}
