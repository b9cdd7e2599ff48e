package import Wire

/// What resolvers asked others about names of the watched zones, joined to the questions that made them ask.
struct Upstreams: ~Copyable {
    struct Key: TableKey {
        /// Who asked further.
        var resolver: IPAddress
        /// Of the question's name, case folded, and type.
        var question: UInt64
        func hash(into hash: inout KeyedHash) {
            hash.mix(resolver)
            hash.mix(question)
        }
    }

    /// Servers that one question is told with; who asks more of them than this asks them all.
    static let mostServers = 4

    private var table: FlowTable<Key, [UpstreamQuestion]>

    init(limits: Limits, hashKey: UInt64) {
        table = FlowTable(limit: limits.upstreams, hashKey: hashKey, timeOuts: [limits.upstreamMemory])
    }

    var evictions: UInt64 { table.evictions }

    /// Somebody asks a server about a name of a watched zone. The last question to each server counts.
    mutating func asks(_ key: Key, _ server: IPAddress, _ role: DNSTransaction.ServerRole, _ frame: FrameReference) {
        while let (slot, _) = table.nextExpired(before: frame.time) { table.remove(slot) }
        let question = UpstreamQuestion(server: server, role: role, query: frame)
        guard let slot = table.find(key) else {
            table.insert(key, [question], lane: 0, at: frame.time)
            return
        }
        table.touch(slot, at: frame.time)
        table[slot].removeAll { $0.server == server }
        if table[slot].count == Self.mostServers { table[slot].removeFirst() }
        table[slot].append(question)
    }

    mutating func isAnswered(_ key: Key, by server: IPAddress, _ code: DNSResponseCode, _ frame: FrameReference) {
        guard let slot = table.find(key), let index = table[slot].firstIndex(where: { $0.server == server }) else { return }
        table[slot][index].response = frame
        table[slot][index].responseCode = code
    }

    /// What the resolver asked others about it since then.
    func asked(_ key: Key, since start: FrameReference?) -> [UpstreamQuestion] {
        table.find(key).map { table[$0].filter { question in start.map { question.query >= $0 } ?? true } } ?? []
    }
}

/// A question that a resolver put to another server, and the answer as far as it has come.
package struct UpstreamQuestion: Hashable, Sendable {
    package var server: IPAddress
    package var role: DNSTransaction.ServerRole
    package var query: FrameReference
    package var response: FrameReference?
    package var responseCode: DNSResponseCode?

    package init(server: IPAddress, role: DNSTransaction.ServerRole, query: FrameReference) {
        self.server = server
        self.role = role
        self.query = query
    }
}
