import Flows
import Site
import Wire

/// Joins each client's unanswered QUIC attempts with its TCP connections to the same VIP, for the rules about HTTP/3 and its fallback.
///
/// `Knowledge` keeps it, once for all of them.
struct HTTP3Fallbacks: Sendable {
    /// Claims and DNS let time pass, too.
    static let kinds: FlowEvent.Kinds = [.quic, .tcp, .tls, .dns, .claim]

    /// An unanswered attempt, and what the client did instead.
    struct Result: Sendable {
        var attempt: QUICAttempt
        /// The TCP connection that took its place.
        var connection: Connection?
        /// The client had, or tried, a TCP connection to the VIP at that time.
        var hasTCP: Bool
        /// The capture ended before the client's time was over.
        var isCut: Bool
        /// A connection from before the capture may have served it, unseen.
        var isEarly: Bool
        /// This sensor has seen TCP to a VIP at all: filters may leave it out.
        var seesTCP: Bool
        var time: Timestamp
    }

    struct Connection: Sendable {
        var client: IPAddress
        var server: IPAddress
        var clientPort: Port
        var port: Port
        /// The SYN, or what was seen first.
        var start: FrameReference
        var completed: Evidence?
        /// This sensor sees what the VIP sends.
        var isServerSeen: Bool
        var name: TLSName?
        /// The ServerHello.
        var answered: FrameReference?
        var end: Timestamp?
    }

    private struct Waiting {
        var attempt: QUICAttempt
        /// Until when its TCP connection may begin.
        var deadline: Timestamp
    }

    private struct Pair: Hashable, Sendable {
        var client: IPAddress
        var server: IPAddress
    }

    /// Clients whose connections are kept, connections of one client, and attempts that wait: what is beyond is forgotten, the oldest first.
    static let mostClients = 512
    static let mostConnections = 6
    static let mostWaiting = 128
    /// What begins within its time has this long to complete: one SYN that is lost is sent again after 1 s (RFC 6298 §2.1).
    static let completion = Interval.seconds(3)

    private let site: Site
    private var connections = Recent<Pair, [Connection]>(limit: mostClients)
    private var waiting: [Waiting] = []
    /// Attempts that were told, by their first frame.
    private var told: [UInt64] = []
    private var start: Timestamp?
    private var seesTCP = false

    init(site: Site) { self.site = site }

    private func isVIP(_ address: IPAddress) -> Bool { site.vips.contains { $0.address == address } }

    /// What this event completes: nothing, mostly.
    mutating func consider(_ event: FlowEvent) -> [Result] {
        let now = event.time
        if start == nil { start = now }
        var results = lapsed(before: now)
        guard concerns(event) else { return results }
        switch event {
        case .tcp(let connection, let change):
            seesTCP = true
            note(connection, change)
            results += completed(from: connection.originator.address, at: now)
        case .tls(let handshake, let change) where change != .fellSilent:
            note(handshake)
            results += completed(from: handshake.client.address, at: now)
        case .quic(let attempt, let change) where !site.keepsApart(attempt.client.address, attempt.server.address):
            if change == .answered || change == .established {
                waiting.removeAll { $0.attempt.client.address == attempt.client.address && $0.attempt.server == attempt.server }
            } else if attempt.isFailed(change, site.thresholds), attempt.isUnanswered {
                wait(for: attempt)
                results += completed(from: attempt.client.address, at: now)
                // The client's own close ends the wait; what could follow it has had its time when the attempt is over.
                if change == .ended, attempt.isGivenUp { results += finish(attempt.first.number, at: now) }
            }
        default: break
        }
        return results
    }

    /// Asked before a fact is taken out, which copies it: most are others'.
    private func concerns(_ event: FlowEvent) -> Bool {
        switch event {
        case .tcp(let connection, _): isVIP(connection.responder.address)
        case .tls(let handshake, _): isVIP(handshake.server.address)
        case .quic(let attempt, _): isVIP(attempt.server.address)
        default: false
        }
    }

    /// The capture ends.
    mutating func conclude(at time: Timestamp) -> [Result] {
        var results = lapsed(before: time)
        for entry in waiting {
            results.append(result(entry.attempt, connection(of: entry), isCut: time < entry.deadline, at: time))
        }
        waiting = []
        return results
    }

    // MARK: Connections

    private mutating func note(_ connection: TCPConnection, _ change: TCPChange) {
        let pair = Pair(client: connection.originator.address, server: connection.responder.address)
        let (client, port) = (connection.originator.port, connection.responder.port)
        var list = connections[pair] ?? []
        var index = list.lastIndex { $0.clientPort == client && $0.port == port }
        // The same ports again are the next connection.
        if let known = index, change == .established { list.remove(at: known) }
        if change == .established { index = nil }
        if index == nil {
            // Who is still open may serve for long.
            if list.count == Self.mostConnections { list.remove(at: list.firstIndex { $0.end != nil } ?? 0) }
            list.append(Connection(connection))
        }
        let last = index ?? list.count - 1
        if change == .established { list[last].completed = Knowledge.works(connection).evidence }
        if change == .ended { list[last].end = connection.last.time }
        connections[pair] = list
    }

