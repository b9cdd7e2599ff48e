import Wire

/// The facts of one attempt, put together.
struct AttemptGroup {
    /// A fact with the frames between which it lies.
    struct Part {
        var first: FrameReference
        var last: FrameReference
        var name: DNSName?
        var fact: Fact
    }

    enum Fact {
        case lookup(UserAttempt.Lookup)
        case resolution(UserAttempt.Resolution)
        case `try`(AttemptTry)
    }

    private(set) var name: DNSName?
    private let first: FrameReference
    private(set) var last: FrameReference
    private var lookups: [UserAttempt.Lookup] = []
    private var resolution: UserAttempt.Resolution?
    private var tries: [AttemptTry] = []

    init(_ part: Part) {
        (first, last) = (part.first, part.last)
        add(part)
    }

    /// Parts come in the order in which they began.
    mutating func add(_ part: Part) {
        name = name ?? part.name
        if part.last > last { last = part.last }
        switch part.fact {
        case .lookup(let lookup): lookups.append(lookup)
        case .resolution(let resolution): self.resolution = resolution
        case .try(let `try`): tries.append(`try`)
        }
    }

    func attempt(_ client: IPAddress, _ vip: IPAddress, at time: Timestamp) -> UserAttempt {
        let best = best
        var attempt = UserAttempt(
            client: client, vip: vip, name: name, lookups: lookups, resolution: resolution, outcome: best?.answer.outcome ?? unanswered,
            first: first, last: last, time: time)
        attempt.wait = best.map(wait)
        attempt.quic = quic(best?.try)
        attempt.tcp = told(\.tcp, best?.try)
        attempt.tcp?.count = tries.count { $0.tcp != nil }
        attempt.tls = told(\.tls, best?.try)
        attempt.http = told(\.http, best?.try)
        return attempt
    }

    private struct Best {
        var `try`: AttemptTry
        var answer: AttemptTry.Answer
    }

    private var best: Best? {
        var best: Best?
        for `try` in tries {
            guard let answer = `try`.answer else { continue }
            if best.map({ answer.isBefore($0.answer) }) ?? true { best = Best(try: `try`, answer: answer) }
        }
        return best
    }

    private var unanswered: UserAttempt.Outcome {
        let isFailed = tries.isEmpty ? resolution?.isUnanswered ?? false : tries.allSatisfy(\.isFailed)
        return isFailed ? .failed : .unknown
    }

    /// Of the try that was answered best, else of the last.
    private func told<Part>(_ part: KeyPath<AttemptTry, Part?>, _ best: AttemptTry?) -> Part? {
        best?[keyPath: part] ?? tries.last { $0[keyPath: part] != nil }?[keyPath: part]
    }

    private func quic(_ best: AttemptTry?) -> UserAttempt.QUIC? {
        let all = tries.filter { $0.quic != nil }
        guard let first = all.first?.first, let told = best?.quic == nil ? all.last : best, let outcome = told.quic else { return nil }
        return UserAttempt.QUIC(count: all.count, outcome: outcome, first: first, last: told.last)
    }

    // MARK: The wait

    private func wait(_ best: Best) -> UserAttempt.Wait {
        let (answered, answer) = (best.try, best.answer.frame)
        var wait = UserAttempt.Wait(total: between(first, answer), answer: answer)
        wait.dns = names(before: answer)
        if let resolution, let answered = resolution.answered, answered <= answer { wait.arp = resolution.wait }
        let initial = tries.first { $0.quic != nil }?.first
        let syn = tries.first { $0.tcp != nil && $0.id.server == answered.id.server }?.first
        if let initial, let end = answered.established ?? syn, initial < end { wait.quic = between(initial, end) }
        guard answered.established == nil else { return wait }
        if let syn, let opened = answered.tcp.flatMap({ $0.synACK ?? $0.ack }) { wait.tcp = between(syn, opened) }
        if let hello = answered.tls?.clientHello, let reply = answered.tls?.serverHello { wait.tls = between(hello, reply) }
        if let request = answered.http?.request, let response = answered.http?.response { wait.http = between(request, response) }
        return wait
    }

    private func names(before answer: FrameReference) -> Interval? {
        let next = tries.map(\.first) + [resolution?.asked, answer].compactMap(\.self)
        guard let start = lookups.compactMap(\.query).min(by: { $0 < $1 }), let limit = next.min(),
            let end = lookups.compactMap(\.response).filter({ $0 <= limit }).max(by: { $0 < $1 })
        else { return nil }
        return between(start, end)
    }

    private func between(_ start: FrameReference, _ end: FrameReference) -> Interval { max(.zero, end.time - start.time) }
}
