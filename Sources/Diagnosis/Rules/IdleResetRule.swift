package import Flows
import Site
import Wire

/// Connections that rest are dead when they are used again.
///
/// *Means*: something on the way, or the far end, forgets connections that rest too long: connection tracking, a proxy's idle time-out.
/// *Proven by*: a connection that had exchanged data, rested, and whose next data was answered by RST, while none rested as long and lived.
/// *Looks the same*: a RST that closes a finished exchange.
package struct IdleResetRule: Rule {
    package static let label = Label.idleConnectionReset
    package static let kinds: FlowEvent.Kinds = .tcp

    package static let explanation = Explanation(
        severity: .warning,
        title: "Connections that rest are reset when they are used again",
        meaning: """
            A connection works, rests for a while, and the next thing that is sent over it is answered by RST. Keep-alive connections of browsers and \
            clients, WebSockets and database connections then fail at their first use after a pause. A time-out on the way is shorter than theirs.
            """,
        proof: """
            An established connection exchanges data, is silent for 5 s or more, and the next data segment is answered by RST; no connection to that \
            port was seen to rest as long and live. Five or more that died at one value make that value a setting.
            """,
        lookAlikes: [
            "A RST that closes a finished exchange.", "A service that was restarted meanwhile: others rested as long and lived.",
        ],
        remedy: [
            "sysctl net.netfilter.nf_conntrack_tcp_timeout_established   # on nodes and routers between the two",
            "cilium config view | grep ct-tcp   # Cilium's own connection tracking",
            "kubectl get clienttrafficpolicy,backendtrafficpolicy -A -o yaml | grep -i idle   # Envoy Gateway's idle time-outs",
        ])

    private struct Record {
        /// The first that died, with the frames that show it, and every idle time.
        var died: [(idle: Interval, side: TCPConnection.Side?)] = []
        var lived: Interval?
        var shortestLived: Interval?
    }

    private struct Key: Hashable {
        var vip: IPAddress
        var port: Port
    }

    private var records: [Key: Record] = [:]
    private static let mostDied = 32, mostPorts = 64

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .tcp(let connection, .ended) = event, known.isVIP(connection.responder.address), let traffic = connection.traffic,
            let idle = traffic.idleBeforeData, idle >= known.site.thresholds.idleSilence, connection.originatorBytes > 0,
            connection.responderBytes > 0
        else { return }
        let key = Key(vip: connection.responder.address, port: connection.responder.port)
        guard records[key] != nil || records.count < Self.mostPorts else { return }
        let subject = Finding.Subject(vip: key.vip, port: key.port)
        let sender = connection.endedBy == .originator ? traffic.responder : traffic.originator
        guard connection.outcome == .reset, traffic.isResetAfterData else {
            guard connection.outcome != .evicted, traffic.retransmissions == 0 else { return }
            records[key, default: Record()].lived = max(records[key]?.lived ?? .zero, idle)
            records[key, default: Record()].shortestLived = min(records[key]?.shortestLived ?? idle, idle)
            if let shortest = records[key]?.died.map(\.idle).min(), idle >= shortest,
                let frame = traffic.responder.lastData ?? traffic.originator.lastData
            {
                records[key]?.died.removeAll { $0.idle <= idle }
                book.resolve(
                    Self.label, subject, at: connection.time,
                    because: Evidence(frame, "a connection rested for \(Text.duration(idle)) and lived"))
            }
            return
        }
        // It had said something before the pause.
        guard let last = sender.lastData, sender.firstData != last, let reset = connection.end else { return }
        var record = records[key] ?? Record()
        if let lived = record.lived, lived >= idle { return }
        if record.died.count == Self.mostDied { record.died.removeFirst() }
        record.died.append((idle, connection.endedBy))
        records[key] = record
        book.state(finding(connection, subject, record, idle, last, reset, known), at: connection.time, rewording: record.died.count > 1)
    }

    private func finding(
        _ connection: TCPConnection, _ subject: Finding.Subject, _ record: Record, _ idle: Interval, _ last: FrameReference,
        _ reset: FrameReference, _ known: Knowledge
    ) -> Finding {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        let client = "\(connection.originator.address):\(connection.originator.port)"
        let (sender, other) = connection.endedBy == .originator ? ("the server's", "the client") : ("the client's", "the server")
        var summary =
            "Connections to TCP \(port) of \(known.name(vip)) die at rest: that of \(client) rested for \(Text.duration(idle)), and \(sender) next "
            + "data was answered by RST from \(other)'s side after \(Text.duration(reset.time - last.time))"
        if record.died.count > 1 {
            let idles = record.died.map(\.idle)
            summary +=
                "; \(record.died.count) died so, after \(Text.duration(idles.min() ?? idle)) to \(Text.duration(idles.max() ?? idle))"
        }
        if let cluster = Self.cluster(record.died.map(\.idle), known.site.thresholds.idleCluster) {
            summary += "; \(cluster.count) of them at \(Text.duration(cluster.value)): that is a setting"
        }
        if let lived = record.lived {
            let shortest = record.shortestLived ?? lived
            summary += "; shorter rests lived (\(Text.duration(shortest)) to \(Text.duration(lived)))"
        }
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: connection.time, summary: summary,
            evidence: [Evidence(last, "data after the pause"), Evidence(reset, "RST")])
        finding.ruledOut = [
            Exclusion("finished-exchange", because: "data is answered by it, and the side that resets had not closed its end")
        ]
        finding.remedy = Self.explanation.remedy
        return finding
    }

    /// So many values within a twentieth of one of them, at least.
    static func cluster(_ idles: [Interval], _ least: Int) -> (value: Interval, count: Int)? {
        let best = idles.map { value in
            (value: value, count: idles.filter { $0 >= value && $0.nanoseconds - value.nanoseconds <= value.nanoseconds / 20 }.count)
        }.max { $0.count < $1.count }
        return best.flatMap { $0.count >= least ? $0 : nil }
    }
}
