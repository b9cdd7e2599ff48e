/// Records of a table's side: what few of its records need, by small numbers. Zero is none.
struct SidePool<Record> {
    private var records: ContiguousArray<Record> = []
    private var unused: ContiguousArray<UInt32> = []
    private let limit: Int
    private(set) var count = 0
    /// Requests in vain.
    private(set) var refusals: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    subscript(number: UInt32) -> Record {
        get { records[Int(number) - 1] }
        _modify { yield &records[Int(number) - 1] }
    }

    /// Zero where there is no room.
    mutating func add(_ record: Record) -> UInt32 {
        if let number = unused.popLast() {
            records[Int(number) - 1] = record
            count += 1
            return number
        }
        guard count < limit else {
            refusals += 1
            return 0
        }
        records.append(record)
        count += 1
        return UInt32(records.count)
    }

    mutating func remove(_ number: UInt32) {
        guard number != 0 else { return }
        unused.append(number)
        count -= 1
    }
}
