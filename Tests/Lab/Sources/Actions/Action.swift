/// One step of a scenario, ready to be played.
typealias Play = @Sendable (LAN) async throws -> Void

/// A named action: it reads its arguments when the scenario is read, and does its work when its time comes.
typealias Action = @Sendable (Fields, NetworkPlan) throws -> Play

enum Actions {
    static let all: [String: Action] = [announcing, serving, breaking, asking, noise].reduce(into: [:]) { all, some in
        all.merge(some) { first, _ in first }
    }
}

extension Fields {
    func station(_ key: String, _ plan: NetworkPlan, or other: String? = nil) throws -> String {
        let name = try text(key, or: other)
        guard plan.stations.contains(where: { $0.name == name }) else {
            throw error("there is no station \(name); there are \(plan.stations.map(\.name).joined(separator: ", "))", at: key)
        }
        return name
    }

    /// Pairs of a mapping in their order: a key and its value, or a list of them.
    func pairs(_ key: String) throws -> [(String, [String])] {
        guard let inner = try fields(key) else { return [] }
        let pairs = try inner.keys.map { ($0, try inner.texts($0)) }
        try inner.finish()
        return pairs
    }

    func singlePairs(_ key: String) throws -> [(String, String)] {
        try pairs(key).map { name, values in
            guard values.count == 1 else { throw error("expected one value for \(name)", at: key) }
            return (name, values[0])
        }
    }
}
