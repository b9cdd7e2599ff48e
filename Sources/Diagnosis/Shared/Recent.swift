/// The last few things that were noted, each under its key: what is oldest makes room.
struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    private var values: [Key: Value] = [:]
    /// In the order in which they came; a ring, once it is full.
    private var order: [Key] = []
    private var next = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { values.count }
    var isEmpty: Bool { values.isEmpty }

    subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            if let newValue, values[key] == nil { insert(key, newValue) } else { values[key] = newValue }
        }
    }

    private mutating func insert(_ key: Key, _ value: Value) {
        if order.count < limit {
            order.append(key)
        } else {
            values[order[next]] = nil
            order[next] = key
            next = (next + 1) % limit
        }
        values[key] = value
    }
}

/// The first few things of a kind: what comes after them shows nothing new, and would fill the book. Names and clients come from whoever sends
/// packets: those of a scanner leave room for the findings of others.
struct FirstFew<Key: Hashable & Sendable>: Sendable {
    /// An operator who has read so many of one kind needs no more of them.
    static var usual: Int { 64 }

    private let limit: Int
    private var keys: Set<Key> = []

    init(limit: Int = Self.usual) { self.limit = limit }

    mutating func admits(_ key: Key) -> Bool {
        guard !keys.contains(key) else { return true }
        guard keys.count < limit else { return false }
        keys.insert(key)
        return true
    }
}
