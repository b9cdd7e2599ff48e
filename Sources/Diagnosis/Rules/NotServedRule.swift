package import Flows
import Site
import Wire

/// A VIP is announced, and none of its services answers.
///
/// *Means*: the address is there and what stands behind it is not: no gateway, no endpoints, a filter in front of all of it.
/// *Proven by*: an announcer that answers ARP, and two or more service ports that were tried and failed, for every client.
/// *Looks the same*: one port alone, for which its own finding stands.
package struct NotServedRule: Rule {
    package static let label = Label.announcedNotServed
    package static let kinds: FlowEvent.Kinds = [.tcp, .claim]

    package static let explanation = Explanation(
        severity: .fault,
        title: "The VIP is announced, and nothing behind it answers",
        meaning: """
            A node answers ARP (or Neighbor Discovery) for the VIP, so packets arrive; but every service port that was tried is refused, \
            rejected or silent, for every client. The announcement works and the load balancer behind it does not.
            """,
        proof: """
            An ARP reply for the VIP (or a neighbour advertisement), and failed connections to two or more service ports, none of which completed a \
            handshake for anybody since. The findings about each port point here.
            """,
        lookAlikes: ["One port was tried: only the finding about that port stands.", "One client fails and others work."],
        remedy: [
            "kubectl get svc -A | grep {vip}   # which service has this address, and which ports?",
            "kubectl get endpointslices -A   # has it a ready backend?",
            "kubectl get pods -A | grep -E 'envoy|gateway|ingress'   # does the gateway run at all?",
        ])

    private var failures: [IPAddress: [(port: Port, connection: TCPConnection)]] = [:]
    /// Ports told one by one.
    private static let mostPorts = 4

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        switch event {
        case .tcp(let connection, let change): consider(connection, change, known, &book)
        case .claim(let claim) where claim.means.isAnswer && failures[claim.address] != nil:
            // The failures may come before the announcer is known.
            if book.openFinding(Self.label, Finding.Subject(vip: claim.address)) == nil {
                state(claim.address, at: event.time, known, &book)
            }
        default: return
        }
    }

    private mutating func consider(_ connection: TCPConnection, _ change: TCPChange, _ known: Knowledge, _ book: inout FindingBook) {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        switch change {
        case .established:
            guard failures[vip] != nil, let frame = connection.synACK ?? connection.ack else { return }
            failures[vip] = nil
            book.resolve(
                Self.label, Finding.Subject(vip: vip), at: connection.time, because: Evidence(frame, "TCP \(port) completes a handshake"))
        case .fellSilent: break
        // By now a node that found no neighbour would have said so.
        case .synRetransmitted where connection.time - connection.first.time >= known.site.thresholds.neighbourFailure: break
        case .ended where connection.outcome == .refused || connection.outcome == .rejected: break
        case .ended, .synRetransmitted: return
        }
        guard change != .established, known.isService(port, of: vip), known.isVIP(vip),
            !known.keepsApart(connection.originator.address, vip)
        else { return }
        // A failure that began before the last success is older news than that.
        if known.vips[vip]?.works.values.contains(where: { $0.last > connection.first }) ?? false { return }
        var list = failures[vip] ?? []
        list.removeAll { $0.port == port }
        guard list.count < Self.mostPorts else { return }
        list.append((port, connection))
        failures[vip] = list
        if book.countAgain(Self.label, Finding.Subject(vip: vip), at: connection.time) { return }
        state(vip, at: connection.time, known, &book)
    }

    private func state(_ vip: IPAddress, at time: Timestamp, _ known: Knowledge, _ book: inout FindingBook) {
        guard let failures = failures[vip], failures.count > 1, let record = known.vips[vip], works(record, failures[0].connection, known),
            let answer = record.answers.values.max(by: { $0.frame < $1.frame }), !book.isOpen(.vipNoAnnouncer, vip: vip)
        else { return }
        var evidence = [Evidence(answer.frame, "\(answer.means.words): \(vip) is at \(answer.station.mac)")]
        var clauses: [String] = []
        for (port, connection) in failures.sorted(by: { $0.port < $1.port }) {
            let client = "\(connection.originator.address):\(connection.originator.port)"
            guard let frame = connection.end ?? connection.syns.last else { continue }
            let delay = Text.duration(frame.time - connection.first.time)
            evidence.append(Evidence(frame, "TCP \(port): \(Self.fate(connection.outcome))"))
            clauses.append("TCP \(port) is \(Self.fate(connection.outcome)) (\(client), \(delay))")
        }
        var finding = Finding(
            Self.label, .fault, Finding.Subject(vip: vip), failures.contains { $0.connection.outcome == .open } ? .likely : .proven,
            at: time,
            summary:
                "\(known.name(vip)) is announced and not served: \(known.name(answer.station)) answers \(vip.resolution)\(answer.delay), but "
                + "\(Text.list(clauses)), and no port works",
            evidence: evidence)
        finding.arguesFromAbsence = true
        finding.ruledOut = [Exclusion("vip-no-announcer", because: "frame \(answer.frame.number) answers \(vip.resolution)")]
        finding.remedy = Self.explanation.remedy(["vip": vip.description])
        book.state(finding, at: time)
    }

    /// No port is known to work: none was used since its last success, and that is not long ago.
    private func works(_ record: VIPRecord, _ first: TCPConnection, _ known: Knowledge) -> Bool {
        let window = known.site.thresholds.backendWindow
        return record.works.allSatisfy { port, success in
            record.fails.contains(port.rawValue) || first.first.time - success.time > window
        }
    }

    private static func fate(_ outcome: TCPConnection.Outcome) -> String {
        switch outcome {
        case .refused: "refused by RST"
        case .rejected: "rejected by ICMP"
        case .open, .closed, .reset, .unanswered, .idle, .evicted: "silent"
        }
    }
}

extension Claim {
    /// How soon it answers, in brackets.
    fileprivate var delay: String { request.map { " (after \(Text.duration(frame.time - $0.time)))" } ?? "" }
}