    private mutating func note(_ handshake: TLSHandshake) {
        let pair = Pair(client: handshake.client.address, server: handshake.server.address)
        let (client, port) = (handshake.client.port, handshake.server.port)
        guard let index = connections[pair]?.lastIndex(where: { $0.clientPort == client && $0.port == port }) else { return }
        connections[pair]?[index].name = handshake.serverName
        connections[pair]?[index].answered = handshake.frames.serverHello
    }

    // MARK: Attempts

    private mutating func wait(for attempt: QUICAttempt) {
        guard !told.contains(attempt.first.number) else { return }
        let entry = Waiting(attempt: attempt, deadline: attempt.lastInitial.time + site.thresholds.tcpAfterQUIC)
        if let index = waiting.firstIndex(where: { $0.attempt.first.number == attempt.first.number }) {
            waiting[index] = entry
            return
        }
        if waiting.count == Self.mostWaiting { waiting.removeFirst() }
        waiting.append(entry)
    }

    private mutating func completed(from client: IPAddress, at now: Timestamp) -> [Result] {
        if waiting.isEmpty { return [] }
        var results: [Result] = []
        for entry in waiting where entry.attempt.client.address == client {
            // The wait lasts until TLS is answered.
            guard let connection = connection(of: entry), connection.answered != nil else { continue }
            results.append(result(entry.attempt, connection, isCut: false, at: now))
        }
        forget(results)
        return results
    }

    private mutating func finish(_ number: UInt64, at now: Timestamp) -> [Result] {
        guard let entry = waiting.first(where: { $0.attempt.first.number == number }) else { return [] }
        let results = [result(entry.attempt, connection(of: entry), isCut: false, at: now)]
        forget(results)
        return results
    }

    private mutating func lapsed(before now: Timestamp) -> [Result] {
        if waiting.isEmpty { return [] }
        guard waiting.indices.contains(where: { waiting[$0].deadline + Self.completion < now }) else { return [] }
        let results = waiting.filter { $0.deadline + Self.completion < now }.map {
            result($0.attempt, connection(of: $0), isCut: false, at: $0.deadline + Self.completion)
        }
        forget(results)
        return results
    }

    private mutating func forget(_ results: [Result]) {
        for result in results {
            waiting.removeAll { $0.attempt.first.number == result.attempt.first.number }
            if told.count == Self.mostWaiting { told.removeFirst() }
            told.append(result.attempt.first.number)
        }
    }

    private func connections(of attempt: QUICAttempt) -> [Connection] {
        connections[Pair(client: attempt.client.address, server: attempt.server.address)] ?? []
    }

    private func result(
        _ attempt: QUICAttempt, _ connection: Connection?, isCut: Bool, at time: Timestamp
    ) -> Result {
        let thresholds = site.thresholds
        let from = attempt.first.time - thresholds.tcpBeforeQUIC
        let until = attempt.lastInitial.time + thresholds.tcpAfterQUIC
        let hasTCP = connections(of: attempt).contains { $0.start.time <= until && $0.end.map { $0 >= from } ?? true }
        let isEarly = start.map { attempt.first.time - $0 < thresholds.keptConnection } ?? true
        return Result(
            attempt: attempt, connection: connection, hasTCP: hasTCP, isCut: isCut, isEarly: isEarly, seesTCP: seesTCP, time: time)
    }

    /// The first connection to the same port, and for the same name as far as both are known, that begins in time and completes; one that TLS
    /// answers before others.
    private func connection(of entry: Waiting) -> Connection? {
        let attempt = entry.attempt
        let from = attempt.first.time - site.thresholds.tcpBeforeQUIC
        let fitting = connections(of: attempt).filter {
            $0.port == attempt.server.port && $0.completed != nil && $0.start.time >= from && $0.start.time <= entry.deadline
                && ($0.name == nil || attempt.serverName == nil || $0.name == attempt.serverName)
        }
        let answered = fitting.filter { $0.answered != nil }
        return (answered.isEmpty ? fitting : answered).min { $0.start < $1.start }
    }
}

extension HTTP3Fallbacks.Connection {
    init(_ connection: TCPConnection) {
        client = connection.originator.address
        server = connection.responder.address
        clientPort = connection.originator.port
        port = connection.responder.port
        start = connection.first
        isServerSeen = connection.synACK != nil
    }

    /// How long the client waited, and the packets that show it.
    func wait(since first: FrameReference) -> (phrase: String, evidence: [Evidence]) {
        let began =
            start < first
            ? "begun \(Text.exactDuration(first.time - start.time)) before the first Initial"
            : "begun \(Text.exactDuration(start.time - first.time)) after the first Initial"
        var evidence: [Evidence] = []
        if start != completed?.frame {
            evidence.append(Evidence(start, "SYN of \(Endpoint(client, clientPort).text) to \(Endpoint(server, port).text)"))
        }
        if let completed { evidence.append(completed) }
        guard let answered else {
            let completed = completed.map { ", completes its handshake after \(Text.exactDuration($0.frame.time - start.time))" } ?? ""
            return ("TCP \(port), \(began)\(completed)", evidence)
        }
        evidence.append(Evidence(answered, "TLS ServerHello on TCP \(port)"))
        let completedAfter = completed.map { " (handshake in \(Text.exactDuration($0.frame.time - start.time)))" } ?? ""
        return (
            "TCP \(port), \(began)\(completedAfter), is answered by TLS \(Text.exactDuration(answered.time - first.time)) after that Initial",
            evidence
        )
    }
}
