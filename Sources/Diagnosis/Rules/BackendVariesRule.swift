package import Flows
import Site
import Wire

/// One client's connections meet different backends, and all work.
///
/// *Means*: nothing is wrong: connections are spread over nodes. It matters once one of these is broken.
/// *Proven by*: the fingerprints of one client's SYN-ACKs (TTL, window, options, MAC, where packets are passed on to) change and change back.
/// *Looks the same*: a failover; a backend that was replaced once.
package struct BackendVariesRule: Rule {
    package static let label = Label.backendVaries
    package static let kinds: FlowEvent.Kinds = [.tcp, .handover, .conflict]

    package static let explanation = Explanation(
        severity: .info,
        title: "One client's connections meet different backends",
        meaning: """
            Connections of one client to one port are answered by different machines by turns, and all of them work: externalTrafficPolicy: Cluster, \
            or a balancer without affinity. It explains why a broken backend shows now and then only.
            """,
        proof: """
            Connections of one client to one VIP and port, set up with equal SYNs, whose SYN-ACKs differ in TTL, window, options or MAC, or which are \
            passed on to different stations; at least one change and one change back, and none that fails.
            """,
        lookAlikes: [
            "A failover in the window: what was seen before is forgotten.", "A backend that was replaced: it does not come back.",
        ],
        remedy: ["kubectl get svc -A -o yaml | grep -E 'externalTrafficPolicy|sessionAffinity'   # is it meant to be so?"])

    private struct Meeting {
        var connection: TCPConnection
        var fingerprint: BackendFingerprint
    }

    private var meetings = ServiceTable<[Meeting]>()
    private static let mostMeetings = 8

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .handover(let handover, .moved): meetings.forget(handover.address)
        case .conflict(let conflict): meetings.forget(conflict.address)
        case .tcp(let connection, let change): consider(connection, change, known, &book)
        default: return
        }
    }

    private mutating func consider(_ connection: TCPConnection, _ change: TCPChange, _ known: Knowledge, _ book: inout FindingBook) {
        guard known.isVIP(connection.responder.address), known.isService(connection.responder.port, of: connection.responder.address) else {
            return
        }
        let key = ClientService(connection)
        switch change {
        case .established where connection.synACK != nil && connection.originatorOffer != nil: break
        case .ended where connection.outcome == .refused, .fellSilent:
            guard let frame = connection.end ?? connection.syns.last else { return }
            meetings.remove(key)
            return book.resolve(Self.label, key.subject, at: connection.time, because: Evidence(frame, "a connection fails"))
        // The way of its packets is known at its end.
        case .ended where connection.hops > 0 && connection.synACK != nil: break
        default: return
        }
        let meeting = Meeting(connection: connection, fingerprint: BackendFingerprint(connection))
        let window = known.site.thresholds.backendWindow
        meetings.update(key, at: connection.time, []) { list in
            list.removeAll { connection.time - $0.connection.time > window || $0.connection.first == connection.first }
            // Another kind of SYN gets another kind of answer.
            list.removeAll { $0.connection.originatorOffer != connection.originatorOffer }
            if list.count == Self.mostMeetings { list.removeFirst() }
            list.append(meeting)
        }
        guard let list = meetings[key], let start = Self.turn(list) else { return }
        if book.openFinding(.backendInconsistent, key.subject) != nil {
            return book.resolve(Self.label, key.subject, at: connection.time, because: Evidence(connection.last, "some of them fail"))
        }
        if book.countAgain(Self.label, key.subject, at: connection.time) { return }
        book.state(finding(key, start, known), at: connection.time)
    }

    /// Three meetings: of one backend, of another, and of the first again.
    private static func turn(_ list: [Meeting]) -> [Meeting]? {
        guard let last = list.last, let other = list.lastIndex(where: { differ($0.fingerprint, last.fingerprint) }),
            let before = list[..<other].last(where: { $0.fingerprint == last.fingerprint })
        else { return nil }
        return [before, list[other], last]
    }

    /// In something that was seen of both.
    private static func differ(_ one: BackendFingerprint, _ other: BackendFingerprint) -> Bool {
        !BackendFingerprint.difference([one], [other]).isEmpty
    }

    private func finding(_ key: ClientService, _ turn: [Meeting], _ known: Knowledge) -> Finding {
        let frames = turn.compactMap(\.connection.synACK)
        let apart = BackendFingerprint.difference([turn[1].fingerprint], [turn[0].fingerprint]).map { "\($0.one) against \($0.other)" }
        let ports = turn.map { "\($0.connection.originator.port)" }
        let span = (frames.last?.time ?? .distantPast) - (frames.first?.time ?? .distantPast)
        var finding = Finding(
            Self.label, .info, key.subject, .proven, at: turn.last?.connection.time ?? .distantPast,
            summary:
                "\(known.name(key.client)) meets different backends at TCP \(key.port) of \(known.name(key.vip)): its connections from ports "
                + "\(Text.list(ports)) within \(Text.exactDuration(span)) differ and agree again: \(Text.list(apart))",
            evidence: zip(frames, ports).map { Evidence($0, "SYN-ACK for port \($1)") })
        finding.ruledOut = [
            Exclusion("vip-failover", because: "no announcer changed in between"),
            Exclusion("backend-inconsistent", because: "none of them fails"),
        ]
        finding.remedy = Self.explanation.remedy
        return finding
    }
}
