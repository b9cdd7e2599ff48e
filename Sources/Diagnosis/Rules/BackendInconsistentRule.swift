package import Flows
import Site
import Wire

/// One client's connections to one port succeed and fail by turns.
///
/// *Means*: several backends stand behind the VIP, and one of them is broken; which one a connection meets is decided anew each time.
/// *Proven by*: connections of one client with the same hello that work and fail within a minute, there and back, without an announcer's change.
/// *Looks the same*: a failover; an outage with its end; a reset after data; a failure that depends on the server name.
package struct BackendInconsistentRule: Rule {
    package static let label = Label.backendInconsistent
    package static let kinds: FlowEvent.Kinds = [.tcp, .tls, .handover, .conflict, .flood]

    package static let explanation = Explanation(
        severity: .fault,
        title: "Connections succeed and fail by turns",
        meaning: """
            The same client asks the same port in the same way, and now it works and now it does not. That is consistent with \
            externalTrafficPolicy: Cluster and one broken backend: each connection is given to another one. Users say that one browser works and \
            another does not, or that opening one service "makes another work".
            """,
        proof: """
            Connections of one client to one VIP and port, with the same server name, ALPN and versions, succeed and fail within a minute: a failure \
            between successes, or a success between failures. Failed is a RST or nothing in answer to the SYN, a RST or FIN of the server in answer to \
            the ClientHello, or a ClientHello that is acknowledged and not answered for 3 s.
            """,
        lookAlikes: [
            "A failover in the window: what was seen before is forgotten.", "An outage and its end: it fails, and then it works.",
            "A reset after data was exchanged.", "A failure that depends on the server name: those are compared with their own kind only.",
        ],
        remedy: [
            "kubectl get endpointslices -A -o wide   # which backends are ready, and on which nodes?",
            "kubectl get svc -A -o yaml | grep -B20 {vip} | grep externalTrafficPolicy",
            "for i in $(seq 20); do curl -sko /dev/null https://{vip}/ || echo failed; done   # how often?",
        ])

    private struct Hello: Hashable {
        var name: TLSName?
        var protocols: [TLSName]
        var versions: [TLSVersion]
    }

    private struct Outcome {
        var works: Bool
        var frame: FrameReference
        var words = "works"
    }

    private struct Attempt {
        var port: Port
        var start: FrameReference
        var fingerprint: BackendFingerprint?
        /// Of the SYN, and of the ClientHello; nil where it is not known.
        var tcp: Outcome?
        var hello: Hello?
        var tls: Outcome?
    }

    private typealias Result = (attempt: Attempt, outcome: Outcome)

    private var attempts = ServiceTable<[Attempt]>()
    private static let mostAttempts = 16
    /// What a client that gives up has waited for, at least: losing racers hang up at once.
    private static let patience = Interval.seconds(1)

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .handover(let handover, .moved): attempts.forget(handover.address)
        case .conflict(let conflict): attempts.forget(conflict.address)
        // Failures were counted and not told: a row of successes may have had some between.
        case .flood(let flood): attempts.forget(flood.responder.address)
        case .tcp(let connection, let change): consider(connection, change, known, &book)
        case .tls(let handshake, let change): consider(handshake, change, known, &book)
        default: return
        }
    }

    // MARK: Outcomes

    private mutating func consider(_ connection: TCPConnection, _ change: TCPChange, _ known: Knowledge, _ book: inout FindingBook) {
        guard known.isVIP(connection.responder.address), known.isService(connection.responder.port, of: connection.responder.address),
            connection.synCount > 0
        else { return }
        var attempt = Attempt(port: connection.originator.port, start: connection.first)
        switch change {
        case .established:
            attempt.fingerprint = BackendFingerprint(connection)
            attempt.tcp = Outcome(works: true, frame: connection.synACK ?? connection.ack ?? connection.last)
        case .fellSilent: attempt.tcp = Outcome(works: false, frame: connection.syns.last ?? connection.last, words: "SYN unanswered")
        case .ended where connection.outcome == .refused:
            attempt.fingerprint = BackendFingerprint(connection)
            attempt.tcp = Outcome(works: false, frame: connection.end ?? connection.last, words: "SYN answered by RST")
        case .ended, .synRetransmitted: return
        }
        let key = ClientService(connection)
        let window = known.site.thresholds.backendWindow
        attempts.update(key, at: connection.time, []) { list in
            list.removeAll { connection.time - $0.start.time > window || $0.start == attempt.start }
            if list.count == Self.mostAttempts { list.removeFirst() }
            list.append(attempt)
        }
        _ = judge(key, at: connection.time, known, &book) { $0.tcp }
    }

    private mutating func consider(_ handshake: TLSHandshake, _ change: TLSChange, _ known: Knowledge, _ book: inout FindingBook) {
        guard let hello = handshake.clientHello, let asked = handshake.frames.clientHello,
            let outcome = Self.outcome(handshake, change, asked)
        else { return }
        let kind = Hello(
            name: hello.serverName, protocols: hello.applicationProtocols.filter { !Self.isGREASE($0) },
            versions: hello.supportedVersions.filter { !$0.isGREASE })
        let key = ClientService(handshake)
        guard attempts[key] != nil else { return }
        attempts.update(key, at: handshake.time, []) { list in
            let index = list.lastIndex { $0.port == handshake.client.port && $0.start < handshake.first }
            guard let index else { return }
            (list[index].hello, list[index].tls) = (kind, outcome)
        }
        guard let finding = judge(key, at: handshake.time, known, &book, { $0.hello == kind ? $0.tls : nil }) else { return }
        // What was one failed handshake at first.
        book.supersede(
            .tlsHandshakeFailed, handshake.subject, by: finding, at: handshake.time,
            because: Evidence(outcome.frame, "\(handshake.purpose) it works and fails by turns: \(Self.label.rawValue)"))
    }

    /// RFC 8701 §2: two equal octets that end in ten.
    private static func isGREASE(_ name: TLSName) -> Bool {
        name.octets.count == 2 && name.octets[0] == name.octets[1] && name.octets[0] & 0x0f == 0x0a
    }

    /// Nil where it says nothing of the backend: alerts have findings of their own.
    private static func outcome(_ handshake: TLSHandshake, _ change: TLSChange, _ asked: FrameReference) -> Outcome? {
        let waited = Text.duration(handshake.time - asked.time)
        switch (change, handshake.outcome) {
        case (.fellSilent, _):
            guard handshake.frames.acknowledgment != nil else { return nil }
            return Outcome(works: false, frame: asked, words: "ClientHello acknowledged and not answered for \(waited)")
        case (.ended, .established?): return handshake.frames.serverHello.map { Outcome(works: true, frame: $0) }
        case (.ended, .reset?), (.ended, .closed?):
            guard handshake.stage == .beforeServerHello, let end = handshake.frames.end else { return nil }
            if handshake.endedBy == .responder {
                let how = handshake.outcome == .reset ? "RST" : "FIN"
                return Outcome(works: false, frame: end, words: "ClientHello answered by \(how) after \(waited)")
            }
            guard handshake.frames.acknowledgment != nil, handshake.time - asked.time >= patience else { return nil }
            return Outcome(works: false, frame: end, words: "ClientHello not answered until the client gave up after \(waited)")
        default: return nil
        }
    }

    // MARK: Judgement

    /// - Parameter outcome: of an attempt that is like the one at hand; nil for others.
    /// - Returns: what was stated.
    private func judge(
        _ key: ClientService, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook, _ outcome: (Attempt) -> Outcome?
    ) -> Finding? {
        let window = known.site.thresholds.backendWindow
        // Most attempts work, and those before them did.
        guard let list = attempts[key], list.count > 2 else { return nil }
        let alike: [Result] = list.filter { time - $0.start.time <= window }.sorted { $0.start < $1.start }.compactMap {
            attempt in
            outcome(attempt).map { (attempt, $0) }
        }
        if alike.allSatisfy(\.outcome.works) {
            guard alike.count > 2, let frame = alike.last?.outcome.frame,
                list.allSatisfy({ $0.tls?.works ?? true && $0.tcp?.works ?? true })
            else { return nil }
            book.resolve(Self.label, key.subject, at: time, because: Evidence(frame, "\(alike.count) connections in a row work"))
            return nil
        }
        guard alike.changes({ $0.outcome.works == $1.outcome.works }) > 1 else { return nil }
        let finding = finding(key, alike, at: time, known)
        book.state(finding, at: time, rewording: true)
        return finding
    }

    private func finding(_ key: ClientService, _ alike: [Result], at time: Timestamp, _ known: Knowledge) -> Finding {
        let shown = Array(alike.suffix(8))
        let failures = shown.filter { !$0.outcome.works }
        let successes = shown.filter(\.outcome.works)
        let span = (shown.last?.outcome.frame.time ?? time) - (shown.first?.outcome.frame.time ?? time)
        var summary =
            "TCP \(key.port) of \(known.name(key.vip)) works and fails by turns for \(known.name(key.client)): "
            + "\(failures.count) of \(shown.count) connections failed within \(Text.exactDuration(span))"
        if let name = failures.first(where: { $0.attempt.hello?.name != nil })?.attempt.hello?.name { summary += ", all for \(name)" }
        summary += " (" + shown.map { "\($0.attempt.port) \($0.outcome.words)" }.joined(separator: ", ") + ")"
        summary += apart(failures.map(\.attempt), successes.map(\.attempt))
        if let recovery = recovery(shown) { summary += "; it took \(Text.duration(recovery)) until one worked again" }
        var finding = Finding(
            Self.label, .fault, key.subject, failures.count > 1 && successes.count > 1 ? .proven : .likely, at: time, summary: summary,
            evidence: shown.map { Evidence($0.outcome.frame, "port \($0.attempt.port): \($0.outcome.words)") })
        finding.ruledOut = [
            Exclusion("vip-failover", because: "no announcer changed in between"),
            Exclusion("tls-sni-no-match", because: "the same question both works and fails"),
        ]
        finding.remedy = Self.explanation.remedy(["vip": key.vip.description])
        return finding
    }

    /// What tells the failing from the working ones.
    private func apart(_ failures: [Attempt], _ successes: [Attempt]) -> String {
        let differences = BackendFingerprint.difference(failures.compactMap(\.fingerprint), successes.compactMap(\.fingerprint))
        var text = ""
        if !differences.isEmpty {
            text += "; the failing ones differ: " + Text.list(differences.map { "\($0.one) against \($0.other)" })
        }
        let (bad, good) = (Set(failures.map(\.port)), Set(successes.map(\.port)))
        if bad.isDisjoint(with: good), bad.count < failures.count {
            text += "; the same source ports fail again: the five-tuple decides"
        }
        return text
    }

    /// The longest time from a failure's begin to the next success.
    private func recovery(_ results: [Result]) -> Interval? {
        var failed: Timestamp?
        var longest: Interval?
        for result in results {
            if !result.outcome.works {
                failed = failed ?? result.attempt.start.time
            } else if let since = failed {
                longest = max(longest ?? .zero, result.outcome.frame.time - since)
                failed = nil
            }
        }
        return longest
    }
}
