import Wire

/// The facts of one client about one watched address that lie close together, not yet told apart by name: a connection has its name only
/// when its hello comes, and a question who has the address has none.
struct AttemptFacts: Sendable {
    /// A page with more connections than this is no single try, and what is beyond says nothing new; an answered one is kept.
    static let mostTries = 16
    /// Three types, two servers, each asked twice.
    static let mostLookups = 12

    private(set) var tries: [AttemptTry] = []
    private var lookups: [(name: DNSName, lookup: UserAttempt.Lookup)] = []
    private var resolution: UserAttempt.Resolution?
    private var isShortened = false
    private(set) var first: FrameReference
    private(set) var last: FrameReference

    init(_ first: FrameReference) { (self.first, last) = (first, first) }

    private mutating func extend(_ first: FrameReference, _ last: FrameReference) {
        if first < self.first { self.first = first }
        if last > self.last { self.last = last }
    }

    // MARK: Facts

    mutating func add(_ lookup: UserAttempt.Lookup, of name: DNSName) {
        guard lookups.count < Self.mostLookups, let frames = lookup.frames else {
            isShortened = true
            return
        }
        lookups.append((name, lookup))
        extend(frames.first, frames.last)
    }

    /// The first answer counts.
    mutating func add(_ resolution: UserAttempt.Resolution) {
        extend(resolution.asked, resolution.answered ?? resolution.asked)
        guard var known = self.resolution else {
            self.resolution = resolution
            return
        }
        guard known.answered == nil else { return }
        known.answered = resolution.answered
        known.isUnanswered = resolution.isUnanswered && known.answered == nil
        self.resolution = known
    }

    /// The last try of those ports, from that frame on where one is given: ports are used again.
    func index(of id: AttemptTry.ID, since first: FrameReference?) -> Int? {
        tries.lastIndex { $0.id == id && (first == nil || $0.first == first || id.transport == .tcp && $0.tcp == nil) }
    }

    /// - Returns: nil where it is not known, and `adds` is false or there is no room for it.
    mutating func change(
        _ id: AttemptTry.ID, since first: FrameReference?, from start: FrameReference, adds: Bool, _ body: (inout AttemptTry) -> Void
    ) -> Int? {
        var index = index(of: id, since: first)
        if index == nil {
            guard adds else { return nil }
            if tries.count == Self.mostTries {
                isShortened = true
                guard let victim = tries.lastIndex(where: { $0.answer == nil }) else { return nil }
                tries.remove(at: victim)
            }
            tries.append(AttemptTry(id, start))
            index = tries.count - 1
        }
        guard let index else { return nil }
        body(&tries[index])
        extend(tries[index].first, tries[index].last)
        return index
    }

    /// Facts of two kinds: there is something to join.
    var isJoined: Bool {
        if tries.isEmpty { return resolution != nil && !lookups.isEmpty }
        return tries.count > 1 || resolution != nil || !lookups.isEmpty || tries[0].tls != nil || tries[0].http != nil
    }

    // MARK: Attempts

    /// The attempts that they are, in the order in which they began; those of one kind of fact alone have their own records.
    func attempts(_ client: IPAddress, _ vip: IPAddress, within gap: Interval, at time: Timestamp, isCut: Bool) -> [UserAttempt] {
        guard isJoined else { return [] }
        return groups(within: gap).compactMap { group in
            var attempt = group.attempt(client, vip, at: time)
            attempt.isShortened = isShortened
            attempt.isCut = isCut
            return attempt.kinds > 1 ? attempt : nil
        }
    }

    /// What has a name belongs to the facts with that name; what has none to those that were touched last.
    private func groups(within gap: Interval) -> [AttemptGroup] {
        var parts = lookups.compactMap { entry in
            entry.lookup.frames.map { AttemptGroup.Part(first: $0.first, last: $0.last, name: entry.name, fact: .lookup(entry.lookup)) }
        }
        parts += tries.map { AttemptGroup.Part(first: $0.first, last: $0.last, name: $0.name, fact: .try($0)) }
        if let resolution {
            parts.append(
                AttemptGroup.Part(
                    first: resolution.asked, last: resolution.answered ?? resolution.asked, name: nil, fact: .resolution(resolution)))
        }
        parts.sort { $0.first.number < $1.first.number }
        var groups: [AttemptGroup] = []
        for part in parts {
            let near = groups.indices.filter { part.first.time - groups[$0].last.time <= gap }
            let fitting =
                part.name.map { name in
                    near.last { groups[$0].name == name } ?? near.last { groups[$0].name == nil }
                } ?? near.max { groups[$0].last < groups[$1].last }
            if let fitting { groups[fitting].add(part) } else { groups.append(AttemptGroup(part)) }
        }
        return groups
    }
}

extension UserAttempt.Lookup {
    /// The frames between which it lies.
    var frames: (first: FrameReference, last: FrameReference)? {
        guard let first = query ?? response else { return nil }
        return (first, response ?? first)
    }
}

extension UserAttempt {
    fileprivate var kinds: Int {
        [!lookups.isEmpty, resolution != nil, quic != nil, tcp != nil, tls != nil, http != nil].count { $0 }
    }
}
